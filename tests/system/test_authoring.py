"""From a notebook changed in a session to the scheduled run that uses it, by the commands of the session."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from support.kernel import run_in_kernel
from support.workspace import TestWorkspace, wait_for

pytestmark = pytest.mark.workspace

Shell = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def browser(personal: TestWorkspace) -> httpx.Client:
    return personal.sign_in()


@pytest.fixture(scope="module")
def shell(personal: TestWorkspace, browser: httpx.Client) -> Iterator[Shell]:
    """A terminal of the session, in the clone: exit code, and what was printed."""
    name = personal.json("status")["owner"]
    personal.open_session(name)

    def run(*words: str) -> tuple[int, str]:
        code = (
            "import json, os, subprocess\n"
            f"done = subprocess.run({list(words)!r}, cwd=os.path.expanduser('~/contenu'),"
            " capture_output=True, text=True)\n"
            "print(json.dumps([done.returncode, done.stdout + done.stderr]))"
        )
        answer = run_in_kernel(personal.url, name, browser, code, seconds=120)
        told: list[Any] = json.loads(answer)
        return told[0], told[1]

    yield run
    personal.close_session(name)


def last_json(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads([line for line in text.splitlines() if line.startswith("{")][-1])
    return found


def edit(personal: TestWorkspace, path: str, before: str, after: str) -> None:
    """A change in the person's clone, as an editor would make it."""
    file = personal.data / "homes" / personal.json("status")["owner"] / "contenu" / path
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_draft_preview_commit_take_schedule(
    personal: TestWorkspace, browser: httpx.Client, shell: Shell
) -> None:
    edit(personal, "src/archipel/defis/bonjour/model.py", "Bonjour", "Salutations")
    code, said = shell("archipel", "run", "bonjour", "--draft", "-p", "prenom=Ana", "--json")
    assert code == 0, said
    draft = last_json(said)
    assert draft["draft"]
    page = browser.get(draft["report_url"]).text
    assert "Salutations" in page
    assert "brouillon" in page
    code, said = shell("archipel", "dashboard", "preview", draft["id"])
    assert code == 0, said
    url = next(word for word in said.split() if word.startswith(personal.content_url))
    preview = browser.get(url)
    assert preview.status_code == 200
    assert "brouillon" in preview.text
    # The official run still uses what is pinned.
    official = personal.json("run", "bonjour", "-p", "prenom=Ana")
    assert "Salutations" not in browser.get(official["report_url"]).text

    edit(
        personal,
        "catalog/defis/bonjour.yaml",
        "dashboard:",
        'schedules:\n  chaque-minute: {execution: execution, cron: "* * * * *"}\ndashboard:',
    )
    code, said = shell("git", "commit", "-qam", "Saluer autrement, chaque minute")
    assert code == 0, said
    code, said = shell("archipel", "content", "status")
    assert "src/archipel/defis/bonjour/model.py" in said
    code, said = shell("archipel", "content", "take", "HEAD")
    assert code == 0, said
    commit = shell("git", "rev-parse", "HEAD")[1].strip()
    assert personal.json("status")["content"] == commit
    assert "bonjour/chaque-minute" in personal.archipel("schedule", "next").stdout

    def scheduled() -> dict[str, Any] | None:
        runs = browser.get(personal.api("runs"), params={"defi": "bonjour"}).json()
        done = [run for run in runs if run["schedule"] and run["state"] == "done" and run["kind"] == "run"]
        return done[0] if done else None

    run = wait_for(scheduled, seconds=100, every=1)
    assert run["commit"] == commit
    assert run["submitted_by"] == "calendrier"
    assert run["instant"]

    def published() -> bool:
        boards = browser.get(personal.api("dashboards")).json()
        return any(b["defi"] == "bonjour" and b["versions"][0]["run"] == run["id"] for b in boards)

    wait_for(published, seconds=60, every=1)
    boards = browser.get(personal.api("dashboards")).json()
    version = next(board["shown"] for board in boards if board["defi"] == "bonjour")
    shown = browser.get(f"{personal.content_url}/d/bonjour/v/{version}/page.html")
    assert "Salutations" in shown.text
    # What starts every minute would go on under the next tests.
    personal.archipel("content", "take", "HEAD")
    wait_for(lambda: not browser.get(personal.api("runs"), params={"state": "running"}).json())


