"""Registered models: list, show, judge a version, promote it to the alias `champion`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from archipel.identity.person import Person
from archipel.portal import modelviews
from archipel.portal.services import Services, services, signed_in

router = APIRouter(tags=["models"])
Signed = Annotated[Person, Depends(signed_in)]
Here = Annotated[Services, Depends(services)]
MOST = 2**31 - 1
Number = Annotated[int, Path(ge=1, le=MOST)]


@router.get("/models")
def list_models(person: Signed, here: Here) -> list[dict[str, Any]]:
    return modelviews.listed(here, person)


@router.get("/models/{name}")
def show(name: str, person: Signed, here: Here) -> dict[str, Any]:
    return modelviews.shown(here, person, name)


@router.get("/models/{name}/versions/{number}")
def version(name: str, number: Number, person: Signed, here: Here) -> dict[str, Any]:
    return modelviews.judged(here, person, name, number)


class Asked(BaseModel):
    """``reason``: why a refusal is overridden."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST)]
    override: bool = False
    reason: str = ""


@router.post("/models/{name}/promote", status_code=201)
def promote(name: str, body: Asked, person: Signed, here: Here) -> dict[str, Any]:
    """Refused with each threshold that card or audit misses; an administrator may override, with a reason."""
    done = here.champions.promote(name, body.version, person, override=body.override, reason=body.reason)
    return modelviews.promoted(done)
