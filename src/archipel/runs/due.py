"""Which runs are due, and why: a pure function of the schedules, their history and the time.

Rules, in the schedule's own zone. A local hour that does not exist (clocks go forward) runs at the first
moment after it; one that comes twice (clocks go back) runs once, the first time. Of the instants missed
while the scheduler was stopped, the last is run, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from archipel.catalog.models import Schedule
from archipel.texts import N_

LATE = timedelta(minutes=2)
"""Beyond this an instant is told as missed and caught up, not as on time."""


_SPANS = (
    timedelta(hours=2),
    timedelta(days=2),
    timedelta(days=62),
    timedelta(days=366),
    timedelta(days=36600),
)


@dataclass(frozen=True)
class Due:
    """``schedule``: ``<défi>/<name>``. ``instant``: UTC. ``reason``: a French sentence."""

    schedule: str
    instant: datetime
    reason: str


def instants(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """The instants of a schedule, in UTC, strictly after ``after``."""
    from croniter import CroniterBadDateError, croniter

    zone = ZoneInfo(schedule.timezone)
    # The wall clock is walked without a zone, then each reading becomes the moment it names: croniter's
    # own zone arithmetic repeats or loses the hours of the two change days.
    local = (after - timedelta(hours=2)).astimezone(zone).replace(tzinfo=None)
    walk = croniter(schedule.cron, local)
    last = after
    while True:
        try:
            moment = _moment(walk.get_next(datetime), zone)
        except CroniterBadDateError:
            # The 30th of February: it never comes, and stops no other schedule.
            return
        if moment > last:
            last = moment
            yield moment


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment of a wall-clock reading: the first of two, or just after a gap."""
    first = wall.replace(tzinfo=zone, fold=0)
    moment = first.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # In a gap, `fold=0` reads the clock as before it: the change itself is what both readings straddle.
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment
    low, high = min(before, after), max(before, after)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset():
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def due(schedules: Mapping[str, Schedule], history: Mapping[str, datetime], now: datetime) -> list[Due]:
    """What is due at ``now``. ``history``: schedule → its last instant taken, or when it was first known."""
    found = []
    for name, schedule in schedules.items():
        if schedule.paused or name not in history:
            continue
        last = _last(schedule, history[name], now)
        if last is None:
            continue
        reason = N_("passage manqué, rattrapé une fois") if now - last > LATE else N_("à l’heure prévue")
        found.append(Due(name, last, reason))
    return sorted(found, key=lambda item: (item.instant, item.schedule))


def _last(schedule: Schedule, after: datetime, now: datetime) -> datetime | None:
    """The last instant in (``after``, ``now``]. Looked for in longer and longer spans back from now: a
    minute schedule that slept for a year is not walked minute by minute."""
    for span in _SPANS:
        start = max(after, now - span)
        found = None
        for moment in instants(schedule, start):
            if moment > now:
                break
            found = moment
        if found is not None or start == after:
            return found
    return None


def coming(schedules: Mapping[str, Schedule], now: datetime, count: int) -> list[tuple[datetime, str]]:
    """The next ``count`` instants of all schedules that are not paused, in order."""
    from heapq import merge
    from itertools import islice

    def named(name: str, schedule: Schedule) -> Iterator[tuple[datetime, str]]:
        for moment in instants(schedule, now):
            yield moment, name

    streams = [named(name, schedule) for name, schedule in schedules.items() if not schedule.paused]
    return list(islice(merge(*streams), count))
