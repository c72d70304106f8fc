"""Sign-in of the platform's ASGI services through the hub's OAuth, or by a hub token.

JupyterHub's own mixins are for tornado; this is the same flow (`jupyterhub.services.auth.HubOAuth`) for
Starlette. The cookie is host-only, HttpOnly, SameSite=Lax, signed; it holds the OAuth token, so that a
sign-out at the hub ends it. What the hub says of a token is believed for `CACHE_SECONDS`.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from tornado.web import create_signed_value, decode_signed_value

from archipel.errors import Unavailable
from archipel.identity.person import Person
from archipel.workspace import Workspace

CACHE_SECONDS = 1.5
"""With what the hub itself believes (2 s) and the turn of the open websockets, someone who left has five."""
STATE_SECONDS = 600


class HubSilent(Unavailable):
    """The hub does not answer: it is starting again, perhaps."""


def _silent() -> HubSilent:
    return HubSilent(
        "hub.silent",
        "le hub ne répond pas : on ne peut pas savoir qui vous êtes",
        hint="Il redémarre sans doute : réessayez dans quelques secondes. Rien n’est perdu de ce qui tourne.",
    )


@dataclass
class HubSignIn:
    """``service``: its name at the hub. ``prefix``: where its pages are. ``origin``: its own origin.

    ``operator_token``: the token of whoever owns the data folder, an administrator, where it is at hand: that
    one is then known without the hub.

    ``alone``: nothing else answers at ``origin``. Its cookies are then locked to that host, where it is
    https: a page of a neighbouring name can set none in their place. Where people's servers answer too, the
    price of the lock (path ``/``) would be to send them these cookies.
    """

    workspace: Workspace
    service: str
    api_token: str
    prefix: str
    cookie_secret: bytes
    origin: str
    operator_token: str = ""
    alone: bool = False
    _cache: dict[str, tuple[float, Person | None]] = field(default_factory=dict)
    _http: Any = None

    @property
    def client_id(self) -> str:
        return f"service-{self.service}"

    @property
    def redirect_uri(self) -> str:
        return f"{self.origin}{self.prefix}oauth_callback"

    @property
    def cookie(self) -> str:
        return f"{self._lock}archipel-{self.service}"

    async def person(self, connection: HTTPConnection) -> Person | None:
        """Who is behind a request or a websocket: by Bearer token, else by cookie; None for nobody.

        Raises `HubSilent`: it may be somebody.
        """
        token = self.token(connection)
        return await self.person_of_token(token) if token else None

    def token(self, connection: HTTPConnection) -> str:
        scheme, _space, bearer = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() in ("bearer", "token"):
            return bearer.strip() if bearer.isascii() else ""
        value = connection.cookies.get(self.cookie)
        if not value:
            return ""
        plain = decode_signed_value(self.cookie_secret, self.cookie, value, max_age_days=14)
        return plain.decode() if plain else ""

    async def person_of_token(self, token: str) -> Person | None:
        """Whose token it is, as the hub says. Raises `HubSilent`."""
        if self.operator_token and secrets.compare_digest(token.encode(), self.operator_token.encode()):
            return Person(self.workspace.owner, admin=True)
        known = self._cache.get(token)
        if known and time.monotonic() - known[0] < CACHE_SECONDS:
            return known[1]
        person = await self._ask(token)
        if len(self._cache) > 10_000:
            self._cache.clear()
        self._cache[token] = (time.monotonic(), person)
        return person

    async def _ask(self, token: str) -> Person | None:
        """The hub's answer about a token. Raises `HubSilent`."""
        answer = await self._hub("GET", "/user", headers={"Authorization": f"token {token}"})
        if answer.status_code != 200:
            return None
        told = answer.json()
        if not self._may_enter(told.get("scopes", [])):
            return None
        if told.get("kind") == "service":
            if told["name"] == "operator":
                return Person(self.workspace.owner, admin=True)
            return Person(told["name"], kind="service")
        groups = frozenset(told.get("groups") or ())
        return Person(told["name"], groups, bool(told.get("admin")))

    def _may_enter(self, scopes: list[str]) -> bool:
        """The token lets its holder use this service: the scope that every role of ours grants."""
        wanted = {"access:services", f"access:services!service={self.service}"}
        return bool(wanted & set(scopes))

    def login_redirect(self, request: Request, following: str | None = None) -> Response:
        """To the hub's OAuth, and back to ``following`` (a path of ours; the present page by default)."""
        path = following or str(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
        state = secrets.token_urlsafe(24)
        query = urlencode(
            {
                "client_id": self.client_id,
                "redirect_uri": self.redirect_uri,
                "response_type": "code",
                "state": state,
            }
        )
        hub = self.workspace.origin(self.workspace.host) + self.workspace.base_path
        response = RedirectResponse(f"{hub}hub/api/oauth2/authorize?{query}", status_code=302)
        value = create_signed_value(self.cookie_secret, self._state_cookie, f"{state} {local_path(path)}")
        self._set(response, self._state_cookie, value.decode(), STATE_SECONDS)
        return response

    async def callback(self, request: Request) -> Response | None:
        """End of the OAuth round trip: the cookie, then the page that was wanted; None when it is off.

        Raises `HubSilent`: the same address asked again goes on from there.
        """
        value = request.cookies.get(self._state_cookie, "")
        kept = decode_signed_value(self.cookie_secret, self._state_cookie, value, max_age_days=1)
        state, _space, following = kept.decode().partition(" ") if kept else ("", "", "")
        given = request.query_params.get("state", "")
        code = request.query_params.get("code", "")
        if not state or not code or not secrets.compare_digest(state.encode(), given.encode()):
            return None
        answer = await self._hub(
            "POST",
            "/oauth2/token",
            data={
                "client_id": self.client_id,
                "client_secret": self.api_token,
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.redirect_uri,
            },
        )
        if answer.status_code != 200:
            return None
        response = RedirectResponse(local_path(following), status_code=302)
        signed = create_signed_value(self.cookie_secret, self.cookie, answer.json()["access_token"])
        self._set(response, self.cookie, signed.decode(), 14 * 86400)
        secure = self.workspace.scheme == "https"
        response.delete_cookie(self._state_cookie, path=self._path, secure=secure)
        return response

    @property
    def _state_cookie(self) -> str:
        return f"{self.cookie}-etat"

    @property
    def _lock(self) -> str:
        return locked(self.workspace) if self.alone else ""

    @property
    def _path(self) -> str:
        return "/" if self._lock else self.prefix

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=self._path,
            httponly=True,
            samesite="lax",
            secure=self.workspace.scheme == "https",
        )

    async def _hub(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """What the hub's API answers. Raises `HubSilent`."""
        try:
            answer = await self._client().request(method, f"{self.workspace.hub_api_url}{path}", **asked)
        except httpx.HTTPError:
            raise _silent() from None
        if answer.status_code >= 500:
            raise _silent()
        return answer

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            # No connection is kept: a hub that vanished closes none, and each would cost its whole timeout.
            alone = httpx.Limits(max_keepalive_connections=0)
            self._http = httpx.AsyncClient(timeout=10, limits=alone, trust_env=False)
        client: httpx.AsyncClient = self._http
        return client


def locked(workspace: Workspace) -> str:
    """What makes a cookie's name one of its host alone; browsers believe it on https."""
    return "__Host-" if workspace.scheme == "https" else ""


def local_path(path: str) -> str:
    """A path of this very host, or ``/``: nothing that a browser would take for another host."""
    parts = urlsplit(path.replace("\\", "/"))
    off = parts.scheme or parts.netloc or not path.startswith("/") or path.startswith("//")
    control = any(ord(character) < 32 for character in path)
    return "/" if off or control or path.replace("\\", "/").startswith("//") else path
