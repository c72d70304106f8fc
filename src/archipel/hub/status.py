"""What runs, for `archipel status`."""

from __future__ import annotations

import shutil
from typing import Any

import httpx

from archipel.content import pinned
from archipel.datafolder import DataFolder
from archipel.hub import supervisor
from archipel.workspace import Workspace


def status_of(data: DataFolder) -> dict[str, Any]:
    workspace = Workspace.read(data.workspace_file)
    running = workspace is not None and supervisor.alive(workspace)
    current = pinned(data)
    exists = data.root.exists()
    told: dict[str, Any] = {
        "running": running,
        "data": str(data.root),
        "logs": str(data.logs),
        "free_mb": shutil.disk_usage(data.root).free // 1024**2 if exists else None,
        "content": current.commit if current else None,
        "children": [],
        "sessions": [],
        "url": None,
        "mode": None,
        "owner": None,
    }
    if running and workspace is not None:
        told |= {
            "url": workspace.url,
            "mode": workspace.mode,
            "owner": workspace.owner,
            "children": supervisor.children(data),
        }
        told["sessions"] = _sessions(workspace, data.key("operator"))
    return told


def _sessions(workspace: Workspace, token: str) -> list[dict[str, Any]]:
    try:
        users = httpx.get(
            f"{workspace.hub_api_url}/users",
            headers={"Authorization": f"token {token}"},
            params={"state": "active"},
            timeout=5,
            trust_env=False,
        ).json()
    except (httpx.HTTPError, ValueError):
        return []
    return [
        {"name": user["name"], "last_activity": user.get("last_activity")}
        for user in users
        if isinstance(user, dict)
    ]
