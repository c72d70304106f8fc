"""What nobody asks for: the runs of the schedules, and those that a new workspace starts with."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from archipel.catalog.models import Schedule
from archipel.errors import ArchipelError
from archipel.identity.person import Person
from archipel.runs.context import Context
from archipel.runs.due import due
from archipel.runs.ledger import Ledger, Request
from archipel.texts import N_

log = logging.getLogger("archipel.scheduler")

FIRST = "premier-demarrage"
"""Name of the schedule that a first start follows."""

CALENDAR = Person("calendrier", admin=True, kind="service")


def schedules_of(context: Context) -> dict[str, Schedule]:
    """``<défi>/<name>`` → schedule, of the pinned catalogue."""
    if context.library.pinned() is None:
        return {}
    return {
        f"{defi}/{name}": schedule
        for defi, declared in context.catalog().defis.items()
        for name, schedule in declared.schedules.items()
    }


class Calendar:
    """``clock``: the time, in UTC. ``first_results``: as the scheduler's."""

    def __init__(
        self, context: Context, ledger: Ledger, clock: Callable[[], datetime], first_results: bool
    ) -> None:
        self._context, self._ledger, self._clock = context, ledger, clock
        self._first_results = first_results

    def take_first(self) -> None:
        if not self._first_results or self._context.library.pinned() is None:
            return
        self._first_results = False
        if self._context.store.runs(limit=1):
            return
        at = self._clock().isoformat()
        for slug, defi in self._context.catalog().defis.items():
            if defi.dashboard is not None:
                self._context.store.since(f"{slug}/{FIRST}", at)
                target = f"{slug}/{defi.dashboard.execution}"
                self._submit(f"{slug}/{FIRST}", target, {}, at, N_("premier démarrage"))

    def take_due(self) -> None:
        store, instant = self._context.store, self._clock()
        schedules = schedules_of(self._context)
        history = {}
        for name in schedules:
            known = store.last_instant(name) or store.since(name, instant.isoformat())
            history[name] = datetime.fromisoformat(known)
        for item in due(schedules, history, instant):
            schedule = schedules[item.schedule]
            target = f"{item.schedule.partition('/')[0]}/{schedule.execution}"
            at = item.instant.isoformat()
            self._submit(item.schedule, target, schedule.parameters, at, item.reason)

    def _submit(self, schedule: str, target: str, given: Mapping[str, Any], at: str, reason: str) -> None:
        """A run for an instant of a schedule, once whatever happens; a refused one is told in the log."""
        store = self._context.store
        if store.taken(schedule, at):
            return
        asked = Request(target, given, schedule=schedule, instant=at, reason=reason)
        try:
            run = self._ledger.submit(asked, CALENDAR)
        except (ArchipelError, OSError) as error:
            log.error("schedule %s at %s: %s", schedule, at, error)
            store.refuse(schedule, at, str(error)[:200])
            return
        log.info("schedule %s at %s: run %s (%s)", schedule, at, run.id, reason)
