"""A node dies while runs and sessions live on it and beside it; it returns, and nothing doubles.

    KILL_NODE='tests/cluster/kubernetes/cluster kill'
    RAISE_NODE='tests/cluster/kubernetes/cluster up --nodes 2'

The first is given the node's name. Nothing else of a node is known here.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from support.kernel import Kernel
from support.places import COMPONENTS, Cluster, Visitor
from support.workspace import wait_for

ALICE, BRUNO, CHEF = "essai-alice", "essai-bruno", "essai-chef"
LONG = (
    "cd ~/contenu && python - <<'FIN'\n"
    "import json, pathlib\n"
    "path = pathlib.Path('notebooks/bonjour/execution.ipynb')\n"
    "notebook = json.loads(path.read_text())\n"
    "code = [c for c in notebook['cells'] if c['cell_type'] == 'code'][-1]\n"
    "begins = ['import time\\n', 'print(1, flush=True)\\n', 'time.sleep({seconds})\\n']\n"
    "code['source'] = [*begins, *code['source']]\n"
    "path.write_text(json.dumps(notebook))\n"
    "FIN\n"
    "archipel run bonjour --draft --no-wait --json; code=$?; git checkout -q notebooks; exit $code"
)
"""A run that lasts: its node dies before its end, or beside it."""


@pytest.fixture(scope="module")
def cluster(place: Cluster) -> Cluster:
    if not os.environ.get("KILL_NODE") or not os.environ.get("RAISE_NODE"):
        pytest.skip(
            "needs KILL_NODE and RAISE_NODE: commands that end a node of the cluster, and bring it back"
        )
    if len(_ready_nodes(place)) < 2:
        pytest.skip("needs two nodes that answer")
    return place


def test_a_node_dies_and_returns(cluster: Cluster, visitor: Visitor) -> None:
    # Requests come in by the first: what is measured is not the way in.
    survivor, victim = _ready_nodes(cluster)[:2]
    scene = Scene(cluster, visitor)
    scene.people_on(victim, survivor)
    before = scene.records()
    try:
        began = time.monotonic()
        _command("KILL_NODE", victim)
        scene.the_living_lose_nothing(began)
        scene.the_others_are_told(began)
        scene.they_start_again(survivor, began)
        scene.the_platform_is_whole(began)
    finally:
        _command("RAISE_NODE")
    wait_for(lambda: victim in _ready_nodes(cluster), seconds=120)
    print(f"the node is back {time.monotonic() - began:.0f} s after its end")
    # Its kubelet ends what it still had; nothing of it may come to life again.
    time.sleep(20)
    scene.nothing_doubled()
    assert scene.records() >= before
    for name in (ALICE, BRUNO):
        visitor.close_session(name)


class Scene:
    """Alice and her run on the node that dies; Bruno and his on the other."""

    def __init__(self, cluster: Cluster, visitor: Visitor) -> None:
        self.cluster, self.visitor = cluster, visitor
        self.alice, self.bruno, self.chef = (visitor.sign_in(name) for name in (ALICE, BRUNO, CHEF))
        self.kernels: dict[str, Kernel] = {}
        self.runs: dict[str, str] = {}
        for name in (ALICE, BRUNO):
            visitor.close_session(name)

    def people_on(self, victim: str, survivor: str) -> None:
        for name, browser, node, other in (
            (ALICE, self.alice, victim, survivor),
            (BRUNO, self.bruno, survivor, victim),
        ):
            with self._cordoned(other):
                self.visitor.open_session(name, seconds=180)
                self.kernels[name] = self.visitor.kernel(name, browser)
                self.kernels[name].run(f"moi = {name!r}")
                kept = "import pathlib; (pathlib.Path.home() / 'avant.txt').write_text('là')"
                self.kernels[name].run(kept)
                seconds = 200 if name == ALICE else 60
                code, said = self.visitor.shell(name, browser, LONG.replace("{seconds}", str(seconds)))
                assert code == 0, said
                self.runs[name] = json.loads(said.strip().splitlines()[-1])["id"]
                task = f"archipel/task=run-{self.runs[name]}-1"
                wait_for(lambda task=task: self._running(task), seconds=120)
                assert [pod["spec"]["nodeName"] for pod in self._pods(task)] == [node]
                if node == victim:
                    # Part of the platform is on it too.
                    for component in ("portal", "mlflow"):
                        self.cluster.kubectl("rollout", "restart", f"deployment/archipel-{component}")
                    for component in ("portal", "mlflow"):
                        self.cluster.kubectl("rollout", "status", f"deployment/archipel-{component}")
        wait_for(lambda: self._log(self.alice, ALICE), seconds=60)
        for client in (self.alice, self.bruno, self.chef):
            client.timeout = 10

    def the_living_lose_nothing(self, began: float) -> None:
        wait_for(lambda: self.kernels[BRUNO].run("print(moi)", 20).strip() == BRUNO, seconds=240)
        print(f"the living session answers {time.monotonic() - began:.0f} s after")
        done = self.visitor.ended(self.bruno, self.runs[BRUNO], seconds=300)
        assert done["state"] == "done", done

    def the_others_are_told(self, began: float) -> None:
        page = f"{self.visitor.url}/hub/user/{ALICE}/lab"
        told = wait_for(lambda: self._says(page, "ne répond plus"), seconds=240)
        print(f"the session's person is told {time.monotonic() - began:.0f} s after")
        assert "La rouvrir" in told
        run = self.visitor.ended(self.alice, self.runs[ALICE], seconds=240)
        print(f"the run is told {time.monotonic() - began:.0f} s after: {run['reason']}")
        assert run["state"] == "interrupted", run
        assert run["reason"] == "Interrompue : le nœud qui l’exécutait ne répond plus. Relancez-la."
        # What had arrived of its log is not lost.
        wait_for(lambda: self._log(self.alice, ALICE), seconds=60)

    def they_start_again(self, survivor: str, began: float) -> None:
        self.visitor.open_session(ALICE, seconds=180)
        session = self._pods(f"hub.jupyter.org/username={ALICE}")
        assert [pod["spec"]["nodeName"] for pod in session] == [survivor]
        code = "import pathlib; print((pathlib.Path.home() / 'avant.txt').read_text())"
        kept = wait_for(lambda: self.visitor.python(ALICE, self.alice, code), seconds=120)
        print(f"the session is open elsewhere {time.monotonic() - began:.0f} s after")
        assert kept.strip() == "là"

    def the_platform_is_whole(self, began: float) -> None:
        def whole() -> bool:
            told = json.loads(self.cluster.kubectl("get", "deployments", "-o", "json"))["items"]
            # With a database outside there is none of it here.
            ready = {d["metadata"]["name"]: d["status"].get("readyReplicas") == 1 for d in told}
            return ready.keys() >= {f"archipel-{name}" for name in COMPONENTS} and all(ready.values())

        wait_for(whole, seconds=240)
        print(f"the platform is whole {time.monotonic() - began:.0f} s after")

    def nothing_doubled(self) -> None:
        for component in (*COMPONENTS, "postgresql"):
            pods = self._pods(f"app.kubernetes.io/component={component}")
            assert len([pod for pod in pods if pod["status"]["phase"] == "Running"]) <= 1, component
        for name in (ALICE, BRUNO):
            assert len(self._pods(f"hub.jupyter.org/username={name}")) == 1, name
        assert not self._running(f"archipel/task=run-{self.runs[ALICE]}-1")
        states = {name: self._run(name)["state"] for name in (ALICE, BRUNO)}
        assert states == {ALICE: "interrupted", BRUNO: "done"}
        assert self.kernels[BRUNO].run("print(moi)", 20).strip() == BRUNO

    def records(self) -> set[str]:
        """Runs and published versions, as those who may see them all see them."""
        runs, boards = (
            self.visitor.told(self.chef, self.visitor.api(name)) for name in ("runs?limit=500", "dashboards")
        )
        versions = {f"{board['defi']}/{v['run']}" for board in boards for v in board["versions"]}
        return {str(run["id"]) for run in runs} | versions

    def _run(self, name: str) -> dict[str, Any]:
        who = {ALICE: self.alice, BRUNO: self.bruno}[name]
        found: dict[str, Any] = self.visitor.told(who, self.visitor.api(f"runs/{self.runs[name]}"))
        return found

    def _log(self, who: httpx.Client, name: str) -> str:
        answer = who.get(self.visitor.api(f"runs/{self.runs[name]}/logs"))
        return answer.text.strip() if answer.status_code == 200 else ""

    def _says(self, page: str, words: str) -> str:
        text = self.alice.get(page).text
        return text if words in text else ""

    def _pods(self, selector: str) -> list[dict[str, Any]]:
        mine = f"app.kubernetes.io/instance=archipel,{selector}"
        found: list[dict[str, Any]] = json.loads(
            self.cluster.kubectl("get", "pods", "-l", mine, "-o", "json")
        )["items"]
        return found

    def _running(self, selector: str) -> bool:
        return any(
            pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]
            for pod in self._pods(selector)
        )

    @contextmanager
    def _cordoned(self, node: str) -> Iterator[None]:
        self.cluster.kubectl("cordon", node)
        try:
            yield
        finally:
            self.cluster.kubectl("uncordon", node)


def _ready_nodes(cluster: Cluster) -> list[str]:
    told = json.loads(cluster.kubectl("get", "nodes", "-o", "json"))["items"]
    return [
        node["metadata"]["name"]
        for node in told
        if any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])
        and not node["spec"].get("unschedulable")
    ]


def _command(variable: str, *words: str) -> None:
    line = " ".join([os.environ[variable], *words])
    done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
