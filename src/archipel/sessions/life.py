"""When a session ends by itself, decided from values alone. Pure.

Instants are seconds since the epoch, durations are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

DAY = 86_400.0


@dataclass(frozen=True)
class Limits:
    """``session``: idle time before the end; ``gpu``: that of an unused GPU. ``notice``: how long before it
    the person is told. ``keep_max``: the longest that « keep » holds a session that does nothing."""

    session: float = DAY / 2
    notice: float = 900.0
    keep_max: float = 7 * DAY
    gpu: float = 7_200.0

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Limits:
        """From what the portal says; a value that is missing or no number is the default's."""
        known = {field.name for field in fields(cls)}
        return cls(**{k: float(v) for k, v in told.items() if k in known and isinstance(v, int | float)})

    @property
    def tick(self) -> float:
        """How often a session looks at itself: three times within a notice, at most every half minute."""
        return max(0.5, min(30.0, self.notice / 3, self.session / 6))


@dataclass(frozen=True)
class Clock:
    """One thing that must be used: since when it is not, and since when the person knows (0: they do not)."""

    quiet_since: float
    told_at: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """``ends``: when the session ends if nothing happens, told only once it is near (0 before)."""

    clock: Clock
    ends: float = 0.0
    over: bool = False


def judge(
    clock: Clock, now: float, limit: float, notice: float, keep_until: float, keep_max: float
) -> Verdict:
    """Nobody's session ends without the whole notice, were the machine asleep or the limits just lowered."""
    end = max(clock.quiet_since + limit, min(keep_until, clock.quiet_since + keep_max))
    if now < end - notice:
        return Verdict(replace(clock, told_at=0.0))
    told = replace(clock, told_at=clock.told_at or now)
    end = max(end, told.told_at + notice)
    return Verdict(told, end, over=now >= end)


def used(clock: Clock, at: float) -> Clock:
    """The same after it was used at ``at``: a notice that was given is withdrawn."""
    return clock if at <= clock.quiet_since else Clock(at)


@dataclass(frozen=True)
class GpuSample:
    """``busy``: the highest utilisation, in per cent. ``ours``: processes of this session on a GPU; None
    where nothing says whose they are (a container may not see its own)."""

    busy: float
    ours: int | None = None


def gpu_used(sample: GpuSample | None) -> bool:
    """Whether the session uses its GPU. What cannot be read counts as used: nothing is taken back blindly.

    Memory that is held without any computation is not use: a forgotten kernel holds it for days.
    """
    if sample is None:
        return True
    return sample.busy > 0 and sample.ours != 0


@dataclass(frozen=True)
class Process:
    """One of the session's. ``seconds``: processor time so far; ``moved``: bytes read and written."""

    pid: int
    parent: int
    seconds: float
    moved: int = 0


COMPUTES, MOVES = 0.05, 20_000
"""Part of a core, bytes a second: above either, what runs beside the cells counts as work."""


def at_work(
    before: Iterable[Process], after: Iterable[Process], elapsed: float, server: int, shells: frozenset[int]
) -> bool:
    """Whether a terminal has a command running, or any other process computes or moves data.

    ``shells``: the terminals' shells. A command that waits there is work; a pool of workers that a kernel
    left behind and that does nothing is not.
    """
    now = {process.pid: process for process in after}
    past = {process.pid: process for process in before}
    for process in now.values():
        if process.pid == server or process.pid in shells:
            continue
        if _below(process, shells, now):
            return True
        was = past.get(process.pid)
        if was and process.seconds - was.seconds > COMPUTES * elapsed:
            return True
        if was and process.moved - was.moved > MOVES * elapsed:
            return True
    return False


def _below(process: Process, shells: frozenset[int], table: Mapping[int, Process]) -> bool:
    parent, seen = process.parent, {process.pid}
    while parent not in seen:
        if parent in shells:
            return True
        seen.add(parent)
        parent = table[parent].parent if parent in table else parent
    return False
