"""The clean-up of a home: it stays within the home whatever path it is given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archipel.errors import ArchipelError
from archipel.sessions import room
from archipel.sessions.activity import is_use
from archipel.sessions.probe import home_trouble
from archipel.sessions.trial import wanted
from archipel.sessions.watch import health_url
from archipel.texts import speaking


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "travail" / ".ipynb_checkpoints").mkdir(parents=True)
    (home / "travail" / "gros.bin").write_bytes(b"x" * 300_000)
    (home / "travail" / ".ipynb_checkpoints" / "a.ipynb").write_bytes(b"x" * 9000)
    (home / ".cache" / "pip").mkdir(parents=True)
    (home / ".cache" / "pip" / "paquet").write_bytes(b"x" * 50_000)
    outside = tmp_path / "ailleurs"
    outside.mkdir()
    (outside / "precieux").write_text("x")
    (home / "lien").symlink_to(outside)
    return home


def test_the_largest_come_first_and_links_are_not_followed(home: Path) -> None:
    found = room.measure(home)
    assert found.whole
    assert found.files[0].path == "travail/gros.bin"
    assert found.folders[0].path == "travail"
    assert {item.path for item in found.caches} == {".cache", "travail/.ipynb_checkpoints"}
    assert not any("precieux" in item.path for item in found.files)


def test_a_walk_without_time_says_that_it_is_partial(home: Path) -> None:
    assert room.measure(home, seconds=-1).whole is False


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "..",
        "../ailleurs/precieux",
        "/etc/passwd",
        "travail/../../ailleurs",
        "a\0b",
        "lien/precieux",
    ],
)
def test_nothing_outside_is_deleted(home: Path, path: str) -> None:
    with pytest.raises(ArchipelError):
        room.delete(home, path)
    assert (home.parent / "ailleurs" / "precieux").exists()
    assert (home / "travail" / "gros.bin").exists()


def test_a_link_is_deleted_not_what_it_names(home: Path) -> None:
    room.delete(home, "lien")
    assert not os.path.lexists(home / "lien")
    assert (home.parent / "ailleurs" / "precieux").exists()


def test_files_folders_and_caches_go(home: Path) -> None:
    room.delete(home, "travail/gros.bin")
    assert not (home / "travail" / "gros.bin").exists()
    assert room.delete_caches(home) == []
    assert not (home / ".cache").exists()
    assert not (home / "travail" / ".ipynb_checkpoints").exists()
    room.delete(home, "travail")
    assert not (home / "travail").exists()
    with pytest.raises(ArchipelError):
        room.delete(home, "travail")


def test_an_environment_is_set_aside_and_counts_as_a_cache(home: Path) -> None:
    overlay = home / ".archipel" / "overlay" / "datascience"
    overlay.mkdir(parents=True)
    (overlay / "paquet").write_bytes(b"x" * 5000)
    moved = room.set_aside(overlay, keep=True)
    assert moved is not None
    assert (moved / "paquet").is_file()
    assert not overlay.exists()
    assert str(moved.relative_to(home)) in {item.path for item in room.measure(home).caches}
    assert room.set_aside(overlay, keep=True) is None


def test_sizes_are_told_in_the_reader_s_language() -> None:
    assert [room.bytes_text(size) for size in (12, 4_500, 7_000_000, 2_340_000_000)] == [
        "12 o",
        "4 ko",
        "7 Mo",
        "2,3 Go",
    ]
    with speaking("en"):
        assert room.bytes_text(2_340_000_000) == "2.3 GB"


def test_a_home_is_probed_for_good(tmp_path: Path) -> None:
    assert home_trouble(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []
    assert home_trouble(tmp_path / "absent") == "home.closed"


def test_a_first_kernel_is_tried_only_where_something_of_the_person_s_runs_in_it(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    site = overlay / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    (site / "archipel-image.pth").touch()
    assert wanted(tmp_path, overlay) is False
    (site / "tornado").mkdir()
    assert wanted(tmp_path, overlay) is True
    (site / "tornado").rmdir()
    startup = tmp_path / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "README").touch()
    assert wanted(tmp_path, overlay) is False
    (startup / "00.py").touch()
    assert wanted(tmp_path, overlay) is True


@pytest.mark.parametrize(
    ("service", "here"),
    [
        ("http://127.0.0.1:1234/user/a/", "http://127.0.0.1:1234/user/a/"),
        ("http://0.0.0.0:8888/user/a/", "http://127.0.0.1:8888/user/a/"),
        ("http://:8888/user/a/", "http://127.0.0.1:8888/user/a/"),
        ("http://[::]:8888/user/a/", "http://127.0.0.1:8888/user/a/"),
    ],
)
def test_where_a_server_answers_from_inside(service: str, here: str) -> None:
    assert health_url(service) == here


@pytest.mark.parametrize(
    ("method", "path", "use"),
    [
        ("GET", "/user/a/api/contents", False),
        ("GET", "/user/a/api/kernels", False),
        ("GET", "/user/a/archipel/etat", False),
        ("POST", "/user/a/git/status", False),
        ("PUT", "/user/a/lab/api/workspaces/default", False),
        ("PUT", "/user/a/api/contents/x.ipynb", True),
        ("POST", "/user/a/api/kernels", True),
        ("GET", "/user/a/files/gros.zip", True),
    ],
)
def test_an_open_tab_is_no_activity(method: str, path: str, use: bool) -> None:
    assert is_use(method, path) is use
