"""Published versions: immutable folders, one shown, previews apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from archipel.artifacts import Artifacts
from archipel.dashboards import versions
from archipel.dashboards.versions import Version
from archipel.errors import NotFound


def publish(store: Artifacts, name: str, day: int, draft: str = "") -> Version:
    version = Version(
        name, "pilote", "r1", f"2026-01-{day:02}T06:00:00+00:00", "2026-01-01", "c" * 40, draft=draft
    )
    versions.write(store, version)
    return version


def test_the_one_that_is_pointed_at_is_shown_and_one_may_go_back(tmp_path: Path) -> None:
    store = Artifacts(f"file://{tmp_path}")
    assert versions.current(store, "pilote") is None
    assert versions.listed(store, "pilote") == []
    old, new = publish(store, "v1", 1), publish(store, "v2", 2)
    versions.show(store, "pilote", "v2")
    assert versions.current(store, "pilote") == new
    versions.show(store, "pilote", "v1")
    assert versions.current(store, "pilote") == old
    assert versions.listed(store, "pilote") == [new, old]


def test_a_preview_is_no_version(tmp_path: Path) -> None:
    store = Artifacts(f"file://{tmp_path}")
    draft = publish(store, "v3", 3, draft="d1")
    assert versions.listed(store, "pilote") == []
    assert versions.preview(store, "v3") == draft
    with pytest.raises(NotFound) as caught:
        versions.show(store, "pilote", "v3")
    assert str(caught.value) == "« pilote » n’a pas de version « v3 »"


@pytest.mark.parametrize("name", ["..", "../..", "*", "v?", "", "/etc"])
def test_a_name_that_is_a_path_finds_nothing(tmp_path: Path, name: str) -> None:
    store = Artifacts(f"file://{tmp_path}")
    publish(store, "v3", 3, draft="d1")
    assert versions.preview(store, name) is None


def test_a_previews_host_is_a_dns_label_of_its_own() -> None:
    long = Version("20260101-abc123", "d" * 40, "r", "", "", "", draft="d1")
    assert long.label == f"brouillon-abc123-{'d' * 40}"
    assert len(long.label) <= 63


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"id": "v1"}',
        b"[" * 100_000,
        b'{"id": "v1", "defi": "pilote", "run": 1, "published": 2, "computed": "", "commit": ""}',
        b'{"id": "v1", "defi": "paie", "run": "r", "published": "", "computed": "", "commit": ""}',
        b'{"id": "v2", "defi": "pilote", "run": "r", "published": "", "computed": "", "commit": ""}',
        b'{"id": "v1", "defi": "pilote", "run": "r", "published": "", "computed": "", "commit": "", "x": 1}',
    ],
)
def test_a_version_that_is_not_its_folders_own_hides_no_other(
    tmp_path: Path, text: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    store = Artifacts(f"file://{tmp_path}")
    good = publish(store, "v3", 3)
    store.write("dashboards/pilote/v1/version.json", text)
    assert versions.listed(store, "pilote") == [good]
    assert versions.preview(store, "v1") is None
    assert "version v1 left out, malformed" in caplog.text
