"""What an attempt's own process asks: who it is, its package, and where its files go."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

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
    token = request.headers.get("authorization", "").partition(" ")[2]
    attempt = here.context.store.attempt_of_token(hashlib.sha256(token.encode()).hexdigest())
    if attempt is None:
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


@router.put("/attempt/files/{name:path}", status_code=201)
async def receive(name: str, request: Request, attempt: Holder, here: Here) -> dict[str, str]:
    """One file of the attempt's folder, written as it comes; answered with the hash of what was written."""
    run = await asyncio.to_thread(here.context.store.run, attempt.run)
    incoming: Blocks = asyncio.Queue(maxsize=4)
    loop = asyncio.get_running_loop()

    def chunks() -> Iterator[bytes]:
        while (chunk := asyncio.run_coroutine_threadsafe(incoming.get(), loop).result()) is not None:
            if not chunk:
                raise OSError("the sender went away")
            yield chunk
        # Before it takes its place: what was begun in time may come after the attempt was sealed.
        holder(request, here)

    written = asyncio.create_task(asyncio.to_thread(_desk(here).receive, attempt, run.defi, name, chunks()))
    last: bytes | None = b""
    try:
        async for chunk in request.stream():
            if chunk:
                await _give(incoming, chunk, written)
        last = None
    finally:
        # An empty block tells the writer to drop what it has: the end never came.
        await _give(incoming, last, written)
    return {"sha256": await written}


async def _give(
    incoming: asyncio.Queue[bytes | None], chunk: bytes | None, writer: asyncio.Task[str]
) -> None:
    """Hand a block over, unless the writer has ended before (a full disk, a refusal)."""
    put = asyncio.create_task(incoming.put(chunk))
    await asyncio.wait({put, writer}, return_when=asyncio.FIRST_COMPLETED)
    if writer.done():
        put.cancel()


def _desk(here: Services) -> Packages:
    desk = here.context.desk
    if not isinstance(desk, Packages):
        raise NotFound("attempt.local", "ici les exécutions ont leur dossier : rien ne s’envoie")
    return desk
