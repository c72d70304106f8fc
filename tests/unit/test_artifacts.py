"""The artefact store on one machine: whole files or none, and no key that leaves it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from archipel.artifacts import Artifacts, attempt_key, blocks
from archipel.errors import Conflict, NotFound, Refused


@pytest.fixture
def store(tmp_path: Path) -> Artifacts:
    return Artifacts(f"file://{tmp_path}/magasin")


def test_what_is_put_is_read(store: Artifacts) -> None:
    digest = store.put("runs/a/1/données é.csv", iter([b"un", b"deux"]))
    assert digest == hashlib.sha256(b"undeux").hexdigest()
    assert store.read("runs/a/1/données é.csv") == b"undeux"
    assert store.exists("runs/a/1/données é.csv")
    assert not store.exists("runs/a/1")


def test_a_part_of_a_file_is_read(store: Artifacts) -> None:
    store.write("a", b"abcdef")
    assert (store.read("a", 2), store.tail("a", 2), store.tail("a", 9)) == (b"ab", b"ef", b"abcdef")
    assert store.tail("b", 2) is None


def test_a_pipe_is_no_file(store: Artifacts, tmp_path: Path) -> None:
    """Opened, it would wait for whoever writes there."""
    store.write("runs/a", b"a")
    os.mkfifo(tmp_path / "magasin" / "runs" / "tube")
    assert store.read("runs/tube") is None


def test_a_put_that_fails_leaves_what_was_there(store: Artifacts, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"moi"
        raise ConnectionResetError

    for key in ("neuf", "ancien"):
        if key == "ancien":
            store.write(key, b"avant")
        with pytest.raises(ConnectionResetError):
            store.put(key, broken())
    assert store.read("neuf") is None
    assert store.read("ancien") == b"avant"
    assert [path.name for path in (tmp_path / "magasin").rglob("*")] == ["ancien"]


def test_two_who_put_one_file_at_once_do_not_write_in_one_another(store: Artifacts, tmp_path: Path) -> None:
    """A pod that did not hear the answer sends again, while the first sending is still read."""

    def slow() -> Iterator[bytes]:
        yield b"pre"
        assert store.put("a", [b"second"])
        yield b"mier"

    assert store.put("a", slow()) == hashlib.sha256(b"premier").hexdigest()
    assert store.read("a") == b"premier"
    assert [path.name for path in (tmp_path / "magasin").iterdir()] == ["a"]


@pytest.mark.parametrize("key", ["/etc/passwd", "../x", "a/../../x", "a/..", "a//b", "a\0b"])
def test_a_key_that_leaves_the_store_is_refused(store: Artifacts, key: str) -> None:
    for act in (
        lambda: store.read(key),
        lambda: store.write(key, b""),
        lambda: store.exists(key),
        lambda: store.names(key),
        lambda: store.remove(key),
        lambda: list(store.files(key)),
    ):
        with pytest.raises(Refused, match="nom de fichier refusé"):
            act()


def test_a_link_leads_nowhere(store: Artifacts, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s", encoding="utf-8")
    store.write("a/vrai", b"v")
    (tmp_path / "magasin" / "a" / "lien").symlink_to(tmp_path / "secret")
    (tmp_path / "magasin" / "b").symlink_to(tmp_path)
    for key in ("a/lien", "b/secret"):
        with pytest.raises(NotFound):
            store.open(key)


def test_names_and_files(store: Artifacts) -> None:
    for name in ("v/1/page.html", "v/1/donnees/t.csv", "v/2/page.html", "w"):
        store.write(name, name.encode())
    assert store.names("v") == ["1", "2"]
    assert store.names("") == ["v", "w"]
    assert store.names("absent") == []
    assert list(store.files("v/1")) == [("donnees/t.csv", 17), ("page.html", 13)]
    assert list(store.files("absent")) == []


def test_a_copy_is_of_everything_below(store: Artifacts) -> None:
    store.write("a/1/x", b"x")
    store.write("a/1/y/z", b"z")
    store.copy("a/1", "b")
    assert {name: store.read(f"b/{name}") for name, _size in store.files("b")} == {"x": b"x", "y/z": b"z"}
    assert store.read("a/1/x") == b"x"


def test_what_is_removed_is_gone_and_removing_again_is_harmless(store: Artifacts) -> None:
    store.write("a/1/x", b"x")
    store.remove("a/1")
    store.remove("a/1")
    assert store.names("a") == []
    with pytest.raises(NotFound, match="a/1/x"):
        store.open("a/1/x")


def test_a_folder_s_key(store: Artifacts, tmp_path: Path) -> None:
    key = attempt_key("pilote", "r1", 2)
    assert key == "runs/pilote/r1/2"
    assert store.key_of(str(store.folder(key))) == key
    assert Artifacts("s3://seau").key_of(key) == key
    assert store.under("runs").read("pilote") is None
    assert store.under("runs").url == f"file://{tmp_path}/magasin/runs"


def test_a_stream_comes_by_blocks_and_is_closed(tmp_path: Path) -> None:
    (tmp_path / "lignes").write_bytes(b"\n" * 100_000)
    stream = (tmp_path / "lignes").open("rb")
    assert [len(block) for block in blocks(stream)] == [100_000]
    assert stream.closed


def test_a_name_as_long_as_a_file_system_takes_is_kept(store: Artifacts) -> None:
    name = "z" * 251 + ".txt"
    store.write(f"runs/{name}", b"long")
    assert list(store.files("runs")) == [(name, 4)]


@pytest.mark.parametrize(("first", "second"), [("runs/a", "runs/a/b"), ("runs/a/b", "runs/a")])
def test_a_file_takes_no_folder_s_place_nor_a_folder_a_file_s(
    store: Artifacts, first: str, second: str
) -> None:
    store.write(first, b"avant")
    with pytest.raises(Conflict, match="se disputent"):
        store.write(second, b"apres")
    assert list(store.files("runs")) == [(first.removeprefix("runs/"), 5)]
