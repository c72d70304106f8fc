"""What the portal's pages and API need, made once at the start and reached through the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import Request
from starlette.requests import HTTPConnection
from starlette.responses import Response

from archipel.errors import ArchipelError, Forbidden
from archipel.identity.person import Person
from archipel.models.champions import Champions
from archipel.runs.context import Context
from archipel.runs.ledger import Ledger
from archipel.workspace import Workspace

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


class NotSignedIn(ArchipelError):
    http_status = 401


class CrossSite(ArchipelError):
    http_status = 403


class SignIn(Protocol):
    """`archipel.identity.signin.HubSignIn`, seen from here."""

    async def person(self, connection: HTTPConnection) -> Person | None: ...

    def login_redirect(self, request: Any, following: str | None = None) -> Response: ...

    async def callback(self, request: Any) -> Response | None: ...


@dataclass(frozen=True)
class Services:
    """``form_key``: what the forms' tokens are made from. ``hub_token``: the portal's own at the hub."""

    context: Context
    ledger: Ledger
    workspace: Workspace
    sign_in: SignIn
    form_key: bytes
    version: str
    champions: Champions
    hub_token: str = ""


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


async def signed_in(request: Request) -> Person:
    """The person, for the API. Raises `NotSignedIn`; refuses an unsafe request of another site.

    A cookie goes along with any request that a page makes, a Bearer token does not: only requests with
    a cookie are asked where they come from (Fetch Metadata, else Origin).
    """
    person = await services(request).sign_in.person(request)
    if person is None:
        raise NotSignedIn("sign-in.needed", "connectez-vous d’abord")
    if request.method in UNSAFE and "authorization" not in request.headers:
        same_site(request)
    return person


async def working(request: Request) -> Person:
    """`signed_in`, for what is not open to who reads dashboards alone. Raises `Forbidden`."""
    person = await signed_in(request)
    if not person.works(services(request).context.catalog()):
        raise Forbidden("right.session", "cela demande le droit d’ouvrir une session")
    return person


def same_site(request: Request) -> None:
    """Raises `CrossSite` unless the browser says that the request comes from our own origin."""
    workspace = services(request).workspace
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site in ("same-origin", "none") or (site is None and origin == workspace.origin(workspace.host)):
        return
    raise CrossSite("request.cross-site", "demande refusée : elle vient d’un autre site")
