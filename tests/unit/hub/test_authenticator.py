"""Sign-in by link: what the hub is told when it looks again at somebody it knows."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from archipel.datafolder import DataFolder
from archipel.hub import authenticator as module
from archipel.hub import leavers
from archipel.hub.accounts import Account, Accounts, accounts_file, store_accounts
from archipel.hub.authenticator import LinkAuthenticator
from archipel.workspace import Workspace


@pytest.fixture
def authenticator(tmp_path: Path) -> LinkAuthenticator:
    data = DataFolder(tmp_path)
    data.running.mkdir()
    workspace = Workspace("shared", "archipel", "http", "localhost", 8000, "127.0.0.1", "localhost")
    data.workspace_file.write_text(workspace.to_json())
    store_accounts(data, Accounts().with_person(Account("lea", frozenset({"agents"}))))
    return LinkAuthenticator(root=str(tmp_path))


@pytest.fixture
def revoked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []

    async def revoke(_app: Any, user: Any) -> None:
        found.append(user.name)

    monkeypatch.setattr(module, "revoke", revoke)
    monkeypatch.setattr(leavers, "revoke", revoke)
    return found


def known(name: str, groups: set[str], admin: bool = False) -> Any:
    return SimpleNamespace(name=name, groups=[SimpleNamespace(name=one) for one in groups], admin=admin)


@pytest.mark.parametrize(
    ("person", "told"),
    [
        (known("lea", {"agents"}), True),
        (known("lea", set()), {"name": "lea", "groups": ["agents"], "admin": False}),
        (known("lea", {"agents", "pilotes"}), {"name": "lea", "groups": ["agents"], "admin": False}),
        (known("lea", {"agents"}, admin=True), {"name": "lea", "groups": ["agents"], "admin": False}),
        (known("bruno", {"agents"}), False),
    ],
)
def test_the_hub_writes_down_only_what_changed(
    authenticator: LinkAuthenticator, person: Any, told: Any, revoked: list[str]
) -> None:
    assert asyncio.run(authenticator.refresh_user(person)) == told
    assert revoked == ([] if told else [person.name])


class Hub:
    """What is asked of JupyterHub; ``sessions``: of whom one is there."""

    log = logging.getLogger("essai")

    def __init__(self, *names: str, sessions: set[str]) -> None:
        self.rows = [SimpleNamespace(name=name) for name in names]
        self.sessions = sessions
        self.db = SimpleNamespace(query=lambda _table: SimpleNamespace(all=lambda: list(self.rows)))
        self.users = self

    def __getitem__(self, row: Any) -> Any:
        async def delete_spawners() -> None: ...

        spawner = SimpleNamespace(active=row.name in self.sessions, pending=None)
        return SimpleNamespace(
            name=row.name, row=row, spawners={"": spawner}, delete_spawners=delete_spawners
        )

    def delete(self, user: Any) -> None:
        self.rows.remove(user.row)

    @property
    def names(self) -> list[str]:
        return [row.name for row in self.rows]


def test_who_has_no_account_any_more_is_forgotten_once_their_session_has_ended(
    authenticator: LinkAuthenticator, revoked: list[str]
) -> None:
    gone = leavers.Leavers(DataFolder(Path(authenticator.root)), lambda: {"federee"})
    hub = Hub("lea", "bruno", "chloe", "federee", sessions={"lea", "bruno"})
    asyncio.run(gone.part(hub))
    assert hub.names == ["lea", "bruno", "federee"]
    hub.sessions = {"lea"}
    asyncio.run(gone.part(hub))
    assert hub.names == ["lea", "federee"]
    assert revoked == ["bruno", "chloe", "bruno"]
    # Nothing has changed since: nobody is looked for.
    hub.rows.append(SimpleNamespace(name="test"))
    asyncio.run(gone.part(hub))
    assert hub.names == ["lea", "federee", "test"]


def test_nobody_leaves_because_a_file_is_lost(authenticator: LinkAuthenticator, revoked: list[str]) -> None:
    data = DataFolder(Path(authenticator.root))
    accounts_file(data).unlink()
    hub = Hub("lea", sessions=set())
    asyncio.run(leavers.Leavers(data).part(hub))
    assert (hub.names, revoked) == (["lea"], [])
