"""What a person's session says of itself, now and then, with its own token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from archipel.identity.person import Person
from archipel.portal.services import Services, services, working
from archipel.portal.sessions import SessionDesk

router = APIRouter(tags=["sessions"])
Word = Annotated[str, StringConstraints(max_length=80)]
LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
Instant = Annotated[float, Field(ge=0, le=LATEST, allow_inf_nan=False)]


class Said(BaseModel):
    """``ends``: seconds since the epoch, 0 while no end is near."""

    model_config = ConfigDict(extra="forbid")

    image: Word
    lock: Word
    release: Word
    started: Instant
    trouble: Word = ""
    ends: Instant = 0
    why: Literal["", "idle", "gpu"] = ""
    ended: bool = False


@router.put("/session")
def say(
    body: Said, person: Annotated[Person, Depends(working)], here: Annotated[Services, Depends(services)]
) -> dict[str, Any]:
    """The limits in force, whether a newer image is there, and whether the person asked to keep it."""
    return SessionDesk(here).hear(person.name, body.model_dump())
