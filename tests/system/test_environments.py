"""Environments made for real, from lists that need no network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archipel.catalog.models import Catalog, Image
from archipel.datafolder import DataFolder
from archipel.environments import check, ensure, find, made, remove
from archipel.environments.interpreter import reachable_by_others, shared_interpreter
from archipel.environments.overlay import ensure_overlay
from archipel.environments.platformcode import ensure_platform_code
from archipel.errors import Failed

NOBODY: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: another account must be there")

PROMISES = """
import importlib, json, os
for name in json.loads(os.environ["ARCHIPEL_PROMISES"])["imports"]:
    importlib.import_module(name)
"""


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A parent that installs nothing, a child too, and a unit each."""
    folder = tmp_path / "content"
    for image in ("socle", "enfant"):
        (folder / "images" / image / "units").mkdir(parents=True)
        (folder / "images" / image / "requirements.txt").write_text(f"# {image}\n")
    (folder / "images" / "socle" / "units" / "promises.py").write_text(PROMISES)
    (folder / "images" / "enfant" / "units" / "table.py").write_text("import sqlite3\n")
    return folder


@pytest.fixture
def catalog() -> Catalog:
    def image(parent: str | None, *imports: str) -> Image:
        return Image.model_validate(
            {"title": {"fr": "Essai"}, "parent": parent, "imports": imports, "size_mb": 10}
        )

    images = {"socle": image(None, "json"), "enfant": image("socle", "csv")}
    return Catalog.model_construct(images=images, profiles={}, defis={}, workspace=None)


def test_an_environment_is_made_once_and_told(data: DataFolder, content: Path, catalog: Catalog) -> None:
    heard: list[str] = []
    environment = ensure(data, content, catalog, "socle", heard.append)
    assert heard[0] == "Environnement « socle » : environ 10 Mo sur disque…"
    assert heard[1].startswith("Environnement « socle » prêt en ")
    assert environment.complete
    assert ensure(data, content, catalog, "socle", heard.append) == environment
    assert len(heard) == 2
    assert made(data) == [environment]
    remove(environment)
    assert made(data) == []
    assert not environment.folder.exists()


def test_what_was_interrupted_is_made_anew(data: DataFolder, content: Path, catalog: Catalog) -> None:
    half = find(data, content, "socle")
    (half.folder / "lib").mkdir(parents=True)
    (half.folder / "lib" / "reste").write_text("d’une autre fois")
    environment = ensure(data, content, catalog, "socle", lambda _line: None)
    assert environment.complete
    assert not (environment.folder / "lib" / "reste").exists()


