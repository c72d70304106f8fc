"""A notebook that fails: which cell, in which words, exit code 3; nothing half-written, no secret left."""

from __future__ import annotations

import signal
import time

import pytest

from support.attempts import LAST, Prepare

CANARY = "canari-7f3a91c2"


@pytest.mark.parametrize(
    ("cells", "cell", "error", "message"),
    [
        (("x = 1", "x / 0", LAST), 2, "ZeroDivisionError", "division by zero"),
        (
            ("raise ValueError('département « 20 » {inconnu}')",),
            1,
            "ValueError",
            "département « 20 » {inconnu}",
        ),
        (("import sys; sys.exit(4)", LAST), 1, "SystemExit", "4"),
        (("x = (", LAST), 1, "SyntaxError", "incomplete input"),
        (("import os; os._exit(3)", LAST), 1, "Noyau arrêté", "le noyau s’est arrêté sans un mot"),
    ],
)
def test_the_cell_that_failed_is_told(
    prepare: Prepare, cells: tuple[str, ...], cell: int, error: str, message: str
) -> None:
    attempt = prepare(*cells)
    assert attempt.run() == 3
    failed = attempt.failed()
    # The stored notebook has a title and the parameters before.
    assert failed["cell"] == cell + 2
    assert failed["error"] == error
    assert message in failed["message"]
    assert not [name for name in attempt.files() if name.endswith(".part")]
    assert not {"result.json", "manifest.json"} & attempt.files()
    assert error in (attempt.folder / "rapport.html").read_text(encoding="utf-8")


def test_a_notebook_that_says_nothing_has_failed(prepare: Prepare) -> None:
    attempt = prepare("x = 1")
    assert attempt.run() == 3
    assert attempt.failed() == {
        "cell": None,
        "error": "Résultat absent",
        "message": "le notebook n’a pas écrit result.json avec ses mesures (« metrics »)",
    }


def test_a_cell_that_never_ends_is_stopped(prepare: Prepare) -> None:
    attempt = prepare("import time; time.sleep(600)", LAST, cell_timeout=2)
    assert attempt.run() == 3
    assert attempt.failed()["error"] == "Délai dépassé"
    assert attempt.failed()["message"] == "une cellule a dépassé 2 s"


def test_a_run_that_is_stopped_leaves_no_manifest_and_no_half_file(prepare: Prepare) -> None:
    attempt = prepare("print('debut')", "import time; time.sleep(600)", LAST)
    process = attempt.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and "debut" not in attempt.log.read_text(
        encoding="utf-8", errors="replace"
    ):
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) != 0
    assert "result.json" not in attempt.files()
    assert not [name for name in attempt.files() if name.endswith(".part")]


def test_a_declared_secret_reaches_the_notebook_and_is_left_nowhere(prepare: Prepare) -> None:
    attempt = prepare(
        "import os, base64, json, sys\nsecret = os.environ['JETON']\nprint(secret, file=sys.stderr)\nsecret",
        "print(base64.b64encode(secret.encode()).decode(), json.dumps({'jeton': secret}), secret[::-1])",
        "open(os.environ['ARCHIPEL_OUTPUT'] + '/note.txt', 'w').write('jeton=' + secret)",
        "assert len(secret) == 15",
        "raise ValueError(f'refusé : {secret}')",
        secrets={"JETON": CANARY},
    )
    assert attempt.run() == 3
    assert attempt.failed()["message"] == "refusé : •••"
    assert attempt.holding(CANARY, CANARY[::-1]) == set()


def test_a_file_that_is_not_named_in_utf_8_is_renamed_and_the_run_is_good(prepare: Prepare) -> None:
    name = "données.csv"
    attempt = prepare(
        "import os\nfolder = os.fsencode(os.environ['ARCHIPEL_OUTPUT'])",
        f"open(os.path.join(folder, {name!r}.encode('latin-1')), 'w').write('x')",
        LAST,
    )
    assert attempt.run() == 0, attempt.log.read_text()
    assert name in attempt.files()
    assert name in attempt.json("manifest.json")["files"]
