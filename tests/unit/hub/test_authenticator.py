"""Sign-in by link: what the hub is told when it looks again at somebody it knows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from archipel.datafolder import DataFolder
from archipel.hub.accounts import Account, Accounts, store_accounts
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
    authenticator: LinkAuthenticator, person: Any, told: Any
) -> None:
    assert asyncio.run(authenticator.refresh_user(person)) == told
