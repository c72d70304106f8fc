"""Taking everything back from someone: what proves who they are, then their session. Their files stay."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from jupyterhub import orm
from jupyterhub.user import User

_stopping: dict[tuple[int, str], asyncio.Task[None]] = {}
"""Sessions being stopped, by person and name: a task that nobody holds may vanish."""


async def revoke(app: Any, user: User) -> None:
    """Every token and cookie of ``user`` is worth nothing at once; the sessions are being stopped."""
    for token in list(user.orm_user.api_tokens):
        app.db.delete(token)
    user.orm_user.cookie_id = orm.new_token()
    app.db.commit()
    await user.save_auth_state(None)
    for name, spawner in list(user.spawners.items()):
        # One that is starting is stopped at the next turn: the hub cannot do it before.
        if spawner.active and not spawner.pending and (user.id, name) not in _stopping:
            task = asyncio.create_task(_stop(app, user, name))
            _stopping[user.id, name] = task
            task.add_done_callback(functools.partial(_forget, (user.id, name)))


def end_tokens(spawner: Any) -> None:
    """The tokens of a session that has ended, after every stop.

    JupyterHub deletes the one that it remembers; a hub that was started again remembers none.
    """
    db, owner = spawner.db, spawner.user.orm_user
    for token in list(owner.api_tokens):
        if (token.note or "").startswith("Server at "):
            db.delete(token)
    db.commit()


def _forget(of: tuple[int, str], _task: asyncio.Task[None]) -> None:
    _stopping.pop(of, None)


async def _stop(app: Any, user: User, name: str) -> None:
    """At once: an open websocket of JupyterLab lasts as long as its server, which waits for no proxy."""
    spawner = user.spawners[name]
    spawner.stop_polling()
    spawner._stop_pending = True
    try:
        ended = await asyncio.gather(
            app.proxy.delete_user(user, name), spawner.stop(now=True), return_exceptions=True
        )
        for error in ended:
            if isinstance(error, BaseException):
                raise error
        await user.stop(name)
    except Exception:
        app.log.exception("a session of someone who left did not stop; it is tried again")
    finally:
        spawner._stop_pending = False


def with_sessions(app: Any) -> list[User]:
    """Who has a session, open or opening."""
    users = getattr(app, "users", None) or {}
    return [user for user in list(users.values()) if any(s.active for s in user.spawners.values())]
