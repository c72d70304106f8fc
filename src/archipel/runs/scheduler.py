"""The loop: due → queued → started → observed → recorded. It never executes a notebook itself."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from archipel.artifacts import attempt_key
from archipel.backends.task import Refusal, State
from archipel.catalog.load import cached_catalog
from archipel.errors import ArchipelError, Unavailable
from archipel.runs import attempts, reasons
from archipel.runs.calendar import CALENDAR, Calendar
from archipel.runs.context import Context, Published
from archipel.runs.environments import Environments
from archipel.runs.ledger import Ledger
from archipel.runs.leftovers import Leftovers
from archipel.runs.rows import Attempt, Run, now
from archipel.runs.sweep import SWEEP_SECONDS, sweep
from archipel.texts import translate as _

log = logging.getLogger("archipel.scheduler")

FIRST_PAUSE_SECONDS, MOST_PAUSE_SECONDS = 0.5, 60.0
"""Between two tries of a start that nobody answers: twice as long each time."""


class Scheduler:
    """``slots``: how many runs at a time (one a processor by default). ``clock``: the time, in UTC.

    ``canary``: turned with the rest, where the network of what is « sensible » must be tried.
    ``first_results``: whether a ledger without any run gets one of each dashboard's execution, so that a
    new workspace has something to show.
    """

    def __init__(
        self,
        context: Context,
        slots: int = 0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        first_results: bool = False,
        canary: Callable[[], None] = lambda: None,
    ) -> None:
        self._look_out = canary
        self._context, self._clock = context, clock
        self.ledger = Ledger(context)
        self._calendar = Calendar(context, self.ledger, clock, first_results)
        self._swept = 0.0
        self._pause, self._not_before = FIRST_PAUSE_SECONDS, 0.0
        self._leftovers = Leftovers(context.store, context.backend)
        self._slots = slots or max(1, os.cpu_count() or 1)
        self._environments = Environments(context.ensure_environment)

    def tick(self) -> None:
        """One turn; nothing that one run does wrong stops the others."""
        runs = (self._calendar.take_first, self._calendar.take_due, self._observe, self._cancel, self._start)
        usual = (*runs, self._sweep, self._leftovers.tidy)
        for step in (*usual, self._look_out):
            try:
                step()
            except Exception:
                log.exception("scheduler step %s", step.__name__)

    def _sweep(self) -> None:
        moment = self._clock().timestamp()
        if moment - self._swept > SWEEP_SECONDS:
            self._swept = moment
            sweep(self._context, moment)

    def turn_one(self, run_id: str) -> None:
        """A turn for one run alone, in the order that ends it: for a command without a workspace."""
        run = self._context.store.run(run_id)
        if run.state is State.QUEUED and not run.cancel_asked:
            image = attempts.image_of(self._context, run)
            self._context.ensure_environment(image, self._context.requirements_of(run))
            self._begin(run, next(self._free_slots(1000)))
        self._cancel()
        self._observe()

    def finish(self, run_id: str, heard: Callable[[], None], every: float = 0.1) -> None:
        """Turns for one run until it has ended; an interruption from the keyboard cancels it."""
        store = self._context.store
        while not store.run(run_id).state.final:
            try:
                self.turn_one(run_id)
                heard()
                time.sleep(every)
            except KeyboardInterrupt:
                store.change(run_id, cancel_asked=True)

    def _start(self) -> None:
        """The queue in its order; a run whose environment is still being made lets the next ones pass.

        While the workspace stops, what waits goes on waiting: it starts at the next start.
        """
        if self._context.data.stopping.exists():
            return
        if time.monotonic() < self._not_before:
            return
        free = self._free_slots(self._slots)
        # Read once a turn, however many wait for it.
        isolated = cache(self._context.isolation.held)
        for run in self._context.store.runs(states=(State.QUEUED,), limit=1000, oldest_first=True):
            try:
                image = attempts.image_of(self._context, run)
                if attempts.held(self._context, run, isolated):
                    continue
                if not self._environments.ready(image, self._context.requirements_of(run)):
                    continue
            except Unavailable as error:
                # What waits goes on waiting, in its order.
                log.warning("run %s waits: %s", run.id, error)
                return
            except Exception as error:
                self._could_not_start(run, 0, error)
                continue
            slot = next(free, None)
            if slot is None or not self._begin(run, slot):
                return

    def _free_slots(self, count: int) -> Iterator[int]:
        store = self._context.store
        running = store.runs(states=(State.RUNNING,), limit=None)
        taken = {store.attempts(run.id)[-1].slot for run in running}
        return iter([slot for slot in range(1, count + 1) if slot not in taken])

    def _begin(self, run: Run, slot: int) -> bool:
        """False where nobody answered: nothing of the run is lost, and it is tried again a while later."""
        store = self._context.store
        before = store.attempts(run.id)
        number = len(before) + 1
        try:
            for attempt in before[-1:]:
                # A start without an answer may have been heard: what it left goes first.
                self._context.backend.forget(attempt.task)
            attempts.begin(self._context, run, number, slot)
            log.info("run %s started (attempt %d, slot %d)", run.id, number, slot)
        except Unavailable as error:
            log.warning("run %s waits: %s", run.id, error)
            reason = reasons.SILENT if error.code == "cluster.silent" else reasons.AWAY
            store.put_back(run.id, number, _(reason))
            # Each try is an attempt of the ledger's: a cluster that is long away does not fill it.
            self._not_before = time.monotonic() + self._pause
            self._pause = min(MOST_PAUSE_SECONDS, 2 * self._pause)
            return False
        except Exception as error:
            self._could_not_start(run, number, error)
        self._pause = FIRST_PAUSE_SECONDS
        return True

    def _could_not_start(self, run: Run, number: int, error: Exception) -> None:
        log.error("run %s could not start", run.id, exc_info=error)
        failure = _failure(_("Démarrage"), error)
        run = self._context.store.end(run.id, number, State.FAILED, failure=failure)
        last = self._context.store.attempts(run.id)[-1:]
        for attempt in last:
            _at_best(attempts.seal, self._context, run, attempt.number)
        _at_best(self._context.desk.discard_inputs, run)
        self._close(run, number, run.state)
        for attempt in last:
            self._leftovers.forget(attempt.task)

    def _observe(self) -> None:
        for run in self._context.store.runs(states=(State.RUNNING,), limit=None):
            try:
                self._look_at(run)
            except Unavailable as error:
                # The others would wait as long for the same: the next turn asks again.
                log.warning("run %s waits: %s", run.id, error)
                return
            except Exception:
                log.exception("run %s could not be looked at", run.id)

    def _look_at(self, run: Run) -> None:
        """Record the end of a run, if it has come. Each step may be done again after a stop in between."""
        store = self._context.store
        attempt = store.attempts(run.id)[-1]
        status = self._context.backend.state(attempt.task)
        if not status.state.final:
            waiting = reasons.sentence(status.reason)
            if waiting != (run.reason or ""):
                store.change(run.id, reason=waiting)
            return
        ended = now()
        state, failure, reason = attempts.outcome(self._context, run, attempt.number, status)
        attempts.seal(self._context, run, attempt.number)
        if state is State.DONE and run.kind in ("publication", "preview"):
            # Shown before it is told done: who waits for the end finds the version in its place.
            state, failure = self._show(replace(run, state=state, ended=ended), attempt)
        self._close(run, attempt.number, state)
        if state is State.DONE and run.kind == "run" and run.schedule and not store.has_children(run.id):
            # Before its end is recorded: nobody looks at it afterwards.
            self._publish_after(run)
        values = {"exit_code": status.exit_code, "failure": failure, "reason": reason}
        store.end(run.id, attempt.number, state, ended, **values)
        self._leftovers.forget(attempt.task)
        log.info("run %s ended: %s", run.id, state)

    def _close(self, run: Run, number: int, state: State) -> None:
        if run.mlflow_run:
            left = self._context.artifacts.under(attempt_key(run.defi, run.id, number))
            self._context.tracking.close(run, state, left)

    def _show(self, run: Run, attempt: Attempt) -> tuple[State, dict[str, Any] | None]:
        """The version of a dashboard; a page that cannot be shown is a publication that failed."""
        store = self._context.store
        try:
            source = store.run(store.parents(run.id)[0])
            key_of = self._context.artifacts.key_of
            key, source_key = key_of(attempt.folder), key_of(store.attempts(source.id)[-1].folder)
            synthetic = cached_catalog(self._context.folder_of(run)).defis[run.defi].synthetic
            self._context.on_published(Published(run, key, source, source_key, synthetic))
        except Unavailable:
            raise
        except Exception as error:
            log.exception("run %s could not be shown", run.id)
            return State.FAILED, _failure("Publication", error)
        return State.DONE, None

    def _publish_after(self, run: Run) -> None:
        declared = self._context.catalog().defis.get(run.defi)
        board = declared.dashboard if declared else None
        if board is None or board.execution != run.execution:
            return
        try:
            self.ledger.publish(run.defi, CALENDAR, shows=run)
        except ArchipelError:
            # What refuses it (a declaration that changed since, for one) does not keep the run from its end.
            log.exception("run %s could not be published", run.id)

    def _cancel(self) -> None:
        store = self._context.store
        for run in store.runs(states=(State.QUEUED, State.RUNNING), cancel_asked=True, limit=None):
            if run.state is State.QUEUED:
                for attempt in store.attempts(run.id)[-1:]:
                    # Its start was not answered.
                    self._context.backend.forget(attempt.task)
                self._context.desk.discard_inputs(run)
                self._close(store.end(run.id, 0, State.CANCELLED), 0, State.CANCELLED)
            else:
                self._context.backend.stop(store.attempts(run.id)[-1].task)


def _at_best(work: Callable[..., None], *about: Any) -> None:
    """What may fail without a loss: its run has ended, and what comes after it matters as much."""
    try:
        work(*about)
    except Exception:
        log.exception("after the end of a run")


def _failure(step: str, error: Exception) -> dict[str, Any]:
    """What is told of it: our own sentences, the name alone of what nobody foresaw."""
    if isinstance(error, Refusal):
        return reasons.refused(str(error))
    message = str(error) if isinstance(error, ArchipelError | OSError) else type(error).__name__
    return {"cell": None, "error": step, "message": message[:2000]}
