"""A draft arrives as an archive that somebody made: nothing in it leaves its folder."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from archipel.content import workingcopy
from archipel.content.workingcopy import unpack_snapshot
from archipel.errors import Refused


def archive(*members: tarfile.TarInfo | tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as stream:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                stream.addfile(member)
            else:
                name, data = member
                info = tarfile.TarInfo(name)
                info.size = len(data)
                stream.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_draft_keeps_content_and_leaves_the_platform(tmp_path: Path) -> None:
    sent = archive(
        ("notebooks/bonjour/execution.ipynb", b"{}"),
        ("src/archipel/defis/bonjour/model.py", b"x = 1\n"),
        ("src/archipel/output.py", b"x = 2\n"),
    )
    unpack_snapshot(sent, tmp_path)
    assert files(tmp_path) == {"notebooks/bonjour/execution.ipynb", "src/archipel/defis/bonjour/model.py"}


@pytest.mark.parametrize(
    "member",
    [
        ("/etc/cron.d/mal", b"x"),
        ("../mal", b"x"),
        ("ailleurs/mal", b"x"),
        special("catalog/lien", tarfile.SYMTYPE, "/etc/passwd"),
        special("catalog/lien", tarfile.LNKTYPE, "/etc/passwd"),
        special("catalog/tube", tarfile.FIFOTYPE),
        special("catalog/disque", tarfile.BLKTYPE),
        special("catalog", tarfile.DIRTYPE),
    ],
)
def test_what_is_no_plain_file_of_the_content_is_refused(
    tmp_path: Path, member: tarfile.TarInfo | tuple[str, bytes]
) -> None:
    with pytest.raises(Refused) as caught:
        unpack_snapshot(archive(member), tmp_path / "draft")
    name = member.name if isinstance(member, tarfile.TarInfo) else member[0]
    assert str(caught.value) == f"copie de travail refusée : « {name} »"
    assert files(tmp_path) == set()


def test_a_path_that_climbs_out_under_a_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        unpack_snapshot(archive(("catalog/../../mal", b"x")), tmp_path / "draft")
    assert caught.value.code == "content.draft"
    assert files(tmp_path) == set()


@pytest.mark.parametrize("sent", [b"", b"pas une archive", gzip.compress(b"pas un tar"), archive()[:-20]])
def test_what_is_no_archive_is_refused_in_a_sentence(tmp_path: Path, sent: bytes) -> None:
    with pytest.raises(Refused) as caught:
        unpack_snapshot(sent, tmp_path)
    assert caught.value.code == "content.draft"
    assert str(caught.value).startswith("copie de travail illisible : ")


def test_a_bomb_is_stopped_before_it_unfolds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workingcopy, "MAX_UNPACKED_BYTES", 4 * 1024**2)
    bomb = archive(("catalog/zeros", bytes(8 * 1024**2)))
    assert len(bomb) < 100_000
    with pytest.raises(Refused) as caught:
        unpack_snapshot(bomb, tmp_path)
    assert caught.value.code == "content.draft-size"
    assert files(tmp_path) == set()


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workingcopy, "MAX_DRAFT_FILES", 3)
    with pytest.raises(Refused):
        unpack_snapshot(archive(*((f"catalog/{n}", b"x") for n in range(5))), tmp_path)
