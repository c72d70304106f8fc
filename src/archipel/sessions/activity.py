"""What a session does right now, seen from its server: kernels, terminals, processes, requests."""

from __future__ import annotations

import os
import time
from typing import Any

import psutil
from tornado.web import OutputTransform

from archipel.sessions.life import Process, at_work

DONE_BY_SOMEONE = ("/api/contents", "/api/kernels", "/api/sessions", "/api/terminals", "/lab/api/settings")
"""Where a request that changes something is a person's: the rest, an open page sends by itself."""


def is_use(method: str, path: str) -> bool:
    """Whether a request shows someone at work. A tab that is merely open sends only readings."""
    if "/files/" in path:
        return True
    return method not in ("GET", "HEAD", "OPTIONS") and any(part in path for part in DONE_BY_SOMEONE)


class Activity:
    """The last time that anything was done. ``watcher``: the session's first process, root of its tree."""

    def __init__(self, serverapp: Any, watcher: int) -> None:
        self.app, self.watcher = serverapp, watcher
        self.last = time.time()
        self._table: list[Process] = []
        self._looked = time.monotonic()
        activity = self

        class Noted(OutputTransform):
            def __init__(self, request: Any) -> None:
                if is_use(request.method, request.path):
                    activity.last = time.time()

        serverapp.web_app.add_transform(Noted)

    def look(self) -> float:
        """The instant of the last activity: now where something is running."""
        now, shells = time.time(), self._terminals()
        if self._kernels():
            self.last = now
        table, elapsed = processes(self.watcher), time.monotonic() - self._looked
        if at_work(self._table, table, elapsed, os.getpid(), shells):
            self.last = now
        self._table, self._looked = table, time.monotonic()
        return self.last

    @property
    def pids(self) -> frozenset[int]:
        return frozenset(process.pid for process in self._table)

    def _kernels(self) -> bool:
        """Whether a cell runs; what an idle kernel said last counts too."""
        manager, busy = self.app.kernel_manager, False
        for identifier in list(manager.list_kernel_ids()):
            kernel = manager.get_kernel(identifier)
            busy = busy or getattr(kernel, "execution_state", "") == "busy"
            self._heard(getattr(kernel, "last_activity", None))
        return busy

    def _terminals(self) -> frozenset[int]:
        manager = self.app.web_app.settings.get("terminal_manager")
        shells = set()
        for terminal in list(getattr(manager, "terminals", {}).values()):
            self._heard(getattr(terminal, "last_activity", None))
            shells.add(terminal.ptyproc.pid)
        return frozenset(shells)

    def _heard(self, moment: Any) -> None:
        if moment is not None:
            self.last = max(self.last, moment.timestamp())


def processes(root: int) -> list[Process]:
    """The tree of processes under ``root``; none where it is gone."""
    try:
        found = psutil.Process(root).children(recursive=True)
    except psutil.Error:
        return []
    return [process for process in map(_read, found) if process is not None]


def _read(process: psutil.Process) -> Process | None:
    try:
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            times = process.cpu_times()
            return Process(process.pid, process.ppid(), times.user + times.system, _moved(process))
    except psutil.Error:
        return None


def _moved(process: psutil.Process) -> int:
    try:
        counters = process.io_counters()
    except (psutil.Error, OSError):
        # A process that changed its account tells nobody.
        return 0
    return int(counters.read_chars + counters.write_chars)
