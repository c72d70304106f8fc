"""The desk of a cluster: what a run's pod fetches, and what it may send back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from archipel.archives import unpack
from archipel.artifacts import Artifacts
from archipel.content.library import LocalLibrary
from archipel.content.repository import checkout_of
from archipel.datafolder import DataFolder
from archipel.errors import Refused
from archipel.notebook.manifest import NAME as MANIFEST
from archipel.runs.packages import LOG, Packages

RUN: Any = SimpleNamespace(id="r1", defi="pilote", commit="c1", draft=None)
ATTEMPT: Any = SimpleNamespace(run="r1", number=1)


@pytest.fixture
def store(tmp_path: Path) -> Artifacts:
    return Artifacts(f"file://{tmp_path}/magasin")


@pytest.fixture
def desk(store: Artifacts, tmp_path: Path) -> Packages:
    data = DataFolder(tmp_path / "donnees")
    content = checkout_of(data, "c1").folder
    (content / "notebooks" / "__pycache__").mkdir(parents=True)
    (content / "notebooks" / "a.ipynb").write_text("{}", encoding="utf-8")
    (content / "notebooks" / "__pycache__" / "a.pyc").write_text("", encoding="utf-8")
    return Packages(store, LocalLibrary(data))


def fetched(desk: Packages, folder: Path, published: str = "") -> set[str]:
    unpack(io.BytesIO(b"".join(desk.package(RUN, published))), folder)
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_package_holds_the_code_the_inputs_and_what_is_shown(
    desk: Packages, store: Artifacts, tmp_path: Path
) -> None:
    staging = tmp_path / "depose"
    (staging / "sous").mkdir(parents=True)
    (staging / "sous" / "donnees.csv").write_bytes(b"a;b")
    desk.keep_inputs("r1", staging)
    assert not staging.exists()
    store.write("runs/pilote/r0/1/result.json", b"{}")
    assert fetched(desk, tmp_path / "run") == {
        "content/notebooks/a.ipynb",
        "attempt/inputs/sous/donnees.csv",
    }
    shown = fetched(desk, tmp_path / "publication", "runs/pilote/r0/1")
    assert "published/result.json" in shown
    desk.discard_inputs(RUN)
    assert fetched(desk, tmp_path / "apres") == {"content/notebooks/a.ipynb"}


def test_its_places_are_those_of_a_pod(desk: Packages) -> None:
    places = desk.lay_out(RUN, 2, "")
    assert places.record == "runs/pilote/r1/2"
    assert (places.folder, places.content, places.published) == (
        "/srv/archipel/attempt",
        "/srv/archipel/content",
        "",
    )
    assert desk.lay_out(RUN, 2, "runs/x").published == "/srv/archipel/published"


def test_a_complete_attempt_takes_nothing_more_but_its_log(desk: Packages, store: Artifacts) -> None:
    with pytest.raises(Refused, match="nom de fichier refusé"):
        desk.receive(ATTEMPT, "pilote", "../2/" + MANIFEST, [b"autre"])
    for name in ("result.json", MANIFEST, MANIFEST, LOG):
        desk.receive(ATTEMPT, "pilote", name, [name.encode()])
    with pytest.raises(Refused, match="plus rien n’y est écrit"):
        desk.receive(ATTEMPT, "pilote", "result.json", [b"autre"])
    assert store.read("runs/pilote/r1/1/result.json") == b"result.json"
    assert store.names("runs/pilote/r1") == ["1"]


def test_a_file_begun_before_the_manifest_does_not_come_after_it(desk: Packages, store: Artifacts) -> None:
    desk.receive(ATTEMPT, "pilote", "result.json", [b"un"])

    def slow() -> Iterator[bytes]:
        yield b"deux"
        desk.receive(ATTEMPT, "pilote", MANIFEST, [b"{}"])

    for name in ("result.json", MANIFEST):
        with pytest.raises(Refused, match="plus rien n’y est écrit"):
            desk.receive(ATTEMPT, "pilote", name, slow())
    assert store.read("runs/pilote/r1/1/result.json") == b"un"
    assert store.read(f"runs/pilote/r1/1/{MANIFEST}") == b"{}"


def test_a_manifest_is_sent_again_as_it_was_and_not_otherwise(desk: Packages, store: Artifacts) -> None:
    """A pod that did not hear the answer sends it again."""
    told = desk.receive(ATTEMPT, "pilote", MANIFEST, [b"{}"])
    assert desk.receive(ATTEMPT, "pilote", MANIFEST, [b"{", b"}"]) == told
    with pytest.raises(Refused, match="plus rien n’y est écrit"):
        desk.receive(ATTEMPT, "pilote", MANIFEST, [b"{ }"])
    assert store.read(f"runs/pilote/r1/1/{MANIFEST}") == b"{}"


def test_a_log_that_the_pod_could_not_send_is_put_away_without_its_secrets(
    desk: Packages, store: Artifacts
) -> None:
    desk.put_away(RUN, 1, [b"le mot est ", b"tres-secret-42\xff"], ["tres-secret-42"])
    log = store.read("runs/pilote/r1/1/log.txt")
    assert log is not None
    assert b"tres-secret-42" not in log
    desk.put_away(RUN, 1, [b"autre"], [])
    assert store.read("runs/pilote/r1/1/log.txt") == log


def test_the_longer_log_stands_unless_the_pod_sent_all(desk: Packages, store: Artifacts) -> None:
    desk.receive(ATTEMPT, "pilote", LOG, [b"ligne 1\n"])
    desk.put_away(RUN, 1, [b"ligne 1\nligne 2\nKilled\n"], [])
    assert store.read("runs/pilote/r1/1/log.txt") == b"ligne 1\nligne 2\nKilled\n"
    # The cluster keeps the end alone of a long one.
    desk.put_away(RUN, 1, [b"Killed\n"], [])
    desk.receive(ATTEMPT, "pilote", MANIFEST, [b"{}"])
    desk.put_away(RUN, 1, [b"ligne 1\nligne 2\nKilled\nplatform: ...\n"], [])
    assert store.read("runs/pilote/r1/1/log.txt") == b"ligne 1\nligne 2\nKilled\n"
