"""The pages of registered models: what each is, what its versions are worth, who promoted which."""

from __future__ import annotations

import asyncio
import hmac

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from archipel.errors import ArchipelError, NotFound, Refusals, Refused
from archipel.identity.person import Person
from archipel.portal import modelviews
from archipel.portal.api.models import MOST
from archipel.portal.pages import Here, Reader
from archipel.portal.render import page
from archipel.portal.services import Services
from archipel.portal.tokens import form_token

router = APIRouter(include_in_schema=False)


@router.get("/modeles")
def models(request: Request, here: Here, person: Reader) -> Response:
    return page(request, here, "models.html", person, models=modelviews.listed(here, person))


@router.get("/modeles/{name}")
def model(name: str, request: Request, here: Here, person: Reader, version: str = "") -> Response:
    """``version``: the one whose card and audit are shown; by default the latest."""
    return _model(request, here, person, name, _number(version) if version else None)


@router.post("/modeles/{name}/promouvoir")
async def promote(name: str, request: Request, here: Here, person: Reader) -> Response:
    async with request.form() as sent:
        given = {key: value for key, value in sent.items() if isinstance(value, str)}
    expected = form_token(here.form_key, person.name, _form(name))
    if not hmac.compare_digest(given.get("_jeton", "").encode(), expected.encode()):
        raise Refused("form.stale", "formulaire périmé : rechargez la page")
    number, reason = _number(given.get("version", "")), given.get("raison", "")
    override = "raison" in given
    try:
        await asyncio.to_thread(
            here.champions.promote, name, number, person, override=override, reason=reason
        )
    except Refused as error:
        return await asyncio.to_thread(_model, request, here, person, name, number, error, reason)
    return RedirectResponse(f"{here.workspace.portal_prefix}modeles/{name}", status_code=303)


def _model(
    request: Request,
    here: Services,
    person: Person,
    name: str,
    number: int | None,
    error: Refused | None = None,
    reason: str = "",
) -> Response:
    shown = modelviews.shown(here, person, name)
    chosen = number or shown["latest"]
    errors: list[ArchipelError] = []
    if error is not None:
        errors = list(error.errors) if isinstance(error, Refusals) else [error]
    return page(
        request,
        here,
        "model.html",
        person,
        error.http_status if error else 200,
        model=shown,
        judged=modelviews.judged(here, person, name, chosen) if chosen else None,
        errors=[modelviews.refusal(one) for one in errors],
        reason=reason,
        mlflow=f"{here.workspace.mlflow_prefix}#/models/{name}",
        form_token=form_token(here.form_key, person.name, _form(name)),
    )


def _form(name: str) -> str:
    return f"promote {name}"


def _number(text: str) -> int:
    """A version as an address or a form has it. Raises `NotFound`."""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:12]) <= MOST):
        raise NotFound("model.version", "une version est un nombre, pas « {text} »", text=text[:40])
    return int(text)
