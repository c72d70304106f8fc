"""A file that a pod sends: nothing of it stays where the attempt ended meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from archipel.artifacts import Artifacts
from archipel.content.library import LocalLibrary
from archipel.datafolder import DataFolder
from archipel.portal.app import create_app
from archipel.portal.services import Services
from archipel.runs.packages import Packages
from archipel.workspace import Workspace

WORKSPACE = Workspace("shared", "archipel", "http", "a.fr", 80, "b.fr", "c.fr", ports={"hub": 1, "portal": 2})


class Ledger:
    """One running attempt, until it is ended."""

    ended = False

    def attempt_of_token(self, _sha256: str) -> Any:
        return None if self.ended else SimpleNamespace(run="r1", number=1)

    def run(self, _run: str) -> Any:
        return SimpleNamespace(defi="pilote")


@pytest.mark.parametrize("ends", [True, False])
def test_what_comes_whole_after_the_end_is_dropped(tmp_path: Path, ends: bool) -> None:
    store, artifacts = Ledger(), Artifacts(f"file://{tmp_path}/magasin")
    artifacts.write("runs/pilote/r1/1/result.json", b"avant")
    desk = Packages(artifacts, LocalLibrary(DataFolder(tmp_path)))
    context: Any = SimpleNamespace(store=store, desk=desk, artifacts=artifacts)
    nobody: Any = None
    portal = create_app(Services(context, nobody, WORKSPACE, nobody, b"", "0"), None)

    async def body() -> AsyncIterator[bytes]:
        yield b"apr"
        store.ended = ends
        yield b"es"

    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(app=portal)
        async with httpx.AsyncClient(transport=transport, base_url="http://a.fr") as client:
            path = f"{WORKSPACE.portal_prefix}api/v1/attempt/files/result.json"
            return await client.put(path, content=body(), headers={"Authorization": "Bearer jeton"})

    answer = asyncio.run(sent())
    assert answer.status_code == (401 if ends else 201), answer.text
    assert artifacts.read("runs/pilote/r1/1/result.json") == (b"avant" if ends else b"apres")
