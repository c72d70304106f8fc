"""JupyterHub's settings that only a cluster has: its database, its spawner."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientTimeout

from archipel.backends import manifests
from archipel.backends.manifests import Ground
from archipel.cluster import Cluster, prepared
from archipel.datafolder import DataFolder
from archipel.names import IMAGE_HOME

SESSION = ["python", "-P", "-m", "archipel.hub.session"]
"""``-P``: it starts in the person's home, where no file may take a module's place."""


def set_storage(c: Any, data: DataFolder) -> None:
    with prepared(data, "hub") as url:
        c.JupyterHub.db_url = url
    c.JupyterHub.upgrade_db = True
    # The hub asks proxy and sessions, whose pods may vanish without closing a connection: none is kept, and
    # none is waited on for long; longer than a busy hub takes to come back to it, all the same (5 s seen).
    c.JupyterHubHTTPClient.connector_options = {"force_close": True}
    c.JupyterHubHTTPClient.session_options = {"timeout": ClientTimeout(total=20, sock_connect=10)}


def set_spawner(c: Any, data: DataFolder, cluster: Cluster) -> None:
    from archipel.hub.podspawner import TOKEN_SECRET, PodSpawner

    ground, homes = Ground(**cluster.pods), cluster.homes
    c.JupyterHub.spawner_class = PodSpawner
    c.JupyterHub.concurrent_spawn_limit = 64
    c.PodSpawner.data_folder = str(data.root)
    c.PodSpawner.ground = cluster.pods
    c.PodSpawner.namespace = ground.namespace
    c.PodSpawner.cmd = SESSION
    c.PodSpawner.start_timeout = 300
    # A first start that does not answer, then one in rescue mode.
    c.PodSpawner.http_timeout = 200
    c.PodSpawner.poll_interval = 10
    c.PodSpawner.slug_scheme = "safe"
    c.PodSpawner.component_label = "session"
    c.PodSpawner.pod_name_template = "session-{user_server}"
    c.PodSpawner.common_labels = {**ground.labels, "app.kubernetes.io/part-of": "archipel"}
    c.PodSpawner.image_pull_policy = ground.pull_policy
    c.PodSpawner.image_pull_secrets = list(ground.pull_secrets)
    c.PodSpawner.node_selector = dict(ground.node_selector)
    c.PodSpawner.tolerations = [*map(dict, ground.tolerations), *manifests.lost_node()]
    c.PodSpawner.automount_service_account_token = False
    c.PodSpawner.pod_security_context = manifests.pod_security()
    c.PodSpawner.container_security_context = manifests.container_security()
    c.PodSpawner.extra_pod_config = {"enableServiceLinks": False}
    c.PodSpawner.delete_grace_period = 10
    set_pace(c)
    set_volumes(c, ground, homes, IMAGE_HOME, TOKEN_SECRET)


def set_pace(c: Any) -> None:
    """For a thousand sessions and a morning when they all open (measured: `docs/kubernetes.md`)."""
    # Whoever is put off waits on a page that asks again: sooner than the half minute or more of the default.
    c.JupyterHub.spawn_throttle_retry_range = (10, 30)
    # All pods are listed anew at each end of a watch, by default every ten seconds; it may last a minute.
    c.ResourceReflector.timeout_seconds = 50
    c.ResourceReflector.restart_seconds = 50
    # No page of ours shows a pod's events: they are neither listed nor kept.
    c.PodSpawner.events_enabled = False
    # A pod asked for twice, because the first answer was slow, is taken down and asked for again.
    c.PodSpawner.k8s_api_request_timeout = 15
    c.PodSpawner.k8s_api_request_retry_timeout = 120


def set_volumes(c: Any, ground: Ground, homes: dict[str, str], home: str, token: str) -> None:
    """A claim per person for their home, and folders of the pod's own for what is written elsewhere."""
    c.PodSpawner.storage_pvc_ensure = True
    # Whoever is forgotten by the hub leaves their files: an operator deletes them, on purpose.
    c.PodSpawner.delete_pvc = False
    c.PodSpawner.pvc_name_template = "home-{user_server}"
    c.PodSpawner.storage_capacity = homes.get("size", "10Gi")
    c.PodSpawner.storage_class = homes.get("class") or None
    c.PodSpawner.storage_access_modes = ["ReadWriteOnce"]
    volumes: list[dict[str, Any]] = [
        {"name": "home", "persistentVolumeClaim": {"claimName": "{pvc_name}"}},
        {"name": "tmp", "emptyDir": {"sizeLimit": ground.work}},
        {"name": "secrets", "secret": {"secretName": token, "defaultMode": 0o440}},
    ]
    mounts: list[dict[str, Any]] = [
        {"name": "home", "mountPath": home},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  # a volume of the pod's own
        {"name": "secrets", "mountPath": manifests.SECRETS, "readOnly": True},
    ]
    c.PodSpawner.groups_claim = homes.get("groups") or ""
    c.PodSpawner.volumes, c.PodSpawner.volume_mounts = volumes, mounts
