"""The pages: home, défis, forms, runs. Plain HTML that works without a script."""

from __future__ import annotations

import asyncio
import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import UploadFile

from archipel.backends.task import State
from archipel.environments.design import design_folder
from archipel.errors import ArchipelError, Refusals, Refused
from archipel.identity.person import Person
from archipel.notebook.accepted import Kind
from archipel.notebook.contract import execution_specs
from archipel.notebook.fields import fields_of, given_of
from archipel.portal import guard, views
from archipel.portal.api.deposits import demand_size, store_upload
from archipel.portal.render import FOLDER, page
from archipel.portal.services import NotSignedIn, Services, services
from archipel.portal.sessions import SessionDesk
from archipel.portal.tokens import form_token
from archipel.runs.ledger import Request as RunRequest
from archipel.runs.rows import Run
from archipel.texts import LANGUAGE_COOKIE, LANGUAGES, language
from archipel.texts import translate as _

router = APIRouter(include_in_schema=False)
KEEP = "session/garder"
Here = Annotated[Services, Depends(services)]


class AskSignIn(Exception):
    """Nobody is signed in: the page sends the browser to the hub and back."""


async def reader(request: Request) -> Person:
    person = await services(request).sign_in.person(request)
    if person is None:
        raise AskSignIn
    return person


Reader = Annotated[Person, Depends(reader)]


def mount(app: FastAPI, here: Services) -> None:
    prefix = here.workspace.portal_prefix
    app.include_router(router, prefix=prefix.rstrip("/"))
    app.add_exception_handler(AskSignIn, _ask_sign_in)
    if (design := design_folder()) is not None:
        app.mount(f"{prefix}static/dsfr", StaticFiles(directory=design), name="dsfr")
    app.mount(f"{prefix}static", StaticFiles(directory=FOLDER / "static"), name="static")


async def _ask_sign_in(request: Request, _error: Exception) -> Response:
    return services(request).sign_in.login_redirect(request)


def error_page(request: Request, here: Services, error: ArchipelError) -> Response:
    if isinstance(error, NotSignedIn):
        return here.sign_in.login_redirect(request)
    titles = {403: _("Accès refusé"), 404: _("Page introuvable"), 409: _("Impossible pour l’instant")}
    titles[503] = _("Réessayez dans un instant")
    title = titles.get(error.http_status, _("Cela n’a pas marché"))
    # What was posted would not be posted again by a link.
    again = error.http_status == 503 and request.method == "GET"
    values = {"title": title, "message": error.sentence(), "hint": error.next_step(), "again": again}
    return page(request, here, "error.html", None, error.http_status, **values)


@router.get("/healthz")
def health(here: Here) -> JSONResponse:
    """``running``: how many runs are under way, drafts included: a stop waits for them."""
    running = here.context.store.runs(states=(State.RUNNING,), limit=1000)
    return JSONResponse({"status": "ok", "running": len(running)})


@router.get("/oauth_callback")
async def oauth_callback(request: Request, here: Here) -> Response:
    done = await here.sign_in.callback(request)
    return done or RedirectResponse(here.workspace.portal_prefix, status_code=302)


@router.get("/langue/{code}")
def choose_language(code: str, here: Here, next: str = "/") -> Response:
    from archipel.identity.signin import local_path

    try:
        where = local_path(next)
    except ValueError:
        where = here.workspace.portal_prefix
    response = RedirectResponse(where, status_code=302)
    if code in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, code, max_age=365 * 86400, samesite="lax", httponly=True)
    return response


@router.get("/")
async def home(request: Request, here: Here, person: Reader) -> Response:
    token = form_token(here.form_key, person.name, KEEP)
    return page(request, here, "home.html", person, form_token=token, **await views.home(here, person))


@router.post("/session/garder")
async def keep_session(request: Request, here: Here, person: Reader) -> Response:
    async with request.form() as sent:
        if not hmac.compare_digest(
            str(sent.get("_jeton", "")).encode(), form_token(here.form_key, person.name, KEEP).encode()
        ):
            raise Refused("form.stale", "formulaire périmé : rechargez la page")
    await asyncio.to_thread(SessionDesk(here).ask_to_keep, person.name)
    return RedirectResponse(here.workspace.portal_prefix, status_code=303)


