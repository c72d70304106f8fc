"""Names of live dashboards at the proxy: it knows no wildcard, so each has a route."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from archipel.datafolder import DataFolder
from archipel.workspace import Workspace


async def ensure_routes(data: DataFolder, workspace: Workspace, labels: Iterable[str]) -> None:
    """A route of configurable-http-proxy for each ``<label>.<live_suffix>``, to this front. Idempotent."""
    if not workspace.live_suffix:
        return
    token = data.key("proxy")
    api = f"{workspace.internal_url('proxy_api')}/api/routes"
    headers = {"Authorization": f"token {token}"}
    target = workspace.internal_url("dashboards")
    async with httpx.AsyncClient(headers=headers, timeout=5, trust_env=False) as client:
        known = (await client.get(api)).json()
        for label in labels:
            route = f"/{label}.{workspace.live_suffix}"
            if known.get(route, {}).get("target") != target:
                await client.post(f"{api}{route}", json={"target": target})
