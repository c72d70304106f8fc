"""TwinCity's dashboard on a run of its own: every section, a scene asked for, one traced without EGL."""

from __future__ import annotations

import subprocess

from support.attempts import Attempt, Prepare
from support.source import ROOT

SHIPPED = ROOT / "notebooks" / "twincity" / "donnees" / "modele" / "yolo-fastest-1.1_body.cfg"
HEADINGS = (
    "Ce que le détecteur voit", "Essayer une scène", "Selon les conditions", "Oublier moins, alerter plus",
    "Trouve-t-il aussi bien chacun", "À scène égale, une seule chose changée", "Avant et après affinage",
    "Méthode, limites et sources",
)  # fmt: skip


def test_a_run_is_shown_and_scenes_are_tried(prepare: Prepare) -> None:
    run = prepare(
        defi="twincity",
        notebook="notebooks/twincity/execution.ipynb",
        image="imaging",
        parameters={"nombre": ("int", 12), "detecteur": ("fichier", str(SHIPPED))},
    )
    run.run()
    assert run.metrics()["images"] == 12
    assert {"detecteur/detecteur.json", f"detecteur/fichiers/{SHIPPED.name}"} <= run.files()

    def page(**parameters: tuple[str, object]) -> str:
        board = prepare(
            defi="twincity",
            notebook="notebooks/twincity/tableau.ipynb",
            image="imaging",
            report="tableau",
            published=str(run.folder),
            parameters=parameters,
        )
        assert board.run() == 0, board.log.read_text(encoding="utf-8")[-3000:]
        return (board.folder / "rapport.html").read_text(encoding="utf-8")

    usual = page()
    assert [one for one in HEADINGS if one not in usual] == []
    assert "21 h 30, pluie, caméra à −25°" in usual
    assert "Traceback" not in usual
    assert usual.count("data:image/jpeg;base64,") >= 4
    assert len(usual.encode()) < 2_000_000
    other = page(heure=("float", 12.0), meteo=("enum", "neige"), inclinaison=("int", -60))
    assert "12 h 00, neige, caméra à −60°" in other
    blind = without_egl(run)
    assert "12 h 00, temps clair, caméra à −20°" in blind
    assert "data:image/jpeg;base64," in blind


def without_egl(run: Attempt) -> str:
    """The section of the tried scene, where the loader of drivers is told of none: it is traced."""
    code = (
        "import sys, pathlib; from archipel.defis.twincity.tableau import published, trial; "
        "run = published.read(pathlib.Path(sys.argv[1])); "
        "print(trial.trial(run, trial.asked(12, 'clair', -20, 5), 0, pathlib.Path(sys.argv[2])))"
    )
    bodies = ROOT / "notebooks" / "twincity" / "donnees" / "corps"
    done = subprocess.run(
        [str(run.python), "-c", code, str(run.folder), str(bodies)],
        env={"PYTHONPATH": str(ROOT / "src"), "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent.json"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
