"""JupyterHub and KubeSpawner by themselves, from the platform's image, in a namespace of their own.

The peer of our hub and of our sessions: default waits, default settings, `jupyterhub-singleuser` in our
session image, a claim per person; its own proxy beside it in the pod, its database in SQLite.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from typing import Any

import httpx

from support.places import Cluster, Mapped

TOKEN = "jeton-du-pair"  # noqa: S105  # of a hub that lives for minutes, on this machine
CONFIG = """
import json, os
c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.bind_url = "http://0.0.0.0:8000"
c.JupyterHub.hub_bind_url = "http://0.0.0.0:8081"
c.JupyterHub.hub_connect_url = "http://peer:8081"
c.JupyterHub.db_url = "sqlite:////data/hub.sqlite"
c.JupyterHub.cookie_secret_file = "/data/cookie"
c.JupyterHub.services = [{"name": "operator", "api_token": os.environ["PEER_TOKEN"]}]
c.JupyterHub.load_roles = [{"name": "operator", "services": ["operator"],
                            "scopes": ["admin:users", "admin:servers", "access:servers"]}]
from archipel.environments.node import proxy_command
c.ConfigurableHTTPProxy.command = proxy_command()
c.KubeSpawner.namespace = os.environ["PEER_NAMESPACE"]
c.KubeSpawner.image = os.environ["PEER_IMAGE"]
c.KubeSpawner.image_pull_policy = "IfNotPresent"
c.KubeSpawner.cmd = ["jupyterhub-singleuser"]
c.KubeSpawner.cpu_limit, c.KubeSpawner.cpu_guarantee = 1, 0.05
c.KubeSpawner.mem_limit = c.KubeSpawner.mem_guarantee = "2G"
c.KubeSpawner.storage_pvc_ensure = True
c.KubeSpawner.storage_capacity = "1Gi"
c.KubeSpawner.pvc_name_template = "home-{user_server}"
c.KubeSpawner.volumes = [{"name": "home", "persistentVolumeClaim": {"claimName": "home-{user_server}"}},
                         {"name": "tmp", "emptyDir": {}}]
c.KubeSpawner.volume_mounts = [{"name": "home", "mountPath": "/home/archipel"},
                               {"name": "tmp", "mountPath": "/tmp"}]
c.KubeSpawner.uid = c.KubeSpawner.fs_gid = 1000
"""


@contextlib.contextmanager
def installed(place: Cluster, image: str) -> Iterator[Peer]:
    """``image``: of its sessions. Nothing is left of it at the end."""
    namespace = os.environ.get("ARCHIPEL_PEER", f"{place.namespace}-peer")
    deployed = json.loads(place.kubectl("get", "deployment", "archipel-hub", "-o", "json"))
    hub = deployed["spec"]["template"]["spec"]["containers"][0]
    objects = _objects(namespace, hub["image"], image)
    place.kubectl("create", "namespace", namespace, check=False)
    try:
        place.kubectl("-n", namespace, "apply", "-f", "-", given=json.dumps(objects))
        place.kubectl("-n", namespace, "rollout", "status", "deployment/peer", "--timeout=110s")
        service = json.loads(place.kubectl("-n", namespace, "get", "service", "peer", "-o", "json"))
        yield Peer(place, namespace, service["spec"]["ports"][0]["nodePort"])
    finally:
        place.kubectl("delete", "namespace", namespace, "--wait=false")


class Peer:
    def __init__(self, place: Cluster, namespace: str, port: int) -> None:
        self.place, self.namespace = place, namespace
        headers = {"Authorization": f"token {TOKEN}"}
        self.client = httpx.Client(
            transport=Mapped(place.address, port),
            base_url="http://peer",
            headers=headers,
            timeout=90,
            trust_env=False,
        )

    def answers(self) -> bool:
        try:
            return self.client.get("/hub/api/", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def spawn(self, name: str) -> float:
        """Seconds until the session of ``name`` is ready; it is closed, and its pod gone, at the end."""
        user = f"/hub/api/users/{name}"
        self.client.post(user)
        began = time.monotonic()
        self.client.post(f"{user}/server")
        while not self.client.get(user).json()["servers"].get("", {}).get("ready"):
            if time.monotonic() - began > 120:
                raise AssertionError(f"the peer's session of {name} did not open")
            time.sleep(0.05)
        took = time.monotonic() - began
        self.client.delete(f"{user}/server")
        while self.client.get(user).json()["servers"]:
            time.sleep(0.2)
        return took


def _objects(namespace: str, image: str, session: str) -> dict[str, Any]:
    labels = {"app": "peer"}
    env = {"PEER_TOKEN": TOKEN, "PEER_NAMESPACE": namespace, "PEER_IMAGE": session, "HOME": "/data"}
    probe = {"httpGet": {"path": "/hub/health", "port": 8081}, "periodSeconds": 1}
    container = {
        "name": "hub",
        "image": image,
        "command": ["python", "-m", "jupyterhub", "-f", "/etc/peer/config.py"],
        "workingDir": "/data",
        "env": [{"name": name, "value": value} for name, value in env.items()],
        "startupProbe": {**probe, "failureThreshold": 120},
        "readinessProbe": {**probe, "periodSeconds": 2, "timeoutSeconds": 5},
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"cpu": "2", "memory": "1Gi"},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": "/data"},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  # a volume of the pod's own
            {"name": "config", "mountPath": "/etc/peer"},
        ],
    }
    pod = {
        "serviceAccountName": "peer",
        "securityContext": {"runAsUser": 1000, "fsGroup": 1000},
        "containers": [container],
        "volumes": [
            {"name": "data", "emptyDir": {}},
            {"name": "tmp", "emptyDir": {}},
            {"name": "config", "configMap": {"name": "peer"}},
        ],
    }
    rules = [{"apiGroups": [""], "resources": ["pods", "persistentvolumeclaims"], "verbs": ["*"]}]
    rules.append({"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["*"]})
    rbac = "rbac.authorization.k8s.io"
    items = [
        _object("v1", "ServiceAccount"),
        _object("v1", "ConfigMap", data={"config.py": CONFIG}),
        _object(f"{rbac}/v1", "Role", rules=rules),
        _object(
            f"{rbac}/v1",
            "RoleBinding",
            subjects=[{"kind": "ServiceAccount", "name": "peer"}],
            roleRef={"apiGroup": rbac, "kind": "Role", "name": "peer"},
        ),
        _object(
            "apps/v1",
            "Deployment",
            spec={
                "replicas": 1,
                "strategy": {"type": "Recreate"},
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        ),
        _object(
            "v1",
            "Service",
            spec={
                "type": "NodePort",
                "selector": labels,
                "ports": [{"name": "http", "port": 8000}, {"name": "hub", "port": 8081}],
            },
        ),
    ]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def _object(version: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "peer"}, **more}
