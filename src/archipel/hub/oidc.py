"""Sign-in by OpenID Connect, on oauthenticator: the same on one machine and on Kubernetes.

Somebody is asked about again at each refresh (`check`), which the hub does for each request older than
``check_seconds``, and `_watch` for whoever has a session: a leaver loses their tokens, cookies and session
within seconds. Accounts added by hand (`archipel users add`) still sign in by their link.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from jupyterhub import orm
from jupyterhub.user import User
from oauthenticator.generic import GenericOAuthenticator
from traitlets import Bool, Unicode

from archipel.catalog.load import cached_catalog
from archipel.content import pinned
from archipel.datafolder import DataFolder
from archipel.errors import ArchipelError, Failed, Forbidden
from archipel.hub import links, oidcpages, oidcwatch
from archipel.hub.accounts import Account, named_groups, stored_accounts
from archipel.hub.authenticator import LinkHandler, StopHandler, link_model
from archipel.hub.leavers import Leavers
from archipel.hub.people import RESERVED, add_person
from archipel.hub.revoke import revoke
from archipel.hub.subjects import Subjects, name_taken
from archipel.identity.claims import Entry, House, judged
from archipel.identity.oidc import Oidc, load_oidc
from archipel.identity.provider import Provider, Tokens
from archipel.identity.tokens import check_sign_in

SAME_SECONDS = 0.5
"""Requests of one person at once are one question to the provider."""
MARGIN = 5.0
"""An access token that ends this soon is not shown any more."""
AWAY_SECONDS = 60.0


@dataclass
class Checked:
    """``model``: what the hub is told of someone; True where nothing is known to have changed."""

    at: float
    model: dict[str, Any] | bool


class OidcAuthenticator(GenericOAuthenticator):
    root = Unicode(help="The workspace's data folder.").tag(config=True)
    oidc_file = Unicode(help="oidc.yaml: the provider.").tag(config=True)
    signed_out_url = Unicode(help="Where the provider sends back who signed out there.").tag(config=True)
    system_accounts = Bool(False, help="One system account a person, made at the first sign-in.").tag(
        config=True
    )

    login_handler = oidcpages.SignInHandler
    callback_handler = oidcpages.CallbackHandler
    logout_handler = oidcpages.SignOutHandler

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.data = DataFolder(Path(self.root))
        self.oidc: Oidc = load_oidc(Path(self.oidc_file))
        self.provider = Provider(self.oidc, self.oidc.secret())
        self.used_states: dict[str, float] = {}
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._checked: dict[str, Checked] = {}
        self._provided: dict[str, Account] = {}
        self._silent: dict[str, tuple[float, float]] = {}
        self._answered = -math.inf
        self._retry_at = 0.0
        self._told = ""

    def get_handlers(self, app: Any) -> list[tuple[str, Any]]:
        """Ours, and the hub itself in hand: its people, its proxy, its database."""
        self.app, self.subjects = app, Subjects(app.db)
        self._watching = asyncio.ensure_future(oidcwatch.watch(self, Leavers(self.data, self.subjects.names)))
        own = [("/lien", LinkHandler), ("/archipel-stop", StopHandler)]
        return [*super().get_handlers(app), *own, ("/deconnecte", oidcpages.SignedOutHandler)]

    async def check_allowed(self, username: str, auth_model: Any) -> bool:
        """Whoever has a model was judged when it was made."""
        return auth_model is not None

    # The sign-in.

    async def authenticate(self, handler: Any, data: Any = None, **_more: Any) -> dict[str, Any] | None:
        """By the provider, or by the link of an account added by hand. Raises an `ArchipelError`."""
        if data and "token" in data:
            name = links.redeem(self.data.running / "links", data["token"])
            account = self._by_hand(name) if name else None
            return link_model(account) if account else None
        provider, kept = await self.provider.ready(), handler.kept
        grant = {
            "grant_type": "authorization_code",
            "code": handler.get_argument("code"),
            "redirect_uri": self.oauth_callback_url,
        }
        tokens = await provider.exchange(
            grant | ({"code_verifier": kept["verifier"]} if provider.pkce else {})
        )
        handler.identity = tokens.identity
        claims = await provider.identity(tokens.identity)
        check_sign_in(claims, kept["nonce"], self.oidc.acr_values)
        entry = self._judged(await provider.userinfo(tokens.access, claims["sub"]))
        name = self._account(entry)
        await self._provide(name, entry)
        self._checked.pop(name, None)
        self._silent.pop(name, None)
        state = {"tokens": asdict(tokens), "subject": entry.subject, "since": time.time()}
        return _model(name, entry, state)

    def _judged(self, claims: dict[str, Any]) -> Entry:
        current = pinned(self.data)
        assert current is not None
        catalog = cached_catalog(current.folder)
        house = House(
            named_groups(catalog), frozenset(catalog.workspace.administrators), frozenset({*RESERVED, "root"})
        )
        entry = judged(self.oidc, claims, house)
        if isinstance(entry, Forbidden):
            raise entry
        if entry.ignored:
            self.log.debug("%d groups of the provider mean nothing here", entry.ignored)
        return entry

    def _account(self, entry: Entry) -> str:
        """The name that the subject has, or is given now. Raises `Conflict` where it is another's."""
        known = self.subjects.name_of(self.oidc.issuer, entry.subject)
        if known is not None:
            return known
        account = stored_accounts(self.data).people.get(entry.name)
        if not (account and account.federated):
            there = self.app.db.query(orm.User).filter_by(name=entry.name).first()
            # A home without an account is somebody's who was here before.
            if account or there or (self.system_accounts and (self.data.homes / entry.name).exists()):
                raise name_taken(entry.name)
        self.subjects.bind(self.oidc.issuer, entry.subject, entry.name)
        return entry.name

    async def _provide(self, name: str, entry: Entry) -> None:
        """The system account, the home and the groups' folders, where it is we who make them."""
        account = Account(name, entry.groups, entry.admin, federated=True)
        if self.system_accounts and self._provided.get(name) != account:
            await asyncio.to_thread(add_person, self.data, name, entry.groups, entry.admin, federated=True)
            self._provided[name] = account

    def _by_hand(self, name: str) -> Account | None:
        account = stored_accounts(self.data).people.get(name)
        return None if account is None or account.federated else account

    # Whether they still are of the house.

    async def refresh_user(self, user: User, handler: Any = None, **_more: Any) -> dict[str, Any] | bool:
        account = self._by_hand(user.name)
        return link_model(account) if account else await self.check(user)

    async def check(self, user: User) -> dict[str, Any] | bool:
        """What the provider says of ``user`` now; False once everything was taken back from them."""
        async with self._locks[user.name]:
            last = self._checked.get(user.name)
            if last and time.monotonic() - last.at < SAME_SECONDS:
                return last.model
            state = await user.get_auth_state()
            model = await self._asked(user, state) if state else False
            if model is False:
                await revoke(self.app, user)
            self._checked[user.name] = Checked(time.monotonic(), model)
            return model

    async def _asked(self, user: User, state: dict[str, Any]) -> dict[str, Any] | bool:
        try:
            if time.monotonic() < self._retry_at:
                return self._waits(user)
            entry = await self._entry(user, state)
        except Failed as error:
            self._retry_at = time.monotonic() + self.oidc.check_seconds
            self.tell(str(error))
            return self._waits(user)
        except ArchipelError as error:
            self.log.warning("the provider does not vouch for a person any more: %s", error.code)
            return False
        self._silent.pop(user.name, None)
        self._answered = time.monotonic()
        self.tell("")
        if entry is None:
            return time.time() - state["since"] < self.oidc.unverified_hours * 3600
        try:
            await self._provide(user.name, entry)
        except ArchipelError as error:
            self.log.error("the groups of a person could not be brought up to date: %s", error.code)
        known = (frozenset(group.name for group in user.groups), user.admin)
        return True if known == (entry.groups, entry.admin) else _model(user.name, entry, state)

    async def _entry(self, user: User, state: dict[str, Any]) -> Entry | None:
        """The provider's word; None where it can no more be asked. ``state`` follows the tokens."""
        provider, tokens = await self.provider.ready(), Tokens(**state["tokens"])
        ended = time.time() > tokens.expires - MARGIN
        if ended and not tokens.refresh:
            return None
        renewed = ended or (self.oidc.check_with == "refresh_token" and bool(tokens.refresh))
        if renewed:
            tokens = await self._renew(user, state, tokens)
        try:
            claims = await provider.userinfo(tokens.access, state["subject"])
        except Forbidden:
            if renewed or not tokens.refresh:
                raise
            tokens = await self._renew(user, state, tokens)
            claims = await provider.userinfo(tokens.access, state["subject"])
        return self._judged(claims)

    async def _renew(self, user: User, state: dict[str, Any], old: Tokens) -> Tokens:
        """New tokens, kept before anything else: the old refresh token may be worth nothing now."""
        grant = {"grant_type": "refresh_token", "refresh_token": old.refresh}
        new = await self.provider.exchange(grant)
        if new.identity and (await self.provider.identity(new.identity))["sub"] != state["subject"]:
            raise Forbidden("oidc.refused", "le fournisseur d’identité ne vous reconnaît plus")
        new = replace(new, refresh=new.refresh or old.refresh, identity=new.identity or old.identity)
        state["tokens"] = asdict(new)
        await user.save_auth_state(state)
        return new

    def _waits(self, user: User) -> bool:
        """Whether someone stays while the provider is silent, counted from its first silence about them."""
        now = time.monotonic()
        first, last = self._silent.get(user.name, (now, now))
        if now - last > AWAY_SECONDS and self._answered > first:
            # They were away, and it was back in between: this silence is another one.
            first = now
        self._silent[user.name] = first, now
        return now - first < self.oidc.unreachable_minutes * 60

    async def ask_whether_back(self) -> None:
        """A provider that was silent, where no person's turn has just told it."""
        if self._told and await self.provider.answers():
            self._answered = time.monotonic()

    def tell(self, trouble: str) -> None:
        """Each change once, in the hub's log: what the provider answers instead, then that it is back."""
        if bool(trouble) != bool(self._told):
            stay = f"people stay {self.oidc.unreachable_minutes} min at most"
            self.log.warning("identity provider: %s", f"{trouble} ({stay})" if trouble else "back")
        self._told = trouble


def _model(name: str, entry: Entry, state: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "groups": sorted(entry.groups), "admin": entry.admin, "auth_state": state}


def set_oidc(c: Any, data: DataFolder, oidc_file: str, url: str, *, system_accounts: bool) -> None:
    """``url``: the workspace's, as browsers see it, with its final slash."""
    oidc = load_oidc(Path(oidc_file))
    c.JupyterHub.authenticator_class = OidcAuthenticator
    c.OidcAuthenticator.root = str(data.root)
    c.OidcAuthenticator.oidc_file = oidc_file
    c.OidcAuthenticator.oauth_callback_url = f"{url}hub/oauth_callback"
    c.OidcAuthenticator.signed_out_url = f"{url}hub/deconnecte"
    c.OidcAuthenticator.system_accounts = system_accounts
    c.OidcAuthenticator.login_service = oidc.name
    c.OidcAuthenticator.enable_auth_state = True
    c.OidcAuthenticator.any_allow_config = True
    c.CryptKeeper.keys = [bytes.fromhex(data.key("auth-state"))]
    c.Authenticator.auth_refresh_age = oidc.check_seconds
    # What a token opens goes with its person: no « stale » answer.
    c.Authenticator.auth_refresh_strict = True
