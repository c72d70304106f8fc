"""A shared workspace: several people, each their own; a narrowed audience is narrow everywhere."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.kernel import run_in_kernel
from support.workspace import ARCHIPEL, ROOT, TestWorkspace, wait_for

pytestmark = [pytest.mark.workspace, pytest.mark.accounts]

ALICE, BRUNO, CHEF, DORA = "essai-alice", "essai-bruno", "essai-chef", "essai-dora"
DENIED = re.compile("permission.denied", re.IGNORECASE)
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def narrowed(shared: TestWorkspace, tmp_path_factory: pytest.TempPathFactory) -> TestWorkspace:
    """PILOTE for the group « pilotes » alone, sessions for « agents »; both dashboards published."""
    clone = tmp_path_factory.mktemp("clone") / "contenu"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    manifest = clone / "catalog" / "defis" / "pilote.yaml"
    text = manifest.read_text()
    assert "audience: {access: signed-in}" in text
    group = "{access: groups, groups: [pilotes]}"
    text = text.replace("audience: {access: signed-in}", f"audience: {group}")
    text += f"rights:\n  read: {group}\n  write: {group}\n"
    manifest.write_text(text)
    workspace = clone / "catalog" / "workspace.yaml"
    text = workspace.read_text()
    assert "sessions: {access: signed-in}" in text
    workspace.write_text(
        text.replace("sessions: {access: signed-in}", "sessions: {access: groups, groups: [agents]}")
    )
    _commit(clone, "Restreindre PILOTE à un groupe, les sessions à un autre")
    shared.archipel("content", "take", "HEAD", "--from", str(clone))
    for defi in ("pilote", "bonjour"):
        assert shared.json("run", defi)["state"] == "done"
        assert shared.json("dashboard", "publish", defi)["state"] == "done"
    return shared


def _commit(clone: Path, message: str) -> None:
    identity = ["-c", "user.name=essai", "-c", "user.email=essai@example.gouv.fr"]
    subprocess.run(["git", "-C", str(clone), *identity, "commit", "-qam", message], check=True)


@pytest.fixture(scope="module")
def alice(narrowed: TestWorkspace) -> httpx.Client:
    return narrowed.sign_in(ALICE)


@pytest.fixture(scope="module")
def bruno(narrowed: TestWorkspace) -> httpx.Client:
    return narrowed.sign_in(BRUNO)


@pytest.fixture(scope="module")
def sessions(narrowed: TestWorkspace, alice: httpx.Client, bruno: httpx.Client) -> Iterator[None]:
    for name in (ALICE, BRUNO):
        narrowed.open_session(name)
    yield
    for name in (ALICE, BRUNO):
        narrowed.close_session(name)


@pytest.mark.usefixtures("sessions")
def test_homes_are_one_s_own(narrowed: TestWorkspace, alice: httpx.Client, bruno: httpx.Client) -> None:
    homes = narrowed.data / "homes"
    write = "import os, pathlib; p = pathlib.Path.home() / 'a-moi.txt'; p.write_text('x'); print(os.getuid())"
    uids = {run_in_kernel(narrowed.url, name, who, write) for name, who in ((ALICE, alice), (BRUNO, bruno))}
    assert len(uids) == 2
    assert "0" not in {uid.strip() for uid in uids}
    read = f"open({str(homes / ALICE / 'a-moi.txt')!r}).read()"
    assert run_in_kernel(narrowed.url, BRUNO, bruno, read).startswith("PermissionError")
    listed = f"import os; os.listdir({str(homes / ALICE)!r})"
    assert run_in_kernel(narrowed.url, BRUNO, bruno, listed).startswith("PermissionError")


@pytest.mark.usefixtures("sessions")
def test_a_group_shares_a_folder(narrowed: TestWorkspace, alice: httpx.Client, bruno: httpx.Client) -> None:
    write = "import pathlib; pathlib.Path('~/groupes/pilotes/note.txt').expanduser().write_text('commun')"
    assert run_in_kernel(narrowed.url, ALICE, alice, write) == ""
    folder = narrowed.data / "homes" / "groupes" / "pilotes"
    assert (folder / "note.txt").read_text() == "commun"
    assert (folder / "note.txt").stat().st_gid == folder.stat().st_gid
    listed = f"import os; os.listdir({str(folder)!r})"
    assert run_in_kernel(narrowed.url, BRUNO, bruno, listed).startswith("PermissionError")


@pytest.mark.usefixtures("sessions")
def test_one_does_not_enter_the_other_s_session(narrowed: TestWorkspace, bruno: httpx.Client) -> None:
    answer = bruno.get(f"{narrowed.url}/user/{ALICE}/api/contents")
    assert answer.status_code in (403, 404)


def test_runs_and_rights_follow_the_groups(
    narrowed: TestWorkspace, alice: httpx.Client, bruno: httpx.Client
) -> None:
    seen = {run["defi"] for run in alice.get(narrowed.api("runs")).json()}
    assert "pilote" in seen
    assert "pilote" not in {run["defi"] for run in bruno.get(narrowed.api("runs")).json()}
    run = next(run for run in alice.get(narrowed.api("runs")).json() if run["defi"] == "pilote")
    assert bruno.get(narrowed.api(f"runs/{run['id']}")).status_code == 404
    assert bruno.get(run["report_url"]).status_code == 404
    assert alice.get(run["report_url"]).status_code == 200
    refused = bruno.post(narrowed.api("dashboards/pilote/publish"), headers=SAME)
    assert refused.status_code == 403


def test_a_narrowed_dashboard_is_refused(
    narrowed: TestWorkspace, alice: httpx.Client, bruno: httpx.Client
) -> None:
    page = f"{narrowed.content_url}/d/pilote/"
    assert alice.get(page).status_code == 200
    refused = bruno.get(page)
    assert refused.status_code == 403
    assert "réservé à un autre public" in refused.text
    version = narrowed.json("dashboard", "list")[0]["shown"]
    assert bruno.get(f"{page}v/{version}/page.html").status_code == 403
    assert "pilote" not in bruno.get(f"{narrowed.content_url}/d/").text
    assert bruno.post(f"{page}live", json={}, headers=SAME).status_code == 403
    with httpx.Client(trust_env=False) as stranger:
        assert stranger.post(f"{page}live", json={}, headers=SAME).status_code == 401


def test_a_stakeholder_without_the_right_to_a_session_sees_dashboards_only(narrowed: TestWorkspace) -> None:
    dora = narrowed.sign_in(DORA)
    home = dora.get(f"{narrowed.url}/services/portal/").text
    assert f"{narrowed.content_url}/d/bonjour/" in home
    assert dora.get(f"{narrowed.content_url}/d/bonjour/").status_code == 200
    for word in ("JupyterLab", "Exécuter", "MLflow", "Exécutions", "/d/pilote/"):
        assert word not in home, word
    assert "Aucune session ne vous est ouverte" in dora.get(f"{narrowed.url}/hub/spawn").text
    asked = narrowed.operator().post(f"{narrowed.url}/hub/api/users/{DORA}/server", json={})
    assert asked.status_code in (403, 500)
    assert dora.get(narrowed.api("runs")).json() == []
    refused = dora.post(narrowed.api("runs"), json={"defi": "bonjour", "parameters": {}}, headers=SAME)
    assert refused.status_code == 403
    assert refused.json()["message"] == "vous n’avez pas le droit de lancer cette exécution"
    assert dora.get(f"{narrowed.url}/services/portal/defis/bonjour/execution").status_code == 404
    experiments = dora.get(f"{narrowed.url}/services/mlflow/", headers={"Accept": "text/html"})
    assert experiments.status_code == 403
    assert "les expériences sont à qui a une session ici" in experiments.text


@pytest.mark.usefixtures("sessions")
def test_neither_a_copied_link_nor_the_socket_opens_a_live_page(
    narrowed: TestWorkspace, alice: httpx.Client, bruno: httpx.Client
) -> None:
    asked = alice.post(f"{narrowed.content_url}/d/pilote/live", json={}, headers=SAME)
    assert asked.status_code == 200, asked.text
    host = f"pilote.localhost:{narrowed.port}"
    local = asked.json()["url"].replace(host, f"127.0.0.1:{narrowed.port}")
    first = alice.get(local, headers={"Host": host}, follow_redirects=False)
    assert first.status_code == 302
    cookie = first.headers["set-cookie"].partition(";")[0]
    # The link was for once, and the cookie is the reader's: a copy of either opens nothing.
    assert bruno.get(local, headers={"Host": host}, follow_redirects=False).status_code == 403
    root = f"http://127.0.0.1:{narrowed.port}/"
    assert bruno.get(root, headers={"Host": host}).status_code == 403
    elsewhere = {"Host": f"bonjour.localhost:{narrowed.port}", "Cookie": cookie}
    assert "rendered_cells" not in bruno.get(root, headers=elsewhere).text
    live = httpx.get(root, headers={"Host": host, "Cookie": cookie}, timeout=60, trust_env=False)
    assert live.status_code == 200
    sockets = wait_for(lambda: list((narrowed.data / "running" / "live").glob("*/s/v.sock")))
    code = f"import socket; socket.socket(socket.AF_UNIX).connect({str(sockets[0])!r})"
    assert run_in_kernel(narrowed.url, BRUNO, bruno, code).startswith("PermissionError")
    # Taken out of the group, she loses the page she had open.
    narrowed.archipel("users", "group", "remove", "pilotes", ALICE)
    try:
        lost = wait_for(
            lambda: (
                httpx.get(
                    root, headers={"Host": host, "Cookie": cookie}, timeout=60, trust_env=False
                ).status_code
                == 403
            ),
            seconds=40,
        )
        assert lost
    finally:
        narrowed.archipel("users", "group", "add", "pilotes", ALICE)


@pytest.mark.usefixtures("sessions")
def test_experiments_are_their_owner_s(
    narrowed: TestWorkspace, alice: httpx.Client, bruno: httpx.Client
) -> None:
    code = (
        f"import mlflow; mlflow.set_experiment('{ALICE}/a-moi')\n"
        "with mlflow.start_run() as run: mlflow.log_metric('m', 1); print(run.info.run_id)"
    )
    lines = run_in_kernel(narrowed.url, ALICE, alice, code).strip().splitlines()
    run_id = next(line for line in lines if len(line) == 32)
    code = f"import mlflow; print(mlflow.get_run({run_id!r}).data.metrics)"
    assert DENIED.search(run_in_kernel(narrowed.url, BRUNO, bruno, code))
    code = f"import mlflow; mlflow.set_experiment('{ALICE}/autre')"
    assert DENIED.search(run_in_kernel(narrowed.url, BRUNO, bruno, code))
    code = "import mlflow; e = mlflow.get_experiment_by_name('pilote'); print(e)"
    assert DENIED.search(run_in_kernel(narrowed.url, BRUNO, bruno, code))
    assert "pilote" in run_in_kernel(narrowed.url, ALICE, alice, code)


def test_who_is_removed_is_signed_out(narrowed: TestWorkspace) -> None:
    name = "essai-parti"
    narrowed.archipel("users", "add", name)
    try:
        gone = narrowed.sign_in(name)
        assert gone.get(narrowed.api("runs")).status_code == 200
        said = narrowed.archipel("users", "remove", name)
        assert str(narrowed.data / "homes" / name) in said.stdout
        wait_for(lambda: gone.get(narrowed.api("runs")).status_code == 401, seconds=60)
        assert narrowed.archipel("login", name, check=False).returncode == 2
    finally:
        subprocess.run(["userdel", name], check=False, capture_output=True)


@pytest.mark.parametrize("name", ["Root", "root", "../x", "archipel-run-1", "groupes", "a b", ""])
def test_bad_names_are_refused(narrowed: TestWorkspace, name: str) -> None:
    refused = narrowed.archipel("users", "add", name, check=False)
    assert refused.returncode == 2
    assert refused.stderr.strip()


def test_accounts_added_at_once_are_all_there(narrowed: TestWorkspace) -> None:
    names = [f"essai-e{number}" for number in range(4)]
    options: dict[str, Any] = {"env": narrowed.environ, "stdout": subprocess.DEVNULL}
    words = [[*ARCHIPEL, "users", "group", "add", group, DORA] for group in names]
    started = [subprocess.Popen(command, **options) for command in words]
    assert [process.wait(timeout=60) for process in started] == [0] * len(names)
    known = {row["name"]: row["groups"] for row in narrowed.json("users", "list")}
    assert set(names) <= set(known[DORA])
