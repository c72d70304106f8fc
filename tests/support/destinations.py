"""Twelve destinations that no pod which runs people's code may reach, each with something that answers there.

Measured from a session, a run and a live dashboard that the product itself started: first with every policy
undone (one more that allows all), then with the chart's own. What is told by the pod, what passed on its wire
and, where the answering end is ours, what that end saw.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from support.places import Cluster
from support.wire import NAMESPACES, Responder, Wire, extra_address, watched

DESTINATIONS = {
    "api": "serveur d’API de Kubernetes",
    "metadata": "métadonnées du nuage (169.254.169.254)",
    "session": "session d’une autre personne",
    "database": "base de la plateforme",
    "store": "magasin d’objets, en direct",
    "namespace": "pod d’un autre espace de noms",
    "kubelet": "kubelet du nœud (10250)",
    "node": "service du nœud lui-même (comme ssh)",
    "dns": "autres ports du DNS du cluster",
    "proxy": "commandes du mandataire (8001)",
    "scheduler": "ordonnanceur (8005)",
    "dashboard": "autre tableau vivant",
}
KINDS = {"session": "notebook", "run": "task", "dashboard": "task"}
"""Component of a pod → its container."""
OPEN = "essai-tout-permis"
STAND_IN_PORT, NODE_PORT, STORE_PORT, ASIDE_PORT = 8866, 2222, 9000, 8181
SETTLE_SECONDS = 5
PATIENCE_SECONDS = 120
PROBE = """
import json, socket, sys, threading
told = {}
def knock(name, host, port):
    try:
        with socket.create_connection((host, port), timeout=4):
            told[name] = "open"
    except OSError as error:
        told[name] = type(error).__name__
places = json.loads(sys.argv[1])
threads = [threading.Thread(target=knock, args=(name, *place)) for name, place in places.items()]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps(told))
"""
COUNTING = f"""
import socket
server = socket.create_server(("", {STAND_IN_PORT}))
while True:
    connection, peer = server.accept()
    print(peer[0], flush=True)
    connection.close()
"""


@dataclass
class Pod:
    name: str
    kind: str
    address: str
    node: str


@dataclass
class Seen:
    """Of one destination, from one pod. ``told``: the pod's own words; the others are counts."""

    told: str = ""
    asked: int = 0
    answered: int = 0
    counted: int | None = None
    """Connections at the answering end; None where that end is not ours."""

    @property
    def reached(self) -> bool:
        return self.told == "open" or self.answered > 0 or bool(self.counted)


@dataclass
class Measure:
    """``opened``, ``closed``: kind of pod → destination → what was seen, without and with the policies."""

    opened: dict[str, dict[str, Seen]] = field(default_factory=dict)
    closed: dict[str, dict[str, Seen]] = field(default_factory=dict)

    def table(self) -> str:
        head = f"{'destination':<42}" + "".join(f"{kind:>24}" for kind in self.closed)
        lines, of = [head], len(DESTINATIONS)
        for name, words in DESTINATIONS.items():
            cells = [
                f"{self._cell(self.opened[kind][name])} → {self._cell(self.closed[kind][name])}"
                for kind in self.closed
            ]
            lines.append(f"{words:<42}" + "".join(f"{cell:>24}" for cell in cells))
        totals = [
            f"{self.reached(self.opened[kind])}/{of} → {self.reached(self.closed[kind])}/{of}"
            for kind in self.closed
        ]
        return "\n".join(
            [
                *lines,
                f"{'atteintes (sans → avec les politiques)':<42}" + "".join(f"{one:>24}" for one in totals),
            ]
        )

    def figures(self) -> dict[str, Any]:
        """What `benchmarks/results.json` keeps: destination → kind of pod → reached, without and with."""
        rows = {
            words: {
                kind: f"{self._cell(self.opened[kind][name])} → {self._cell(self.closed[kind][name])}"
                for kind in self.closed
            }
            for name, words in DESTINATIONS.items()
        }
        reached = {
            kind: {"without": self.reached(self.opened[kind]), "with": self.reached(self.closed[kind])}
            for kind in self.closed
        }
        return {
            "machine": f"{os.cpu_count()} × {platform.machine()}, load {os.getloadavg()[0]:.1f}",
            "unit": "packets asked > answered [connections at the other end], without → with policies",
            "of": len(DESTINATIONS),
            "reached": reached,
            "rows": rows,
        }

    def _cell(self, seen: Seen) -> str:
        counted = "" if seen.counted is None else f" [{seen.counted}]"
        return f"{seen.asked}>{seen.answered}{counted}"

    @staticmethod
    def reached(seen: dict[str, Seen]) -> int:
        return sum(one.reached for one in seen.values())


