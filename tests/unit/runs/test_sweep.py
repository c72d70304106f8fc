"""What was sent is removed in its time: from the folder of whoever received it, and from the store."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from archipel.artifacts import Artifacts
from archipel.content.checkout import seal
from archipel.content.library import Library, LocalLibrary, code_of
from archipel.content.shared import SharedContent
from archipel.datafolder import DataFolder
from archipel.errors import NotFound
from archipel.portal.app import create_app
from archipel.runs.context import Context
from archipel.runs.sweep import DRAFT_SECONDS, UPLOAD_SECONDS, sweep
from archipel.workspace import Workspace

NOW = time.time()
WORKSPACE = Workspace("shared", "a", "http", "a.fr", 80, "b.fr", "c.fr", ports={"portal": 8082})


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    data = DataFolder(tmp_path / "donnees")
    for folder in (data.inputs, data.drafts):
        folder.mkdir(parents=True)
    return data


@pytest.fixture
def store(tmp_path: Path) -> Artifacts:
    return Artifacts(f"file://{tmp_path}/magasin")


def received(path: Path, age: float) -> Path:
    path.mkdir()
    (path / "a.txt").write_text("a", encoding="utf-8")
    if path.parent.name == "drafts":
        seal(path)
    os.utime(path, (NOW - age, NOW - age))
    return path


def context(data: DataFolder, library: Library, *unfinished: str) -> Context:
    runs = [SimpleNamespace(draft=draft) for draft in unfinished]
    made: Any = SimpleNamespace(data=data, library=library, store=SimpleNamespace(runs=lambda **_how: runs))
    return made


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_uploads_last_a_day_and_drafts_a_month_but_for_those_that_a_run_waits_for(data: DataFolder) -> None:
    received(data.inputs / "jour", UPLOAD_SECONDS + 60)
    received(data.inputs / "heure", UPLOAD_SECONDS - 60)
    for name in ("mois", "attendu", ".mort.part"):
        received(data.drafts / name, DRAFT_SECONDS + 60)
    received(data.drafts / "semaine", DRAFT_SECONDS / 4)
    sweep(context(data, LocalLibrary(data), "attendu"), NOW)
    assert left(data.inputs) == {"heure"}
    assert left(data.drafts) == {"attendu", "semaine"}


def test_the_drafts_of_a_store_leave_with_the_copies_of_them(data: DataFolder, store: Artifacts) -> None:
    library = SharedContent(data, store)
    for name, age in (("mois", DRAFT_SECONDS + 60), ("semaine", 60), ("attendu", DRAFT_SECONDS + 60)):
        received(data.drafts / name, age)
        library.keep_draft(name)
        os.utime(store.folder(f"drafts/{name}.tar"), (NOW - age, NOW - age))
    sweep(context(data, library, "attendu"), NOW)
    assert left(data.drafts) == {"semaine", "attendu"}
    assert store.names("drafts") == ["attendu.tar", "semaine.tar"]


@pytest.mark.parametrize("shared", [False, True])
def test_a_draft_that_is_gone_is_told_in_words(data: DataFolder, store: Artifacts, shared: bool) -> None:
    library = SharedContent(data, store) if shared else LocalLibrary(data)
    with pytest.raises(NotFound, match="ce brouillon n’est plus gardé"):
        code_of(library, "c1", "parti")


def test_a_portal_without_a_scheduler_sweeps_what_it_received(data: DataFolder) -> None:
    old = received(data.inputs / "jour", UPLOAD_SECONDS + 60)
    services: Any = SimpleNamespace(
        context=context(data, LocalLibrary(data)), workspace=WORKSPACE, version="0", form_key=b""
    )
    app = create_app(services, None)

    async def scene() -> None:
        async with app.router.lifespan_context(app):
            while old.exists():
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(scene(), 10))
