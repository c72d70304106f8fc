"""Schedules, dashboards, content, and who holds an attempt's token."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict

from archipel.content.shared import SharedContent
from archipel.dashboards import versions
from archipel.errors import NotFound, Refused
from archipel.identity.person import Person
from archipel.notebook.contract import find_defi
from archipel.notebook.review import check_content
from archipel.portal.services import Services, services, signed_in
from archipel.portal.views import versions_open_to
from archipel.runs.calendar import schedules_of
from archipel.runs.due import coming
from archipel.runs.ledger import may
from archipel.runs.view import as_json
from archipel.texts import translate as _

router = APIRouter(tags=["workspace"])
Signed = Annotated[Person, Depends(signed_in)]
Here = Annotated[Services, Depends(services)]

MAX_BUNDLE_BYTES = 200 * 1024**2


@router.get("/schedules/next")
def next_schedules(
    person: Signed, here: Here, count: Annotated[int, Query(ge=1, le=100)] = 10
) -> list[dict[str, Any]]:
    found = coming(schedules_of(here.context), datetime.now(UTC), count)
    return [{"schedule": name, "at": at.isoformat()} for at, name in found]


@router.get("/dashboards")
def dashboards(person: Signed, here: Here) -> list[dict[str, Any]]:
    """The published dashboards open to the person, each with its versions, the latest first."""
    return versions_open_to(here, person)


class Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: str


@router.post("/dashboards/{defi}/show")
def show(defi: str, body: Shown, person: Signed, here: Here) -> dict[str, Any]:
    """Go back to an earlier version (or forward again)."""
    catalog = here.context.catalog()
    find_defi(catalog, defi)
    may(person, catalog.defis[defi].rights.write, catalog, _("choisir la version de ce tableau de bord"))
    versions.show(here.context.artifacts, defi, body.version)
    return {"defi": defi, "version": body.version}


@router.post("/dashboards/{defi}/publish", status_code=201)
def publish(defi: str, person: Signed, here: Here) -> dict[str, Any]:
    run = here.ledger.publish(defi, person)
    return as_json(run, here.context.store, here.workspace.content_url)


@router.post("/runs/{run_id}/preview", status_code=201)
def preview(run_id: str, person: Signed, here: Here) -> dict[str, Any]:
    """The dashboard of a draft's run, for its author."""
    draft = here.ledger.visible(run_id, person)
    if not draft.draft:
        raise Refused("preview.not-draft", "cette exécution n’est pas un brouillon : publiez-la")
    run = here.ledger.publish(draft.defi, person, draft_of=draft.id)
    return as_json(run, here.context.store, here.workspace.content_url)


@router.get("/content")
def content(person: Signed, here: Here) -> dict[str, Any]:
    current = here.context.library.pinned()
    return {"commit": current.commit if current else None}


@router.get("/content/repository.git/{name:path}")
def repository(name: str, person: Signed, here: Here) -> FileResponse:
    """git's plain HTTP protocol, where people's sessions have no folder in common with the platform."""
    library = here.context.library
    if not person.works(here.context.catalog()) or not isinstance(library, SharedContent):
        raise NotFound("content.repository", "pas de dépôt à cette adresse")
    bare = library.served_repository()
    path = (bare / name).resolve()
    if not path.is_relative_to(bare.resolve()) or not path.is_file():
        raise NotFound("content.repository", "pas de dépôt à cette adresse")
    return FileResponse(path, media_type="application/octet-stream")


@router.post("/content/take")
async def take(request: Request, person: Signed, here: Here, commit: str) -> dict[str, Any]:
    """A commit sent as a git bundle (the body): validated whole, then pinned."""
    catalog = here.context.catalog()
    may(person, catalog.workspace.content_takers, catalog, _("prendre un contenu"))
    with tempfile.NamedTemporaryFile(suffix=".bundle") as bundle:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_BUNDLE_BYTES:
                raise Refused("content.size", "envoi trop gros")
            bundle.write(chunk)
        bundle.flush()
        library = here.context.library
        taken = await asyncio.to_thread(library.take, Path(bundle.name), commit, check_content)
    return {"commit": taken.commit}
