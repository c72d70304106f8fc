"""The locks: one for each declared list, hashed, and naming no package index."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from archipel.catalog.load import load_catalog

ROOT = Path(__file__).parents[3]
LOCKS = sorted([*(ROOT / "requirements").glob("*.txt"), *(ROOT / "images").glob("*/requirements.txt")])
PINNED = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==\S+(?: ; .*)? \\$", re.M)


def test_every_list_has_its_lock() -> None:
    lists = sorted([*(ROOT / "requirements").glob("*.in"), *(ROOT / "images").glob("*/requirements.in")])
    assert [path for path in lists if not path.with_suffix(".txt").is_file()] == []
    images = [*load_catalog(ROOT).images, "platform"]
    assert {f"images/{name}/requirements.txt" for name in images} == {
        str(path.relative_to(ROOT)) for path in LOCKS if "images" in path.parts
    }


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_version_is_pinned_and_hashed_and_no_index_is_named(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    blocks = re.split(r"\n(?=[a-z0-9])", re.sub(r"^\s*#.*\n", "", text, flags=re.M).strip())
    assert blocks
    for block in blocks:
        assert PINNED.match(block), block.splitlines()[0]
        assert "--hash=sha256:" in block


def asked_by(lock: Path) -> list[str]:
    """Lines of the list that a lock is compiled from; the platform's is in pyproject.toml."""
    declared = lock.with_suffix(".in")
    if declared.is_file():
        lines = declared.read_text().splitlines()
        return [line for line in lines if line.strip() and not line.startswith(("#", "-"))]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = ["hub", "kubernetes"] if lock.parent.name == "platform" else ["hub"]
    return [
        *project["dependencies"],
        *(line for extra in extras for line in project["optional-dependencies"][extra]),
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_asked_is_in_the_lock(lock: Path) -> None:
    names = [re.sub(r"[._]", "-", re.split(r"[=<>!~\[ ;]", line)[0].lower()) for line in asked_by(lock)]
    assert names
    assert [name for name in names if name not in PINNED.findall(lock.read_text())] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_left_out_is_in_no_lock(lock: Path) -> None:
    lines = (ROOT / "requirements" / "left-out").read_text().splitlines()
    names = {line.split(" ;")[0] for line in lines if line and not line.startswith("#")}
    assert names
    assert names.isdisjoint(PINNED.findall(lock.read_text()))


def versions_in(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==(\S+)", lock.read_text(), re.M))


def test_the_platform_is_the_same_in_both_places() -> None:
    image = versions_in(ROOT / "images" / "platform" / "requirements.txt")
    machine = versions_in(ROOT / "requirements" / "platform.txt")
    assert {name: (v, image.get(name)) for name, v in machine.items() if image.get(name) != v} == {}


def test_children_keep_their_parents_versions() -> None:
    def versions(image: str) -> dict[str, str]:
        return versions_in(ROOT / "images" / image / "requirements.txt")

    catalog = load_catalog(ROOT)
    for name, image in catalog.images.items():
        if image.parent is not None:
            mine = versions(name)
            differing = {k: (v, mine.get(k)) for k, v in versions(image.parent).items() if mine.get(k) != v}
            assert differing == {}, name


@pytest.mark.parametrize("place", ["src/archipel/hub/proxy", "tests/support/oidc"])
def test_locks_of_node_name_no_registry(place: str) -> None:
    folder = ROOT / place
    lock = json.loads((folder / "package-lock.json").read_text())
    asked = json.loads((folder / "package.json").read_text())
    assert lock["packages"][""]["dependencies"] == asked["dependencies"]
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if not entry.get("integrity")] == []
