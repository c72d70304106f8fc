"""Adding and removing people: the accounts' file, the system account, the home, the groups' folders."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx

from archipel.backends.identities import make_account
from archipel.datafolder import DataFolder
from archipel.errors import Conflict, NotFound, Refused
from archipel.hub import place
from archipel.hub.accounts import Account, Accounts, store_accounts, stored_accounts
from archipel.hub.homes import ensure_group
from archipel.names import PERSON, is_slug
from archipel.workspace import Workspace

RESERVED = {"groupes", "operator", "portal", "dashboards", "mlflow", "calendrier"}
"""Names of folders and services of ours."""


def add_person(
    data: DataFolder, name: str, groups: frozenset[str], admin: bool, *, federated: bool = False
) -> None:
    """Idempotent. Raises `Refused` for a bad name, `Conflict` for one that the machine uses already.

    ``federated``: the account of someone whom the identity provider vouches for.
    """
    _demand_root()
    if not PERSON.fullmatch(name) or name.startswith("archipel") or name in RESERVED:
        raise Refused(
            "account.bad-name",
            "nom « {name} » refusé : une minuscule, puis minuscules, chiffres ou « . - _ », 32 au plus",
            name=name[:60],
        )
    for group in groups:
        _demand_group(group)
    place.prepare(data)
    workspace = Workspace.read(data.workspace_file)
    if workspace is not None and workspace.mode == "personal":
        raise Conflict(
            "account.personal",
            "cet espace est personnel : un seul compte, {owner}",
            hint="Pour plusieurs personnes : archipel down, puis archipel up --shared",
            owner=workspace.owner,
        )
    with _alone(data):
        accounts = stored_accounts(data)
        if not federated:
            _demand_by_hand(accounts, name)
        home = data.homes / name
        _ensure_system_person(name, home, known=name in accounts.people)
        home.mkdir(exist_ok=True)
        entry = pwd.getpwnam(name)
        os.chown(home, entry.pw_uid, entry.pw_gid)
        home.chmod(0o700)
        _store(data, accounts, accounts.with_person(Account(name, groups, admin, federated)))


def remove_person(data: DataFolder, name: str) -> Path:
    """Take the rights away at once; the home stays where it is, and its folder is returned."""
    _demand_root()
    with _alone(data):
        accounts = stored_accounts(data)
        if name not in accounts.people:
            raise _unknown(accounts, name)
        _store(data, accounts, accounts.without(name))
    _forget_at_hub(data, name)
    return data.homes / name


def _forget_at_hub(data: DataFolder, name: str) -> None:
    """End the session and the sign-ins of who was removed, where a workspace runs."""
    workspace = Workspace.read(data.workspace_file)
    if workspace is None:
        return
    headers = {"Authorization": f"token {data.key('operator')}"}
    url = f"{workspace.hub_api_url}/users/{name}"
    # One that does not answer refuses the person at its next start: the accounts' file says so already.
    with contextlib.suppress(httpx.HTTPError):
        httpx.delete(f"{url}/server", headers=headers, timeout=30, trust_env=False)
        httpx.delete(url, headers=headers, timeout=30, trust_env=False)


def change_group(data: DataFolder, name: str, group: str, *, member: bool) -> None:
    _demand_root()
    _demand_group(group)
    with _alone(data):
        accounts = stored_accounts(data)
        if name not in accounts.people:
            raise _unknown(accounts, name)
        _demand_by_hand(accounts, name)
        account = accounts.people[name]
        groups = account.groups | {group} if member else account.groups - {group}
        _store(data, accounts, accounts.with_person(replace(account, groups=frozenset(groups))))


@contextlib.contextmanager
def _alone(data: DataFolder) -> Iterator[None]:
    """One change of the accounts at a time: the file is read, changed and written whole."""
    data.hub.mkdir(parents=True, exist_ok=True)
    with (data.hub / "accounts.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _store(data: DataFolder, before: Accounts, after: Accounts) -> None:
    """The file first: it is the truth; system groups follow it."""
    store_accounts(data, after)
    for group in sorted(set(before.groups) | set(after.groups)):
        ensure_group(data, group, after.groups.get(group, []))


def _ensure_system_person(name: str, home: Path, *, known: bool) -> None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        make_account(name, str(home), "--shell", "/bin/bash")
        return
    if Path(entry.pw_dir) != home and not known:
        raise Conflict(
            "account.system",
            "« {name} » est déjà un compte de cette machine, avec un autre dossier ({home})",
            hint="Choisissez un autre nom.",
            name=name,
            home=entry.pw_dir,
        )


def _demand_root() -> None:
    if os.geteuid() != 0:
        raise Refused(
            "account.root",
            "les comptes d’un espace partagé demandent root",
            hint="sudo archipel users …",
        )


def _demand_by_hand(accounts: Accounts, name: str) -> None:
    if name in accounts.people and accounts.people[name].federated:
        raise Conflict(
            "account.federated",
            "« {name} » est un compte du fournisseur d’identité : ses groupes et ses droits viennent de là",
            name=name,
        )


def _demand_group(group: str) -> None:
    if not is_slug(group):
        raise Refused(
            "account.bad-group",
            "groupe « {group} » refusé : minuscules, chiffres et tirets, 40 caractères au plus",
            group=group[:60],
        )


def _unknown(accounts: Accounts, name: str) -> NotFound:
    names = ", ".join(accounts.names) or "—"
    return NotFound("account.unknown", "aucun compte « {name} » (il y a : {names})", name=name, names=names)
