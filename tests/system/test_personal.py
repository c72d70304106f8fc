"""A personal workspace, over HTTP and by its command, as one person uses it."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from support.workspace import TestWorkspace, wait_for

pytestmark = pytest.mark.workspace


@pytest.fixture(scope="module")
def browser(personal: TestWorkspace) -> httpx.Client:
    return personal.sign_in()


def test_a_link_signs_in_once(personal: TestWorkspace) -> None:
    link = personal.link()
    with httpx.Client(follow_redirects=True, trust_env=False) as client:
        import re

        page = client.get(link)
        assert "Se connecter" in page.text
        # Looking twice burns nothing: a mail reader's prefetch signs nobody in.
        assert "Se connecter" in client.get(link).text
        hidden = dict(re.findall(r'name="(_xsrf|jeton)" value="([^"]+)"', page.text))
        assert client.post(f"{personal.url}/hub/lien", data=hidden).status_code == 200
    with httpx.Client(follow_redirects=True, trust_env=False) as client:
        page = client.get(link)
        hidden = dict(re.findall(r'name="(_xsrf|jeton)" value="([^"]+)"', page.text))
        again = client.post(f"{personal.url}/hub/lien", data=hidden)
    assert again.status_code == 403
    assert "Ce lien ne vaut plus rien" in again.text
    assert "archipel login" in again.text


def test_home_lists_sessions_defis_and_dashboards(personal: TestWorkspace, browser: httpx.Client) -> None:
    page = browser.get(personal.url)
    assert page.status_code == 200
    for text in ("Vos sessions", "Défis", "Tableaux de bord", "PILOTE"):
        assert text in page.text


def test_whoever_is_not_signed_in_sees_nothing(personal: TestWorkspace) -> None:
    with httpx.Client(trust_env=False) as stranger:
        home = stranger.get(f"{personal.url}/services/portal/", headers={"accept": "text/html"})
        assert home.status_code == 302
        assert stranger.get(personal.api("runs")).status_code == 401


def test_a_run_by_the_command_then_its_dashboard(personal: TestWorkspace, browser: httpx.Client) -> None:
    run = personal.json("run", "bonjour", "-p", "prenom=Zoé")
    assert run["state"] == "done"
    folder = Path(run["folder"])
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {"result.json", "executed.ipynb", "rapport.html", "provenance.json"} <= set(manifest["files"])
    report = browser.get(run["report_url"])
    assert report.status_code == 200
    assert "sandbox" in report.headers["content-security-policy"]
    published = personal.json("dashboard", "publish", "bonjour")
    assert published["state"] == "done"
    frame = browser.get(f"{personal.content_url}/d/bonjour/")
    assert frame.status_code == 200
    static = browser.get(f"{personal.content_url}/d/bonjour/v/{published['id']}/page.html")
    assert static.status_code == 200
    assert "Zoé" in static.text
    assert static.headers["content-security-policy"].startswith("sandbox allow-scripts")


def test_a_refusal_writes_nothing(personal: TestWorkspace) -> None:
    before = personal.json("runs", "list")
    refused = personal.archipel("run", "bonjour", "-p", "prenon=Zoé", check=False)
    assert refused.returncode == 2
    assert "prenon" in refused.stderr
    assert "prenom" in refused.stderr
    assert personal.json("runs", "list") == before


def test_the_form_refuses_in_the_same_words(personal: TestWorkspace, browser: httpx.Client) -> None:
    told = browser.post(
        personal.api("runs"),
        json={"defi": "pilote", "parameters": {"decimales": "99"}},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert told.status_code == 422
    line = personal.archipel("run", "pilote", "-p", "decimales=99", check=False)
    assert line.returncode == 2
    message = told.json().get("message") or told.json()["errors"][0]["message"]
    assert message in line.stderr


def test_another_site_cannot_submit_with_the_cookie(personal: TestWorkspace, browser: httpx.Client) -> None:
    body = {"defi": "bonjour"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": personal.content_url}, {}):
        assert browser.post(personal.api("runs"), json=body, headers=headers).status_code == 403


def test_mlflow_has_the_run_with_its_metrics(personal: TestWorkspace, browser: httpx.Client) -> None:
    run = personal.json("run", "bonjour", "-p", "prenom=Lou")
    assert browser.get(f"{personal.url}/services/mlflow/", headers={"accept": "text/html"}).status_code == 200
    api = f"{personal.url}/services/mlflow/ajax-api/2.0/mlflow/runs/get"
    told = browser.get(api, params={"run_id": run["mlflow_run"]}).json()["run"]
    assert told["info"]["status"] == "FINISHED"
    assert {"key": "prenom", "value": "Lou"} in told["data"]["params"]
    assert told["data"]["metrics"]


def test_each_child_killed_comes_back_alone(personal: TestWorkspace, browser: httpx.Client) -> None:
    run = browser.post(
        personal.api("runs"),
        json={"defi": "bonjour", "parameters": {"prenom": "Survit"}},
        headers={"Sec-Fetch-Site": "same-origin"},
    ).json()
    for name in ("dashboards", "mlflow", "proxy", "hub", "portal"):
        child = personal.child(name)
        os.kill(child["pid"], signal.SIGKILL)
        personal.wait_child(name, child["pid"])
    wait_for(lambda: browser.get(personal.url).status_code == 200)
    ended = wait_for(
        lambda: (found := browser.get(personal.api(f"runs/{run['id']}")).json())["ended"] and found
    )
    assert ended["state"] == "done"


def test_a_session_starts_with_the_content_and_mlflow(personal: TestWorkspace, browser: httpx.Client) -> None:
    name = personal.json("status")["owner"]
    personal.open_session(name)
    try:
        home = personal.data / "homes" / name
        assert (home / "contenu" / "catalog" / "defis" / "pilote.yaml").is_file()
        code = f"import archipel, mlflow; mlflow.set_experiment('{name}/essai'); mlflow.log_metric('m', 3)"
        assert _in_kernel(personal, browser, name, code) == ""
        # What the platform keeps for itself is out of a notebook's reach.
        for private in ("secrets/operator", "hub/hub.sqlite", "ledger/ledger.sqlite", "mlflow/mlflow.sqlite"):
            said = _in_kernel(
                personal, browser, name, f"open({str(personal.data / private)!r}, 'rb').read(1)"
            )
            assert said.startswith("PermissionError"), private
    finally:
        personal.close_session(name)


def _in_kernel(workspace: TestWorkspace, browser: httpx.Client, name: str, code: str) -> str:
    """What the code prints in a new kernel of the person's session; errors included."""
    from support.kernel import run_in_kernel

    return run_in_kernel(workspace.url, name, browser, code)


