"""The portal: API, pages and scheduler in one process (one ledger, one writer)."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from archipel import asgi
from archipel.errors import ArchipelError, NotFound
from archipel.models import shipped
from archipel.portal import modelpages, pages
from archipel.portal.api import attempt, deposits, models, runs, session, workspace
from archipel.portal.services import Services
from archipel.runs.context import Context
from archipel.runs.scheduler import Scheduler
from archipel.runs.sweep import SWEEP_SECONDS, sweep
from archipel.texts import LANGUAGE_COOKIE, preferred, set_language

log = logging.getLogger("archipel.portal")

TURN_SECONDS = 0.25
SHIPPED_SECONDS = 10
"""Between two looks for models that are shipped and not registered."""
ABSENT = NotFound("page.absent", "rien à cette adresse")


def create_app(services: Services, scheduler: Scheduler | None) -> FastAPI:
    """The ASGI application; without a scheduler it only serves, and sweeps the folder that it alone has.

    A new workspace's models get the version that they are shipped with, beside whatever is served.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        loops = [asyncio.create_task(_turn(scheduler) if scheduler else _sweep(services.context))]
        if services.workspace.first_results:
            loops.append(asyncio.create_task(_models(services)))
        yield
        for loop in loops:
            loop.cancel()

    app = FastAPI(
        title="Archipel",
        version=services.version,
        lifespan=lifespan,
        # No page of ours loads a script from another host, the API's own viewer included.
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{services.workspace.portal_prefix}api/v1/openapi.json",
    )
    app.state.services = services
    prefix = f"{services.workspace.portal_prefix}api/v1"
    for room in (runs, deposits, workspace, models, attempt, session):
        app.include_router(room.router, prefix=prefix)
    app.include_router(modelpages.router, prefix=services.workspace.portal_prefix.rstrip("/"))
    pages.mount(app, services)
    app.add_exception_handler(ArchipelError, _told)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(404, lambda request, _error: _told(request, ABSENT))
    app.add_middleware(asgi.Limited, streams=_streams(services.workspace.portal_prefix))
    app.middleware("http")(_speak)
    return app


def _streams(prefix: str) -> Callable[[str], bool]:
    """The paths that take files: each knows who sends before it reads, and has a limit of its own."""
    api = f"{re.escape(prefix)}api/v1/"
    taken = re.compile(
        rf"{api}(uploads|drafts|content/take|attempt/files/.+)|{re.escape(prefix)}defis/[^/]+/[^/]+"
    )
    return lambda path: taken.fullmatch(path) is not None


async def _turn(scheduler: Scheduler) -> None:
    while True:
        await asyncio.to_thread(scheduler.tick)
        await asyncio.sleep(TURN_SECONDS)


async def _models(services: Services) -> None:
    """For each content that is taken in; again where it failed: MLflow's tables may not be there yet."""
    context, done = services.context, ""
    while True:
        try:
            pinned = context.library.pinned()
            if pinned is not None and pinned.commit != done:
                await asyncio.to_thread(shipped.start, services.champions, context.catalog(), pinned.folder)
                done = pinned.commit
        except Exception:
            log.exception("shipped models")
        await asyncio.sleep(SHIPPED_SECONDS)


async def _sweep(context: Context) -> None:
    """On a cluster the scheduler's pod has not the folder where this one receives files."""
    while True:
        try:
            await asyncio.to_thread(sweep, context, time.time())
        except Exception:
            # The next turn may find the store again.
            log.exception("sweep")
        await asyncio.sleep(SWEEP_SECONDS)


async def _speak(request: Request, call_next: Any) -> Response:
    """The reader's language, and headers that every answer carries."""
    chosen = request.cookies.get(LANGUAGE_COOKIE) or request.headers.get("accept-language", "")
    set_language(preferred(chosen))
    # No name of ours has one, and a database takes none.
    strange = "\0" in request.url.path or "%00" in request.url.query
    response: Response = _told(request, ABSENT) if strange else await call_next(request)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        "script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    )
    return response


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, ArchipelError)
    services: Services = request.app.state.services
    if error.http_status >= 500:
        log.error("%s %s: %s", request.method, request.url.path, error)
    if "/api/v1/" in request.url.path:
        return JSONResponse(error.as_json(), status_code=error.http_status)
    return pages.error_page(request, services, error)


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    told = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()]
    return JSONResponse({"code": "request.form", "message": "; ".join(told)}, status_code=422)
