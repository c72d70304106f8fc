"""A running workspace: a run beside plain papermill, a dashboard's first page beside plain Voilà."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from measure import command, keep, seconds

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from archipel.environments import find  # noqa: E402
from archipel.settings import read_settings  # noqa: E402
from support.workspace import ARCHIPEL, TestWorkspace, wait_for  # noqa: E402  # the tests' own driver

NOTEBOOKS = ROOT / "notebooks" / "bonjour"


def python() -> Path:
    settings = read_settings()
    return find(settings.data, ROOT, "datascience").python


def runs(workspace: TestWorkspace) -> None:
    """bonjour with its folder, report and MLflow run, beside papermill alone on the same notebook."""
    with tempfile.TemporaryDirectory() as scratch:
        environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "ARCHIPEL_OUTPUT": scratch}
        words = [str(python()), "-m", "papermill", "--no-progress-bar", "-k", "python3"]
        alone = command(*words, str(NOTEBOOKS / "execution.ipynb"), f"{scratch}/out.ipynb", env=environ)
        ours = command(*ARCHIPEL, "run", "bonjour", env=workspace.environ, cwd=ROOT)
        rows = {"papermill (peer)": seconds(alone, 5), "archipel run bonjour": seconds(ours, 5)}
    keep("run of bonjour", rows, ["papermill (peer)"], "papermill (peer)")


def pages(workspace: TestWorkspace) -> None:
    """Until a reader has the figures: our published page, our live one, and Voilà alone."""
    published = workspace.json("dashboard", "publish", "bonjour")
    reader = workspace.sign_in()
    board = f"{workspace.content_url}/d/bonjour/"
    reader.get(board)
    run_folder = next(run for run in workspace.json("runs", "list") if run["kind"] == "run")["folder"]

    def static() -> None:
        assert reader.get(f"{board}v/{published['id']}/page.html").status_code == 200

    def live() -> None:
        asked = reader.post(f"{board}live", json={"rang": "1"}, headers={"Sec-Fetch-Site": "same-origin"})
        assert asked.status_code == 200, asked.text
        # Browsers know that *.localhost is this machine; Python's resolver does not.
        address = urlsplit(asked.json()["url"])
        host = {"Host": address.netloc}
        ticket = httpx.get(f"{workspace.content_url}{address.path}", headers=host, trust_env=False)
        host["Cookie"] = ticket.headers["set-cookie"].partition(";")[0]
        page = httpx.get(f"{workspace.content_url}/", headers=host, timeout=60, trust_env=False)
        assert "Bonjour" in page.text

    rows = {"archipel, published page": seconds(static, 20), "archipel, live page": seconds(live, 5)}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "ARCHIPEL_PUBLISHED": run_folder}
    words = ["-m", "voila", str(NOTEBOOKS / "tableau.ipynb"), "--no-browser", f"--port={port}"]
    with subprocess.Popen(
        [str(python()), *words], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as voila:
        url = f"http://127.0.0.1:{port}/"
        wait_for(lambda: httpx.get(url, timeout=60, trust_env=False).status_code == 200, seconds=60)

        def alone() -> None:
            assert "Bonjour" in httpx.get(url, timeout=60, trust_env=False).text

        rows["voila alone (peer)"] = seconds(alone, 5)
        voila.terminate()
    keep("dashboard of bonjour", rows, ["voila alone (peer)"], "voila alone (peer)")


def main() -> None:
    workspace = TestWorkspace(name="mesure")
    try:
        began = time.perf_counter()
        workspace.up()
        rows = {"archipel up": {"median": round(time.perf_counter() - began, 2)}}
        owner = workspace.json("status")["owner"]
        began = time.perf_counter()
        workspace.open_session(owner)
        rows["session, first"] = {"median": round(time.perf_counter() - began, 2)}
        workspace.close_session(owner)
        keep("starts", rows, [], "archipel up")
        runs(workspace)
        pages(workspace)
    finally:
        workspace.remove()


if __name__ == "__main__":
    main()
