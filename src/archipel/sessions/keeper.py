"""The loop of a session about itself: is it used, must someone be told, is it time to end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archipel.sessions.activity import Activity
from archipel.sessions.gpu import read_gpu
from archipel.sessions.life import Clock, Limits, Verdict, gpu_used, judge, used

SECONDS = 5
BACKED = ("image", "lock", "release")


@dataclass
class Keeper:
    """``told``: what the session started with, from its environment. ``start``: what its start said."""

    activity: Activity
    log: Any
    told: dict[str, str]
    start: dict[str, str]
    gpus: int = 0
    gpu_command: str = ""
    gpu_shared: bool = False
    limits: Limits = field(default_factory=Limits)
    keep_until: float = 0.0
    newer: bool = False
    started: float = field(default_factory=time.time)
    ends: float = 0.0
    why: str = ""
    _asked: str = ""

    def __post_init__(self) -> None:
        self._clocks = {"idle": Clock(self.started)} | ({"gpu": Clock(self.started)} if self.gpus else {})

    async def run(self) -> None:
        await self._report()
        while True:
            await asyncio.sleep(self.limits.tick)
            try:
                if await self._turn():
                    return
            except Exception:
                # A session that cannot look at itself goes on, and tries again.
                self.log.exception("archipel: a look at the session failed")

    async def _turn(self) -> bool:
        """Whether the session is over."""
        now = time.time()
        last = await asyncio.to_thread(self.activity.look)
        self.activity.app.web_app.settings["last_activity_times"]["archipel"] = _moment(last)
        self._clocks["idle"] = used(self._clocks["idle"], last)
        if self.gpus:
            pids = self.activity.pids if self.gpu_shared else frozenset()
            if gpu_used(await asyncio.to_thread(read_gpu, self.gpu_command, pids)):
                self._clocks["gpu"] = used(self._clocks["gpu"], now)
        over = self._judge(now)
        await self._report(over)
        if over and self.ends and time.time() >= self.ends:
            # The answer to the report may have brought « keep » from the home page: it was read.
            self.log.warning("archipel: this session ends (%s)", self.why)
            os.kill(os.getpid(), signal.SIGTERM)
            return True
        return False

    def _judge(self, now: float) -> bool:
        limits, found = self.limits, dict[str, Verdict]()
        for why, clock in self._clocks.items():
            limit = limits.gpu if why == "gpu" else limits.session
            found[why] = judge(clock, now, limit, limits.notice, self.keep_until, limits.keep_max)
            self._clocks[why] = found[why].clock
        near = [(verdict.ends, why) for why, verdict in found.items() if verdict.ends]
        self.ends, self.why = min(near, default=(0.0, ""))
        return any(verdict.over for verdict in found.values())

    def keep(self) -> float:
        """Someone wants the session kept: until when it is, whatever they do."""
        now = time.time()
        limit = self.limits.gpu if self.why == "gpu" else self.limits.session
        quiet = min(clock.quiet_since for clock in self._clocks.values())
        self.keep_until = min(now + limit + self.limits.notice, quiet + self.limits.keep_max)
        self._judge(now)
        return self.keep_until

    async def _report(self, over: bool = False) -> None:
        said = {
            **{name: self.told.get(name, "") for name in BACKED},
            "started": self.started,
            "trouble": self.start.get("trouble", ""),
            "ends": self.ends,
            "why": self.why,
            "ended": over,
        }
        answer = await asyncio.to_thread(put, self.told.get("api", ""), self.told.get("token", ""), said)
        if answer is None:
            return
        self.limits = Limits.of(answer.get("limits") or {})
        self.newer = bool(answer.get("newer"))
        asked = str(answer.get("keep") or "")
        if asked and asked != self._asked and float(asked) > self.started:
            self._asked = asked
            self.keep()


def put(api: str, token: str, said: dict[str, Any]) -> dict[str, Any] | None:
    """What the portal answers; None where it does not: the session goes on with what it knows."""
    if not api:
        return None
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(  # noqa: S310  # the platform's own address, from the environment
        f"{api}/session", json.dumps(said).encode(), headers, method="PUT"
    )
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=SECONDS) as answer:
            found = json.load(answer)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def read_start(folder: str) -> dict[str, str]:
    """What `archipel.hub.session` told of the start: the trouble, and what was said."""
    try:
        told = json.loads((Path(folder) / "start.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in told.items()}


def _moment(seconds: float) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC)
