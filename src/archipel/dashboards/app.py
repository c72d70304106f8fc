"""The front of the second origin as one application: hosts, routes, and what it keeps going."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from archipel import asgi
from archipel.dashboards.figures import Counting, Figures
from archipel.dashboards.front import Front, live_label
from archipel.dashboards.hosts import ensure_routes
from archipel.datafolder import DataFolder
from archipel.errors import ArchipelError
from archipel.texts import preferred, set_language
from archipel.workspace import Workspace

log = logging.getLogger("archipel.dashboards")

FOLDER = Path(__file__).parent
PAUSE_SECONDS = 2
"""Between two turns of what the front keeps going."""


def create_app(front: Front, key: str) -> Any:
    """Two applications behind one port, told apart by the name of the host. ``key``: of the figures."""
    workspace, prefix = front.workspace, front.workspace.base_path.rstrip("/")
    figures = Figures(front.live, key)
    content, live = asgi.Limited(_content_app(front, figures, prefix)), _live_app(front)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await content(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        set_language(preferred(headers.get(b"accept-language", "")))
        label = live_label(headers.get(b"host", ""), workspace)
        if label:
            scope.setdefault("state", {})["label"] = label
            await live(scope, receive, send)
            return
        await content(scope, receive, send)

    return Counting(app, figures)


def _content_app(front: Front, figures: Figures, prefix: str) -> Starlette:
    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def callback(request: Request) -> Response:
        return await front.sign_in.callback(request) or RedirectResponse(f"{prefix}/d/")

    async def to_index(_request: Request) -> Response:
        return RedirectResponse(f"{prefix}/d/")

    return Starlette(
        routes=[
            Route("/healthz", health),
            Route("/metrics", figures.page),
            Route(f"{prefix}/", to_index),
            Route(f"{prefix}/oauth_callback", callback),
            Route(f"{prefix}/d/", front.index),
            Route(f"{prefix}/d/{{defi}}/", front.page),
            Route(f"{prefix}/d/{{defi}}/live", front.start_live, methods=["POST"]),
            Route(f"{prefix}/d/{{defi}}/v/{{version}}/page.html", front.static_page),
            Route("/interne/{defi}/{version}", front.package),
            Route(f"{prefix}/r/{{run}}/{{attempt:int}}/rapport.html", front.report),
            *front.frame.assets(prefix),
            Mount(f"{prefix}/static", StaticFiles(directory=FOLDER / "static")),
        ],
        exception_handlers={ArchipelError: front.frame.error},
        lifespan=lambda _app: _background(front),
    )


def _live_app(front: Front) -> Starlette:
    return Starlette(
        routes=[
            Route("/ticket/{ticket}", front.ticket),
            Route("/{path:path}", front.live_request, methods=["GET", "HEAD", "POST", "DELETE"]),
            WebSocketRoute("/{path:path}", front.live_websocket),
        ],
        exception_handlers={ArchipelError: front.frame.error},
    )


@asynccontextmanager
async def _background(front: Front) -> AsyncIterator[None]:
    task = asyncio.create_task(_keep(front))
    yield
    task.cancel()


async def _keep(front: Front) -> None:
    """Routes of the live hosts, whatever becomes of the proxy; Voilà processes that nobody reads."""
    turn = 0
    while True:
        await _tried(_route(front))
        if turn % 10 == 0:
            await _tried(front.live.cull())
        turn += 1
        await asyncio.sleep(PAUSE_SECONDS)


async def _route(front: Front) -> None:
    # Beside the loop: it lists the store, which may be another machine.
    labels = await asyncio.to_thread(front.readers.labels)
    await ensure_routes(front.data, front.workspace, labels)


async def _tried(work: Awaitable[None]) -> None:
    """Nothing that goes wrong is the last of it: the next turn tries again."""
    try:
        await work
    except (httpx.HTTPError, OSError, ArchipelError) as error:
        log.debug("tried again in a moment: %s", error)
    except Exception:
        log.exception("the front of the dashboards")


def serve(data: DataFolder, workspace: Workspace) -> None:
    from archipel.dashboards.start import build

    asgi.speak()
    key = data.key("metrics")
    asgi.serve(create_app(build(data, workspace), key), workspace.listens("dashboards"))
