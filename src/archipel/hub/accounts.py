"""Accounts and groups: one file, read at each sign-in and refresh; the hub's own tables follow it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from archipel.catalog.load import cached_catalog
from archipel.catalog.models import Audience, Catalog
from archipel.content import pinned
from archipel.datafolder import DataFolder
from archipel.output import write_atomically
from archipel.workspace import Workspace


@dataclass(frozen=True)
class Account:
    """``federated``: signs in at the identity provider, which says the groups; never by a link."""

    name: str
    groups: frozenset[str] = frozenset()
    admin: bool = False
    federated: bool = False


@dataclass(frozen=True)
class Accounts:
    people: dict[str, Account] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return sorted(self.people)

    @property
    def admins(self) -> list[str]:
        return sorted(name for name, account in self.people.items() if account.admin)

    @property
    def groups(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, account in sorted(self.people.items()):
            for group in account.groups:
                found.setdefault(group, []).append(name)
        return dict(sorted(found.items()))

    def with_person(self, account: Account) -> Accounts:
        return replace(self, people={**self.people, account.name: account})

    def without(self, name: str) -> Accounts:
        return replace(self, people={n: a for n, a in self.people.items() if n != name})


def accounts_file(data: DataFolder) -> Path:
    return data.hub / "accounts.json"


def stored_accounts(data: DataFolder) -> Accounts:
    """The shared workspace's accounts; none before the first `users add`.

    The hub asks at nearly every request of everyone: the file is read again only when it is another one.
    """
    path = accounts_file(data)
    try:
        found = path.stat()
    except FileNotFoundError:
        return Accounts()
    return _accounts(path, found.st_ino, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=1)
def _accounts(path: Path, _inode: int, _changed: int, _size: int) -> Accounts:
    told = json.loads(path.read_text(encoding="utf-8"))
    people = {
        name: Account(name, frozenset(entry["groups"]), entry["admin"], entry.get("federated", False))
        for name, entry in told["people"].items()
    }
    return Accounts(people)


def store_accounts(data: DataFolder, accounts: Accounts) -> None:
    people = {
        name: {"groups": sorted(account.groups), "admin": account.admin}
        | ({"federated": True} if account.federated else {})
        for name, account in sorted(accounts.people.items())
    }
    data.hub.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": 1, "people": people}, ensure_ascii=False, indent=1)
    write_atomically(accounts_file(data), (text + "\n").encode())


def read_accounts(data: DataFolder, workspace: Workspace) -> Accounts:
    """Those who may sign in: the one owner, of every group, in a personal workspace."""
    if workspace.mode == "shared":
        return stored_accounts(data)
    current = pinned(data)
    groups = named_groups(cached_catalog(current.folder)) if current else frozenset()
    return Accounts({workspace.owner: Account(workspace.owner, groups, admin=True)})


def named_groups(catalog: Catalog) -> frozenset[str]:
    """Every group that the catalogue names somewhere."""
    audiences: list[Audience] = [catalog.workspace.content_takers, catalog.workspace.sessions]
    audiences += [profile.audience for profile in catalog.profiles.values()]
    for defi in catalog.defis.values():
        audiences += [defi.rights.read, defi.rights.write]
        audiences += [execution.audience for execution in defi.executions.values()]
        audiences += [defi.dashboard.audience] if defi.dashboard else []
    named = {group for audience in audiences for group in audience.groups}
    return frozenset(named | set(catalog.workspace.administrators))
