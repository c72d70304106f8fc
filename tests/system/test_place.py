"""What stands in the way of a start: each gets a sentence and a next step, and nothing is left running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.workspace import ARCHIPEL, TestWorkspace, wait_for

pytestmark = pytest.mark.workspace


@pytest.fixture
def place(_environments: None) -> Iterator[TestWorkspace]:
    workspace = TestWorkspace(name="place")
    yield workspace
    workspace.remove()


def refused(place: TestWorkspace, *options: str) -> str:
    """What `archipel up` says when it refuses."""
    done = place.archipel("up", "--detach", "--port", str(place.port), *options, check=False)
    assert done.returncode in (2, 3), done.stdout + done.stderr
    assert not place.json("status", check=False)["running"]
    return done.stderr


def test_a_port_that_is_taken(place: TestWorkspace) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", place.port))
        other.listen()
        said = refused(place)
    assert f"le port {place.port} est déjà pris" in said
    assert f"archipel up --port {place.port + 1}" in said


def test_a_second_start_while_one_runs(personal: TestWorkspace) -> None:
    done = personal.archipel("up", "--detach", "--port", str(personal.port), check=False)
    assert done.returncode == 2
    assert "tourne déjà" in done.stderr
    assert "archipel login" in done.stderr
    assert personal.json("status")["running"]


def test_a_newer_folder(place: TestWorkspace) -> None:
    (place.data / "format").write_text("99\n")
    said = refused(place)
    assert "99" in said
    assert "plus récent" in said


def test_a_folder_that_is_not_ours(place: TestWorkspace) -> None:
    (place.data / "format").write_text("bonjour\n")
    assert "illisible" in refused(place)


def test_a_path_under_a_file(place: TestWorkspace) -> None:
    (place.data / "fichier").write_text("")
    environ = {**place.environ, "ARCHIPEL_DATA": str(place.data / "fichier" / "ici")}
    done = subprocess.run(
        [*ARCHIPEL, "up", "--detach"],
        env=environ,
        cwd=place.clone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (2, 3)
    assert "sous un fichier" in done.stderr
    assert "ARCHIPEL_DATA=" in done.stderr


@pytest.mark.parametrize(("option", "sentence"), [("size=1m", "Mo"), ("ro", "lecture seule")])
def test_a_full_or_read_only_disk(place: TestWorkspace, option: str, sentence: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: a file system is mounted")
    (place.data / "environments").unlink()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", option, "essai", str(place.data)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a file system")
    try:
        done = place.archipel("up", "--detach", "--port", str(place.port), check=False)
        assert done.returncode == 3
        assert sentence in done.stderr
        assert "ARCHIPEL_DATA" in done.stderr
    finally:
        subprocess.run(["umount", str(place.data)], check=True)


def test_in_the_foreground_it_ends_well_by_down_and_by_ctrl_c(place: TestWorkspace) -> None:
    """Behind a prefix, too: what a reverse proxy asks for."""
    for end in ("down", "ctrl-c"):
        command = [*ARCHIPEL, "up", "--port", str(place.port), "--base-path", "/espace/", "--empty"]
        with subprocess.Popen(
            command,
            env=place.environ,
            cwd=place.clone,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as up:
            assert up.stdout is not None
            said = next(line for line in up.stdout if "prêt" in line)
            assert f"{place.url}/espace/" in said
            link = next(line for line in up.stdout if "/hub/lien?auth=" in line).strip()
            assert link.startswith(f"{place.url}/espace/hub/lien?auth=")
            page = httpx.get(f"{place.url}/espace/", follow_redirects=True, trust_env=False)
            assert page.status_code in (200, 401, 403)
            assert "archipel login" in page.text
            if end == "down":
                place.down()
            else:
                up.send_signal(signal.SIGINT)
            rest = up.stdout.read()
            assert up.wait(timeout=60) == 0, rest
            assert rest.strip().endswith("Arrêté.")


def test_a_new_workspace_has_results_to_show(place: TestWorkspace) -> None:
    """Without a word more: each défi runs once at the first start, and its dashboard is published."""
    command = ("up", "--detach", "--port", str(place.port))
    assert "Espace neuf" in place.archipel(*command).stdout
    expected = {"bonjour", "champollion", "pilote", "signauxfaibles", "sosponts", "twincity"}
    boards = wait_for(
        lambda: len(found := place.json("dashboard", "list")) == len(expected) and found, seconds=600
    )
    assert {board["defi"] for board in boards} == expected
    runs = wait_for(lambda: len(found := _ended(place)) == 2 * len(expected) and found, seconds=120)
    assert {run["defi"] for run in runs} == expected
    told = {(run["kind"], run["state"]) for run in runs}
    assert told == {("run", "done"), ("publication", "done")}
    place.down()
    assert "Espace neuf" not in place.archipel(*command).stdout
    assert len(place.json("runs", "list")) == len(runs)


def _ended(place: TestWorkspace) -> list[dict[str, Any]]:
    return [run for run in place.json("runs", "list") if run["state"] not in ("queued", "running")]


def test_nothing_runs(place: TestWorkspace) -> None:
    for command in (("login",), ("down",), ("doctor",), ("dashboard", "list")):
        done = place.archipel(*command, check=False)
        assert done.returncode == 2, command
        assert done.stderr.strip()
    told = place.archipel("status", check=False)
    assert told.returncode == 1
    assert "ne tourne pas" in told.stdout


def test_shared_needs_root(place: TestWorkspace) -> None:
    if os.geteuid() == 0:
        pytest.skip("this is root")
    assert "root" in refused(place, "--shared")


def test_doctor_tries_the_whole_path(personal: TestWorkspace) -> None:
    said = personal.archipel("doctor")
    assert said.stdout.count("✓") == 8
    assert "✗" not in said.stdout


def test_doctor_stops_at_the_first_failure(personal: TestWorkspace) -> None:
    control(personal, "stop", "mlflow")
    try:
        done = personal.archipel("doctor", check=False)
    finally:
        control(personal, "start", "mlflow")
    assert done.returncode == 3
    assert done.stdout.count("✗") == 1
    assert "mlflow" in done.stderr


def control(workspace: TestWorkspace, verb: str, child: str) -> None:
    socket_url = f"unix://{workspace.data}/running/supervisor.sock"
    words = [sys.executable, "-W", "ignore", "-m", "supervisor.supervisorctl", "-s", socket_url, verb, child]
    subprocess.run(words, check=True, capture_output=True)
