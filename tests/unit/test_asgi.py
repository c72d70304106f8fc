"""A body is bounded before anything reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from archipel.asgi import MOST_BODY, Limited
from archipel.portal.app import _streams
from archipel.texts import speaking

seen: list[int] = []


async def counting(scope: Any, receive: Any, send: Any) -> None:
    size = len(await Request(scope, receive).body())
    seen.append(size)
    await PlainTextResponse(str(size))(scope, receive, send)


async def blocks(size: int) -> AsyncIterator[bytes]:
    """Without a length that is told before."""
    for _ in range(size // 1024):
        yield b"a" * 1024
    yield b"a" * (size % 1024)


def post(path: str, size: int, told: bool) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=Limited(counting, lambda path: path == "/files"))
        async with httpx.AsyncClient(transport=transport, base_url="http://a.fr") as client:
            return await client.post(path, content=b"a" * size if told else blocks(size))

    seen.clear()
    return asyncio.run(asked())


@pytest.mark.parametrize("told", [True, False])
def test_what_is_too_large_is_refused_unread(told: bool) -> None:
    with speaking("en"):
        answer = post("/", MOST_BODY + 1, told)
    assert (answer.status_code, answer.json()["message"]) == (413, "request of more than 1024 KB")
    assert seen == []


@pytest.mark.parametrize("told", [True, False])
def test_what_is_not_and_what_takes_files_comes_whole(told: bool) -> None:
    assert post("/", MOST_BODY, told).text == str(MOST_BODY)
    assert post("/", 0, told).text == "0"
    assert post("/files", MOST_BODY * 2, told).text == str(MOST_BODY * 2)


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("api/v1/uploads", True),
        ("api/v1/drafts", True),
        ("api/v1/content/take", True),
        ("api/v1/attempt/files/a/b.csv", True),
        ("defis/pilote/execution", True),
        ("api/v1/runs", False),
        ("api/v1/session", False),
        ("api/v1/attempts/whoami", False),
        ("runs/r1/annuler", False),
        ("session/garder", False),
        ("", False),
    ],
)
def test_the_portals_paths_that_take_files_are_named(path: str, files: bool) -> None:
    assert _streams("/a.b/services/portal/")(f"/a.b/services/portal/{path}") is files
