"""The front's parts, put together from the data folder and the workspace."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from archipel.artifacts import Artifacts
from archipel.backends.local import LocalBackend
from archipel.catalog.load import cached_catalog
from archipel.cluster import Cluster, read_cluster
from archipel.content.library import Library, LocalLibrary
from archipel.content.shared import SharedContent
from archipel.dashboards.front import Front
from archipel.dashboards.live import Limits, LiveDashboards
from archipel.dashboards.local import LocalLauncher
from archipel.datafolder import DataFolder
from archipel.environments import ensure, lock_of, locked
from archipel.environments.platformcode import ensure_platform_code
from archipel.identity.signin import HubSignIn
from archipel.workspace import Workspace


def build(data: DataFolder, workspace: Workspace) -> Front:
    secret = data.key("cookies").encode()
    sign_in = HubSignIn(
        workspace=workspace,
        service="dashboards",
        api_token=data.key("dashboards"),
        prefix=workspace.base_path,
        cookie_secret=secret,
        origin=workspace.origin(workspace.content_host or workspace.host),
        alone=bool(workspace.content_host),
    )
    cluster = read_cluster(data)
    artifacts = Artifacts(cluster.store if cluster else f"file://{data.artifacts}")
    library: Library
    if cluster:
        library = SharedContent(data, artifacts)
        library.follow()
        live = _in_pods(cluster, workspace, secret)
    else:
        library, live = LocalLibrary(data), _on_this_machine(data, artifacts)
    return Front(data, library, artifacts, workspace, sign_in, secret, live)


def _on_this_machine(data: DataFolder, artifacts: Artifacts) -> LiveDashboards:
    def python_of(image: str, lock: str) -> Path:
        return locked(data, image, lock).python

    def made(image: str, content: Path) -> str:
        return ensure(data, content, cached_catalog(content), image, lambda _line: None).lock

    code = ensure_platform_code(data)
    backend = LocalBackend(data.running / "tasks", python_of, code)
    # Those of a front that ended: nobody would count or cull them any more.
    for left in (data.running / "tasks").glob("live-*"):
        backend.stop(left.name, timedelta(seconds=2))
        backend.forget(left.name)
    return LiveDashboards(LocalLauncher(data, artifacts, backend, code), made)


def _in_pods(cluster: Cluster, workspace: Workspace, secret: bytes) -> LiveDashboards:
    from archipel.backends.kubernetes import KubernetesBackend
    from archipel.backends.manifests import Ground
    from archipel.dashboards.pods import PodLauncher

    backend = KubernetesBackend(Ground(**cluster.pods), jobs=False)
    launcher = PodLauncher(backend, workspace.internal_url("dashboards"), secret)
    return LiveDashboards(launcher, lambda image, content: lock_of(content, image), Limits(**cluster.live))
