"""What the end of a task means for its run: a manifest tells a whole attempt, a cancellation comes first."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from archipel.artifacts import Artifacts, attempt_key
from archipel.backends.task import State, Status
from archipel.runs.attempts import outcome


@pytest.mark.parametrize(
    ("status", "whole", "asked", "state"),
    [
        (Status(State.DONE, 0), True, False, State.DONE),
        # Its process ended well, and its manifest never came.
        (Status(State.DONE, 0), False, False, State.FAILED),
        # Its pod was lost between its manifest and its end.
        (Status(State.INTERRUPTED, None, "node-lost"), True, False, State.DONE),
        (Status(State.INTERRUPTED, 143, "deleted"), False, False, State.INTERRUPTED),
        (Status(State.CANCELLED, None, "stop"), True, False, State.DONE),
        (Status(State.CANCELLED, None, "stop"), False, False, State.INTERRUPTED),
        (Status(State.CANCELLED, None, "stop"), True, True, State.CANCELLED),
        # Somebody sent a manifest before the pod did, which was refused its own.
        (Status(State.FAILED, 4), True, False, State.FAILED),
        (Status(State.FAILED, None, "memory"), False, False, State.FAILED),
    ],
)
def test_the_end_of_a_run(status: Status, whole: bool, asked: bool, state: State, tmp_path: Path) -> None:
    artifacts = Artifacts(f"file://{tmp_path}")
    if whole:
        artifacts.write(f"{attempt_key('bonjour', 'a', 1)}/manifest.json", b"{}")
    context: Any = SimpleNamespace(artifacts=artifacts)
    run: Any = SimpleNamespace(id="a", defi="bonjour", cancel_asked=asked)
    found, failure, reason = outcome(context, run, 1, status)
    assert found is state
    assert (failure is not None) is (state is State.FAILED)
    assert bool(reason) is (state is State.INTERRUPTED)
