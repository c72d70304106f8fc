"""Whether someone still is of the house: what each answer of the provider, and its silence, does to them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from archipel.errors import ArchipelError, Forbidden
from archipel.hub import oidc as hub_oidc
from archipel.hub import oidcwatch
from archipel.hub.oidc import OidcAuthenticator
from archipel.identity.claims import Entry
from archipel.identity.provider import Tokens, unreachable

FILE = """\
name: Essai
issuer: https://id.example.gouv.fr
client_id: archipel
client_secret_file: secret
everyone: true
unreachable_minutes: 15
unverified_hours: 2
"""
NO = Forbidden("oidc.refused", "non")


@dataclass
class Provider:
    """``says``: what userinfo answers; ``renews``: what the token endpoint does. ``asked``: of which."""

    says: list[ArchipelError | None] = field(default_factory=list)
    renews: ArchipelError | Tokens = field(default_factory=lambda: NO)
    asked: list[str] = field(default_factory=list)

    async def ready(self) -> Provider:
        return self

    async def userinfo(self, access: str, subject: str) -> dict[str, Any]:
        self.asked.append(access)
        answer = self.says.pop(0) if self.says else None
        if answer:
            raise answer
        return {"sub": subject}

    async def exchange(self, grant: dict[str, str]) -> Tokens:
        self.asked.append(grant["refresh_token"])
        if isinstance(self.renews, ArchipelError):
            raise self.renews
        return self.renews


@dataclass
class User:
    name: str = "alice"
    state: dict[str, Any] | None = None
    groups: list[Any] = field(default_factory=list)
    admin: bool = False

    async def get_auth_state(self) -> dict[str, Any] | None:
        return self.state

    async def save_auth_state(self, state: dict[str, Any] | None) -> None:
        self.state = state


Check = Callable[..., tuple[Any, list[str], bool]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    (tmp_path / "oidc.yaml").write_text(FILE)
    (tmp_path / "secret").write_text("s")

    def checked(
        provider: Provider,
        *,
        lives: float = 60,
        refresh: str = "r1",
        since: float = 0,
        silent: float = 0,
        away: float = 0,
        answered: float = 0,
        groups: tuple[str, ...] = (),
        **how: Any,
    ) -> tuple[Any, list[str], bool]:
        revoked: list[str] = []

        async def revoke(_app: Any, user: Any) -> None:
            revoked.append(user.name)

        monkeypatch.setattr(hub_oidc, "revoke", revoke)
        authenticator = OidcAuthenticator(root=str(tmp_path), oidc_file=str(tmp_path / "oidc.yaml"))
        authenticator.oidc = authenticator.oidc.model_copy(update=how)
        authenticator.provider, authenticator.app = provider, None
        entry = Entry("7f3a", "alice", frozenset({"agents"}), False)
        monkeypatch.setattr(authenticator, "_judged", lambda _claims: entry)
        if silent:
            now = time.monotonic()
            authenticator._silent["alice"] = now - silent, now - away
            if answered:
                authenticator._answered = now - answered
        tokens = Tokens("a1", time.time() + lives, refresh, "")
        state = {"tokens": asdict(tokens), "subject": "7f3a", "since": time.time() - since}
        user = User(state=state, groups=[SimpleNamespace(name=name) for name in groups])
        return asyncio.run(authenticator.check(user)), provider.asked, bool(revoked)

    return checked


NEW = Tokens("a2", time.time() + 600, "r2", "")


def test_someone_of_the_house_stays_with_their_groups(check: Check) -> None:
    model, asked, revoked = check(Provider())
    assert (model["groups"], asked, revoked) == (["agents"], ["a1"], False)


def test_nothing_is_written_of_someone_who_has_not_changed(check: Check) -> None:
    assert check(Provider(), groups=("agents",)) == (True, ["a1"], False)
    assert check(Provider(), groups=("pilotes",))[0]["groups"] == ["agents"]


def test_a_turn_that_fails_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is away for ten seconds must not end the watch over who leaves."""
    turns: list[int] = []
    undone: list[int] = []

    async def part(_app: Any) -> None:
        turns.append(len(turns))
        raise OSError("the database is away") if len(turns) == 1 else asyncio.CancelledError

    async def nothing(*_words: Any) -> None:
        """No time is waited for."""

    monkeypatch.setattr(oidcwatch.asyncio, "sleep", nothing)
    house: Any = SimpleNamespace(
        provider=Provider(),
        app=SimpleNamespace(db=SimpleNamespace(rollback=lambda: undone.append(len(turns)))),
        oidc=SimpleNamespace(check_seconds=2),
        log=logging.getLogger("hub"),
    )
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(oidcwatch.watch(house, SimpleNamespace(part=part)))  # type: ignore[arg-type]  # one verb of it
    # Else the hub's session of the database would refuse whatever comes next.
    assert (turns, undone) == ([0, 1], [1])


def test_a_token_that_opens_nothing_is_renewed_once(check: Check) -> None:
    model, asked, revoked = check(Provider(says=[NO], renews=NEW))
    assert (asked, revoked) == (["a1", "r1", "a2"], False)
    assert model["auth_state"]["tokens"]["refresh"] == "r2"


@pytest.mark.parametrize(
    ("provider", "how", "asked"),
    [
        (Provider(says=[NO]), {}, ["a1", "r1"]),
        (Provider(says=[NO]), {"refresh": ""}, ["a1"]),
        (Provider(says=[NO, NO], renews=NEW), {}, ["a1", "r1", "a2"]),
        (Provider(), {"lives": 2}, ["r1"]),
        (Provider(), {"check_with": "refresh_token"}, ["r1"]),
        (Provider(), {"lives": 2, "refresh": "", "since": 3 * 3600}, []),
    ],
)
def test_a_leaver_loses_everything(
    check: Check, provider: Provider, how: dict[str, Any], asked: list[str]
) -> None:
    assert check(provider, **how) == (False, asked, True)


def test_who_can_be_asked_about_no_more_stays_for_the_stated_hours(check: Check) -> None:
    assert check(Provider(), lives=-600, refresh="", since=3600) == (True, [], False)


def test_a_silent_provider_chases_nobody_before_the_stated_limit(check: Check) -> None:
    assert check(Provider(says=[unreachable("muet")])) == (True, ["a1"], False)
    assert check(Provider(says=[unreachable("muet")]), silent=14 * 60) == (True, ["a1"], False)
    assert check(Provider(says=[unreachable("muet")]), silent=16 * 60) == (False, ["a1"], True)
    # It was back while they were away: another silence, counted anew.
    back = {"silent": 3600, "away": 3500, "answered": 1800}
    assert check(Provider(says=[unreachable("muet")]), **back) == (True, ["a1"], False)
    assert check(Provider(says=[unreachable("muet")]), silent=3600, away=3500) == (False, ["a1"], True)
    # Our own secret refused: not the person's fault.
    assert check(Provider(renews=unreachable("invalid_client")), lives=2) == (True, ["r1"], False)
