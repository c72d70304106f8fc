"""Nothing that runs people's code reaches what it must not: measured on the wire, from its pods."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.destinations import DESTINATIONS, Ground, Measure, Pod, measure
from support.places import Cluster, Visitor
from support.wire import NAMESPACES
from support.workspace import wait_for

ALICE, BRUNO, CHEF, DORA = "essai-alice", "essai-bruno", "essai-chef", "essai-dora"
SAME = {"Sec-Fetch-Site": "same-origin"}
SLEEPING = (
    "cd ~/contenu && python - <<'FIN'\n"
    "import json, pathlib\n"
    "path = pathlib.Path('notebooks/bonjour/execution.ipynb')\n"
    "notebook = json.loads(path.read_text())\n"
    "code = [c for c in notebook['cells'] if c['cell_type'] == 'code'][-1]\n"
    "code['source'] = ['import time\\n', 'time.sleep(280)']\n"
    "path.write_text(json.dumps(notebook))\n"
    "FIN\n"
    "archipel run bonjour --draft --no-wait --json; code=$?; git checkout -q notebooks; exit $code"
)
"""A run that lasts: its pod is the one that every run has."""


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    if not os.environ.get("KUBECONFIG") or not shutil.which("kubectl"):
        pytest.skip("needs a cluster: KUBECONFIG, and kubectl on the PATH (make test-cluster)")
    if os.geteuid() != 0 or not (NAMESPACES / "control").exists():
        pytest.skip("needs the cluster of tests/cluster/kubernetes on this machine: it listens on its wires")
    return Cluster()


@pytest.fixture(scope="module")
def visitor(cluster: Cluster) -> Iterator[Visitor]:
    made = Visitor(cluster)
    yield made
    made.close()


def opened(visitor: Visitor, person: str) -> None:
    """A session; the first one of a cluster that is busy is waited for longer than a browser would."""

    def ask() -> bool:
        visitor.open_session(person, seconds=240)
        return True

    wait_for(ask, seconds=300, every=5)


@pytest.fixture(scope="module")
def neighbour(cluster: Cluster, visitor: Visitor) -> Iterator[Pod]:
    opened(visitor, BRUNO)
    yield Ground(cluster).session_of(BRUNO)
    visitor.close_session(BRUNO)


@pytest.fixture(scope="module")
def pods(cluster: Cluster, visitor: Visitor) -> Iterator[list[Pod]]:
    """A session, a live dashboard and a run under way."""
    chef, dora, alice = (visitor.sign_in(name) for name in (CHEF, DORA, ALICE))
    opened(visitor, ALICE)
    ground = Ground(cluster)
    assert visitor.ended(chef, visitor.submit(chef, "bonjour")["id"], seconds=300)["state"] == "done"
    asked = chef.post(visitor.api("dashboards/bonjour/publish"), headers=SAME)
    assert visitor.ended(chef, asked.json()["id"], seconds=300)["state"] == "done"
    content = cluster.content_url
    dora.get(f"{content}/d/bonjour/")
    live = dora.post(f"{content}/d/bonjour/live", json={"rang": 1}, headers={**SAME, "Origin": content})
    assert live.status_code == 200, live.text
    code, said = visitor.shell(ALICE, alice, SLEEPING)
    assert code == 0, said
    wait_for(lambda: _up(ground), seconds=120)
    # Its process has come to the notebook: the pod will not end for minutes.
    time.sleep(10)
    yield [ground.session_of(ALICE), ground.component("run"), ground.component("dashboard")]
    for run in alice.get(visitor.api("runs?defi=bonjour&limit=5")).json():
        if run["state"] in ("queued", "running"):
            alice.post(visitor.api(f"runs/{run['id']}/cancel"), headers=SAME)
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
