"""Who is revoked loses their session, whatever the proxy does."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("jupyterhub", reason="the hub's own packages")

from archipel.hub import revoke as module


@pytest.mark.parametrize("proxy_answers", [True, False])
def test_a_session_ends_while_the_proxy_is_silent(proxy_answers: bool) -> None:
    done: list[str] = []

    async def delete_user(_user: Any, _name: str) -> None:
        if not proxy_answers:
            await asyncio.sleep(0.01)
            raise TimeoutError("the proxy does not answer")

    async def stop(now: bool) -> None:
        done.append(f"spawner {now}")

    async def user_stop(_name: str) -> None:
        done.append("user")

    spawner = SimpleNamespace(active=True, pending=None, stop=stop, stop_polling=lambda: None)
    user: Any = SimpleNamespace(
        id=1,
        orm_user=SimpleNamespace(api_tokens=["t"], cookie_id="c"),
        save_auth_state=lambda _state: asyncio.sleep(0),
        spawners={"": spawner},
        stop=user_stop,
    )
    app: Any = SimpleNamespace(
        db=SimpleNamespace(delete=done.append, commit=lambda: done.append("commit")),
        proxy=SimpleNamespace(delete_user=delete_user),
        log=logging.getLogger("hub"),
    )

    async def revoked() -> None:
        await module.revoke(app, user)
        await asyncio.gather(*module._stopping.values())

    asyncio.run(revoked())
    # What is not whole is done again at the next turn: the hub still knows the session.
    assert done == ["t", "commit", "spawner True", *(["user"] if proxy_answers else [])]
    assert spawner._stop_pending is False


def test_the_tokens_of_a_session_end_with_it_whatever_the_hub_remembers() -> None:
    own = SimpleNamespace(note="essai")
    tokens = [SimpleNamespace(note="Server at /user/alice/"), own, SimpleNamespace(note=None)]
    db = SimpleNamespace(delete=tokens.remove, commit=lambda: None)
    owner = SimpleNamespace(orm_user=SimpleNamespace(api_tokens=tokens))
    module.end_tokens(SimpleNamespace(db=db, user=owner))
    assert [token.note for token in tokens] == ["essai", None]
