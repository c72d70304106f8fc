"""The interpreter, the folders and the orders of attempts that are executed for real."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archipel.environments import find
from archipel.errors import ArchipelError
from archipel.notebook.order import Order
from archipel.settings import read_settings
from support.attempts import Attempt, Prepare, encoded, write_notebook
from support.source import ROOT


def interpreter(image: str) -> Path:
    """Of the image on this machine. Skips the test where it is not made."""
    settings = read_settings()
    try:
        environment = find(settings.data, ROOT, image)
    except ArchipelError as error:
        pytest.skip(str(error))
    if not environment.complete:
        pytest.skip(f"needs {environment.folder}, which `archipel env install {image}` makes")
    return environment.python


@pytest.fixture
def place() -> Iterator[Path]:
    """A short path: the kernel's sockets lie below it."""
    folder = Path(tempfile.mkdtemp(prefix="essai-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def prepare(place: Path) -> Prepare:
    """``prepare(notebook="notebooks/…")`` for one of this project, ``prepare("code", …)`` for cells after
    a title and the cell ``parameters``; what else an order holds by its name (``image``: whose environment
    runs it)."""

    def make(
        *cells: str,
        parameters_cell: str = "nombre: int = 1",
        parameters: dict[str, Any] | None = None,
        secrets: dict[str, str] | None = None,
        **more: Any,
    ) -> Attempt:
        image = more.pop("image", "datascience")
        python = interpreter(image)
        number = len(list(place.glob("attempt-*")))
        folder, content = place / f"attempt-{number}", ROOT
        folder.mkdir()
        (place / f"scratch-{number}").mkdir()
        if "notebook" not in more:
            content = place / f"content-{number}"
            more["notebook"] = "notebooks/essai/execution.ipynb"
            write_notebook(content / more["notebook"], parameters_cell, *cells)
        order = Order(
            defi="essai",
            execution="execution",
            run="20240101-000000-aaaaaa",
            attempt=1,
            content=str(content),
            commit="c" * 40,
            image=image,
            lock="0" * 12,
            folder=str(folder),
            parameters=encoded(parameters or {}),
            secrets=tuple(secrets or ()),
            notebook=more.pop("notebook"),
        )
        return Attempt(python, place / f"scratch-{number}", replace(order, **more), secrets or {})

    return make
