"""A release of the chart for simulated people, in a namespace of its own, and what its pods take."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from fakenodes import MARK, kubectl, program, told

ROOT = Path(__file__).parents[1]
VALUES = ("charts/values/essai.yaml", "tests/cluster/values.yaml")
LINKS = """
import json, sys
from archipel.hub import links
from archipel.settings import read_settings
folder = read_settings().data.running / "links"
print(json.dumps({name: links.new_link(folder, name) for name in json.load(sys.stdin)}))
"""


@dataclass(frozen=True)
class Release:
    namespace: str
    node: str
    address: str
    port: int

    @property
    def url(self) -> str:
        return f"http://archipel.localhost:{self.port}"

    def key(self, name: str) -> str:
        """One of the platform's keys."""
        secret = told("-n", self.namespace, "get", "secret", "archipel-keys")
        return base64.b64decode(secret["data"][name]).decode().strip()

    def links(self, names: list[str]) -> dict[str, str]:
        """A one-time link's token each, good for ten minutes."""
        words = ("-n", self.namespace, "exec", "-i", "deploy/archipel-hub", "--", "python", "-c", LINKS)
        found: dict[str, str] = json.loads(kubectl(*words, text=json.dumps(names)))
        return found

    def hub_inside(self) -> str:
        """The hub's API as the node reaches it: it has routes to its pods, not to services."""
        pods = told("-n", self.namespace, "get", "pods", "-l", "app.kubernetes.io/component=hub")["items"]
        return f"http://{pods[0]['status']['podIP']}:8081/hub/api"

    def taken(self) -> dict[str, dict[str, float]]:
        """Component → seconds of processor since its start, and MiB of memory that is not cache."""
        summary = json.loads(kubectl("get", "--raw", f"/api/v1/nodes/{self.node}/proxy/stats/summary"))
        found = {}
        for pod in summary["pods"]:
            if pod["podRef"]["namespace"] == self.namespace and pod.get("containers"):
                name = pod["podRef"]["name"].removeprefix("archipel-").split("-")[0]
                container = pod["containers"][0]
                cpu, memory = container.get("cpu", {}), container.get("memory", {})
                found[name] = {
                    "cpu_s": cpu.get("usageCoreNanoSeconds", 0) / 1e9,
                    "memory_mib": memory.get("workingSetBytes", 0) / 2**20,
                    "at": _moment(cpu["time"]),
                }
        return found


def api_server() -> dict[str, float]:
    figures = kubectl("get", "--raw", "/metrics")
    wanted = {"process_cpu_seconds_total": "cpu_s", "process_resident_memory_bytes": "memory_mib"}
    found = {"at": time.time()}
    for line in figures.splitlines():
        name, _space, value = line.partition(" ")
        if name in wanted:
            found[wanted[name]] = float(value) / (2**20 if "bytes" in name else 1)
    return found


def _moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def values(people: list[str], node: str, port: int) -> dict[str, Any]:
    """What is not as in a trial: many people, sessions on fake nodes, a quota that lets them all in."""
    many = str(len(people) + 100)
    return {
        "publicPort": port,
        "proxy": {"service": {"type": "NodePort", "nodePorts": {"http": port}}},
        "firstResults": False,
        "people": {name: {"groups": ["agents"], "admin": False} for name in people},
        "scheduling": {
            "corePods": {"nodeSelector": {"kubernetes.io/hostname": node}},
            "userPods": {
                "nodeSelector": {MARK: "true"},
                "tolerations": [{"key": MARK, "operator": "Exists", "effect": "NoSchedule"}],
            },
        },
        "quota": {
            "hard": {
                "requests.cpu": "500",
                "requests.memory": "4Ti",
                "pods": many,
                "persistentvolumeclaims": many,
            }
        },
    }


@contextlib.contextmanager
def installed(
    name: str, told_values: Mapping[str, Any], place: tuple[str, str], folder: Path
) -> Iterator[Release]:
    """The release in the namespace ``name``; nothing of it is left at the end."""
    _remove(name)
    kubectl("create", "namespace", name)
    try:
        kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")
        own = folder / "values.yaml"
        own.write_text(yaml.safe_dump(dict(told_values)), encoding="utf-8")
        archipel = ROOT / ".venv/bin/archipel"
        found = subprocess.run([archipel, "deploy", "values"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
        (folder / "catalogue.yaml").write_bytes(found.stdout)
        files = [str(folder / "catalogue.yaml"), *(str(ROOT / path) for path in VALUES), str(own)]
        words = [word for path in files for word in ("--values", path)]
        words += ["--namespace", name]
        helm = [program("helm"), "upgrade", "--install", "archipel", str(ROOT / "charts/archipel")]
        subprocess.run([*helm, *words], env=os.environ, stdout=subprocess.DEVNULL, check=True)
        for part in ("proxy", "hub", "portal"):
            kubectl(
                "-n", name, "rollout", "status", f"deployment/archipel-{part}", "--timeout=20m", seconds=1230
            )
        yield Release(name, *place, port=int(told_values["publicPort"]))
    finally:
        _remove(name)


def _remove(name: str) -> None:
    """Its pods at once (no kubelet lets those of fake nodes go), then everything else and the volumes."""
    if not kubectl("get", "namespace", name, "--ignore-not-found"):
        return
    kubectl("-n", name, "delete", "deployments", "--all", check=False)
    kubectl("-n", name, "delete", "pods", "--all", "--force", "--grace-period=0", "--wait=false", check=False)
    subprocess.run(
        [program("helm"), "uninstall", "archipel", "--namespace", name, "--ignore-not-found"],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    kubectl("delete", "namespace", name, "--timeout=300s", check=False, seconds=330)