@router.get("/runs")
def runs(request: Request, here: Here, person: Reader) -> Response:
    return page(request, here, "runs.html", person, runs=views.runs_of(here, person, limit=100))


@router.get("/defis/{slug}")
def defi(slug: str, request: Request, here: Here, person: Reader) -> Response:
    return page(request, here, "defi.html", person, **views.defi(here, person, slug))


@router.get("/defis/{slug}/{execution}")
def form(slug: str, execution: str, request: Request, here: Here, person: Reader) -> Response:
    return _form(request, here, person, slug, execution)


@router.post("/defis/{slug}/{execution}")
async def submit(slug: str, execution: str, request: Request, here: Here, person: Reader) -> Response:
    """The form's submission: the same ledger as the API, the same refusals, beside the fields."""
    declared, _started = views.execution(here, person, slug, execution)
    demand_size(request)
    specs = execution_specs(here.context.current().folder, slug, declared, execution)
    async with request.form(max_files=20_000) as sent:
        _demand_token(request, here, person, sent.get("_jeton"))
        texts = {name: value for name, value in sent.items() if isinstance(value, str)}
        for name in set(sent.keys()):
            # A box and its hidden twin: the first of the two is what was chosen.
            values = [value for value in sent.getlist(name) if isinstance(value, str)]
            if values:
                texts[name] = values[0]
        files = {
            spec.name: [
                part for part in sent.getlist(spec.name) if isinstance(part, UploadFile) and part.filename
            ]
            for spec in specs
            if spec.kind in (Kind.FICHIER, Kind.DOSSIER)
        }
        given: dict[str, Any] = given_of(texts, specs)
        try:
            # Copies and hashes are done beside the loop: other readers do not wait for them.
            run = await asyncio.to_thread(_submitted, here, person, f"{slug}/{execution}", given, files)
        except Refused as error:
            refusals = error if isinstance(error, Refusals) else Refusals([error])
            return _form(request, here, person, slug, execution, texts, refusals)
    return RedirectResponse(f"{here.workspace.portal_prefix}runs/{run.id}", status_code=303)


def _submitted(
    here: Services, person: Person, target: str, given: dict[str, Any], files: dict[str, list[UploadFile]]
) -> Run:
    for name, parts in files.items():
        if parts:
            given[name] = {"upload": store_upload(parts, here)}
    return here.ledger.submit(RunRequest(target, given), person)


@router.get("/runs/{run_id}")
def run(run_id: str, request: Request, here: Here, person: Reader) -> Response:
    values = views.run(here, person, run_id)
    token = form_token(here.form_key, person.name, f"cancel {run_id}")
    return page(request, here, "run.html", person, form_token=token, **values)


@router.post("/runs/{run_id}/annuler")
async def cancel(run_id: str, request: Request, here: Here, person: Reader) -> Response:
    async with request.form() as sent:
        expected = form_token(here.form_key, person.name, f"cancel {run_id}")
        if not hmac.compare_digest(str(sent.get("_jeton", "")).encode(), expected.encode()):
            raise Refused("form.stale", "formulaire périmé : rechargez la page")
    here.ledger.cancel(run_id, person)
    return RedirectResponse(f"{here.workspace.portal_prefix}runs/{run_id}", status_code=303)


def _form(
    request: Request,
    here: Services,
    person: Person,
    slug: str,
    execution: str,
    typed: dict[str, str] | None = None,
    refusals: Refusals | None = None,
) -> Response:
    declared, started = views.execution(here, person, slug, execution)
    specs = execution_specs(here.context.current().folder, slug, declared, execution)
    fields = fields_of(specs, language(), typed, refusals)
    return page(
        request,
        here,
        "form.html",
        person,
        422 if refusals else 200,
        defi={"slug": slug, "title": declared.title.in_language(language())},
        held=guard.held_now(here, slug),
        execution={"slug": execution, "title": started.title.in_language(language())},
        fields=fields,
        errors=[str(error) for error in refusals.errors] if refusals else [],
        form_token=form_token(here.form_key, person.name, request.url.path),
    )


def _demand_token(request: Request, here: Services, person: Person, sent: Any) -> None:
    expected = form_token(here.form_key, person.name, request.url.path)
    if not hmac.compare_digest(str(sent or "").encode(), expected.encode()):
        raise Refused("form.stale", "formulaire périmé : rechargez la page")
