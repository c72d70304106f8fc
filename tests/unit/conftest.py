"""What the units share: a small content of its own for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.quick import pytest_collection_finish, pytest_runtest_setup, pytest_runtest_teardown
from support.source import ROOT

__all__ = ["pytest_collection_finish", "pytest_runtest_setup", "pytest_runtest_teardown"]

SCHEDULE = """
schedules:
  matin:
    execution: execution
    cron: 30 6 * * 1-5
    parameters: {nombre: 2}
"""


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
