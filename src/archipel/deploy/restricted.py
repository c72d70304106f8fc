"""Pod Security "restricted" and the house's own rules, over plain manifests: what is wrong, by its key.

Stricter than Kubernetes' profile: no capability at all, a read-only root file system, requests and limits
everywhere, no token and no secret where a file serves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from archipel.errors import ArchipelError, Refused
from archipel.texts import N_
from archipel.texts import translate as _

SPEAKERS = {"hub", "scheduler", "dashboards"}
"""Components that speak to the API server, each by its own account; no other pod has a token of one."""
VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
TEMPLATES = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"),
        ("spec", "template"),
    ),
}
"""Kind → where its pod is."""
SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|ACCESS_KEY|PRIVATE_KEY", re.I)
SECRET_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
SIZES = ("cpu", "memory", "ephemeral-storage")
ABSENT = "—"

Found = tuple[str, str, Any]
"""Key inside the pod's specification, what is accepted (a sentence to translate), what was received."""


def problems(manifests: Iterable[Any]) -> list[ArchipelError]:
    """Everything that is wrong with the pods of some manifests, each with its key."""
    return [problem for manifest in manifests for problem in _of(manifest)]


def _of(manifest: Any) -> Iterator[ArchipelError]:
    if not isinstance(manifest, Mapping):
        return
    kind = str(manifest.get("kind", ""))
    if kind.endswith("List"):
        for item in manifest.get("items") or ():
            yield from _of(item)
    if kind not in TEMPLATES:
        return
    pod: Any = manifest
    for part in TEMPLATES[kind]:
        pod = pod.get(part) or {}
    name = (manifest.get("metadata") or {}).get("name", ABSENT)
    above = ".".join([*TEMPLATES[kind], ""])
    for key, accepted, got in pod_problems(pod):
        yield Refused(
            "pod.refused",
            "{got} refusé (accepté : {accepted})",
            where=f"{kind}/{name}:{above}{key}",
            accepted=_(accepted),
            got=ABSENT if got is None else repr(got)[:80],
        )


def pod_problems(pod: Mapping[str, Any]) -> Iterator[Found]:
    """Of a pod, or of the template of one: its metadata and its specification."""
    metadata, spec = pod.get("metadata") or {}, pod.get("spec") or {}
    for name, value in (metadata.get("annotations") or {}).items():
        overrides = "apparmor.security" in name and value not in ("runtime/default", "")
        if overrides or name.startswith("seccomp.security"):
            yield f"metadata.annotations.{name}", N_("aucun réglage d’AppArmor ni de seccomp"), value
    speaks = _speaks(metadata.get("labels") or {}, spec)
    yield from _host(spec)
    yield from _token(spec, speaks=speaks)
    yield from _pod_security(spec)
    for number, volume in enumerate(spec.get("volumes") or ()):
        yield from _volume(f"spec.volumes.{number}", volume, speaks)
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for number, container in enumerate(spec.get(group) or ()):
            yield from _container(f"spec.{group}.{number}", container, spec.get("securityContext") or {})