def test_two_commands_make_it_once(data: DataFolder, content: Path, catalog: Catalog, tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from archipel.catalog.models import Catalog, Image
from archipel.datafolder import DataFolder
from archipel.environments import ensure
image = Image.model_validate({"title": {"fr": "Essai"}, "size_mb": 10})
catalog = Catalog.model_construct(images={"socle": image}, profiles={}, defis={}, workspace=None)
ensure(DataFolder(Path(sys.argv[1])), Path(sys.argv[2]), catalog, "socle", print)
"""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(data.root), str(content)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    printed = "".join(process.communicate(timeout=60)[0] for process in started)
    assert [process.returncode for process in started] == [0, 0]
    assert printed.count("Environnement « socle » prêt en ") == 1


def test_what_cannot_be_had_is_a_sentence_and_nothing_is_left(
    data: DataFolder, content: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    lock = "archipel-paquet-absent==1.0 --hash=sha256:" + "0" * 64 + "\n"
    (content / "images" / "socle" / "requirements.txt").write_text(lock)
    with pytest.raises(Failed) as caught:
        ensure(data, content, catalog, "socle", lambda _line: None)
    told = str(caught.value)
    assert told.startswith("l’environnement « socle » n’a pas pu être fait : ")
    assert "archipel-paquet-absent" in told
    assert "Vérifiez l’accès à l’index de paquets" in told
    assert made(data) == []


def test_a_disk_that_is_too_small_is_said_beforehand(
    data: DataFolder, content: Path, catalog: Catalog
) -> None:
    large = catalog.images["socle"].model_copy(update={"size_mb": 10**9})
    huge = Catalog.model_construct(images={"socle": large}, profiles={}, defis={}, workspace=None)
    with pytest.raises(Failed) as caught:
        ensure(data, content, huge, "socle", lambda _line: None)
    assert "l’environnement « socle » en demande 1000000000" in str(caught.value)
    assert not find(data, content, "socle").folder.exists()


def test_a_child_is_checked_as_its_parent_is(data: DataFolder, content: Path, catalog: Catalog) -> None:
    environment = ensure(data, content, catalog, "enfant", lambda _line: None)
    code = ensure_platform_code(data)
    results = list(check(environment, content, catalog, code))
    assert [(r.name, r.problem) for r in results] == [("socle/promises.py", ""), ("enfant/table.py", "")]
    (content / "images" / "socle" / "units" / "promises.py").write_text("raise SystemExit('promesse rompue')")
    assert next(iter(check(environment, content, catalog, code))).problem == "promesse rompue"


def test_a_person_s_packages_are_theirs_and_come_first(
    data: DataFolder, content: Path, catalog: Catalog, tmp_path: Path
) -> None:
    environment = ensure(data, content, catalog, "socle", lambda _line: None)
    shared = next((environment.folder / "lib").glob("python3.*")) / "site-packages"
    (shared / "outil.py").write_text("WHOSE = 'image'\n")
    (shared / "commun.py").write_text("WHOSE = 'image'\n")
    home = tmp_path / "home"
    overlay = ensure_overlay(home, "socle", environment.folder, (ensure_platform_code(data),))
    assert overlay == home / ".archipel" / "overlay" / "socle"
    own = next((overlay / "lib").glob("python3.*")) / "site-packages"
    (own / "outil.py").write_text("WHOSE = 'personne'\n")
    assert ensure_overlay(home, "socle", environment.folder, (ensure_platform_code(data),)) == overlay

    def whose(python: Path) -> str:
        program = "import outil, commun; print(outil.WHOSE, commun.WHOSE)"
        return subprocess.run(
            [str(python), "-c", program], capture_output=True, text=True, check=True
        ).stdout.strip()

    assert whose(overlay / "bin" / "python") == "personne image"
    assert whose(environment.python) == "image image"
    version = subprocess.run(
        [
            str(overlay / "bin" / "python"),
            "-c",
            "import archipel.output as o, sys; print(o.__file__, sys.prefix)",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert Path(version[0]).is_relative_to(data.root)
    assert version[1] == str(overlay)


def test_the_interpreter_is_one_that_others_may_execute(data: DataFolder) -> None:
    python = shared_interpreter(data)
    done = subprocess.run(
        [str(python), "-c", "import venv, sys; print(sys.version_info[1])"], capture_output=True
    )
    assert int(done.stdout) == sys.version_info.minor
    if os.geteuid() == 0:
        assert reachable_by_others(python) or python.is_relative_to(data.root)


@needs_root
def test_another_account_runs_it(data: DataFolder, content: Path, catalog: Catalog, tmp_path: Path) -> None:
    environment = ensure(data, content, catalog, "socle", lambda _line: None)
    code = ensure_platform_code(data)
    # pytest's folders are 0700; the data folder's own modes are what is tried.
    for folder in (data.root, tmp_path, *tmp_path.parents[:-1]):
        folder.chmod(folder.stat().st_mode | 0o055)
    done = subprocess.run(
        [str(environment.python), "-c", "import os, archipel.output as o; print(os.getuid(), o.__file__)"],
        env={"PYTHONPATH": str(code), "PATH": "/usr/bin:/bin"},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        **NOBODY,
    )
    uid, module = done.stdout.split()
    assert uid == "65534"
    assert Path(module).is_relative_to(code)
