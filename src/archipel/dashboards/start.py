"""The front's parts, put together from the data folder and the workspace."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from archipel.backends.local import LocalBackend
from archipel.catalog.load import cached_catalog
from archipel.dashboards.app import Front
from archipel.dashboards.live import LiveDashboards
from archipel.datafolder import DataFolder
from archipel.environments import ensure, locked
from archipel.environments.platformcode import ensure_platform_code
from archipel.identity.signin import HubSignIn
from archipel.workspace import Workspace


def build(data: DataFolder, workspace: Workspace) -> Front:
    def key(name: str) -> str:
        return (data.secrets / name).read_text(encoding="utf-8").strip()

    def python_of(image: str, lock: str) -> Path:
        return locked(data, image, lock).python

    def lock_of(image: str, content: Path) -> str:
        return ensure(data, content, cached_catalog(content), image, lambda _line: None).lock

    secret = key("cookies").encode()
    sign_in = HubSignIn(
        workspace=workspace,
        service="dashboards",
        api_token=key("dashboards"),
        prefix=workspace.base_path,
        cookie_secret=secret,
        origin=workspace.origin(workspace.content_host or workspace.host),
    )
    code = ensure_platform_code(data)
    backend = LocalBackend(data.running / "tasks", python_of, code)
    # Those of a front that ended: nobody would count or cull them any more.
    for left in (data.running / "tasks").glob("live-*"):
        backend.stop(left.name, timedelta(seconds=2))
        backend.forget(left.name)
    return Front(data, workspace, sign_in, secret, LiveDashboards(data, backend, code, lock_of))
