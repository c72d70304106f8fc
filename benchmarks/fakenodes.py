"""Fake nodes for a real API server (kwok), and the addresses of their pods answered by one stub.

kwok plays the kubelets: its pods are scheduled, Running and Ready for everyone who asks the API server, and
nothing runs in them. Their addresses lie in the ranges that the cluster gives each node; on the real node
that holds hub and proxy these ranges are made local, and `responder.py` there answers port 8888 of them all.
Calico knows these pods as it knows any: the release's own network policies hold on the way to them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MARK = "archipel.bench/users"
PODS_A_NODE = 110
STAGES = Path(__file__).with_name("kwok.yaml")
RESPONDER = Path(__file__).with_name("responder.py")


def program(name: str) -> str:
    """Its path; ends with what to do where it is absent."""
    found = shutil.which(name)
    if not found:
        sys.exit(f"« {name} » is not on the PATH (tests/cluster/kubernetes/cluster build {name})")
    return found


def kubectl(*words: str, text: str | None = None, check: bool = True, seconds: float = 300) -> str:
    done = subprocess.run(
        [program("kubectl"), *words], input=text, capture_output=True, text=True, timeout=seconds, check=False
    )
    if check and done.returncode:
        raise RuntimeError(f"kubectl {' '.join(words)[:200]}: {done.stderr[-2000:]}")
    return done.stdout


def told(*words: str) -> Any:
    return json.loads(kubectl(*words, "-o", "json"))


def real_node() -> tuple[str, str]:
    """Name and address of a node that is ready, and whose network namespace is on this machine."""
    spaces = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    here = {line.split()[0] for line in spaces.splitlines() if line.strip()}
    for node in told("get", "nodes", "-l", f"!{MARK}")["items"]:
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])
        if ready and node["metadata"]["name"] in here:
            address = next(a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP")
            return str(node["metadata"]["name"]), str(address)
    sys.exit("no node of this cluster runs on this machine: its network namespace must bear the node's name")


def node(name: str) -> dict[str, Any]:
    size = {"cpu": "256", "memory": "2Ti", "ephemeral-storage": "8Ti", "pods": str(PODS_A_NODE)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0"},
            "labels": {
                MARK: "true",
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "type": "kwok",
            },
        },
        "spec": {"taints": [{"key": MARK, "value": "true", "effect": "NoSchedule"}]},
        "status": {"allocatable": size, "capacity": size},
    }


@contextlib.contextmanager
def fake_nodes(count: int, folder: Path) -> Iterator[list[str]]:
    """``count`` nodes whose kubelet is kwok; gives the ranges of their pods. Logs go to ``folder``."""
    names = [f"virtuel-{number}" for number in range(1, count + 1)]
    remove_nodes()
    command = [
        program("kwok"),
        f"--kubeconfig={os.environ['KUBECONFIG']}",
        f"--manage-nodes-with-label-selector={MARK}=true",
        "--manage-all-nodes=false",
        f"--config={STAGES}",
        "--node-lease-duration-seconds=40",
    ]
    with (folder / "kwok.log").open("wb") as log:
        kwok = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        items = [node(name) for name in names]
        kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        yield _ranges(names, kwok)
    finally:
        remove_nodes()
        kwok.terminate()
        kwok.wait(10)


def remove_nodes() -> None:
    kubectl("delete", "nodes", "-l", f"{MARK}=true", "--ignore-not-found", check=False)


def _ranges(names: list[str], kwok: subprocess.Popen[bytes]) -> list[str]:
    deadline = time.monotonic() + 60
    while True:
        if kwok.poll() is not None:
            raise RuntimeError(f"kwok ended with {kwok.returncode}; its log says why")
        found = told("get", "nodes", "-l", f"{MARK}=true")["items"]
        ready = [n for n in found if _ready(n) and n["spec"].get("podCIDR")]
        if len(ready) == len(names):
            return [str(n["spec"]["podCIDR"]) for n in ready]
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(ready)} of {len(names)} fake nodes ready after 60 s")
        time.sleep(0.5)


def _ready(node: dict[str, Any]) -> bool:
    conditions = node["status"].get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


@contextlib.contextmanager
def answered(ranges: list[str], space: str, hub: str, folder: Path, seconds: float) -> Iterator[None]:
    """Every address of ``ranges`` answers on the node ``space``; ``hub``: address of the hub's API there.

    ``seconds``: how often each server tells the hub of its person's activity.
    """
    for known in ranges:
        _ip(space, "replace", known)
    command = ["ip", "netns", "exec", space, sys.executable, str(RESPONDER), hub, str(seconds)]
    with (folder / "responder.log").open("wb") as log:
        responder = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield
        if responder.poll() is not None:
            raise RuntimeError(f"the responder ended with {responder.returncode}; its log says why")
    finally:
        responder.terminate()
        responder.wait(10)
        for known in ranges:
            _ip(space, "delete", known, check=False)


def _ip(space: str, verb: str, known: str, check: bool = True) -> None:
    words = ["ip", "-n", space, "route", verb, "local", known, "dev", "lo"]
    subprocess.run(words, check=check, capture_output=True)
