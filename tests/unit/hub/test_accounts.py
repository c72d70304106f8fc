"""Accounts, groups, and what they open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from archipel.catalog.load import load_catalog
from archipel.datafolder import DataFolder
from archipel.hub.accounts import Account, Accounts, named_groups, store_accounts, stored_accounts
from archipel.hub.profiles import open_to
from archipel.identity.person import Person

TWO = (
    Accounts()
    .with_person(Account("alice", frozenset({"pilotage"})))
    .with_person(Account("chef", frozenset({"pilotage", "suivi"}), admin=True))
)


def test_accounts_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    assert stored_accounts(data) == Accounts()
    store_accounts(data, TWO)
    assert stored_accounts(data) == TWO


def test_accounts_that_change_are_seen_at_the_next_look(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    store_accounts(data, TWO)
    assert stored_accounts(data) is stored_accounts(data), "read anew though nothing changed"
    for changed in (TWO.without("alice"), TWO.with_person(Account("alyce", frozenset({"pilotage"})))):
        store_accounts(data, changed)
        assert stored_accounts(data) == changed


def test_groups_follow_people() -> None:
    assert TWO.groups == {"pilotage": ["alice", "chef"], "suivi": ["chef"]}
    assert TWO.admins == ["chef"]
    assert TWO.without("chef").groups == {"pilotage": ["alice"]}


def test_the_groups_that_the_catalogue_names(content: Path) -> None:
    assert named_groups(load_catalog(content)) == {"administrateurs"}


@pytest.mark.parametrize(
    ("groups", "admin", "opened"),
    [
        (set(), False, []),
        ({"data"}, False, ["datascience", "base"]),
        ({"data", "gpu"}, False, ["datascience", "base", "vision"]),
        ({"gpu"}, False, []),
        ({"administrateurs"}, False, ["datascience", "base", "vision"]),
        (set(), True, ["datascience", "base", "vision"]),
    ],
)
def test_a_stakeholder_without_the_right_to_a_session_is_offered_none(
    content: Path, change: Callable[[str, str, str], None], groups: set[str], admin: bool, opened: list[str]
) -> None:
    right = "sessions: {access: groups, groups: [data]}"
    change("catalog/workspace.yaml", "sessions: {access: signed-in}", right)
    narrowed = "    audience: {access: groups, groups: [gpu]}\n    image: vision"
    change("catalog/profiles.yaml", "    image: vision", narrowed)
    person = Person("lea", frozenset(groups), admin)
    assert list(open_to(load_catalog(content), person)) == opened


def test_an_administrator_is_of_every_audience(content: Path) -> None:
    catalog = load_catalog(content)
    closed = catalog.workspace.content_takers
    assert Person("a", frozenset({"administrateurs"})).belongs(closed, catalog)
    assert Person("a", admin=True).belongs(closed, catalog)
    assert not Person("a", frozenset({"autre"})).belongs(closed, catalog)
