"""Nothing that runs people's code reaches what it must not: measured on the wire, from its pods."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archipel.content.workingcopy import snapshot
from support.destinations import DESTINATIONS, Ground, Measure, Pod, measure
from support.places import Cluster, Visitor
from support.source import ROOT
from support.wire import NAMESPACES
from support.workspace import wait_for

ALICE, BRUNO, CHEF, DORA = "essai-alice", "essai-bruno", "essai-chef", "essai-dora"
SAME = {"Sec-Fetch-Site": "same-origin"}
LAST = ["import time\n", "time.sleep(280)"]
"""Of a run that lasts: its pod is the one that every run has."""


def lasting(folder: Path) -> bytes:
    """A working copy of this content, whose smallest notebook takes its time."""
    for part in ("catalog", "notebooks", "images", "src/archipel/defis", "src/archipel/output.py"):
        source, target = ROOT / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "sortie"))
        else:
            shutil.copy(source, target)
    path = folder / "notebooks/bonjour/execution.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]["source"] = LAST
    path.write_text(json.dumps(notebook), encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return snapshot(folder)


@pytest.fixture(scope="module")
def cluster(place: Cluster) -> Cluster:
    if os.geteuid() != 0 or not (NAMESPACES / "control").exists():
        pytest.skip("needs the cluster of tests/cluster/kubernetes on this machine: it listens on its wires")
    return place


def opened(cluster: Cluster, visitor: Visitor, person: str) -> Pod:
    """The pod of a session, as soon as it runs: the hub waits longer, for its server to answer."""
    visitor.operator().post(f"{visitor.url}/hub/api/users/{person}/server", json={})
    path = "jsonpath={.status.phase}"

    def runs() -> bool:
        return cluster.kubectl("get", "pod", f"session-{person}", "-o", path, check=False) == "Running"

    wait_for(runs, seconds=300)
    return Ground(cluster).session_of(person)


@pytest.fixture(scope="module")
def neighbour(cluster: Cluster, visitor: Visitor) -> Iterator[Pod]:
    yield opened(cluster, visitor, BRUNO)
    visitor.close_session(BRUNO)


@pytest.fixture(scope="module")
def pods(
    cluster: Cluster, visitor: Visitor, neighbour: Pod, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Pod]]:
    """A session, a live dashboard and a run under way."""
    chef, dora, ground = visitor.sign_in(CHEF), visitor.sign_in(DORA), Ground(cluster)
    session = opened(cluster, visitor, ALICE)
    if "bonjour" not in {board["defi"] for board in chef.get(visitor.api("dashboards")).json()}:
        assert visitor.ended(chef, visitor.submit(chef, "bonjour")["id"], seconds=300)["state"] == "done"
        asked = chef.post(visitor.api("dashboards/bonjour/publish"), headers=SAME)
        assert visitor.ended(chef, asked.json()["id"], seconds=300)["state"] == "done"
    content = cluster.content_url
    dora.get(f"{content}/d/bonjour/")
    page_of = {**SAME, "Origin": content}
    wait_for(
        lambda: dora.post(f"{content}/d/bonjour/live", json={"rang": 1}, headers=page_of).status_code == 200,
        seconds=300,
    )
    copy = lasting(tmp_path_factory.mktemp("copie"))
    draft = chef.post(visitor.api("drafts"), content=copy, headers=SAME)
    assert draft.status_code == 201, draft.text
    body = {"defi": "bonjour", "parameters": {}, "draft": draft.json()["draft"]}
    run = chef.post(visitor.api("runs"), json=body, headers=SAME)
    assert run.status_code == 201, run.text
    wait_for(lambda: _up(ground), seconds=120)
    # Its process has come to the notebook: the pod will not end for minutes.
    time.sleep(10)
    yield [session, ground.component("run"), ground.component("dashboard")]
    chef.post(visitor.api(f"runs/{run.json()['id']}/cancel"), headers=SAME)
    visitor.close_session(ALICE)


def _up(ground: Ground) -> bool:
    try:
        return bool(ground.component("run"))
    except AssertionError:
        return False


@pytest.fixture(scope="module")
def measured(cluster: Cluster, pods: list[Pod], neighbour: Pod) -> Measure:
    path = "jsonpath={.spec.containers[0].image}"
    image = cluster.kubectl("get", "pod", pods[0].name, "-o", path)
    found = measure(cluster, pods, neighbour, image)
    print(f"\n{found.table()}")
    if folder := os.environ.get("ARCHIPEL_MEASURES"):
        text = json.dumps(found.figures(), ensure_ascii=False)
        (Path(folder) / "destinations.json").write_text(text, encoding="utf-8")
    return found


def test_each_destination_answers_when_the_policies_are_off(measured: Measure) -> None:
    """Or the next test would prove nothing."""
    silent = [
        (kind, name, seen)
        for kind, found in measured.opened.items()
        for name, seen in found.items()
        if seen.told != "open" or not seen.answered or seen.counted == 0
    ]
    assert silent == []


def test_none_of_the_twelve_is_reached_from_any_kind_of_pod(measured: Measure) -> None:
    assert len(DESTINATIONS) == 12
    assert set(measured.closed) == {"session", "run", "dashboard"}
    reached = [
        (kind, name, seen)
        for kind, found in measured.closed.items()
        for name, seen in found.items()
        if seen.reached
    ]
    assert reached == []
    # Each was really tried: its packets left the pod, and none came back.
    assert all(seen.asked for found in measured.closed.values() for seen in found.values())
