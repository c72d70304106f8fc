"""Live dashboards: one Voilà each, started at the first touch, ended when nobody looks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx

from archipel.backends.task import Backend, Refusal, State
from archipel.catalog.models import Resources
from archipel.dashboards.versions import Version
from archipel.dashboards.voila_server import KERNELS_PATH
from archipel.errors import Conflict, Failed
from archipel.names import dns_label

log = logging.getLogger("archipel.dashboards")

MAX_VIEWS = 12
"""Live kernels of one dashboard at a time; beyond, a polite page."""


@dataclass(frozen=True)
class Limits:
    """``processes``: live dashboards at a time. ``idle_seconds``: how long one stays without a question.
    ``life_seconds``: none is older, read or not; a reader's cookie is worth eight hours."""

    processes: int = 8
    idle_seconds: float = 300
    life_seconds: float = 12 * 3600


@dataclass(frozen=True)
class Wanted:
    """What a live page is made of. ``notebook``: relative to ``content``, the folder of the version's code.

    ``lock``: of the image's requirements. ``account``: identity of its process. ``sensible``: the scope of
    what is marked so, "" for the others.
    """

    version: Version
    image: str
    lock: str
    resources: Resources
    content: Path
    notebook: str
    account: str
    sensible: str = ""

    @property
    def task(self) -> str:
        return dns_label(f"live-{self.version.id}")


class Door(Protocol):
    """How the front, and nobody else, reaches a running Voilà."""

    @property
    def origin(self) -> str:
        """``http://host`` to put before a path."""

    def client(self) -> httpx.AsyncClient: ...

    def websocket(self, path: str, subprotocols: list[Any] | None) -> Any:
        """A context of the `websockets` library."""


@dataclass(frozen=True)
class Standing:
    """A Voilà that runs, whoever started it. ``age``: in seconds, since it was asked for."""

    version: str
    task: str
    age: float


class Launcher(Protocol):
    """Starts and ends Voilà where this workspace runs."""

    start_seconds: float

    def start(self, wanted: Wanted) -> None:
        """Start it afresh; one of the same name that is left from before is ended first."""

    def door(self, task: str, version: str) -> Door | None:
        """None while there is nothing to knock at."""

    def standing(self) -> list[Standing]:
        """What outlives the front: each, ready or not. Raises `Unavailable`, `OSError`."""

    def state(self, task: str) -> State: ...

    def said(self, task: str) -> str:
        """The end of what it printed."""

    def stop(self, task: str, grace: timedelta) -> None: ...


class TaskLauncher:
    """What launchers have in common: a Voilà is a task of their backend."""

    def __init__(self, backend: Backend) -> None:
        self.tasks = backend

    def standing(self) -> list[Standing]:
        """None, where Voilà ends with the front."""
        return []

    def said(self, task: str) -> str:
        return b"".join(self.tasks.logs(task))[-500:].decode("utf-8", "replace")

    def stop(self, task: str, grace: timedelta) -> None:
        self.tasks.stop(task, grace)
        self.tasks.forget(task)


@dataclass
class Live:
    """A running Voilà. ``seen``: when somebody last asked anything of it (monotonic seconds)."""

    task: str
    door: Door
    seen: float = field(default_factory=time.monotonic)
    sockets_open: int = 0
    asked: int = 0
    """Requests that it has not begun to answer: a page is computed first."""


