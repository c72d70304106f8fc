"""An OpenID Connect provider over HTTP: its own description, its keys, its tokens, what it says of someone.

Nothing that it sends is believed before `identity.tokens` has. What it refuses is `Refused`; what it does not
answer, or answers beside the point (a proxy's page), is `Unreachable`: nobody leaves the house for that.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx

from archipel.errors import Failed, Forbidden
from archipel.identity.oidc import LOOPBACK, Oidc
from archipel.identity.tokens import header_of, matching, untrusted, verified
from archipel.texts import N_

TIMEOUT = 5.0
MAX_ANSWER = 1024**2
KEYS_SECONDS = 5.0
"""The keys are not asked again sooner, whatever the tokens say."""


class Unreachable(Failed):
    """The provider does not answer, or not as one (HTTP 503)."""

    http_status = 503


@dataclass(frozen=True)
class Tokens:
    """What a sign-in or a refresh gave. ``expires``: when the access token ends (seconds since 1970)."""

    access: str
    expires: float
    refresh: str = ""
    identity: str = ""


@dataclass
class Provider:
    """``metadata``: what it says of itself; empty until it was asked."""

    oidc: Oidc
    secret: str
    metadata: dict[str, Any] = field(default_factory=dict)
    _keys: list[dict[str, Any]] = field(default_factory=list)
    _keys_at: float = 0.0
    _http: Any = None

    async def ready(self) -> Provider:
        """Itself, its description read. Raises `Unreachable`, `Failed` for the description of another one."""
        if not self.metadata:
            self.metadata = described(self.oidc, await self._get_json(self._description))
        return self

    @property
    def _description(self) -> str:
        return f"{self.oidc.issuer.rstrip('/')}/.well-known/openid-configuration"

    async def answers(self) -> bool:
        """Whether it is there at all."""
        try:
            await self._get_json(self._description)
        except Failed:
            return False
        return True

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def endpoint(self, name: str) -> str:
        return str(self.metadata.get(f"{name}_endpoint") or "")

    @property
    def pkce(self) -> bool:
        """ProConnect refuses a parameter that it does not know: only where the provider says so."""
        methods = self.metadata.get("code_challenge_methods_supported")
        return isinstance(methods, list) and "S256" in methods

    async def exchange(self, grant: Mapping[str, str]) -> Tokens:
        """The token endpoint's answer. Raises `Forbidden` where it says no, `Unreachable`."""
        methods = self.metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        form, auth = dict(grant), None
        if "client_secret_post" in methods:
            form |= {"client_id": self.oidc.client_id, "client_secret": self.secret}
        else:
            # RFC 6749, 2.3.1: each part is encoded as in a form first.
            auth = httpx.BasicAuth(quote(self.oidc.client_id, safe=""), quote(self.secret, safe=""))
        answer = await self._send("POST", self.endpoint("token"), data=form, auth=auth)
        told = _json(answer)
        if answer.status_code in (400, 401, 403) and isinstance(told.get("error"), str):
            if told["error"] != "invalid_grant":
                # Our own fault or the provider's: nobody is out of the house for it.
                raise unreachable(
                    N_("le fournisseur d’identité refuse ce service : {got}"), got=told["error"][:80]
                )
            raise Forbidden(
                "oidc.refused",
                "le fournisseur d’identité ne vous reconnaît plus",
                hint="Reconnectez-vous.",
            )
        access = told.get("access_token")
        if answer.status_code != 200 or not isinstance(access, str) or not access:
            raise _beside(answer)
        seconds = told.get("expires_in")
        seconds = float(seconds) if isinstance(seconds, int | float) and 0 < seconds < 1e7 else 60.0
        refresh, identity = told.get("refresh_token"), told.get("id_token")
        return Tokens(
            access,
            time.time() + seconds,
            refresh if isinstance(refresh, str) else "",
            identity if isinstance(identity, str) else "",
        )

    async def identity(self, token: str) -> dict[str, Any]:
        """The claims of an id_token, verified. Raises `Untrusted`, `Unreachable`."""
        return await self._verified(token, ("iss", "aud", "exp", "iat", "sub"))

    async def userinfo(self, access: str, subject: str) -> dict[str, Any]:
        """What is said of ``subject``, as JSON or signed. Raises `Untrusted`, `Unreachable`, and `Forbidden`
        where the access token opens nothing (any more)."""
        headers = {"Authorization": f"Bearer {access}", "Accept": "application/jwt, application/json"}
        answer = await self._send("GET", self.endpoint("userinfo"), headers=headers)
        if answer.status_code in (401, 403):
            raise Forbidden(
                "oidc.refused", "le fournisseur d’identité ne vous reconnaît plus", hint="Reconnectez-vous."
            )
        if answer.status_code != 200:
            raise _beside(answer)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/jwt":
            # A signed answer may have no end of its own: it is of this very request.
            claims = await self._verified(answer.text.strip(), ("iss", "aud", "sub"))
        elif kind != "application/json":
            raise _beside(answer)
        elif self.oidc.userinfo_signed:
            raise untrusted(N_("la réponse du fournisseur d’identité n’est pas signée, et elle doit l’être"))
        else:
            claims = _json(answer)
        if claims.get("sub") != subject:
            raise untrusted(N_("le fournisseur d’identité parle d’une autre personne (« sub »)"))
        return claims

    def end_session(self, identity: str, following: str, state: str) -> str:
        """Where the browser goes to sign out there too; "" where the provider has no such thing."""
        address = self.endpoint("end_session")
        query = {"id_token_hint": identity, "post_logout_redirect_uri": following, "state": state}
        joint = "&" if "?" in address else "?"
        return f"{address}{joint}{urlencode(query)}" if address and identity else ""

    async def _verified(self, token: str, required: tuple[str, ...]) -> dict[str, Any]:
        algorithm, name = header_of(token, self.oidc.algorithms)
        keys = matching(await self._known_keys(), algorithm, name)
        if not keys:
            # It has new ones, perhaps.
            keys = matching(await self._known_keys(again=True), algorithm, name)
        if not keys:
            raise untrusted(N_("jeton signé par une clé que le fournisseur d’identité ne publie pas"))
        issuer = str(self.metadata["issuer"])
        return verified(
            token, keys[0], algorithm, issuer=issuer, client_id=self.oidc.client_id, required=required
        )

    async def _known_keys(self, again: bool = False) -> list[dict[str, Any]]:
        if not self._keys or (again and time.monotonic() - self._keys_at > KEYS_SECONDS):
            told = (await self._get_json(str(self.metadata["jwks_uri"]))).get("keys")
            if not isinstance(told, list):
                raise unreachable(N_("le fournisseur d’identité ne donne pas ses clés"))
            self._keys = [key for key in told if isinstance(key, dict)]
            self._keys_at = time.monotonic()
        return self._keys

    async def _get_json(self, address: str) -> dict[str, Any]:
        answer = await self._send("GET", address, headers={"Accept": "application/json"})
        told = _json(answer)
        if answer.status_code != 200 or not told:
            raise _beside(answer)
        return told

    async def _send(self, method: str, address: str, **options: Any) -> httpx.Response:
        if self._http is None:
            # Without a proxy told, by HTTPS_PROXY and NO_PROXY, as everything else of the house.
            context = ssl.create_default_context(cafile=self.oidc.ca_bundle or None)
            self._http = httpx.AsyncClient(
                timeout=TIMEOUT, verify=context, follow_redirects=False, proxy=self.oidc.proxy or None
            )
        try:
            answer: httpx.Response = await self._http.request(method, address, **options)
        except httpx.HTTPError as error:
            raise unreachable(
                N_("le fournisseur d’identité ne répond pas ({host} : {reason})"),
                host=urlsplit(address).netloc,
                reason=str(error) or type(error).__name__,
            ) from None
        if len(answer.content) > MAX_ANSWER:
            raise unreachable(N_("la réponse du fournisseur d’identité est trop grosse"))
        return answer