def test_stop_and_start_keeps_everything(personal: TestWorkspace) -> None:
    runs = personal.json("runs", "list")
    boards = personal.json("dashboard", "list")
    started = time.monotonic()
    personal.down()
    personal.up()
    assert time.monotonic() - started < 90
    assert personal.json("runs", "list") == runs
    assert personal.json("dashboard", "list") == boards


def _submit(personal: TestWorkspace, browser: httpx.Client, defi: str) -> str:
    answer = browser.post(
        personal.api("runs"), json={"defi": defi}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 201, answer.text
    run = answer.json()["id"]
    wait_for(lambda: browser.get(personal.api(f"runs/{run}")).json()["state"] == "running", every=0.05)
    return str(run)


def test_a_run_is_cancelled_and_leaves_no_process(personal: TestWorkspace, browser: httpx.Client) -> None:
    run = _submit(personal, browser, "pilote")
    personal.archipel("runs", "cancel", run)
    told = wait_for(lambda: (r := browser.get(personal.api(f"runs/{run}")).json())["ended"] and r)
    assert told["state"] == "cancelled"
    folder = Path(told["folder"])
    assert not (folder / "manifest.json").exists()
    assert not list(folder.rglob("*.part"))
    assert not [line for line in _processes() if f"run-{run}" in line]


def _processes() -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            found.append(entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return found


def test_a_machine_that_stops_at_once_is_told_at_the_next_start(
    personal: TestWorkspace, browser: httpx.Client
) -> None:
    run = _submit(personal, browser, "pilote")
    workspace = json.loads((personal.data / "running" / "workspace.json").read_text())
    told = personal.data / "running" / "tasks" / f"run-{run}-1" / "watcher.json"
    # The attempt is written down before its process is started.
    wait_for(told.is_file)
    watcher = json.loads(told.read_text())
    os.kill(workspace["pid"], signal.SIGKILL)
    os.kill(watcher["pid"], signal.SIGKILL)
    # The children follow their supervisor: the port is free, and the next start is an ordinary one.
    wait_for(
        lambda: personal.archipel("up", "--detach", "--port", str(personal.port), check=False).returncode == 0
    )
    told = wait_for(lambda: (r := browser.get(personal.api(f"runs/{run}")).json())["ended"] and r)
    assert told["state"] == "interrupted"
    assert told["reason"]
    assert not (Path(told["folder"]) / "manifest.json").exists()
    page = browser.get(f"{personal.url}/services/portal/runs/{run}")
    assert "interrompue" in page.text
