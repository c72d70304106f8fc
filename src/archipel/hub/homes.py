"""Homes of people and folders of groups: private, and owned by system accounts where we are root."""

from __future__ import annotations

import grp
import os
import subprocess
from pathlib import Path

from archipel.backends.identities import ensure_account
from archipel.datafolder import DataFolder
from archipel.names import dns_label
from archipel.workspace import Workspace

PERSONAL_ACCOUNT = "archipel"
"""The system account of a personal workspace's sessions when root started it."""


def session_account(workspace: Workspace, name: str) -> str:
    return name if workspace.mode == "shared" else PERSONAL_ACCOUNT


def group_folders(data: DataFolder) -> Path:
    return data.homes / "groupes"


def ensure_home(data: DataFolder, workspace: Workspace, name: str) -> Path:
    """The person's home, 0700. It stays when the person goes. Idempotent."""
    home = data.homes / name
    home.mkdir(parents=True, exist_ok=True)
    data.homes.chmod(0o755)
    if os.geteuid() == 0:
        account = ensure_account(session_account(workspace, name), home=str(home))
        if home.stat().st_uid != account.uid:
            os.chown(home, account.uid, account.gid)
    if home.stat().st_mode & 0o777 != 0o700:
        # Only then: a disk that turned read-only must not keep its session, in rescue mode, from starting.
        home.chmod(0o700)
    return home


def ensure_group(data: DataFolder, group: str, members: list[str]) -> Path:
    """A folder that the group's members share: what one writes, the others may change. Idempotent."""
    name = dns_label(f"archipel-g-{group}", limit=31)
    try:
        gid = grp.getgrnam(name).gr_gid
    except KeyError:
        subprocess.run(["groupadd", "--system", name], check=True)
        gid = grp.getgrnam(name).gr_gid
    present = set(grp.getgrnam(name).gr_mem)
    for member in sorted(set(members) - present):
        subprocess.run(["usermod", "--append", "--groups", name, member], check=True)
    for gone in sorted(present - set(members)):
        subprocess.run(["gpasswd", "--delete", gone, name], check=True, stdout=subprocess.DEVNULL)
    folder = group_folders(data) / group
    folder.mkdir(parents=True, exist_ok=True)
    group_folders(data).chmod(0o755)
    os.chown(folder, 0, gid)
    folder.chmod(0o2770)
    return folder
