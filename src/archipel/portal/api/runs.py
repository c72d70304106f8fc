"""Runs: submit, list, show, logs, cancel, files."""

from __future__ import annotations

import mimetypes
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict

from archipel.artifacts import blocks
from archipel.backends.task import State
from archipel.errors import NotFound
from archipel.identity.person import Person
from archipel.portal.services import Services, services, signed_in
from archipel.runs.ledger import Request as RunRequest
from archipel.runs.view import as_json

router = APIRouter(tags=["runs"])
Signed = Annotated[Person, Depends(signed_in)]
Here = Annotated[Services, Depends(services)]


class Submission(BaseModel):
    model_config = ConfigDict(extra="forbid")

    defi: str
    execution: str = ""
    parameters: dict[str, Any] = {}
    draft: str | None = None


@router.post("/runs", status_code=201)
def submit(body: Submission, person: Signed, here: Here) -> dict[str, Any]:
    target = f"{body.defi}/{body.execution}" if body.execution else body.defi
    run = here.ledger.submit(RunRequest(target, body.parameters, draft=body.draft), person)
    return _shown(run, here)


@router.get("/runs")
def list_runs(
    person: Signed,
    here: Here,
    defi: str | None = None,
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[dict[str, Any]]:
    states = (state,) if state else ()
    found = here.ledger.runs(person, defi=defi, states=states, limit=limit)
    return [_shown(run, here) for run in found]


@router.get("/runs/{run_id}")
def show(run_id: str, person: Signed, here: Here) -> dict[str, Any]:
    return _shown(here.ledger.visible(run_id, person), here)


@router.get("/runs/{run_id}/logs", response_class=PlainTextResponse)
def logs(
    run_id: str, person: Signed, here: Here, offset: Annotated[int, Query(ge=0, le=2**53)] = 0
) -> StreamingResponse:
    run = here.ledger.visible(run_id, person)
    attempts = here.context.store.attempts(run.id)
    if not attempts:
        return StreamingResponse(iter(()), media_type="text/plain; charset=utf-8")
    chunks = here.context.log_of(attempts[-1], offset)
    return StreamingResponse(chunks, media_type="text/plain; charset=utf-8")


@router.post("/runs/{run_id}/cancel")
def cancel(run_id: str, person: Signed, here: Here) -> dict[str, Any]:
    return _shown(here.ledger.cancel(run_id, person), here)


@router.get("/runs/{run_id}/files")
def files(run_id: str, person: Signed, here: Here) -> list[dict[str, Any]]:
    run = here.ledger.visible(run_id, person)
    key = _last_key(run.id, here)
    return [{"name": name, "size": size} for name, size in here.context.artifacts.files(key)] if key else []


@router.get("/runs/{run_id}/files/{path:path}")
def file(run_id: str, path: str, person: Signed, here: Here) -> StreamingResponse:
    """One file, always as a download: what a notebook wrote is never shown on this origin."""
    run = here.ledger.visible(run_id, person)
    key = _last_key(run.id, here)
    known = dict(here.context.artifacts.files(key)) if key else {}
    if path not in known:
        raise NotFound("artifact.unknown", "fichier absent : {key}", key=path[:80])
    stream = here.context.artifacts.open(f"{key}/{path}")
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    name = path.rpartition("/")[2].encode("ascii", "replace").decode().replace('"', "'")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Content-Length": str(known[path]),
    }
    # A stream that is iterated comes by its lines, of which a binary file has a million.
    return StreamingResponse(blocks(stream), media_type=kind, headers=headers)


@router.get("/runs/{run_id}/reader/{name}")
def may_read(
    run_id: str, name: str, person: Signed, here: Here, groups: str = "", admin: bool = False
) -> dict[str, Any]:
    """Whether somebody may read a run: asked by the front of the second origin, a service."""
    if person.kind != "service":
        raise NotFound("run.unknown", "aucune exécution « {id} »", id=run_id[:60])
    run = here.context.store.run(run_id)
    reader = Person(name, frozenset(filter(None, groups.split(","))), admin)
    # While it runs its folder is the notebook's, and may hold links to anywhere.
    attempts = here.context.store.attempts(run.id)
    folders = {str(attempt.number): attempt.folder for attempt in attempts if attempt.state.final}
    return {"may": here.ledger.may_read(run, reader), "folders": folders, "defi": run.defi}


def _last_key(run_id: str, here: Services) -> str | None:
    attempts = [attempt for attempt in here.context.store.attempts(run_id) if attempt.state.final]
    if not attempts:
        return None
    return here.context.artifacts.key_of(attempts[-1].folder)


def _shown(run: Any, here: Services) -> dict[str, Any]:
    return as_json(run, here.context.store, here.workspace.content_url)
