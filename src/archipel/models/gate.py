"""ASGI gate around the whole of MLflow: nothing under it, Flask or FastAPI, is reached by who is not known.

MLflow's own guard is two (one a framework), and each new route forgot one of them at least once
(CVE-2026-0545, CVE-2026-2652). This one stands before both, denies by default, and sets the one header
that MLflow's `authorization_function` believes, after removing any that came from outside.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from archipel.catalog.models import Catalog
from archipel.errors import ArchipelError, Unavailable
from archipel.identity.person import Person
from archipel.models.access import Attempt, ambiguous, attempt_refusal, contradicted, refusal
from archipel.models.protection import (
    SAFE,
    Protected,
    champion_refusal,
    concerned,
    may_read,
    models_of,
    reads_champion,
)
from archipel.texts import LANGUAGE_COOKIE, language, preferred, set_language
from archipel.texts import translate as _

IDENTITY = b"x-archipel-identity"
MAX_JSON = 8 * 1024**2
PAGE_POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src 'self' blob:; "
    b"style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    b"connect-src 'self'; frame-src 'self' blob: data:; frame-ancestors 'self'; base-uri 'self'; "
    b"form-action 'self'"
)
CAPABILITIES = "/mlflow/server-info"
ABLE = {
    "store_type": "SqlStore",
    "workspaces_enabled": False,
    "trace_archival_enabled": False,
    "multipart_uploads_enabled": False,
    "multipart_downloads_enabled": False,
    "presigned_upload_run_id_supported": False,
    "presigned_upload_model_id_supported": False,
    "features_enabled": {"gateway": False},
}
"""What MLflow's clients are told that this server does. Over an S3 store MLflow would send them to the store
itself, which no session nor run reaches, with an address that opens more than the gate allows."""
LOGGED_POLICY = b"sandbox; default-src 'none'"

Grant = Callable[[str, Person | None, Attempt | None], None]
"""(MLflow user, person, attempt): makes the user and its permissions, before the request goes on."""


class SignIn(Protocol):
    async def person(self, connection: HTTPConnection) -> Person | None: ...

    def token(self, connection: HTTPConnection) -> str: ...

    def login_redirect(self, request: Any, following: str | None = None) -> Response: ...

    async def callback(self, request: Any) -> Response | None: ...


class Gate:
    """``attempt_of``: a Bearer token that the hub does not know → the running attempt that holds it."""

    def __init__(
        self,
        app: Any,
        *,
        sign_in: SignIn,
        prefix: str,
        origin: str,
        catalog: Callable[[], Catalog],
        attempt_of: Callable[[str], Awaitable[Attempt | None]],
        grant: Grant,
        protected: Callable[[], Protected] = Protected,
    ) -> None:
        self._app, self._sign_in, self._prefix, self._origin = app, sign_in, prefix, origin
        self._catalog, self._attempt_of, self._grant = catalog, attempt_of, grant
        self._protected = protected

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = [
            # WSGI takes « _ » for « - ».
            (name, value)
            for name, value in scope["headers"]
            if name.lower().replace(b"_", b"-") != IDENTITY
        ]
        scope = {**scope, "headers": headers}
        if scope["type"] != "http":
            # MLflow has no websocket that anybody here needs.
            await send({"type": "websocket.close", "code": 4403})
            return
        request = Request(scope, receive)
        spoken = request.cookies.get(LANGUAGE_COOKIE) or request.headers.get("accept-language", "")
        set_language(preferred(spoken))
        response = await self._own_pages(request)
        if response is None:
            response, scope, receive = await self._judge(request, scope, receive)
        if response is None and request.scope["path"].endswith(CAPABILITIES):
            response = JSONResponse(ABLE)
        if response is not None:
            await response(scope, receive, send)
            return
        await self._app(scope, receive, _guarding(send, request.url.path))

    async def _own_pages(self, request: Request) -> Response | None:
        path = request.url.path
        if path == f"{self._prefix}health":
            return JSONResponse({"status": "OK"})
        if path == f"{self._prefix}oauth_callback":
            try:
                back = await self._sign_in.callback(request)
            except Unavailable as error:
                return _later(request, error)
            return back or JSONResponse({"error_code": "UNAUTHENTICATED"}, 401)
        return None

    async def _judge(self, request: Request, scope: Any, receive: Any) -> tuple[Response | None, Any, Any]:
        """The answer that ends it here, or None and the scope and body to hand on."""
        person, silent = None, None
        try:
            person = await self._sign_in.person(request)
        except Unavailable as error:
            # It may be an attempt, which the hub does not know: runs go on without it.
            silent = error
        token = self._sign_in.token(request)
        try:
            attempt = await self._attempt_of(token) if person is None and token else None
        except Unavailable as error:
            attempt, silent = None, error
        if person is None and attempt is None:
            return _later(request, silent) if silent else self._nobody(request), scope, receive
        if person is not None and "authorization" not in request.headers and self._foreign(request):
            return _refused(_("demande venue d’un autre site")), scope, receive
        try:
            body, receive = await _json_body(request, receive)
        except _Unreadable as unreadable:
            told = {"error_code": "INVALID_PARAMETER_VALUE", "message": str(unreadable)}
            return JSONResponse(told, status_code=unreadable.status), scope, receive
        query = parse_qsl(request.url.query, keep_blank_values=True)
        if ambiguous(body):
            return _refused(_("un run se nomme une fois, par « run_id »")), scope, receive
        if contradicted(body, query):
            reason = _("l’adresse et le contenu de cette demande ne disent pas la même chose")
            return _refused(reason), scope, receive
        if attempt is not None:
            reason = attempt_refusal(request.url.path, request.method, body, query, attempt)
            reason = "" if reason and await self._reads_champion(request, query, attempt) else reason
            user = f"experiment:{attempt.experiment}"
        else:
            assert person is not None
            # MLflow takes the body of what is posted, and the query of the rest.
            asked = body if request.method in ("POST", "PUT", "PATCH") else body | dict(query)
            reason = refusal(request.url.path, request.method, asked, person, self._catalog())
            user = person.name
        # Of a name that stands twice, MLflow takes the first.
        reason = reason or await self._of_champions(request, body | dict(reversed(query)), person)
        if reason:
            return _refused(reason), scope, receive
        await asyncio.to_thread(self._grant, user, person, attempt)
        # What proved who it is goes no further.
        kept = [(n, v) for n, v in scope["headers"] if n not in (b"authorization", b"cookie")]
        return None, {**scope, "headers": [*kept, (IDENTITY, user.encode())]}, receive

    async def _of_champions(self, request: Request, asked: dict[str, Any], person: Person | None) -> str:
        # The address as its application reads it: a coded « ? » is part of a name.
        path = request.scope["path"]
        if not concerned(path, request.method):
            return ""
        protected = await asyncio.to_thread(self._protected)
        return champion_refusal(path, request.method, asked, person, self._catalog(), protected)

    async def _reads_champion(self, request: Request, query: list[tuple[str, str]], attempt: Attempt) -> bool:
        path = request.scope["path"]
        models = models_of(attempt.experiment, self._catalog())
        if not models or not may_read(path, request.method):
            return False
        return reads_champion(path, query, models, await asyncio.to_thread(self._protected))

    def _nobody(self, request: Request) -> Response:
        if _wants_page(request):
            return self._sign_in.login_redirect(request, self._prefix)
        told = {"error_code": "UNAUTHENTICATED", "message": _("connectez-vous d’abord")}
        return JSONResponse(told, status_code=401)

    def _foreign(self, request: Request) -> bool:
        """An unsafe request with a cookie that another site's page made."""
        if request.method in SAFE:
            return False
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None:
            return site not in ("same-origin", "none")
        return origin is not None and urlsplit(origin).netloc != urlsplit(self._origin).netloc


