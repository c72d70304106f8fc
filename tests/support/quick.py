"""What tests without a process or a network have in common. Their `conftest.py` imports the hooks."""

from __future__ import annotations

import gc
import os
import subprocess

import croniter  # noqa: F401  # it asks « file » of the interpreter, once
import matplotlib.font_manager  # noqa: F401  # it asks « fc-list » on a machine's first time
from hypothesis import settings

# joblib counts physical cores by a command, unless it is told.
os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")
settings.register_profile("unit", max_examples=40, derandomize=True, deadline=None, database=None)
settings.load_profile("unit")

# While modules are imported nothing becomes garbage, and little of what a test leaves is.
gc.disable()


def pytest_collection_finish() -> None:
    """What was imported stays: it is not looked through again at each collection of garbage."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


STARTED = subprocess.Popen.__init__


def _refuse(_self: object, command: object, *_more: object, **_options: object) -> None:
    raise AssertionError(f"a process in a test without any: {command!r}; its place is tests/system")


def pytest_runtest_setup() -> None:
    subprocess.Popen.__init__ = _refuse  # type: ignore[method-assign]  # for as long as such a test lasts


def pytest_runtest_teardown() -> None:
    subprocess.Popen.__init__ = STARTED  # type: ignore[method-assign]  # as it was
