"""Who has no account any more: what proves who they are, their session, then the hub's memory of them.

On one machine `archipel users remove` does it through the hub's API; on a cluster accounts are values, and
nobody tells the hub but the file that it reads. Their files stay.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from contextlib import suppress
from typing import Any

from jupyterhub import orm
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from archipel.datafolder import DataFolder
from archipel.hub.accounts import Accounts, accounts_file, stored_accounts
from archipel.hub.revoke import revoke
from archipel.workspace import Workspace

WATCH_SECONDS = 2.0


class Leavers:
    """``others``: names that are somebody's without being in the file of accounts."""

    def __init__(self, data: DataFolder, others: Callable[[], set[str]] = set) -> None:
        self._data, self._others = data, others
        self._parted: Accounts | None = None

    async def part(self, app: Any) -> None:
        """Once for each change of the accounts, until nothing is left of who went."""
        try:
            workspace = Workspace.read(self._data.workspace_file)
            # Without its file, a shared workspace has lost it rather than everybody.
            if workspace is None or workspace.mode != "shared" or not accounts_file(self._data).is_file():
                return
            accounts = stored_accounts(self._data)
            if accounts == self._parted:
                return
            if await _part(app, accounts.people.keys() | self._others()):
                self._parted = accounts
        except Exception:
            app.log.exception("who has no account any more could not be forgotten; it is tried again")
            undo(app.db)


def undo(db: Session) -> None:
    """A session of the database that failed to write does nothing more until then."""
    with suppress(SQLAlchemyError):
        # What is away for this too is away for the next turn, which does it again.
        db.rollback()


async def _part(app: Any, kept: Container[str]) -> bool:
    """Whether nothing of anybody is left: a session that is still ending keeps its person."""
    left = False
    for row in app.db.query(orm.User).all():
        name = row.name
        if name in kept:
            continue
        user = app.users[row]
        await revoke(app, user)
        if any(spawner.active or spawner.pending for spawner in user.spawners.values()):
            left = True
            continue
        await user.delete_spawners()
        app.users.delete(user)
        app.log.info("%s has no account any more: forgotten, their files stay", name)
    return not left
