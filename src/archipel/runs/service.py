"""The scheduler as a process of its own: its loop, its health, its figures. On a cluster only."""

from __future__ import annotations

import logging
import os
import signal
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
    """``held``: whether this process is still the one scheduler; it ends the moment it is not."""

    def __init__(self, scheduler: Scheduler, held: Callable[[], bool]) -> None:
        self._scheduler, self._held = scheduler, held
        self.turned = time.monotonic()
        self.turns = 0
        self.seconds = 0.0
        self.ending = threading.Event()

    def run(self) -> None:
        while not self.ending.is_set():
            if not self._held():
                log.error("the right to schedule is lost: ending, so that another takes it")
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


def figures(loop: Loop, store: Store) -> str:
    """The Prometheus text format, version 0.0.4."""
    lines = [
        "# HELP archipel_scheduler_turns_total Turns of the loop.",
        "# TYPE archipel_scheduler_turns_total counter",
        f"archipel_scheduler_turns_total {loop.turns}",
        "# HELP archipel_scheduler_busy_seconds_total Time spent in turns.",
        "# TYPE archipel_scheduler_busy_seconds_total counter",
        f"archipel_scheduler_busy_seconds_total {loop.seconds:.3f}",
        "# HELP archipel_runs Runs of the ledger by state.",
        "# TYPE archipel_runs gauge",
    ]
    counted = store.counted()
    lines += [f'archipel_runs{{state="{state}"}} {counted.get(str(state), 0)}' for state in State]
    return "\n".join(lines) + "\n"


def serve(loop: Loop, store: Store, address: tuple[str, int]) -> None:
    """The loop in this thread until SIGTERM; ``/healthz`` and ``/metrics`` beside it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            if self.path == "/healthz":
                self._answer(200 if loop.healthy else 503, "ok\n" if loop.healthy else "stuck\n")
            elif self.path == "/metrics":
                self._answer(200, figures(loop, store))
            else:
                self._answer(404, "")

        def _answer(self, code: int, text: str) -> None:
            body = text.encode()
            self.send_response(code)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Probes come every few seconds: they are not written down."""

    server = ThreadingHTTPServer(address, Handler)
    threading.Thread(target=server.serve_forever, daemon=True, name="health").start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: loop.ending.set())
    loop.run()
    server.shutdown()
    # A turn's threads that still wait for the cluster end with the process.
    logging.shutdown()
    os._exit(0 if loop.ending.is_set() else 1)
