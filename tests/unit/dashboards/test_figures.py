"""The front's figures: counted, in Prometheus' format, and for who shows their key alone."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from archipel.dashboards.figures import Counting, Figures

KEY = "la-cle-des-chiffres"


class Dashboards:
    """Two live dashboards, of which one has readers."""

    def running(self) -> list[str]:
        return ["a", "b"]

    async def views(self, one: str) -> int:
        await asyncio.sleep(0)
        return {"a": 3, "b": 0}[one]


def front() -> Counting:
    live: Any = Dashboards()
    figures = Figures(live, KEY)

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    async def page(_request: Any) -> PlainTextResponse:
        return PlainTextResponse("page")

    routes = [Route("/", page), Route("/metrics", figures.page), WebSocketRoute("/ws", socket)]
    return Counting(Starlette(routes=routes), figures)


def get(app: Counting, path: str, key: str = "") -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://contenu.localhost") as client:
            return await client.get(path, headers=[(b"Authorization", key.encode())] if key else [])

    return asyncio.run(asked())


def open_socket(app: Counting) -> list[str]:
    """What the application says to a reader that opens a websocket and leaves."""
    said: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        said.append(message["type"])

    scope = {"type": "websocket", "path": "/ws", "headers": [], "query_string": b"", "subprotocols": []}
    asyncio.run(app(scope, receive, send))
    return said


def test_figures_are_for_who_shows_the_key() -> None:
    app = front()
    for shown in ("", "Bearer autre", "Bearer ", "é"):
        answer = get(app, "/metrics", shown)
        assert (answer.status_code, answer.text) == (404, "")
    assert get(app, "/metrics", f"Bearer {KEY}").status_code == 200


def test_figures_count_what_was_answered() -> None:
    app = front()
    for path in ("/", "/", "/absent"):
        get(app, path)
    assert open_socket(app) == ["websocket.accept", "websocket.close"]
    answer = get(app, "/metrics", f"Bearer {KEY}")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    told = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert told == [
        "archipel_live_dashboards 2",
        "archipel_live_views 3",
        "archipel_dashboards_websockets_total 1",
        'archipel_dashboards_requests_total{status="200"} 2',
        'archipel_dashboards_requests_total{status="404"} 1',
    ]
