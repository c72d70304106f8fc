"""A task as Kubernetes objects: plain dictionaries, made from values alone. Pure.

Every pod meets Pod Security "restricted", has no service account's token, a read-only root file system,
requests and limits; its secrets are files of a Secret of its own, never in its specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archipel.backends.task import Task
from archipel.names import IMAGE_USER, POD_WORK, image_reference

SECRETS = "/run/archipel/secrets"
"""Where the task's secrets are files; told in ``$ARCHIPEL_SECRETS``."""
LABEL = "archipel/"
SENSIBLE = f"{LABEL}sensible"
"""Label of a pod that reaches the platform and its declared sources alone: policies look for it."""
NODE = "ARCHIPEL_NODE"
"""Variable that tells a probe the address of its node."""
DISK = "256Mi"
"""What a pod is promised of its node's disk, for its working folder and what it prints."""
LOST_SECONDS = 30
"""How long a pod stays bound to a node that does not answer."""


@dataclass(frozen=True)
class Ground:
    """Where tasks of a workspace are put, and what each pod of theirs is given.

    ``prefix``, ``release``: with a task's image and lock, the name of its container image
    (`archipel.names.image_reference`). ``environment``: the region's variables (authorities, proxy,
    mirrors). ``cpu_share``: part of its limit that a pod is promised; memory is promised whole.
    ``work``: size limit of a pod's working folder.
    """

    namespace: str
    prefix: str
    release: str
    pull_policy: str = "IfNotPresent"
    pull_secrets: tuple[str, ...] = ()
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Mapping[str, Any], ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    cpu_share: float = 0.25
    work: str = "10Gi"
    gpu: str = "nvidia.com/gpu"

    def image(self, image: str, lock: str) -> str:
        return image_reference(self.prefix, image, lock, self.release)


def job(task: Task, ground: Ground) -> dict[str, Any]:
    """One attempt, tried once: a second try is a new attempt, with its own row and its own token."""
    # The pod's, not the job's: what it waits for before its node has taken it is none of its own time.
    deadline = {"activeDeadlineSeconds": int(task.timeout.total_seconds())} if task.timeout else {}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _metadata(task, ground),
        "spec": {
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            # A scheduler that never comes back leaves no pod behind for ever.
            "ttlSecondsAfterFinished": 86400,
            "template": {
                "metadata": {"labels": _labels(task, ground)},
                "spec": {**_pod(task, ground), **deadline, "restartPolicy": "Never"},
            },
        },
    }


def probe(task: Task, ground: Ground, component: str) -> dict[str, Any]:
    """A job whose pod has the labels of a ``component``'s (session, run, dashboard), by which policies go."""
    made = job(task, ground)
    template = made["spec"]["template"]
    for metadata in (made["metadata"], template["metadata"]):
        metadata["labels"] = {**metadata["labels"], "app.kubernetes.io/component": component}
    where = {"fieldRef": {"fieldPath": "status.hostIP"}}
    template["spec"]["containers"][0]["env"].append({"name": NODE, "valueFrom": where})
    return made


def deployment(task: Task, ground: Ground) -> dict[str, Any]:
    """A task that answers on a port until it is stopped; a lost node gives it another."""
    labels = _labels(task, ground)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(task, ground),
        "spec": {
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": {f"{LABEL}task": task.name}},
            "template": {"metadata": {"labels": labels}, "spec": _pod(task, ground)},
        },
    }


