"""Published versions: immutable folders, one shown, previews apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from archipel.dashboards import versions
from archipel.dashboards.versions import Version
from archipel.datafolder import DataFolder
from archipel.errors import NotFound


def publish(data: DataFolder, name: str, day: int, draft: str = "") -> Version:
    version = Version(
        name, "pilote", "r1", f"2026-01-{day:02}T06:00:00+00:00", "2026-01-01", "c" * 40, draft=draft
    )
    folder = versions.folder_of(data, "pilote", name)
    folder.mkdir(parents=True)
    versions.write(folder, version)
    return version


def test_the_one_that_is_pointed_at_is_shown_and_one_may_go_back(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    assert versions.current(data, "pilote") is None
    assert versions.listed(data, "pilote") == []
    old, new = publish(data, "v1", 1), publish(data, "v2", 2)
    versions.show(data, "pilote", "v2")
    assert versions.current(data, "pilote") == new
    versions.show(data, "pilote", "v1")
    assert versions.current(data, "pilote") == old
    assert versions.listed(data, "pilote") == [new, old]


def test_a_preview_is_no_version(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    draft = publish(data, "v3", 3, draft="d1")
    assert versions.listed(data, "pilote") == []
    assert versions.preview(data, "v3") == draft
    with pytest.raises(NotFound) as caught:
        versions.show(data, "pilote", "v3")
    assert str(caught.value) == "« pilote » n’a pas de version « v3 »"


@pytest.mark.parametrize("name", ["..", "../..", "*", "v?", "", "/etc"])
def test_a_name_that_is_a_path_finds_nothing(tmp_path: Path, name: str) -> None:
    data = DataFolder(tmp_path)
    publish(data, "v3", 3, draft="d1")
    assert versions.preview(data, name) is None


def test_a_previews_host_is_a_dns_label_of_its_own() -> None:
    long = Version("20260101-abc123", "d" * 40, "r", "", "", "", draft="d1")
    assert long.label == f"brouillon-abc123-{'d' * 40}"
    assert len(long.label) <= 63
