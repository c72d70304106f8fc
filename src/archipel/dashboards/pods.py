"""A live dashboard as a pod: it fetches its version from the front, and answers whoever holds its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from archipel.backends.kubernetes import KubernetesBackend
from archipel.backends.task import State, Task
from archipel.dashboards.live import Door, Standing, TaskLauncher, Wanted
from archipel.dashboards.packages import key_of
from archipel.dashboards.voila_server import KEY_HEADER

PORT = 8866
VERSION = "version"
"""Label by which a front finds again what it started before its restart."""


@dataclass(frozen=True)
class PodDoor:
    origin: str
    key: str

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(headers={KEY_HEADER: self.key}, timeout=150, trust_env=False)

    def websocket(self, path: str, subprotocols: list[Any] | None) -> Any:
        from websockets.asyncio.client import connect

        return connect(
            f"ws{self.origin.removeprefix('http')}{path}",
            subprotocols=subprotocols,
            additional_headers={KEY_HEADER: self.key},
            max_size=None,
            proxy=None,
        )


class PodLauncher(TaskLauncher):
    """``front``: address of the front for a pod. Several fronts would share what runs: names are fixed."""

    start_seconds = 90.0

    def __init__(self, backend: KubernetesBackend, front: str, secret: bytes) -> None:
        super().__init__(backend)
        self._pods, self._front, self._secret = backend, front, secret

    def door(self, task: str, version: str) -> Door | None:
        address = self._pods.address(task)
        return PodDoor(address, key_of(self._secret, version)) if address else None

    def standing(self) -> list[Standing]:
        return [
            Standing(task.labels[VERSION], task.name, task.age)
            for task in self._pods.answering()
            if VERSION in task.labels
        ]

    def state(self, task: str) -> State:
        """Running, whatever its pod says: its deployment makes another; the start's delay ends it."""
        return State.RUNNING

    def said(self, task: str) -> str:
        """Of a pod that has not started: what it waits for, in words."""
        return super().said(task) or self._pods.waits(task)

    def start(self, wanted: Wanted) -> None:
        """One that is there already is kept: another front, or this one before its restart, started it."""
        version = wanted.version
        task = Task(
            name=wanted.task,
            image=wanted.image,
            lock=wanted.lock,
            command=("python", "-m", "archipel.dashboards.pod"),
            env={
                "ARCHIPEL_API_URL": self._front,
                "ARCHIPEL_PACKAGE": f"interne/{version.defi}/{version.id}",
                "ARCHIPEL_NOTEBOOK": wanted.notebook,
                "ARCHIPEL_PORT": str(PORT),
            },
            secrets={"ARCHIPEL_API_TOKEN": key_of(self._secret, version.id)},
            resources=wanted.resources,
            identity=wanted.account,
            port=PORT,
            labels={"defi": version.defi, VERSION: version.id},
            sensible=wanted.sensible,
        )
        self.tasks.start(task)
