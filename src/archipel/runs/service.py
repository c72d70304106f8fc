"""The scheduler as a process of its own: its loop, its health, its figures. On a cluster only."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from archipel.backends.task import State
from archipel.runs.scheduler import Scheduler
from archipel.runs.store import Store

log = logging.getLogger("archipel.scheduler")

TURN_SECONDS = 0.5
STUCK_SECONDS = 120.0
"""A loop that has not turned for so long is told to be ill: its pod is started again."""


class Loop:
    """``held``: whether this process is still the one scheduler; the loop ends the moment it is not."""

    def __init__(self, scheduler: Scheduler, held: Callable[[], bool]) -> None:
        self._scheduler, self._held = scheduler, held
        self.turned = time.monotonic()
        self.turns = 0
        self.seconds = 0.0
        self.ending = threading.Event()

    def run(self) -> None:
        while not self.ending.is_set():
            if not self._held():
                log.error("the right to schedule is lost: asking for it anew")
                return
            began = time.monotonic()
            self._scheduler.tick()
            self.turned = time.monotonic()
            self.turns += 1
            self.seconds += self.turned - began
            self.ending.wait(TURN_SECONDS)

    @property
    def healthy(self) -> bool:
        return time.monotonic() - self.turned < STUCK_SECONDS


class Health:
    """``/healthz`` and ``/metrics`` of this process. Without a loop it stands by, and is well."""

    def __init__(self, store: Store, address: tuple[str, int]) -> None:
        self.loop: Loop | None = None
        self._store = store
        server = ThreadingHTTPServer(address, handler_of(self))
        threading.Thread(target=server.serve_forever, daemon=True, name="health").start()

    def answer(self, path: str) -> tuple[int, str]:
        if path == "/metrics":
            return 200, figures(self.loop, self._store)
        if path != "/healthz":
            return 404, ""
        if self.loop is None:
            return 200, "standing by\n"
        return (200, "ok\n") if self.loop.healthy else (503, "stuck\n")


def handler_of(health: Health) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            code, text = health.answer(self.path)
            body = text.encode()
            self.send_response(code)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Probes come every few seconds: they are not written down."""

    return Handler


def figures(loop: Loop | None, store: Store) -> str:
    """The Prometheus text format, version 0.0.4."""
    turns, seconds = (loop.turns, loop.seconds) if loop else (0, 0.0)
    lines = [
        "# HELP archipel_scheduler_active Whether this process is the one that schedules.",
        "# TYPE archipel_scheduler_active gauge",
        f"archipel_scheduler_active {int(loop is not None)}",
        "# HELP archipel_scheduler_turns_total Turns of the loop.",
        "# TYPE archipel_scheduler_turns_total counter",
        f"archipel_scheduler_turns_total {turns}",
        "# HELP archipel_scheduler_busy_seconds_total Time spent in turns.",
        "# TYPE archipel_scheduler_busy_seconds_total counter",
        f"archipel_scheduler_busy_seconds_total {seconds:.3f}",
        "# HELP archipel_runs Runs of the ledger by state.",
        "# TYPE archipel_runs gauge",
    ]
    counted = store.counted()
    lines += [f'archipel_runs{{state="{state}"}} {counted.get(str(state), 0)}' for state in State]
    return "\n".join(lines) + "\n"


def run(loop: Loop, health: Health) -> None:
    """The loop in this thread until SIGTERM. One that loses its right asks for it anew, as a new program."""
    health.loop = loop
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: loop.ending.set())
    loop.run()
    logging.shutdown()
    if loop.ending.is_set():
        # A turn's threads that still wait for the cluster end with the process.
        os._exit(0)
    # They end here too: what they would do is another's by now. The pod does not end with them: after a few
    # deaths of the database, kubelet would keep it away for minutes.
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # itself
