"""Who a task's process is: a system account of its own where we are root, the same account elsewhere."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass

from archipel.errors import Failed
from archipel.names import dns_label


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int


def account_name(identity: str) -> str:
    """``run-1`` → ``archipel-run-1``; a person (``person:alice``) keeps their name."""
    if identity.startswith("person:"):
        return identity.removeprefix("person:")
    return dns_label(f"archipel-{identity}", limit=31)


def account_of(identity: str) -> Account | None:
    """The account, made at first use; None where this process cannot become anybody else."""
    return ensure_account(account_name(identity)) if os.geteuid() == 0 else None


def make_account(name: str, home: str, *options: str) -> None:
    """``useradd``, with a group of its own and no folder yet. Raises `Failed`."""
    command = ["useradd", "--user-group", "--no-create-home", "--home-dir", home, *options, name]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        reason = result.stderr.strip() if result.returncode else ""
    except FileNotFoundError as error:
        reason = str(error)
    if reason:
        raise Failed(
            "account.create",
            "le compte système « {name} » n’a pas pu être créé : {reason}",
            name=name,
            reason=reason,
        )


def ensure_account(name: str, home: str = "/nonexistent") -> Account:
    """A system account of that name, without password or shell. Idempotent. Raises `Failed`."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        make_account(name, home, "--system", "--shell", "/usr/sbin/nologin")
        entry = pwd.getpwnam(name)
    if entry.pw_uid == 0:
        raise Failed("account.root", "rien ne s’exécute sous le compte « {name} »", name=name)
    return Account(name, entry.pw_uid, entry.pw_gid)
