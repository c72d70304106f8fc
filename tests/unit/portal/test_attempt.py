"""A file that a pod sends: nothing of it stays where the attempt ended meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from archipel.artifacts import Artifacts
from archipel.content.library import LocalLibrary
from archipel.datafolder import DataFolder
from archipel.portal.api.session import Said
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


def portal_of(store: Any, folder: Path) -> tuple[Any, Artifacts]:
    artifacts = Artifacts(f"file://{folder}/magasin")
    library = LocalLibrary(DataFolder(folder))
    desk = Packages(artifacts, library)
    context: Any = SimpleNamespace(store=store, desk=desk, artifacts=artifacts, library=library)
    nobody: Any = None
    return create_app(Services(context, nobody, WORKSPACE, nobody, b"", "0", nobody), None), artifacts


async def put(portal: Any, name: str, body: Any, scheme: str = "Bearer") -> httpx.Response:
    transport = httpx.ASGITransport(app=portal)
    async with httpx.AsyncClient(transport=transport, base_url="http://a.fr") as client:
        path = f"{WORKSPACE.portal_prefix}api/v1/attempt/files/{name}"
        return await client.put(path, content=body, headers={"Authorization": f"{scheme} jeton"})


@pytest.mark.parametrize(
    ("name", "scheme", "status"),
    [
        ("manifest.json/x", "Bearer", 409),
        ("result.json/x", "Bearer", 409),
        ("result.json", "Basic", 401),
        ("a%00b", "Bearer", 404),
        ("z" * 255, "Bearer", 201),
    ],
)
def test_names_that_would_keep_an_attempt_from_being_whole(
    name: str, scheme: str, status: int, tmp_path: Path
) -> None:
    portal, artifacts = portal_of(Ledger(), tmp_path)
    artifacts.write("runs/pilote/r1/1/result.json", b"avant")
    answer = asyncio.run(put(portal, name, b"x", scheme))
    assert answer.status_code == status, answer.text
    # The manifest has its place still.
    assert asyncio.run(put(portal, "manifest.json", b"{}")).status_code == 201


@pytest.mark.parametrize("path", ["rien", "runs/%00", "api/v1/rien", "api/v1/runs?defi=%00"])
def test_what_is_nowhere_is_told_in_words(path: str, tmp_path: Path) -> None:
    portal, _artifacts = portal_of(Ledger(), tmp_path)

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=portal)
        async with httpx.AsyncClient(transport=transport, base_url="http://a.fr") as client:
            return await client.get(f"{WORKSPACE.portal_prefix}{path}")

    answer = asyncio.run(asked())
    assert answer.status_code == 404
    assert "rien à cette adresse" in answer.text
    assert answer.headers["content-type"].startswith("application/json" if "api/" in path else "text/html")


@pytest.mark.parametrize("ends", [True, False])
def test_what_comes_whole_after_the_end_is_dropped(tmp_path: Path, ends: bool) -> None:
    store = Ledger()
    portal, artifacts = portal_of(store, tmp_path)
    artifacts.write("runs/pilote/r1/1/result.json", b"avant")

    async def body() -> AsyncIterator[bytes]:
        yield b"apr"
        store.ended = ends
        yield b"es"

    answer = asyncio.run(put(portal, "result.json", body()))
    assert answer.status_code == (401 if ends else 201), answer.text
    assert artifacts.read("runs/pilote/r1/1/result.json") == (b"avant" if ends else b"apres")


@pytest.mark.parametrize("said", ["NaN", "Infinity", "1e300", "-1"])
def test_a_session_says_no_impossible_instant(said: str) -> None:
    with pytest.raises(ValidationError):
        Said.model_validate_json(f'{{"image": "", "lock": "", "release": "", "started": 0, "ends": {said}}}')