def _speaks(labels: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    """A label alone is anybody's: the account, whose rights are known, must be that component's."""
    component = labels.get("app.kubernetes.io/component")
    account = f"{labels.get('app.kubernetes.io/instance')}-{component}"
    return component in SPEAKERS and spec.get("serviceAccountName") == account


def _host(spec: Mapping[str, Any]) -> Iterator[Found]:
    for key in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"):
        if spec.get(key):
            yield f"spec.{key}", "false", spec[key]
    if spec.get("enableServiceLinks") is not False:
        yield "spec.enableServiceLinks", "false", spec.get("enableServiceLinks")


def _token(spec: Mapping[str, Any], *, speaks: bool) -> Iterator[Found]:
    if not speaks and spec.get("automountServiceAccountToken") is not False:
        yield "spec.automountServiceAccountToken", "false", spec.get("automountServiceAccountToken")


def _pod_security(spec: Mapping[str, Any]) -> Iterator[Found]:
    security = spec.get("securityContext") or {}
    yield from _identity("spec.securityContext", security)
    if security.get("sysctls"):
        yield "spec.securityContext.sysctls", N_("aucun"), security["sysctls"]


def _identity(key: str, security: Mapping[str, Any]) -> Iterator[Found]:
    """What a pod says for all its containers, and each may say for itself."""
    if security.get("runAsUser") == 0:
        yield f"{key}.runAsUser", N_("tout autre que 0"), 0
    for group in ("runAsGroup", "fsGroup"):
        if security.get(group) == 0:
            yield f"{key}.{group}", N_("tout autre que 0"), 0
    if 0 in (security.get("supplementalGroups") or ()):
        yield f"{key}.supplementalGroups", N_("tout autre que 0"), 0
    if security.get("seLinuxOptions"):
        yield f"{key}.seLinuxOptions", N_("aucun"), security["seLinuxOptions"]
    if (security.get("windowsOptions") or {}).get("hostProcess"):
        yield f"{key}.windowsOptions.hostProcess", "false", True
    profile = (security.get("appArmorProfile") or {}).get("type", "RuntimeDefault")
    if profile != "RuntimeDefault":
        yield f"{key}.appArmorProfile.type", "RuntimeDefault", profile


def _volume(key: str, volume: Mapping[str, Any], speaks: bool) -> Iterator[Found]:
    for kind in sorted(set(volume) - {"name"} - VOLUMES):
        yield f"{key}.{kind}", ", ".join(sorted(VOLUMES)), volume[kind]
    for number, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
        if "serviceAccountToken" in source and not speaks:
            place = f"{key}.projected.sources.{number}.serviceAccountToken"
            yield place, N_("aucun jeton dans ce pod"), source["serviceAccountToken"]


def _container(key: str, container: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[Found]:
    security = container.get("securityContext") or {}
    yield from _privileges(f"{key}.securityContext", security, pod)
    yield from _identity(f"{key}.securityContext", security)
    yield from _image(f"{key}.image", str(container.get("image", "")))
    yield from _ports(key, container)
    yield from _resources(f"{key}.resources", container.get("resources") or {})
    yield from _environment(key, container)


def _privileges(key: str, own: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[Found]:
    if own.get("privileged"):
        yield f"{key}.privileged", "false", own["privileged"]
    if own.get("allowPrivilegeEscalation") is not False:
        yield f"{key}.allowPrivilegeEscalation", "false", own.get("allowPrivilegeEscalation")
    if own.get("readOnlyRootFilesystem") is not True:
        yield f"{key}.readOnlyRootFilesystem", "true", own.get("readOnlyRootFilesystem")
    capabilities = own.get("capabilities") or {}
    if list(capabilities.get("drop") or ()) != ["ALL"]:
        yield f"{key}.capabilities.drop", "[ALL]", capabilities.get("drop")
    if capabilities.get("add"):
        yield f"{key}.capabilities.add", N_("aucun"), capabilities["add"]
    if own.get("procMount", "Default") != "Default":
        yield f"{key}.procMount", "Default", own["procMount"]
    nonroot = own.get("runAsNonRoot", pod.get("runAsNonRoot"))
    if nonroot is not True:
        yield f"{key}.runAsNonRoot", "true", nonroot
    seccomp = (own.get("seccompProfile") or pod.get("seccompProfile") or {}).get("type")
    if seccomp not in ("RuntimeDefault", "Localhost"):
        yield f"{key}.seccompProfile.type", "RuntimeDefault, Localhost", seccomp


def _image(key: str, image: str) -> Iterator[Found]:
    tag = image.rpartition("/")[2].partition(":")[2]
    if "@sha256:" not in image and tag in ("", "latest"):
        yield key, N_("une image nommée avec son étiquette (pas « latest ») ou son empreinte"), image


def _ports(key: str, container: Mapping[str, Any]) -> Iterator[Found]:
    for number, port in enumerate(container.get("ports") or ()):
        if port.get("hostPort"):
            yield f"{key}.ports.{number}.hostPort", N_("aucun"), port["hostPort"]
    hooks = {f"lifecycle.{name}": hook for name, hook in (container.get("lifecycle") or {}).items()}
    probes = {name: container.get(name) for name in ("startupProbe", "readinessProbe", "livenessProbe")}
    for name, probe in {**probes, **hooks}.items():
        for how in ("httpGet", "tcpSocket"):
            host = ((probe or {}).get(how) or {}).get("host")
            if host:
                yield f"{key}.{name}.{how}.host", N_("aucun"), host


def _resources(key: str, told: Mapping[str, Any]) -> Iterator[Found]:
    for part in ("requests", "limits"):
        for size in SIZES:
            if not (told.get(part) or {}).get(size):
                yield f"{key}.{part}.{size}", N_("une quantité, partout"), None


def _environment(key: str, container: Mapping[str, Any]) -> Iterator[Found]:
    in_file = N_("un fichier monté d’un Secret : ce qui liste les pods ne lit aucun secret")
    for number, source in enumerate(container.get("envFrom") or ()):
        if "secretRef" in source:
            yield f"{key}.envFrom.{number}.secretRef", in_file, source["secretRef"]
    for number, variable in enumerate(container.get("env") or ()):
        place, name, value = f"{key}.env.{number}", str(variable.get("name")), variable.get("value")
        if "secretKeyRef" in (variable.get("valueFrom") or {}):
            yield f"{place}.valueFrom.secretKeyRef", in_file, name
        # A path tells where the file is; what else such a name holds is never shown here.
        told = isinstance(value, str) and value and not value.startswith("/")
        if told and (SECRET_NAME.search(name) or SECRET_URL.search(str(value))):
            yield f"{place}.value", in_file, name
