"""The pages of a sign-in by OpenID Connect: to the provider, back from it, and out, there and here."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from jupyterhub.handlers import BaseHandler
from oauthenticator.oauth2 import OAuthCallbackHandler, OAuthLoginHandler, OAuthLogoutHandler

from archipel.errors import ArchipelError, Refused
from archipel.hub.pages import language_of
from archipel.texts import N_, speaking

STATE_SECONDS = 600
OUT_COOKIE = "archipel-sortie"
HINT_COOKIE = "archipel-identite"
AGAIN = N_("Recommencez depuis la page de connexion.")


async def refuse(handler: Any, error: ArchipelError) -> None:
    """A page that says why, and what to do; the log has the code alone."""
    handler.log.warning("sign-in refused: %s", error.code)
    with speaking(language_of(handler)):
        told = {"sentence": error.sentence(), "step": error.next_step(), "code": error.code}
    handler.set_status(error.http_status)
    handler.finish(
        await handler.render_template("refus.html", provider=handler.authenticator.oidc.name, **told)
    )


class SignInHandler(OAuthLoginHandler):
    """``/hub/oauth_login``: off to the provider, with what will prove that it is the same browser."""

    async def get(self) -> None:
        authenticator = self.authenticator
        try:
            provider = await authenticator.provider.ready()
        except ArchipelError as error:
            await refuse(self, error)
            return
        oidc = authenticator.oidc
        kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        query = {
            "response_type": "code",
            "client_id": oidc.client_id,
            "redirect_uri": authenticator.oauth_callback_url,
            "scope": " ".join(oidc.scopes),
            "state": kept["state"],
            "nonce": kept["nonce"],
        }
        if oidc.acr_values:
            query["acr_values"] = " ".join(oidc.acr_values)
        if provider.pkce:
            digest = hashlib.sha256(kept["verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        following = {"next": self._get_next_url() or "", "until": time.time() + STATE_SECONDS}
        self.set_state_cookie(json.dumps(kept | following))
        address = provider.endpoint("authorization")
        self.redirect(f"{address}{'&' if '?' in address else '?'}{urlencode(query)}")


class CallbackHandler(OAuthCallbackHandler):
    """``/hub/oauth_callback``: back from the provider. ``kept``: what `SignInHandler` put aside.

    ``identity``: the id_token, as soon as there is one: who is refused here may still sign out there.
    """

    kept: dict[str, Any]
    identity = ""

    async def get(self) -> None:
        try:
            self.check_arguments()
            user = await self.login_user({})
        except ArchipelError as error:
            if self.identity:
                self._set_cookie(HINT_COOKIE, self.identity, path=self.hub.base_url, max_age=STATE_SECONDS)
            await refuse(self, error)
            return
        if user is None:
            await refuse(self, Refused("oidc.refused-name", "ce nom de compte n’est pas accepté ici"))
            return
        self.redirect(self.kept["next"] or BaseHandler.get_next_url(self, user))

    def check_arguments(self) -> None:
        """A state that this browser was given, once, and a code. Raises `Refused`."""
        self.kept = self._kept_state()
        given = self.get_argument("state", "")
        used = self.authenticator.used_states
        now = time.time()
        for state in [state for state, until in used.items() if until < now]:
            del used[state]
        state = self.kept.get("state", "")
        same = bool(state) and secrets.compare_digest(given.encode(), state.encode())
        if not same or state in used or self.kept["until"] < now:
            raise Refused(
                "oidc.state",
                "cette connexion n’a pas été commencée dans ce navigateur, ou elle a déjà servi",
                hint=AGAIN,
            )
        used[state] = self.kept["until"]
        # RFC 9207: an answer of another provider, handed to us.
        if self.get_argument("iss", self.authenticator.oidc.issuer) != self.authenticator.oidc.issuer:
            raise Refused("oidc.mixed", "cette réponse vient d’un autre fournisseur d’identité", hint=AGAIN)
        if error := self.get_argument("error", ""):
            told = error if re.fullmatch(r"[a-z_]{1,40}", error) else "?"
            raise Refused(
                "oidc.provider-error", "le fournisseur d’identité répond : {error}", hint=AGAIN, error=told
            )
        if not self.get_argument("code", ""):
            raise Refused("oidc.no-code", "le fournisseur d’identité n’a rien donné", hint=AGAIN)

    def _kept_state(self) -> dict[str, Any]:
        # Signed by the hub: what is there is what we put.
        cookie = self.get_state_cookie()
        kept: dict[str, Any] = json.loads(cookie) if cookie else {}
        return kept


class SignOutHandler(OAuthLogoutHandler):
    """``/hub/logout``: out of the hub and of what it vouches for, then of the provider."""

    _there = ""

    async def default_handle_logout(self) -> None:
        user = self.current_user
        auth_state = (await user.get_auth_state() if user else None) or {}
        identity = auth_state.get("tokens", {}).get("identity") or self._refused_one()
        if identity:
            state, authenticator = secrets.token_urlsafe(32), self.authenticator
            self._there = authenticator.provider.end_session(identity, authenticator.signed_out_url, state)
            self._set_cookie(OUT_COOKIE, state, path=self.hub.base_url, max_age=STATE_SECONDS)
        await super().default_handle_logout()

    def _refused_one(self) -> str:
        """The id_token of who was known there and refused here."""
        found = (self.get_secure_cookie(HINT_COOKIE) or b"").decode()
        self.clear_cookie(HINT_COOKIE, path=self.hub.base_url)
        return found

    async def render_logout_page(self) -> None:
        if self._there:
            self.redirect(self._there)
        else:
            self.finish(await self.render_template("logout.html"))


class SignedOutHandler(BaseHandler):
    """``/hub/deconnecte``: back from the provider's own sign-out."""

    async def get(self) -> None:
        kept = (self.get_secure_cookie(OUT_COOKIE) or b"").decode()
        given = self.get_argument("state", "")
        self.clear_cookie(OUT_COOKIE, path=self.hub.base_url)
        there = bool(kept) and secrets.compare_digest(kept.encode(), given.encode())
        provider = self.authenticator.oidc.name if there else ""
        self.finish(await self.render_template("logout.html", provider=provider))
