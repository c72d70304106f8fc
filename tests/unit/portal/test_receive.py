"""Files that pods send: at their own pace, without a thread of what answers everybody else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from archipel.portal.api import attempt
from archipel.runs.packages import Packages


class Desk(Packages):
    """Keeps in memory what a store would write; tells how the last writer ended."""

    def __init__(self) -> None:
        object.__setattr__(self, "heard", [])
        object.__setattr__(self, "ended", threading.Event())

    heard: list[bytes]
    ended: threading.Event

    def receive(self, _attempt: Any, _defi: str, _name: str, chunks: Iterable[bytes]) -> str:
        try:
            self.heard.extend(chunks)
        finally:
            self.ended.set()
        return "hash"


class Sender:
    """Sends one block, then nothing more until it is told to end."""

    headers = {"authorization": "Bearer jeton"}  # noqa: RUF012  # read only

    def __init__(self) -> None:
        self.end = asyncio.Event()

    async def stream(self) -> AsyncIterator[bytes]:
        yield b"un"
        await self.end.wait()
        yield b""


def received(sender: Sender, desk: Desk) -> asyncio.Task[dict[str, str]]:
    run = SimpleNamespace(defi="pilote")
    store = SimpleNamespace(run=lambda _run: run, attempt_of_token=lambda _hash: run)
    here: Any = SimpleNamespace(context=SimpleNamespace(store=store, desk=desk))
    request: Any = sender
    holder: Any = SimpleNamespace(run="r1")
    return asyncio.create_task(attempt.receive("grand.bin", request, holder, here))


def test_slow_senders_leave_the_shared_threads_to_the_others() -> None:
    async def scene() -> list[dict[str, str]]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        senders = [Sender() for _ in range(6)]
        desks = [Desk() for _ in senders]
        sending = [received(sender, desk) for sender, desk in zip(senders, desks, strict=True)]
        while not all(desk.heard for desk in desks):
            await asyncio.sleep(0.01)
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "page"), 5) == "page"
        for sender in senders:
            sender.end.set()
        return await asyncio.gather(*sending)

    assert asyncio.run(asyncio.wait_for(scene(), 20)) == [{"sha256": "hash"}] * 6


def test_a_sender_that_says_nothing_more_is_given_up_with_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "SILENT_SECONDS", 0.1)
    desk = Desk()

    async def scene() -> None:
        with pytest.raises(ClientDisconnect):
            await received(Sender(), desk)
        assert await asyncio.to_thread(desk.ended.wait, 5)

    asyncio.run(asyncio.wait_for(scene(), 20))
