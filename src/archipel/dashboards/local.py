"""A live dashboard as a process of this machine, behind a Unix socket that the front alone may open."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from archipel.artifacts import Artifacts
from archipel.backends.local import LocalBackend
from archipel.backends.task import Mount, State, Task
from archipel.dashboards.live import Door, TaskLauncher, Wanted
from archipel.datafolder import DataFolder


@dataclass(frozen=True)
class SocketDoor:
    path: Path
    origin: str = "http://voila"

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(self.path)), timeout=150)

    def websocket(self, path: str, subprotocols: list[Any] | None) -> Any:
        from websockets.asyncio.client import unix_connect

        return unix_connect(str(self.path), f"ws://voila{path}", subprotocols=subprotocols, max_size=None)


class LocalLauncher(TaskLauncher):
    start_seconds = 45.0

    def __init__(
        self, data: DataFolder, artifacts: Artifacts, backend: LocalBackend, platform_code: Path
    ) -> None:
        super().__init__(backend)
        self._data, self._artifacts = data, artifacts
        self._platform_code = platform_code

    def door(self, task: str, version: str) -> Door | None:
        path = self._socket(version)
        return SocketDoor(path) if path.exists() else None

    def state(self, task: str) -> State:
        return self.tasks.state(task).state

    def start(self, wanted: Wanted) -> None:
        self.stop(wanted.task, timedelta(seconds=2))
        socket = self._socket(wanted.version.id)
        folder = socket.parent
        folder.mkdir(parents=True, exist_ok=True)
        for above in (folder.parent, folder.parent.parent):
            above.chmod(0o711)
        folder.chmod(0o700)
        socket.unlink(missing_ok=True)
        self.tasks.start(self._task(wanted, socket))

    def _socket(self, version: str) -> Path:
        # A socket's path is 107 bytes at most: the folder is short.
        return self._data.running / "live" / version[-6:] / "s" / "v.sock"

    def _task(self, wanted: Wanted, socket: Path) -> Task:
        code = self._platform_code
        return Task(
            name=wanted.task,
            image=wanted.image,
            lock=wanted.lock,
            command=("python", "-m", "archipel.dashboards.voila_server"),
            env={
                "ARCHIPEL_SOCKET": str(socket),
                "ARCHIPEL_NOTEBOOK": str(wanted.content / wanted.notebook),
                "ARCHIPEL_PUBLISHED": str(self._artifacts.folder(wanted.version.key) / "donnees"),
                # The release first: of the content's commit, only the défis' packages run.
                "PYTHONPATH": os.pathsep.join([str(code), str(wanted.content / "src")]),
                "PYTHONNOUSERSITE": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
                # Where Voilà looks for templates: ours come with the platform's code.
                "JUPYTER_PATH": str(code / "archipel" / "dashboards" / "share"),
            },
            resources=wanted.resources,
            mounts=(Mount(f"file://{socket.parent}", writable=True),),
            identity=wanted.account,
        )
