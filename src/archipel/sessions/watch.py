"""A session's first process: it starts the server, sees that it answers, and starts it again otherwise.

Kept small, for it stays as long as the session: the standard library alone. What may break or hang on the
person's files is done by its children.
"""

from __future__ import annotations

import collections
import ctypes
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

TOLD_LINES = 40
WANTED = "wanted"
"""File of the session's private folder: the mode that the person asked to restart in."""
EVERY = 0.1
PAGE_TRIES = 3
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


class Ended(Exception):
    """Someone asked for the session's end."""


class Watch:
    """Starts one process at a time in the session's name, and ends it with the session."""

    def __init__(self) -> None:
        self.asked = False
        self._current: list[subprocess.Popen[bytes]] = []
        self._libc = ctypes.CDLL(None, use_errno=True)
        # What a closed terminal leaves behind stays in the session's tree, where it is seen to work.
        self._libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)

    def _end(self, number: int, _frame: object) -> None:
        self.asked = True
        for process in self._current:
            # The server asks for a confirmation on SIGINT; SIGTERM ends its kernels in order.
            if process.poll() is None:
                process.terminate()

    def start(self, command: list[str], env: Mapping[str, str], folder: Path) -> Started:
        if self.asked:
            raise Ended
        process = subprocess.Popen(
            command,
            env=dict(env),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=self._with_us,
        )
        self._current = [p for p in self._current if p.poll() is None] + [process]
        return Started(process)

    def _with_us(self) -> None:
        # Who kills us wants no server left: a person who was sent away keeps no open page.
        self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    def stop(self, started: Started, patience: float = 8) -> None:
        started.process.terminate()
        try:
            started.process.wait(patience)
        except subprocess.TimeoutExpired:
            started.process.kill()
            started.process.wait()

    def finish(self, patience: float = 10) -> None:
        """Until what was asked to end has ended."""
        deadline = time.monotonic() + patience
        for process in self._current:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()

    def reap(self) -> None:
        """What processes of the session left behind: we are their parent now."""
        ours = {process.pid for process in self._current}
        try:
            while (gone := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                if gone.si_pid in ours:
                    return
                os.waitpid(gone.si_pid, os.WNOHANG)
        except ChildProcessError:
            return


class Started:
    """A process whose errors go where ours go, the last lines being kept."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._lines: collections.deque[str] = collections.deque(maxlen=TOLD_LINES)
        self._copying = threading.Thread(target=self._copy, daemon=True)
        self._copying.start()

    def _copy(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.append(line.decode("utf-8", "replace").rstrip())
            try:
                os.write(2, line)
            except OSError:
                # The log's disk is full: the session goes on without.
                continue

    def said(self) -> str:
        self._copying.join(0.5)
        return "\n".join(self._lines)


def answers(url: str) -> bool:
    """Whether the server of a session answers at its own address (its version asks for no sign-in)."""
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{url}api", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def page_breaks(url: str, token: str) -> bool:
    """Whether JupyterLab's page fails for its own person; what the hub may refuse is not its fault."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Undirected)
    request = urllib.request.Request(f"{url}lab", headers={"Authorization": f"token {token}"})  # noqa: S310  # the session's own address
    for _ in range(PAGE_TRIES):
        try:
            with opener.open(request, timeout=20):
                return False
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                return True
        except (OSError, ValueError):
            return True
        # Sent to the hub's sign-in, or refused: a hub with much to do tells nothing of the page.
        time.sleep(1)
    return False


class _Undirected(urllib.request.HTTPRedirectHandler):
    """A page of sign-in is not the page that was asked for."""

    def redirect_request(self, *_: object) -> None:
        return None


def health_url(service_url: str) -> str:
    """Where the server answers from here, whatever address it opens."""
    parts = urlsplit(service_url)
    host = parts.hostname or ""
    host = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104  # compared, not opened
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}:{parts.port}{parts.path or '/'}"


def wait_ready(watch: Watch, server: Started, ready: Callable[[], bool], seconds: float) -> str:
    """Nothing once ``server`` answers; else the trouble's code."""
    deadline = time.monotonic() + seconds
    while True:
        if watch.asked:
            raise Ended
        if server.process.poll() is not None:
            return "server.died"
        if ready():
            return ""
        if time.monotonic() > deadline:
            return "server.silent"
        time.sleep(EVERY)


def wait_end(watch: Watch, server: Started) -> int:
    """The server's exit status; what it leaves behind is reaped meanwhile."""
    while True:
        try:
            code = server.process.wait(1)
            return 0 if watch.asked else code
        except subprocess.TimeoutExpired:
            watch.reap()
