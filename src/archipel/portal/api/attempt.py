"""What an attempt's own process asks: who it is, its package, and where its files go."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from archipel.errors import NotFound
from archipel.portal.services import NotSignedIn, Services, services
from archipel.runs.attempts import published_record
from archipel.runs.packages import Packages
from archipel.runs.rows import Attempt
from archipel.texts import N_

router = APIRouter(tags=["attempt"])
Here = Annotated[Services, Depends(services)]


def holder(request: Request, here: Here) -> Attempt:
    """The running attempt that holds the Bearer token. Raises `NotSignedIn` once it has ended."""
    scheme, _space, token = request.headers.get("authorization", "").partition(" ")
    attempt = here.context.store.attempt_of_token(hashlib.sha256(token.encode()).hexdigest())
    if attempt is None or scheme.lower() != "bearer":
        raise NotSignedIn("sign-in.needed", N_("connectez-vous d’abord"))
    return attempt


Holder = Annotated[Attempt, Depends(holder)]


@router.post("/attempts/whoami")
def whoami(attempt: Holder, here: Here) -> dict[str, Any]:
    run = here.context.store.run(attempt.run)
    return {
        "run": run.id,
        "defi": run.defi,
        "attempt": attempt.number,
        "mlflow_run": run.mlflow_run,
        "experiment": run.experiment,
    }


@router.get("/attempt/package")
def package(attempt: Holder, here: Here) -> StreamingResponse:
    """A tar: ``content/``, ``attempt/inputs/`` and, for a publication, ``published/``."""
    run = here.context.store.run(attempt.run)
    published = published_record(here.context, run) if run.kind != "run" else ""
    return StreamingResponse(_desk(here).package(run, published), media_type="application/x-tar")


Blocks = asyncio.Queue[bytes | None]

WRITERS = ThreadPoolExecutor(max_workers=64, thread_name_prefix="receive")
"""A file is written at its sender's pace. The pool that pages and submissions share has no thread for that;
here a sender too many waits for its turn."""
SILENT_SECONDS = 180.0
"""A sender that says nothing for so long is gone: a node that was cut off closes nothing."""


@router.put("/attempt/files/{name:path}", status_code=201)
async def receive(name: str, request: Request, attempt: Holder, here: Here) -> dict[str, str]:
    """One file of the attempt's folder, written as it comes; answered with the hash of what was written."""
    run = await asyncio.to_thread(here.context.store.run, attempt.run)
    incoming: Blocks = asyncio.Queue(maxsize=4)
    loop = asyncio.get_running_loop()

    def chunks() -> Iterator[bytes]:
        while (chunk := _taken(incoming, loop)) is not None:
            if not chunk:
                raise OSError("the sender went away")
            yield chunk
        # Before it takes its place: what was begun in time may come after the attempt was sealed.
        holder(request, here)

    written = loop.run_in_executor(WRITERS, _desk(here).receive, attempt, run.defi, name, chunks())
    last: bytes | None = b""
    sent = request.stream()
    try:
        while (chunk := await _sent(sent)) is not None:
            if chunk:
                await _give(incoming, chunk, written)
        last = None
    finally:
        # An empty block tells the writer to drop what it has: the end never came.
        await _give(incoming, last, written)
    return {"sha256": await written}


async def _sent(stream: AsyncIterator[bytes]) -> bytes | None:
    """The next block, None at the end. Raises `ClientDisconnect` for who went away, in silence too."""
    try:
        return await asyncio.wait_for(anext(stream, None), SILENT_SECONDS)
    except TimeoutError:
        raise ClientDisconnect from None


def _taken(incoming: Blocks, loop: asyncio.AbstractEventLoop) -> bytes | None:
    """The next block, for the writer's thread. Raises `TimeoutError` where none comes: the loop has ended."""
    return asyncio.run_coroutine_threadsafe(incoming.get(), loop).result(2 * SILENT_SECONDS)


async def _give(incoming: Blocks, chunk: bytes | None, writer: asyncio.Future[str]) -> None:
    """Hand a block over, unless the writer has ended before (a full disk, a refusal)."""
    put = asyncio.create_task(incoming.put(chunk))
    either: set[asyncio.Future[Any]] = {put, writer}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if writer.done():
        put.cancel()


def _desk(here: Services) -> Packages:
    desk = here.context.desk
    if not isinstance(desk, Packages):
        raise NotFound("attempt.local", "ici les exécutions ont leur dossier : rien ne s’envoie")
    return desk