class Ground:
    """The targets' addresses, and the answering ends that are ours."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.aside = f"{cluster.namespace}-autre"
        self.responders: dict[str, list[Responder]] = {}
        self.stand_ins: dict[str, tuple[str, str]] = {}
        nodes = json.loads(cluster.kubectl("get", "nodes", "-o", "json"))["items"]
        # Nodes that only pretend to be (kwok) have no address.
        self.nodes = {
            node["metadata"]["name"]: address["address"]
            for node in nodes
            for address in node["status"].get("addresses", ())
            if address["type"] == "InternalIP"
        }

    def component(self, name: str) -> Pod:
        """The running pod of a component, the youngest."""
        selector = f"app.kubernetes.io/instance=archipel,app.kubernetes.io/component={name}"
        told = json.loads(self.cluster.kubectl("get", "pods", "-l", selector, "-o", "json"))["items"]
        alive = [
            one
            for one in told
            if one["status"].get("podIP")
            and one["status"]["phase"] == "Running"
            and "deletionTimestamp" not in one["metadata"]
            and not one["metadata"]["name"].startswith("essai-")
        ]
        assert alive, f"no running pod of {name}"
        one = max(alive, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
        return Pod(one["metadata"]["name"], name, one["status"]["podIP"], one["spec"]["nodeName"])

    def session_of(self, person: str) -> Pod:
        name = f"session-{person}"
        told = json.loads(self.cluster.kubectl("get", "pod", name, "-o", "json"))
        return Pod(name, "session", told["status"]["podIP"], told["spec"]["nodeName"])

    @contextmanager
    def answering(self, image: str, nodes: set[str]) -> Iterator[None]:
        """Every stand-in up: on each of the ``nodes``, beside the control plane, and in pods."""
        with ExitStack() as stack:
            for node in nodes:
                stack.enter_context(extra_address(node, "169.254.169.254"))
                self._respond(stack, "metadata", node, "169.254.169.254", 80)
                self._respond(stack, "node", node, self.nodes[node], NODE_PORT)
            self._respond(stack, "store", "control", self._control(), STORE_PORT)
            stack.enter_context(self._pods(image))
            yield

    def _respond(self, stack: ExitStack, name: str, namespace: str, address: str, port: int) -> None:
        made = Responder(namespace, address, port)
        stack.callback(made.close)
        self.responders.setdefault(name, []).append(made)

    def _control(self) -> str:
        return self._api()[0]

    def _api(self) -> tuple[str, int]:
        told = json.loads(
            self.cluster.kubectl("get", "endpointslices", "-n", "default", "kubernetes", "-o", "json")
        )
        return told["endpoints"][0]["addresses"][0], int(told["ports"][0]["port"])

    def _database(self) -> tuple[str, int]:
        """The release's own, or the one outside that it was told of."""
        words = ["helm", "get", "values", "archipel", "--namespace", self.cluster.namespace, "--output=json"]
        values = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
        for outside in values.get("networkPolicy", {}).get("database", ()):
            return outside["cidr"].partition("/")[0], int(outside["port"])
        return self.component("postgresql").address, 5432

    @contextmanager
    def _pods(self, image: str) -> Iterator[None]:
        """One in another namespace, one that has the labels of a live dashboard."""
        kubectl = self.cluster.kubectl
        kubectl("create", "namespace", self.aside, check=False)
        own = {
            "app.kubernetes.io/part-of": "archipel",
            "app.kubernetes.io/instance": "archipel",
            "app.kubernetes.io/component": "dashboard",
        }
        try:
            for name, namespace, labels in (
                ("namespace", self.aside, {}),
                ("dashboard", self.cluster.namespace, own),
            ):
                pod = f"essai-{name}"
                body = json.dumps(_stand_in(pod, namespace, labels, image))
                kubectl("delete", "pod", "-n", namespace, pod, "--ignore-not-found", "--grace-period=1")
                kubectl("wait", "--for=create", "serviceaccount/default", "-n", namespace, "--timeout=30s")
                kubectl("apply", "-n", namespace, "-f", "-", given=body)
                kubectl("wait", "--for=condition=Ready", "-n", namespace, f"pod/{pod}", "--timeout=90s")
                self.stand_ins[name] = (namespace, pod)
            yield
        finally:
            pod = "essai-dashboard"
            kubectl("delete", "pod", pod, "--ignore-not-found", "--grace-period=1", check=False)
            kubectl("delete", "namespace", self.aside, "--wait=false", check=False)

    def targets(self, pod: Pod, neighbour: Pod) -> dict[str, tuple[str, int]]:
        """Destination → address and port, as they are for that pod."""
        dns = json.loads(
            self.cluster.kubectl("get", "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns", "-o", "json")
        )["items"][0]["status"]["podIP"]
        found = {
            "api": self._api(),
            "metadata": ("169.254.169.254", 80),
            "session": (neighbour.address, 8888),
            "database": self._database(),
            "store": (self._control(), STORE_PORT),
            "kubelet": (self.nodes[pod.node], 10250),
            "node": (self.nodes[pod.node], NODE_PORT),
            "dns": (dns, ASIDE_PORT),
            "proxy": (self.component("proxy").address, 8001),
            "scheduler": (self.component("scheduler").address, 8005),
        }
        for name, (namespace, stand_in) in self.stand_ins.items():
            path = "jsonpath={.status.podIP}"
            address = self.cluster.kubectl("get", "pod", "-n", namespace, stand_in, "-o", path)
            found[name] = (address, STAND_IN_PORT)
        return {name: found[name] for name in DESTINATIONS}

    def counted(self, name: str, source: str) -> int | None:
        """Connections that an end of ours has had from an address."""
        if name in self.responders:
            return sum(one.seen[source] for one in self.responders[name])
        if name in self.stand_ins:
            namespace, pod = self.stand_ins[name]
            return self.cluster.kubectl("logs", "-n", namespace, pod).split().count(source)
        return None

    def knock(self, pod: Pod, targets: dict[str, tuple[str, int]]) -> dict[str, Seen]:
        """Every destination tried at once, from inside the pod."""
        before = {name: self.counted(name, pod.address) for name in targets}
        with watched(pod.node, pod.address) as wire:
            told = json.loads(
                self.cluster.kubectl(
                    *("exec", pod.name, "-c", KINDS[pod.kind], "--"),
                    *("python", "-I", "-c", PROBE, json.dumps(targets)),
                )
            )
            time.sleep(0.5)
        return {
            name: self._seen(name, place, told[name], wire, before[name], pod)
            for name, place in targets.items()
        }

    def _seen(
        self, name: str, place: tuple[str, int], told: str, wire: Wire, before: int | None, pod: Pod
    ) -> Seen:
        after = self.counted(name, pod.address)
        counted = None if after is None or before is None else after - before
        return Seen(told, wire.asked[place], wire.answered[place], counted)

    @contextmanager
    def without_policies(self) -> Iterator[None]:
        """Policies only ever add up: one that allows everything undoes all the others."""
        body = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": OPEN, "namespace": self.cluster.namespace},
            "spec": {
                "podSelector": {},
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{}],
                "egress": [{}],
            },
        }
        self.cluster.kubectl("apply", "-f", "-", given=json.dumps(body))
        try:
            time.sleep(SETTLE_SECONDS)
            yield
        finally:
            self.cluster.kubectl("delete", "networkpolicy", OPEN, "--ignore-not-found")
            time.sleep(SETTLE_SECONDS)