def _wants_page(request: Request) -> bool:
    wanted = "text/html" in request.headers.get("accept", "")
    return request.method == "GET" and wanted and "authorization" not in request.headers


def _later(request: Request, error: ArchipelError) -> Response:
    """To be asked again: a page for a person, MLflow's own words for its client, which tries again."""
    status, again = error.http_status, {"Retry-After": "5"}
    if not _wants_page(request):
        told = {"error_code": "TEMPORARILY_UNAVAILABLE", "message": str(error)}
        return JSONResponse(told, status_code=status, headers=again)
    sentence, step = escape(error.sentence()), escape(error.next_step())
    page = (
        f'<!doctype html><html lang="{language()}"><meta charset="utf-8"><title>MLflow</title><body>'
        f"<h1>{sentence[0].upper()}{sentence[1:]}</h1><p>{step}</p>"
        f'<p><a href="">{_("Réessayer")}</a></p></body></html>'
    )
    return HTMLResponse(page, status_code=status, headers=again)


def _refused(reason: str) -> Response:
    return JSONResponse({"error_code": "PERMISSION_DENIED", "message": reason}, status_code=403)


def _guarding(send: Any, path: str) -> Any:
    """`send`, with what the pages may load and reach: MLflow's interface reports its use to its makers.

    What a person logged is never a page of this origin: it would act as its reader.
    """
    policy = LOGGED_POLICY if "artifact" in path and "/static-files/" not in path else PAGE_POLICY

    async def guarded(message: Any) -> None:
        if message["type"] == "http.response.start":
            kept = [(n, v) for n, v in message["headers"] if n.lower() != b"content-security-policy"]
            message = {**message, "headers": [*kept, (b"content-security-policy", policy)]}
        await send(message)

    return guarded


async def _json_body(request: Request, receive: Any) -> tuple[dict[str, Any], Any]:
    """The body of a JSON request, and a `receive` that gives it again; other bodies are not touched.

    What has no JSON type but lies under the API is read all the same: MLflow does not look at the type.
    """
    path = request.url.path
    streamed = "/mlflow-artifacts/" in path or "/upload-artifact" in path or "/v1/traces" in path
    if request.method in SAFE or streamed:
        return {}, receive
    body, more = b"", True
    while more and len(body) <= MAX_JSON:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if more:
        # What was not read whole is not judged, hence not handed on.
        raise _Unreadable(_("demande trop grosse"), 413)
    given = {"sent": False}

    async def again() -> Any:
        if given["sent"]:
            return await receive()
        given["sent"] = True
        return {"type": "http.request", "body": body, "more_body": more}

    try:
        told = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        # Not JSON: MLflow reads no name in it either.
        return {}, again
    if not isinstance(told, dict):
        # MLflow unwraps a text that holds JSON.
        raise _Unreadable(_("groupe JSON attendu"))
    return told, again


class _Unreadable(Exception):
    """A body that cannot be judged, and so is not handed on."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status
