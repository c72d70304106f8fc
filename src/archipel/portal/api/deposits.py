"""What is sent to the workspace: files for a run, working copies for a draft."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile

from archipel.content.workingcopy import MAX_DRAFT_BYTES, unpack_snapshot
from archipel.errors import Refused
from archipel.identity.person import Person
from archipel.notebook.review import check_content
from archipel.portal.services import Services, services, working

router = APIRouter(tags=["deposits"])
Working = Annotated[Person, Depends(working)]
Here = Annotated[Services, Depends(services)]

MAX_FILES = 20_000
MAX_UPLOAD_BYTES = 2 * 1024**3


@router.post("/uploads", status_code=201)
async def upload(request: Request, person: Working, here: Here) -> dict[str, str]:
    """One or several parts named ``file``, each with its name relative to the folder sent."""
    demand_size(request)
    async with request.form(max_files=MAX_FILES) as form:
        parts = [part for part in form.getlist("file") if not isinstance(part, str)]
        return {"upload": await asyncio.to_thread(store_upload, parts, here)}


def demand_size(request: Request) -> None:
    """Raises `Refused` for a form that is too large, or does not say how large: it is spooled as it comes."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > MAX_UPLOAD_BYTES:
        raise Refused("upload.size", "envoi de plus de {mb} Mo", mb=MAX_UPLOAD_BYTES // 1024**2)


def store_upload(parts: list[UploadFile], here: Services) -> str:
    """Copy the parts into a folder of their own; its identifier. Raises `Refused`."""
    if not parts:
        raise Refused("upload.empty", "aucun fichier reçu")
    upload_id = secrets.token_hex(12)
    folder = here.context.data.inputs / upload_id
    folder.mkdir(parents=True, mode=0o700)
    try:
        for part in parts:
            name = PurePosixPath((part.filename or "").replace("\\", "/"))
            if not name.name or name.is_absolute() or ".." in name.parts or "\0" in str(name):
                raise Refused("upload.name", "nom de fichier refusé : « {name} »", name=str(name)[:80])
            try:
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                stream = target.open("xb")
            except (OSError, UnicodeError):
                # Too long, twice the same, a file where a folder is.
                raise Refused(
                    "upload.name", "nom de fichier refusé : « {name} »", name=str(name)[:80]
                ) from None
            with stream:
                shutil.copyfileobj(part.file, stream, 1024 * 1024)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload_id


@router.post("/drafts", status_code=201)
async def draft(request: Request, person: Working, here: Here) -> dict[str, str]:
    """A working copy (gzipped tar, the body): checked whole, then kept for its author alone."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_DRAFT_BYTES:
            raise Refused(
                "content.draft-size", "copie de travail de plus de {mb} Mo", mb=MAX_DRAFT_BYTES // 1024**2
            )
    return {"draft": await asyncio.to_thread(_keep_draft, bytes(body), person, here)}


def _keep_draft(body: bytes, person: Person, here: Services) -> str:
    draft_id = secrets.token_hex(8)
    drafts = here.context.data.drafts
    drafts.mkdir(exist_ok=True)
    # Who knows the name of a draft goes in; the names are drawn at random and listed to nobody.
    drafts.chmod(0o711)
    part = drafts / f".{draft_id}.part"
    part.mkdir(mode=0o755)
    try:
        unpack_snapshot(body, part)
        check_content(part)
        (part / ".author").write_text(person.name, encoding="utf-8")
        part.rename(drafts / draft_id)
        here.context.library.keep_draft(draft_id)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return draft_id