def _stand_in(name: str, namespace: str, labels: dict[str, str], image: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "task",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["python", "-I", "-c", COUNTING],
                    "readinessProbe": {"exec": {"command": ["true"]}, "initialDelaySeconds": 2},
                    "resources": {
                        "requests": {"cpu": "10m", "memory": "32Mi", "ephemeral-storage": "1Mi"},
                        "limits": {"cpu": "500m", "memory": "64Mi", "ephemeral-storage": "16Mi"},
                    },
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                        "readOnlyRootFilesystem": True,
                    },
                }
            ],
        },
    }


def measure(cluster: Cluster, pods: list[Pod], neighbour: Pod, image: str) -> Measure:
    """From each of the pods, without then with the policies."""
    missing = {pod.node for pod in pods} - {path.name for path in NAMESPACES.glob("*")}
    assert not missing, f"no namespace of this machine for {missing} (tests/cluster/kubernetes)"
    ground, found = Ground(cluster), Measure()
    with ground.answering(image, {pod.node for pod in pods}):
        targets = {pod.kind: ground.targets(pod, neighbour) for pod in pods}
        with ground.without_policies():
            deadline = time.monotonic() + PATIENCE_SECONDS
            while True:
                found.opened = {pod.kind: ground.knock(pod, targets[pod.kind]) for pod in pods}
                told = [seen.told for kind in found.opened.values() for seen in kind.values()]
                # The neighbour's session may still be starting.
                if set(told) == {"open"} or time.monotonic() > deadline:
                    break
        found.closed = {pod.kind: ground.knock(pod, targets[pod.kind]) for pod in pods}
    return found
