"""papermill's storage, ours: only local files, each written beside and renamed, seldom.

papermill saves the whole notebook twice a cell with a truncating write: a kill destroys it. Here the
file that stands is always whole; between two saves at least `EVERY` seconds pass, and `flush` writes
what is pending.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from archipel.errors import Refused
from archipel.output import write_atomically

SCHEME = "atomic://"
EVERY = 2.0


class AtomicHandler:
    """The five methods that ``papermill.iorw`` asks of a handler."""

    def __init__(self, redact: Callable[[str], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._redact, self._clock = redact, clock
        self._last = float("-inf")
        self._pending: tuple[str, str] | None = None

    def read(self, path: str) -> str:
        return _local(path).read_text(encoding="utf-8")

    def listdir(self, path: str) -> list[str]:
        return [str(entry) for entry in sorted(_local(path).iterdir())]

    def write(self, buf: str, path: str) -> None:
        self._pending = (buf, path)
        if self._clock() - self._last >= EVERY:
            self.flush()

    def flush(self) -> None:
        if self._pending is None:
            return
        text, path = self._pending
        write_atomically(_local(path), self._redact(text).encode())
        self._pending, self._last = None, self._clock()

    def pretty_path(self, path: str) -> str:
        return str(_local(path))


class NoOtherStore:
    """Refuses what papermill would fetch by itself: http, object stores, repositories."""

    def read(self, path: str) -> str:
        raise Refused("notebook.not-local", "seul un notebook local est exécuté, pas « {path} »", path=path)

    listdir = write = pretty_path = read


def _local(path: str) -> Path:
    return Path(path.removeprefix(SCHEME))