def test_a_commit_that_does_not_hold_is_refused_whole(personal: TestWorkspace, shell: Shell) -> None:
    before = personal.json("status")["content"]
    edit(personal, "catalog/defis/bonjour.yaml", "executions:", "execution:")
    assert shell("git", "commit", "-qam", "Une faute")[0] == 0
    code, said = shell("archipel", "content", "take", "HEAD")
    assert code == 2
    assert "catalog/defis/bonjour.yaml" in said
    assert "executions" in said
    assert personal.json("status")["content"] == before
    assert shell("git", "revert", "--no-edit", "HEAD")[0] == 0


def test_what_a_person_installs_stays_theirs(personal: TestWorkspace, shell: Shell) -> None:
    wheel = personal.data / "homes" / personal.json("status")["owner"] / "mon_paquet-1-py3-none-any.whl"
    info = "mon_paquet-1.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("mon_paquet.py", "x = 42\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: mon-paquet\nVersion: 1\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    wheel.chmod(0o644)
    code, said = shell("pip", "install", "--quiet", "--no-index", str(wheel))
    assert code == 0, said
    used = ("python", "-c", "import mon_paquet, pandas; print(mon_paquet.x)")
    assert shell(*used) == (0, "42\n")
    name = personal.json("status")["owner"]
    personal.close_session(name)
    user = f"{personal.url}/hub/api/users/{name}"
    wait_for(lambda: not personal.operator().get(user).json()["servers"])
    personal.open_session(name)
    assert shell(*used) == (0, "42\n")


def test_a_run_in_a_session_is_the_person_s_and_its_commands_work(shell: Shell) -> None:
    code, said = shell("archipel", "run", "bonjour", "--json")
    assert code == 0, said
    run = last_json(said)
    code, said = shell("archipel", "runs", "show", run["id"])
    assert code == 0, said
    assert run["id"] in said
    assert shell("archipel", "runs", "list")[0] == 0
    assert shell("archipel", "runs", "logs", run["id"])[0] == 0


def test_a_draft_has_no_secret_that_the_pinned_content_does_not_declare(
    personal: TestWorkspace, shell: Shell
) -> None:
    declared = personal.data / "secrets" / "declared"
    declared.mkdir(exist_ok=True)
    (declared / "JETON_ESSAI").write_text("canari-4f1d7e")
    edit(
        personal,
        "catalog/defis/bonjour.yaml",
        "    timeout: 5m",
        "    secrets: [JETON_ESSAI]\n    timeout: 5m",
    )
    code, said = shell("archipel", "run", "bonjour", "--draft")
    assert code == 2
    assert "un brouillon n’a que les secrets que le contenu épinglé déclare, pas « JETON_ESSAI »" in said
    assert shell("git", "checkout", "--quiet", ".")[0] == 0


def test_what_a_running_notebook_links_to_is_not_served(
    personal: TestWorkspace, browser: httpx.Client, shell: Shell
) -> None:
    """The platform reads with more rights than the notebook: until it is sealed, a folder is not served."""
    trap = (
        "    import os, time\n"
        "    os.symlink('/etc/hostname', os.environ['ARCHIPEL_OUTPUT'] + '/rapport.html')\n"
        "    os.symlink('/etc/hostname', os.environ['ARCHIPEL_OUTPUT'] + '/lien.txt')\n"
        "    time.sleep(8)\n"
    )
    edit(personal, "src/archipel/defis/bonjour/model.py", "    lines = [", f"{trap}    lines = [")
    code, said = shell("archipel", "run", "bonjour", "--draft", "--no-wait", "--json")
    assert code == 0, said
    run = last_json(said)["id"]
    folder = personal.data / "artifacts" / "runs" / "bonjour" / run / "1"
    wait_for(lambda: (folder / "lien.txt").is_symlink(), seconds=60)
    report = f"{personal.content_url}/r/{run}/1/rapport.html"
    files = personal.api(f"runs/{run}/files")
    assert browser.get(report).status_code == 404
    assert browser.get(files).json() == []
    assert browser.get(f"{files}/lien.txt").status_code == 404
    wait_for(lambda: browser.get(personal.api(f"runs/{run}")).json()["ended"], seconds=60)
    assert browser.get(f"{files}/lien.txt").status_code == 404
    assert "Bonjour" in browser.get(report).text
    assert shell("git", "checkout", "--quiet", ".")[0] == 0
