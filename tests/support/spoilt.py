"""A pod as the platform makes them, and each way of spoiling it that must be refused."""

# ruff: noqa: E501  # one way a line, to be compared

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from archipel.backends.manifests import Ground, job
from archipel.backends.task import Task

GROUND = Ground(namespace="essai", prefix="registre.exemple.gouv.fr/a/", release="r1")


def good_pod() -> dict[str, Any]:
    task = Task("run-essai-1", "base", "abc", ("python", "-c", "pass"), secrets={"CLE": "valeur"})
    template = job(task, GROUND)["spec"]["template"]
    metadata = {"name": "essai", "labels": template["metadata"]["labels"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": copy.deepcopy(template["spec"])}


@dataclass(frozen=True)
class Spoilt:
    """``path``: of what is put in the pod; a missing ``value`` takes the key away. ``key``: what we name.

    ``profile``: whether Kubernetes' own "restricted" profile refuses it too; the rest is the house's rule.
    """

    name: str
    path: tuple[str | int, ...]
    value: Any
    key: str
    profile: bool = True

    def pod(self) -> dict[str, Any]:
        pod = good_pod()
        pod["metadata"]["name"] = self.name
        here: Any = pod
        for part in self.path[:-1]:
            here = here[part] if not isinstance(here, dict) else here.setdefault(part, {})
        last = self.path[-1]
        if self.value is None:
            del here[last]
        elif isinstance(here, list):
            here.insert(int(last), self.value)
        else:
            here[last] = self.value
        return pod


POD, ONE = ("spec",), ("spec", "containers", 0)
OWN = (*ONE, "securityContext")
IN = "spec.containers.0"
MOUNTED = {"name": "hote", "hostPath": {"path": "/"}}
TOKEN = {"name": "jeton", "projected": {"sources": [{"serviceAccountToken": {"path": "jeton"}}]}}
APPARMOR = "container.apparmor.security.beta.kubernetes.io/task"

SPOILT = (
    Spoilt("host-network", (*POD, "hostNetwork"), True, "spec.hostNetwork"),
    Spoilt("host-pid", (*POD, "hostPID"), True, "spec.hostPID"),
    Spoilt("host-ipc", (*POD, "hostIPC"), True, "spec.hostIPC"),
    Spoilt("host-path", (*POD, "volumes", 0), MOUNTED, "spec.volumes.0.hostPath"),
    Spoilt("host-port", (*ONE, "ports"), [{"containerPort": 80, "hostPort": 80}], f"{IN}.ports.0.hostPort"),
    Spoilt("nfs", (*POD, "volumes", 0), {"name": "n", "nfs": {"server": "s", "path": "/"}}, "spec.volumes.0.nfs"),
    Spoilt("privileged", (*OWN, "privileged"), True, f"{IN}.securityContext.privileged"),
    Spoilt(
        "escalation", (*OWN, "allowPrivilegeEscalation"), True, f"{IN}.securityContext.allowPrivilegeEscalation"
    ),
    Spoilt(
        "escalation-unsaid",
        (*OWN, "allowPrivilegeEscalation"),
        None,
        f"{IN}.securityContext.allowPrivilegeEscalation",
    ),
    Spoilt("capabilities-kept", (*OWN, "capabilities"), None, f"{IN}.securityContext.capabilities.drop"),
    Spoilt(
        "capabilities-partly", (*OWN, "capabilities", "drop"), ["NET_RAW"], f"{IN}.securityContext.capabilities.drop"
    ),
    Spoilt("capability-more", (*OWN, "capabilities", "add"), ["SYS_ADMIN"], f"{IN}.securityContext.capabilities.add"),
    Spoilt("root-unsaid", (*POD, "securityContext", "runAsNonRoot"), None, f"{IN}.securityContext.runAsNonRoot"),
    Spoilt("root-own", (*OWN, "runAsNonRoot"), False, f"{IN}.securityContext.runAsNonRoot"),
    Spoilt("root-user", (*POD, "securityContext", "runAsUser"), 0, "spec.securityContext.runAsUser"),
    Spoilt("root-user-own", (*OWN, "runAsUser"), 0, f"{IN}.securityContext.runAsUser"),
    Spoilt("seccomp-unsaid", (*POD, "securityContext", "seccompProfile"), None, f"{IN}.securityContext.seccompProfile.type"),
    Spoilt("seccomp-off", (*OWN, "seccompProfile"), {"type": "Unconfined"}, f"{IN}.securityContext.seccompProfile.type"),
    Spoilt(
        "sysctl",
        (*POD, "securityContext", "sysctls"),
        [{"name": "kernel.msgmax", "value": "1"}],
        "spec.securityContext.sysctls",
    ),
    Spoilt("proc", (*OWN, "procMount"), "Unmasked", f"{IN}.securityContext.procMount"),
    Spoilt("apparmor", (*OWN, "appArmorProfile"), {"type": "Unconfined"}, f"{IN}.securityContext.appArmorProfile.type"),
    Spoilt("apparmor-old", ("metadata", "annotations"), {APPARMOR: "unconfined"}, f"metadata.annotations.{APPARMOR}"),
    Spoilt(
        "selinux", (*POD, "securityContext", "seLinuxOptions"), {"type": "spc_t"}, "spec.securityContext.seLinuxOptions"
    ),
    Spoilt(
        "probe-elsewhere",
        (*ONE, "livenessProbe"),
        {"httpGet": {"host": "169.254.169.254", "port": 80}},
        f"{IN}.livenessProbe.httpGet.host",
    ),
    Spoilt("init", (*POD, "initContainers"), [{"name": "i", "image": "r/i:1"}], "spec.initContainers.0.securityContext.capabilities.drop"),
    Spoilt("writable-root", (*OWN, "readOnlyRootFilesystem"), None, f"{IN}.securityContext.readOnlyRootFilesystem", False),
    Spoilt("no-limits", (*ONE, "resources", "limits"), None, f"{IN}.resources.limits.memory", False),
    Spoilt("no-requests", (*ONE, "resources", "requests", "cpu"), None, f"{IN}.resources.requests.cpu", False),
    Spoilt("no-disk", (*ONE, "resources", "limits", "ephemeral-storage"), None, f"{IN}.resources.limits.ephemeral-storage", False),
    Spoilt("token", (*POD, "automountServiceAccountToken"), True, "spec.automountServiceAccountToken", False),
    Spoilt("token-unsaid", (*POD, "automountServiceAccountToken"), None, "spec.automountServiceAccountToken", False),
    Spoilt("token-mounted", (*POD, "volumes", 0), TOKEN, "spec.volumes.0.projected.sources.0.serviceAccountToken", False),
    Spoilt("links", (*POD, "enableServiceLinks"), None, "spec.enableServiceLinks", False),
    Spoilt("shared-processes", (*POD, "shareProcessNamespace"), True, "spec.shareProcessNamespace", False),
    Spoilt("latest", (*ONE, "image"), "registre.exemple:5000/a/base:latest", f"{IN}.image", False),
    Spoilt("no-tag", (*ONE, "image"), "registre.exemple:5000/a/base", f"{IN}.image", False),
    Spoilt("secret-value", (*ONE, "env", 0), {"name": "API_TOKEN", "value": "s3cr3t"}, f"{IN}.env.0.value", False),
    Spoilt("secret-in-address", (*ONE, "env", 0), {"name": "BASE", "value": "postgresql://a:b@c/d"}, f"{IN}.env.0.value", False),
    Spoilt(
        "secret-key",
        (*ONE, "env", 0),
        {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
        f"{IN}.env.0.valueFrom.secretKeyRef",
        False,
    ),
    Spoilt("secret-all", (*ONE, "envFrom"), [{"secretRef": {"name": "s"}}], f"{IN}.envFrom.0.secretRef", False),
)  # fmt: skip
