"""What the API server has of one kind of object, heard by a watch and answered from memory.

A watch begins by a list and begins again when it breaks. Versions are compared as numbers, which they are.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from archipel.backends import manifests

log = logging.getLogger("archipel.kubernetes")

SELECTOR = f"{manifests.LABEL}task"
TIMEOUT = (5, 15)
"""Of every call, in seconds: to connect, and between two pieces of its answer."""
RESYNC_SECONDS = 240
PAUSE_SECONDS = 1.0
"""Between two watches, where the last one broke or ended at once: a server in trouble is not pressed."""
Object = dict[str, Any]


class Mirror:
    """The objects of one kind, by their name. ``listing``: of the client, to list and to watch them."""

    def __init__(self, kind: str, listing: Callable[..., Any]) -> None:
        self._kind, self._listing = kind, listing
        self._held: dict[str, Object] = {}
        self._put: set[str] = set()
        """Those that nothing but their maker has told of yet."""
        self._lock = threading.Lock()
        self.synced = threading.Event()

    def follow(self) -> None:
        """Listen for as long as this process lasts."""
        threading.Thread(target=self._follow, daemon=True, name=f"watch-{self._kind}").start()

    def of(self, task: str) -> list[Object]:
        """The objects of a task, the youngest last."""
        with self._lock:
            found = [thing for thing in self._held.values() if thing["metadata"]["labels"][SELECTOR] == task]
        return sorted(found, key=lambda thing: str(thing["metadata"].get("creationTimestamp")))

    def put(self, thing: Object) -> None:
        """Hold what was just made: the watch tells of it a moment later."""
        name = thing["metadata"]["name"]
        with self._lock:
            if name not in self._held or _version(thing) > _version(self._held[name]):
                self._held[name] = thing
                self._put.add(name)

    def _follow(self) -> None:
        while True:
            if not self.turn():
                time.sleep(PAUSE_SECONDS)

    def turn(self) -> bool:
        """One list and its watch, until that ends; whether the next may begin at once."""
        began = time.monotonic()
        try:
            self._watch(self._list())
        except Exception as error:
            log.warning("watch of %s: %s", self._kind, first_line(error))
            return False
        return time.monotonic() - began > PAUSE_SECONDS

    def _list(self) -> str:
        answer = json.loads(
            self._listing(label_selector=SELECTOR, _request_timeout=TIMEOUT, _preload_content=False).data
        )
        listed = {thing["metadata"]["name"]: thing for thing in answer["items"]}
        with self._lock:
            # The list may have been on its way while they were made: it knows nothing of what is younger.
            self._put = {name for name in self._put if _version(self._held[name]) > _version(answer)}
            self._held = listed | {name: self._held[name] for name in self._put}
        self.synced.set()
        return str(answer["metadata"]["resourceVersion"])

    def _watch(self, version: str) -> None:
        """Until the server ends it, which it does after `RESYNC_SECONDS`; then the list is read again."""
        stream = self._listing(
            label_selector=SELECTOR,
            resource_version=version,
            watch=True,
            timeout_seconds=RESYNC_SECONDS,
            _request_timeout=(TIMEOUT[0], RESYNC_SECONDS + 30),
            _preload_content=False,
        )
        for line in _lines(stream):
            event = json.loads(line)
            if event["type"] == "ERROR":
                # Most often 410: what was listed is too old to be watched from.
                raise ConnectionError(str(event["object"].get("message") or event["object"]))
            if "metadata" in event["object"]:
                self._hear(event["object"], gone=event["type"] == "DELETED")

    def _hear(self, thing: Object, *, gone: bool) -> None:
        name = thing["metadata"]["name"]
        with self._lock:
            if name in self._put and _version(thing) < _version(self._held[name]):
                # Of an earlier one of that name.
                return
            self._put.discard(name)
            if gone:
                self._held.pop(name, None)
            else:
                self._held[name] = thing


def first_line(error: BaseException) -> str:
    """What it says first; its kind, where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _version(thing: Object) -> int:
    return int(thing["metadata"].get("resourceVersion") or 0)


def _lines(stream: Any) -> Iterator[bytes]:
    rest = b""
    for chunk in stream.stream(65536):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from filter(None, lines)
