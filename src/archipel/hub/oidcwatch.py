"""Who has a session is asked about whatever they ask: an open websocket may be all there is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from jupyterhub import roles
from jupyterhub.user import User

from archipel.errors import Failed
from archipel.hub.leavers import Leavers, undo
from archipel.hub.revoke import with_sessions

if TYPE_CHECKING:
    from archipel.hub.oidc import OidcAuthenticator

AT_ONCE = 32
"""Questions to the provider at a time. A turn over N sessions takes N / 32 of its answers' time."""


async def watch(house: OidcAuthenticator, leavers: Leavers) -> None:
    """For as long as the hub runs."""
    await _first_word(house)
    while True:
        await asyncio.sleep(house.oidc.check_seconds)
        try:
            await look_around(house, leavers)
        except Exception:
            # A database that is away, for one: whoever leaves meanwhile is found at the next turn.
            house.log.exception("people could not be looked at; it is tried again")
            undo(house.app.db)


async def _first_word(house: OidcAuthenticator) -> None:
    """Whether the provider is there and the one that was meant, in the log before anybody signs in."""
    try:
        await house.provider.ready()
        house.log.info("identity provider: it answers")
    except Failed as error:
        house.tell(str(error))
    except Exception:
        house.log.exception("the identity provider could not be tried; it is tried again")


async def look_around(house: OidcAuthenticator, leavers: Leavers) -> None:
    """One turn."""
    await leavers.part(house.app)
    room = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(_follow(house, user, room) for user in with_sessions(house.app)))
    await house.ask_whether_back()


async def _follow(house: OidcAuthenticator, user: User, room: asyncio.Semaphore) -> None:
    async with room:
        try:
            model = await house.refresh_user(user)
            if isinstance(model, dict):
                user.sync_groups(model["groups"])
                user.admin = model["admin"]
                roles.assign_default_roles(house.app.db, entity=user.orm_user)
                house.app.db.commit()
        except Exception:
            house.log.exception("a person could not be checked; it is tried again")
            undo(house.app.db)
