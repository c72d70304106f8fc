"""Live dashboards: one Voilà process each, started at the first touch, ended when nobody looks."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx

from archipel.backends.local import LocalBackend
from archipel.backends.task import Mount, State, Task
from archipel.catalog.models import Resources
from archipel.dashboards.versions import Version
from archipel.dashboards.voila_server import KERNELS_PATH
from archipel.datafolder import DataFolder
from archipel.errors import Conflict, Failed
from archipel.names import dns_label

MAX_PROCESSES = 8
MAX_VIEWS = 12
"""Live kernels of one dashboard at a time; beyond, a polite page."""
IDLE_SECONDS = 300
START_SECONDS = 45


FindLock = Callable[[str, Path], str]


@dataclass
class Live:
    """A running Voilà. ``seen``: when somebody last asked anything of it (monotonic seconds)."""

    task: str
    socket: Path
    seen: float = field(default_factory=time.monotonic)
    sockets_open: int = 0


class LiveDashboards:
    """Every live dashboard, by its version's identifier."""

    def __init__(
        self,
        data: DataFolder,
        backend: LocalBackend,
        platform_code: Path,
        lock_of: Callable[[str, Path], str],
    ) -> None:
        """``lock_of``: the lock of an image by a content's requirements, its environment made."""
        self._data, self._backend, self._platform_code = data, backend, platform_code
        self._lock_of = lock_of
        self._live: dict[str, Live] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def ensure(
        self,
        version: Version,
        image: str,
        resources: Resources,
        notebook: Path,
        requirements: Path,
        published: Path,
        account: str,
    ) -> Live:
        """The Voilà of a version, started if need be. Raises `Conflict` when too many run."""
        lock = self._locks.setdefault(version.id, asyncio.Lock())
        async with lock:
            name = dns_label(f"live-{version.id}")
            live = self._live.get(version.id) or Live(name, self._folder(version) / "s" / "v.sock")
            if not await self._answers(live):
                running = [v for v in self._live if v != version.id]
                if len(running) >= MAX_PROCESSES:
                    raise Conflict(
                        "live.full",
                        "trop de tableaux vivants à la fois",
                        hint="La page publiée reste là ; réessayez dans une minute.",
                    )
                locked = await asyncio.to_thread(self._lock_of, image, requirements)
                task = self._task(live, image, locked, resources, notebook, published, account)
                await asyncio.to_thread(self._start, live, task)
                await self._wait(live)
            self._live[version.id] = live
            live.seen = time.monotonic()
            await self.demand_room(live)
            return live

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
            return await self._kernels(live)
        except (httpx.HTTPError, ValueError, KeyError):
            return 0

    async def _kernels(self, live: Live) -> int:
        async with self.client(live) as client:
            answer = await client.get(f"http://voila{KERNELS_PATH}", timeout=5)
        return int(answer.json()["kernels"])

    def client(self, live: Live) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(live.socket)), timeout=150)

    def known(self, version: str) -> Live | None:
        return self._live.get(version)

    async def cull(self) -> None:
        """End those that nobody has asked anything of for `IDLE_SECONDS`."""
        for version, live in list(self._live.items()):
            idle = time.monotonic() - live.seen > IDLE_SECONDS
            if idle and live.sockets_open == 0:
                del self._live[version]
                await asyncio.to_thread(self._backend.stop, live.task, timedelta(seconds=2))
                self._backend.forget(live.task)

    def _folder(self, version: Version) -> Path:
        # A socket's path is 107 bytes at most: the folder is short.
        return self._data.running / "live" / version.id[-6:]

    def _start(self, live: Live, task: Task) -> None:
        if self._backend.state(live.task).state is State.RUNNING:
            self._backend.stop(live.task, timedelta(seconds=2))
        self._backend.forget(live.task)
        folder = live.socket.parent
        folder.mkdir(parents=True, exist_ok=True)
        for above in (folder.parent, folder.parent.parent):
            above.chmod(0o711)
        folder.chmod(0o700)
        live.socket.unlink(missing_ok=True)
        self._backend.start(task)

    def _task(
        self,
        live: Live,
        image: str,
        lock: str,
        resources: Resources,
        notebook: Path,
        published: Path,
        account: str,
    ) -> Task:
        code = self._platform_code
        return Task(
            name=live.task,
            image=image,
            lock=lock,
            command=("python", "-m", "archipel.dashboards.voila_server"),
            env={
                "ARCHIPEL_SOCKET": str(live.socket),
                "ARCHIPEL_NOTEBOOK": str(notebook),
                "ARCHIPEL_PUBLISHED": str(published),
                # The release first: of the content's commit, only the défis' packages run.
                "PYTHONPATH": os.pathsep.join([str(code), str(notebook.parents[2] / "src")]),
                "PYTHONNOUSERSITE": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
                # Where Voilà looks for templates: ours come with the platform's code.
                "JUPYTER_PATH": str(code / "archipel" / "dashboards" / "share"),
            },
            resources=resources,
            mounts=(Mount(f"file://{live.socket.parent}", writable=True),),
            identity=account,
        )

    async def _wait(self, live: Live) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if await self._answers(live):
                return
            if self._backend.state(live.task).state.final:
                break
            await asyncio.sleep(0.1)
        said = b"".join(self._backend.logs(live.task))[-500:].decode("utf-8", "replace")
        raise Failed("live.start", "le tableau vivant n’a pas démarré : {said}", said=said.strip() or "—")

    async def _answers(self, live: Live) -> bool:
        if not live.socket.exists():
            return False
        try:
            return await self._kernels(live) >= 0
        except (httpx.HTTPError, ValueError, KeyError):
            return False