def secret(task: Task, ground: Ground) -> dict[str, Any]:
    """Its secrets, as the files of its pod."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata(task, ground),
        "type": "Opaque",
        "immutable": True,
        "stringData": dict(task.secrets),
    }


def _metadata(task: Task, ground: Ground) -> dict[str, Any]:
    return {"name": task.name, "namespace": ground.namespace, "labels": _labels(task, ground)}


def _labels(task: Task, ground: Ground) -> dict[str, str]:
    own = {
        "app.kubernetes.io/part-of": "archipel",
        "app.kubernetes.io/component": "dashboard" if task.port else "run",
        f"{LABEL}task": task.name,
        f"{LABEL}image": task.image,
        **marked(task.sensible),
    }
    return {**ground.labels, **{f"{LABEL}{name}": value for name, value in task.labels.items()}, **own}


def marked(scope: str) -> dict[str, str]:
    """The label of what is marked « sensible »; nothing for an empty scope."""
    return {SENSIBLE: scope} if scope else {}


def told_of_region(environment: Mapping[str, str], scope: str) -> dict[str, str]:
    """The region's variables; what is marked « sensible » reaches no proxy, so none is told.

    Mirrors are cut for it too, and told: one may be among its sources, and without them tools ask the public.
    """
    return {
        name: value for name, value in environment.items() if not (scope and name.lower().endswith("_proxy"))
    }


def _pod(task: Task, ground: Ground) -> dict[str, Any]:
    volumes: list[dict[str, Any]] = [
        {"name": "work", "emptyDir": {"sizeLimit": ground.work}},
        {"name": "tmp", "emptyDir": {"sizeLimit": "2Gi"}},
    ]
    if task.secrets:
        volumes.append({"name": "secrets", "secret": {"secretName": task.name, "defaultMode": 0o440}})
    spec: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pod_security(),
        "terminationGracePeriodSeconds": 30,
        "tolerations": [*map(dict, ground.tolerations), *lost_node()],
        "containers": [_container(task, ground)],
        "volumes": volumes,
    }
    if ground.pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in ground.pull_secrets]
    if ground.node_selector:
        spec["nodeSelector"] = dict(ground.node_selector)
    return spec


def _container(task: Task, ground: Ground) -> dict[str, Any]:
    mounts: list[dict[str, Any]] = [
        {"name": "work", "mountPath": POD_WORK},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  # a volume of the pod's own
    ]
    env = {
        **told_of_region(ground.environment, task.sensible),
        "HOME": f"{POD_WORK}/home",
        "TMPDIR": "/tmp",  # noqa: S108  # a volume of the pod's own
        "JUPYTER_RUNTIME_DIR": f"{POD_WORK}/runtime",
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": str(max(1, int(task.resources.cpu))),
        **task.env,
    }
    if task.secrets:
        mounts.append({"name": "secrets", "mountPath": SECRETS, "readOnly": True})
        env["ARCHIPEL_SECRETS"] = SECRETS
    container: dict[str, Any] = {
        "name": "task",
        "image": ground.image(task.image, task.lock),
        "imagePullPolicy": ground.pull_policy,
        "command": list(task.command),
        "env": [{"name": name, "value": value} for name, value in sorted(env.items())],
        "resources": resources(task, ground),
        "securityContext": container_security(),
        "volumeMounts": mounts,
    }
    if task.port:
        container["ports"] = [{"name": "http", "containerPort": task.port}]
        container["readinessProbe"] = {
            "tcpSocket": {"port": task.port},
            "periodSeconds": 1,
            "failureThreshold": 120,
        }
    return container


def resources(task: Task, ground: Ground) -> dict[str, Any]:
    """Processor is promised in part, memory whole: what is taken back is a process, not a slice of time."""
    asked = task.resources
    limits = {
        "cpu": f"{int(asked.cpu * 1000)}m",
        "memory": str(asked.memory_bytes),
        "ephemeral-storage": ground.work,
    }
    requests = {
        "cpu": f"{max(1, int(asked.cpu * 1000 * ground.cpu_share))}m",
        "memory": str(asked.memory_bytes),
        "ephemeral-storage": DISK,
    }
    if asked.gpu:
        limits[ground.gpu] = requests[ground.gpu] = str(asked.gpu)
    return {"limits": limits, "requests": requests}


def pod_security() -> dict[str, Any]:
    return {
        "runAsNonRoot": True,
        "runAsUser": IMAGE_USER,
        "runAsGroup": IMAGE_USER,
        "fsGroup": IMAGE_USER,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container_security() -> dict[str, Any]:
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }


def lost_node() -> list[dict[str, Any]]:
    """A node that is gone keeps its pods for half a minute, not for the five of the default."""
    return [
        {
            "key": f"node.kubernetes.io/{why}",
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": LOST_SECONDS,
        }
        for why in ("not-ready", "unreachable")
    ]
