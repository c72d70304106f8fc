"""Names of live dashboards at the proxy: it knows no wildcard, so each has a route."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable

import httpx

from archipel.datafolder import DataFolder
from archipel.errors import ArchipelError
from archipel.workspace import Workspace

LISTED_SECONDS = 60.0
"""Between two looks at the store. A host that is opened sooner has its route from whoever opens it."""


class Hosts:
    """``labels``: first parts of every live host's name, as the store has them."""

    def __init__(self, data: DataFolder, workspace: Workspace, labels: Callable[[], Iterable[str]]) -> None:
        self._data, self._workspace, self._list = data, workspace, labels
        self._labels: set[str] = set()
        self._listed = -LISTED_SECONDS

    async def open(self, label: str) -> None:
        """The route of a host that is about to be shown. Raises what `httpx` raises."""
        self._labels.add(label)
        await ensure_routes(self._data, self._workspace, [label])

    async def turn(self) -> None:
        """Every route, whatever became of the proxy meanwhile; a store that is silent changes none."""
        if not self._workspace.live_suffix:
            return
        if time.monotonic() - self._listed >= LISTED_SECONDS:
            with contextlib.suppress(OSError, ArchipelError):
                # Beside the loop: it lists the store, which may be another machine.
                self._labels = set(await asyncio.to_thread(self._list))
                self._listed = time.monotonic()
        with contextlib.suppress(httpx.HTTPError, OSError, ValueError):
            await ensure_routes(self._data, self._workspace, sorted(self._labels))


async def ensure_routes(data: DataFolder, workspace: Workspace, labels: Iterable[str]) -> None:
    """A route of configurable-http-proxy for each ``<label>.<live_suffix>``, to this front. Idempotent.

    Each is asked for: all that it has are half a megabyte where a thousand people are.
    """
    if not workspace.live_suffix:
        return
    api = f"{workspace.internal_url('proxy_api')}/api/routes"
    headers = {"Authorization": f"token {data.key('proxy')}"}
    target = workspace.internal_url("dashboards")
    async with httpx.AsyncClient(headers=headers, timeout=5, trust_env=False) as client:
        for label in labels:
            route = f"{api}/{label}.{workspace.live_suffix}"
            known = await client.get(route)
            if known.status_code != httpx.codes.OK or known.json().get("target") != target:
                await client.post(route, json={"target": target})
