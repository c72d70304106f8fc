"""The context of the embedded place: local backend, SQLite ledger, artefacts in the data folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from archipel.artifacts import Artifacts
from archipel.backends.local import LocalBackend
from archipel.catalog.load import cached_catalog
from archipel.content.library import LocalLibrary
from archipel.datafolder import DataFolder
from archipel.environments import ensure, lock_of, locked
from archipel.environments.platformcode import ensure_platform_code
from archipel.isolation import isolation_of
from archipel.runs.context import Context, Published, Tracking
from archipel.runs.folders import Folders
from archipel.runs.rows import Run
from archipel.runs.store import Store, open_engine, upgrade

Say = Callable[[str], None]


def open_store(data: DataFolder) -> Store:
    """The ledger, brought to this release. Only its writer calls this."""
    data.ledger.parent.mkdir(parents=True, exist_ok=True)
    engine = open_engine(f"sqlite:///{data.ledger}")
    upgrade(engine)
    return Store(engine)


def read_store(data: DataFolder) -> Store:
    """The ledger for reading, next to its writer; an empty one where there is none yet."""
    if not data.ledger.is_file():
        return open_store(data)
    return Store(open_engine(f"sqlite:///{data.ledger}"))


def build_context(
    data: DataFolder,
    *,
    tracking: Tracking,
    on_published: Callable[[Published], None],
    say: Say,
    api_url: str = "",
    session_account: str = "",
) -> Context:
    """``session_account``: the system account of a personal workspace's sessions (root); "" where each
    person has their own, or where nothing changes account."""

    def ensure_image(image: str, folder: Path) -> None:
        ensure(data, folder, cached_catalog(folder), image, say)

    def python_of(image: str, lock: str) -> Path:
        return locked(data, image, lock).python

    def identity(run: Run, slot: int) -> str:
        if run.draft:
            return f"person:{session_account or run.run_as}"
        return f"d-{run.defi}" if run.kind == "publication" else f"run-{slot}"

    library = LocalLibrary(data)

    def reader(run: Run) -> str:
        return identity(run, 0) if run.draft else f"d-{run.defi}"

    _make_folders(data)
    artifacts = Artifacts(f"file://{data.artifacts}")
    return Context(
        data=data,
        store=open_store(data),
        artifacts=artifacts,
        backend=LocalBackend(data.running / "tasks", python_of, ensure_platform_code(data)),
        desk=Folders(data, artifacts, library, reader),
        library=library,
        lock_of=lock_of,
        ensure_environment=ensure_image,
        tracking=tracking,
        identity=identity,
        on_published=on_published,
        api_url=api_url,
        isolation=isolation_of(data),
    )


def _make_folders(data: DataFolder) -> None:
    for folder in (data.artifacts, data.inputs, data.running):
        folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        data.artifacts.chmod(0o711)