class LiveDashboards:
    """Every live dashboard, by its version's identifier."""

    def __init__(
        self, launcher: Launcher, lock_of: Callable[[str, Path], str], limits: Limits = Limits()
    ) -> None:
        """``lock_of``: the lock of an image by a content's requirements, its environment made."""
        self._launcher, self.lock_of, self._limits = launcher, lock_of, limits
        self._live: dict[str, Live] = {}
        self._unready: dict[str, float] = {}
        """Those that stand and do not answer, and since when (monotonic seconds)."""
        self._starting: set[str] = set()
        self._found = False
        self._locks: dict[str, asyncio.Lock] = {}

    async def ensure(self, wanted: Wanted) -> Live:
        """The Voilà of a version, started if need be. Raises `Conflict` when too many run."""
        version = wanted.version
        lock = self._locks.setdefault(version.id, asyncio.Lock())
        async with lock:
            if not self._found:
                await self.find()
            live = self._live.get(version.id)
            if live is None or not await self._answers(live.door):
                live = await self._start(wanted)
            self._live[version.id] = live
            self._unready.pop(version.id, None)
            live.seen = time.monotonic()
            await self.demand_room(live)
            return live

    async def _start(self, wanted: Wanted) -> Live:
        version = wanted.version.id
        running = (self._live.keys() | self._unready.keys() | self._starting) - {version}
        if len(running) >= self._limits.processes:
            raise Conflict(
                "live.full",
                "trop de tableaux vivants à la fois",
                hint="La page publiée reste là ; réessayez dans une minute.",
            )
        self._starting.add(version)
        try:
            await asyncio.to_thread(self._launcher.start, wanted)
            return Live(wanted.task, await self._wait(wanted))
        except Refusal as refusal:
            log.error("%s was refused: %s", wanted.task, refusal)
            raise _not_started() from refusal
        finally:
            self._starting.discard(version)

    async def demand_room(self, live: Live) -> None:
        """Raises `Conflict` when this Voilà has all the readers that it may: a page takes a kernel."""
        if await self.views(live) >= MAX_VIEWS:
            raise Conflict(
                "live.views",
                "trop de lecteurs à la fois sur ce tableau vivant",
                hint="La page publiée reste là ; réessayez dans une minute.",
            )

    async def views(self, live: Live) -> int:
        """Kernels that this Voilà holds."""
        try:
            return await kernels(live.door)
        except (httpx.HTTPError, ValueError, KeyError):
            return 0

    def running(self) -> list[Live]:
        return list(self._live.values())

    def known(self, version: str) -> Live | None:
        return self._live.get(version)

    async def find(self) -> list[Standing]:
        """Take over what stands and this front does not know: it was started before its last restart.

        Its readers' pages go on; whoever asks nothing of it any more is seen by `cull`.
        """
        standing = await asyncio.to_thread(self._launcher.standing)
        for one in standing:
            lock = self._locks.setdefault(one.version, asyncio.Lock())
            if one.version in self._live or lock.locked():
                continue
            door = await asyncio.to_thread(self._launcher.door, one.task, one.version)
            if door is not None and await self._answers(door):
                self._live.setdefault(one.version, Live(one.task, door, time.monotonic()))
        known = {one.version for one in standing} - self._live.keys()
        self._unready = {version: self._unready.get(version, time.monotonic()) for version in known}
        self._found = True
        return standing

    async def cull(self) -> None:
        """End those that nobody has asked anything of for a while, those that did not answer for as long,
        and those whose time is over."""
        standing = await self.find()
        tasks = {one.version: one.task for one in standing}
        tasks |= {version: live.task for version, live in self._live.items()}
        aged = {one.version for one in standing if one.age > self._limits.life_seconds}
        for version, task in tasks.items():
            lock = self._locks.setdefault(version, asyncio.Lock())
            if lock.locked():
                # Somebody asks for it this very moment.
                continue
            async with lock:
                # Looked at now: another took its time to end, and somebody may have come back meanwhile.
                if version in aged or self._over(version):
                    self._live.pop(version, None)
                    self._unready.pop(version, None)
                    await asyncio.to_thread(self._launcher.stop, task, timedelta(seconds=2))

    def _over(self, version: str) -> bool:
        """Whether nobody has asked anything of it for a while, or it has been silent for as long."""
        now, limit, live = time.monotonic(), self._limits.idle_seconds, self._live.get(version)
        if live is not None:
            return live.sockets_open + live.asked == 0 and now - live.seen > limit
        return now - self._unready.get(version, now) > limit

    async def _wait(self, wanted: Wanted) -> Door:
        deadline = time.monotonic() + self._launcher.start_seconds
        while time.monotonic() < deadline:
            door = await asyncio.to_thread(self._launcher.door, wanted.task, wanted.version.id)
            if door is not None and await self._answers(door):
                return door
            state = await asyncio.to_thread(self._launcher.state, wanted.task)
            if state.final:
                break
            await asyncio.sleep(0.1)
        said = await asyncio.to_thread(self._launcher.said, wanted.task)
        log.warning("%s did not start: %s", wanted.task, said.strip() or "it said nothing")
        if wanted.version.draft:
            # A preview's one reader wrote what it prints.
            raise Failed("live.start", "le tableau vivant n’a pas démarré : {said}", said=said.strip() or "—")
        raise _not_started()

    async def _answers(self, door: Door) -> bool:
        try:
            return await kernels(door) >= 0
        except (httpx.HTTPError, OSError, ValueError, KeyError):
            return False


def _not_started() -> Failed:
    return Failed(
        "live.start",
        "le tableau vivant n’a pas démarré",
        hint="La page publiée reste là. Le journal des tableaux dit pourquoi à qui administre l’espace.",
    )


async def kernels(door: Door) -> int:
    """How many kernels a Voilà holds. Raises what `httpx` raises where it does not answer."""
    async with door.client() as client:
        answer = await client.get(f"{door.origin}{KERNELS_PATH}", timeout=5)
    return int(answer.json()["kernels"])