async def answering(oidc: Oidc) -> None:
    """Whether the provider is there, and the one that we want. Raises `Failed`."""
    provider = Provider(oidc, "")
    try:
        await provider.ready()
    finally:
        await provider.close()


def described(oidc: Oidc, told: Mapping[str, Any]) -> dict[str, Any]:
    """A provider's own description, if it is the one that we want, whole. Raises `Failed`."""
    if told.get("issuer") != oidc.issuer:
        raise Failed(
            "oidc.issuer",
            "le fournisseur d’identité se dit « {got} », attendu : « {wanted} »",
            hint="« issuer » est cette adresse-là exactement, barre finale comprise.",
            got=str(told.get("issuer"))[:200],
            wanted=oidc.issuer,
        )
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        parts = urlsplit(str(told.get(name) or ""))
        local = parts.scheme == "http" and parts.hostname in LOOPBACK and oidc.issuer.startswith("http:")
        if not parts.hostname or not (parts.scheme == "https" or local):
            raise Failed(
                "oidc.endpoint",
                "le fournisseur d’identité dit « {name} » = « {got} » : adresse « https://… » attendue",
                name=name,
                got=str(told.get(name))[:200],
            )
    return dict(told)


def unreachable(message: str, **values: Any) -> Unreachable:
    hint = N_("Réessayez dans un instant ; sinon, parlez-en à qui administre cet espace.")
    return Unreachable("oidc.unreachable", message, hint=hint, **values)


def _beside(answer: httpx.Response) -> Unreachable:
    kind = answer.headers.get("content-type", "").partition(";")[0] or "—"
    return unreachable(
        N_("le fournisseur d’identité répond à côté ({host} : {status}, {kind})"),
        host=answer.request.url.host,
        status=answer.status_code,
        kind=kind[:60],
    )


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
