"""What a backend keeps of tasks whose run has ended: forgotten at once, or as soon as it answers."""

from __future__ import annotations

import logging

from archipel.backends.task import Backend, State
from archipel.errors import Unavailable
from archipel.runs.store import Store

log = logging.getLogger("archipel.scheduler")

RECENT = 50
"""How many ended runs a scheduler that starts looks at again: the one before may not have come to it."""


class Leftovers:
    def __init__(self, store: Store, backend: Backend) -> None:
        self._store, self._backend = store, backend
        self._left: set[str] | None = None

    def forget(self, task: str) -> None:
        """A backend that does not answer is asked again by `tidy`, and holds nothing up."""
        try:
            self._backend.forget(task)
        except Unavailable as error:
            log.warning("task %s is still kept: %s", task, error)
            if self._left is not None:
                self._left.add(task)
        except Exception:
            log.exception("task %s could not be forgotten", task)

    def tidy(self) -> None:
        """At each turn of the scheduler. At the first, what is left is what the ledger's last runs had."""
        if self._left is None:
            self._left = self._recent()
        for task in sorted(self._left):
            try:
                self._backend.forget(task)
            except Unavailable as error:
                # The others would wait as long for the same: the next turn asks again.
                log.warning("task %s is still kept: %s", task, error)
                return
            except Exception:
                log.exception("task %s could not be forgotten", task)
            self._left.discard(task)

    def _recent(self) -> set[str]:
        ended = self._store.runs(states=tuple(state for state in State if state.final), limit=RECENT)
        return {attempt.task for run in ended for attempt in self._store.attempts(run.id)[-1:]}
