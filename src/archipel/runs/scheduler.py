"""The loop: due → queued → started → observed → recorded. It never executes a notebook itself."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from archipel.backends.task import State
from archipel.catalog.models import Schedule
from archipel.errors import ArchipelError
from archipel.identity.person import Person
from archipel.runs import attempts
from archipel.runs.context import Context, Published, cached_catalog
from archipel.runs.due import due
from archipel.runs.ledger import Ledger, Request
from archipel.runs.store import Run

log = logging.getLogger("archipel.scheduler")

CALENDAR = Person("calendrier", admin=True, kind="service")


def schedules_of(context: Context) -> dict[str, Schedule]:
    """``<défi>/<name>`` → schedule, of the pinned catalogue."""
    if context.content() is None:
        return {}
    return {
        f"{defi}/{name}": schedule
        for defi, declared in context.catalog().defis.items()
        for name, schedule in declared.schedules.items()
    }


class Scheduler:
    """``slots``: how many runs at a time. ``clock``: the time, in UTC."""

    def __init__(
        self, context: Context, slots: int = 0, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._context, self._clock = context, clock
        self.ledger = Ledger(context)
        self._slots = slots or max(1, os.cpu_count() or 1)

    def tick(self) -> None:
        """One turn; nothing that one run does wrong stops the others."""
        for step in (self._take_due, self._observe, self._cancel, self._start):
            try:
                step()
            except Exception:
                log.exception("scheduler step %s", step.__name__)

    def turn_one(self, run_id: str) -> None:
        """A turn for one run alone, in the order that ends it: for a command without a workspace."""
        run = self._context.store.run(run_id)
        if run.state is State.QUEUED and not run.cancel_asked:
            self._begin(run, 1)
        self._cancel()
        self._observe()

    @property
    def busy(self) -> bool:
        return bool(self._context.store.runs(states=(State.QUEUED, State.RUNNING), limit=1))

    def _take_due(self) -> None:
        store, now = self._context.store, self._clock()
        schedules = schedules_of(self._context)
        history = {}
        for name in schedules:
            known = store.last_instant(name) or store.since(name, now.isoformat())
            history[name] = datetime.fromisoformat(known)
        for item in due(schedules, history, now):
            at = item.instant.isoformat()
            if not store.claim(item.schedule, at, item.reason):
                continue
            schedule = schedules[item.schedule]
            target = f"{item.schedule.partition('/')[0]}/{schedule.execution}"
            request = Request(target, schedule.parameters, schedule=item.schedule, instant=at)
            try:
                run = self.ledger.submit(request, CALENDAR)
            except ArchipelError as error:
                log.error("schedule %s at %s: %s", item.schedule, at, error)
                continue
            store.link_instant(item.schedule, at, run.id)
            log.info("schedule %s at %s: run %s (%s)", item.schedule, at, run.id, item.reason)

    def _start(self) -> None:
        store = self._context.store
        running = store.runs(states=(State.RUNNING,), limit=1000)
        taken = {store.attempts(run.id)[-1].slot for run in running}
        queued = store.runs(states=(State.QUEUED,), limit=1000)
        for run in reversed(queued):
            free = [slot for slot in range(1, self._slots + 1) if slot not in taken]
            if not free:
                return
            self._begin(run, free[0])
            taken.add(free[0])

    def _begin(self, run: Run, slot: int) -> None:
        number = len(self._context.store.attempts(run.id)) + 1
        try:
            attempts.begin(self._context, run, number, slot)
            log.info("run %s started (attempt %d, slot %d)", run.id, number, slot)
        except Exception as error:
            log.exception("run %s could not start", run.id)
            message = str(error) if isinstance(error, ArchipelError | OSError) else type(error).__name__
            failure = {"cell": None, "error": "Démarrage", "message": message[:2000]}
            self._context.store.end(run.id, number, State.FAILED, failure=failure)

    def _observe(self) -> None:
        store, backend = self._context.store, self._context.backend
        for run in store.runs(states=(State.RUNNING,), limit=1000):
            attempt = store.attempts(run.id)[-1]
            status = backend.state(attempt.task)
            if not status.state.final:
                continue
            folder = Path(attempt.folder)
            state, failure, reason = attempts.outcome(folder, status)
            attempts.seal(self._context, run, attempt.number, folder)
            ended = store.end(
                run.id, attempt.number, state, exit_code=status.exit_code, failure=failure, reason=reason
            )
            log.info("run %s ended: %s", run.id, state)
            self._after(ended, folder)

    def _after(self, run: Run, folder: Path) -> None:
        """What follows an end: MLflow, the version of a dashboard, the publication of a scheduled run."""
        store = self._context.store
        if run.mlflow_run:
            self._context.tracking.close(run, run.state, folder)
        if run.state is not State.DONE:
            return
        if run.kind in ("publication", "preview"):
            source = store.run(store.parents(run.id)[0])
            source_folder = Path(store.attempts(source.id)[-1].folder)
            synthetic = cached_catalog(self._context.folder_of(run)).defis[run.defi].synthetic
            self._context.on_published(Published(run, folder, source, source_folder, synthetic))
        elif run.schedule:
            board = self._context.catalog().defis[run.defi].dashboard
            if board is not None and board.execution == run.execution:
                self.ledger.publish(run.defi, CALENDAR)

    def _cancel(self) -> None:
        store = self._context.store
        for run in store.runs(states=(State.QUEUED, State.RUNNING), limit=1000):
            if not run.cancel_asked:
                continue
            if run.state is State.QUEUED:
                store.end(run.id, 0, State.CANCELLED)
            else:
                self._context.backend.stop(store.attempts(run.id)[-1].task)
