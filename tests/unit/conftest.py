"""What the units share: a small content of its own for each test."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import croniter  # noqa: F401  # it asks « file » of the interpreter, once
import matplotlib.font_manager  # noqa: F401  # it asks « fc-list » on a machine's first time
import pytest
from hypothesis import settings

from support.source import ROOT

# joblib counts physical cores by a command, unless it is told.
os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")
settings.register_profile("unit", max_examples=40, derandomize=True, deadline=None, database=None)
settings.load_profile("unit")

SCHEDULE = """
schedules:
  matin:
    execution: execution
    cron: 30 6 * * 1-5
    parameters: {nombre: 2}
"""


# While modules are imported nothing becomes garbage, and little of what a test leaves is.
gc.disable()


def pytest_collection_finish() -> None:
    """What was imported stays: it is not looked through again at each collection of garbage."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


STARTED = subprocess.Popen.__init__


def _refuse(_self: object, command: object, *_more: object, **_options: object) -> None:
    raise AssertionError(f"a process in a unit test: {command!r}; its place is tests/system")


def pytest_runtest_setup() -> None:
    subprocess.Popen.__init__ = _refuse  # type: ignore[method-assign]  # for as long as a test of here lasts


def pytest_runtest_teardown() -> None:
    subprocess.Popen.__init__ = STARTED  # type: ignore[method-assign]  # as it was


@pytest.fixture(scope="session")
def plain_content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of this tree outside of its clone, to be read: nothing asks git."""
    folder = tmp_path_factory.mktemp("content")
    for part in ("catalog", "images", "notebooks"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("sortie", "__pycache__"))
    return folder


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The catalogue with « bonjour » alone, which a schedule starts, and its notebooks."""
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "catalog", folder / "catalog", ignore=shutil.ignore_patterns("defis"))
    (folder / "catalog" / "defis").mkdir()
    shutil.copy(ROOT / "catalog" / "defis" / "bonjour.yaml", folder / "catalog" / "defis")
    shutil.copytree(ROOT / "notebooks" / "bonjour", folder / "notebooks" / "bonjour")
    with (folder / "catalog" / "defis" / "bonjour.yaml").open("a", encoding="utf-8") as file:
        file.write(SCHEDULE.lstrip("\n"))
    return folder


@pytest.fixture
def change(content: Path) -> Callable[[str, str, str], None]:
    """Replace what a file of the content says, once: ``change(IMAGES, "parent:", "parnt:")``."""

    def apply(name: str, before: str, after: str) -> None:
        path = content / name
        text = path.read_text(encoding="utf-8")
        assert text.count(before) >= 1, f"{name} does not say {before!r}"
        path.write_text(text.replace(before, after, 1), encoding="utf-8")

    return apply
