"""The front's parts, put together from the data folder and the workspace."""

from __future__ import annotations

from pathlib import Path

from archipel.backends.local import LocalBackend
from archipel.catalog.load import cached_catalog
from archipel.content import pinned
from archipel.dashboards.app import Front
from archipel.dashboards.live import LiveDashboards
from archipel.datafolder import DataFolder
from archipel.environments import ensure
from archipel.environments.platformcode import ensure_platform_code
from archipel.identity.signin import HubSignIn
from archipel.workspace import Workspace


def build(data: DataFolder, workspace: Workspace) -> Front:
    def key(name: str) -> str:
        return (data.secrets / name).read_text(encoding="utf-8").strip()

    def python_of(image: str) -> Path:
        current = pinned(data)
        assert current is not None
        return ensure(data, current.folder, cached_catalog(current.folder), image, lambda _line: None).python

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
    return Front(data, workspace, sign_in, secret, LiveDashboards(data, backend, code))
