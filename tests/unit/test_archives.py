"""Archives as they travel between pods: whole, plain, and never out of their folder."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from archipel.archives import files_under, tar_of, unpack


def packed(*files: tuple[str, bytes]) -> bytes:
    return b"".join(tar_of((name, len(data), io.BytesIO(data)) for name, data in files))


def hostile(**fields: Any) -> bytes:
    """An archive of one member as `tarfile` writes it, whatever its name and type."""
    info = tarfile.TarInfo(fields.pop("name", "a"))
    data = b"x"
    info.size = len(data) if fields.get("type", tarfile.REGTYPE) == tarfile.REGTYPE else 0
    for field, value in fields.items():
        setattr(info, field, value)
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def held(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_what_is_packed_is_unpacked(tmp_path: Path) -> None:
    files = {
        "a.txt": b"",
        "dossier/é " + "x" * 150 + ".bin": b"\0" * 511,
        "grand": b"z" * (3 * 1024 * 1024 + 1),
    }
    unpack(io.BytesIO(packed(*files.items())), tmp_path / "la")
    assert held(tmp_path / "la") == files


def test_a_folder_gives_its_plain_files_alone(tmp_path: Path) -> None:
    folder = tmp_path / "de"
    (folder / "sous" / "__pycache__").mkdir(parents=True)
    (folder / "sous" / "b").write_bytes(b"b")
    (folder / "sous" / "__pycache__" / "c.pyc").write_bytes(b"c")
    (folder / "lien").symlink_to("/etc/passwd")
    unpack(io.BytesIO(b"".join(tar_of(files_under(folder, "p/")))), tmp_path / "la")
    assert held(tmp_path / "la") == {"p/sous/b": b"b"}


@pytest.mark.parametrize(
    "archive",
    [
        hostile(name="/etc/cron.d/x"),
        hostile(name="../x"),
        hostile(name="a/../../x"),
        hostile(name="lien", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        hostile(name="dur", type=tarfile.LNKTYPE, linkname="../x"),
        hostile(name="tube", type=tarfile.FIFOTYPE),
        hostile(name="disque", type=tarfile.BLKTYPE),
        hostile(name="dossier", type=tarfile.DIRTYPE),
    ],
    ids=["absolute", "above", "above-below", "symlink", "hard-link", "fifo", "device", "folder"],
)
def test_a_hostile_member_is_refused_and_nothing_is_written(archive: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "la"
    folder.mkdir()
    with pytest.raises(ValueError, match=r"."):
        unpack(io.BytesIO(archive), folder)
    assert held(tmp_path) == {}


def test_a_file_is_never_written_twice(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        unpack(io.BytesIO(packed(("a", b"1"), ("a", b"2"))), tmp_path)
    assert held(tmp_path) == {"a": b"1"}


@pytest.mark.parametrize("cut", [100, 700, 1500])
def test_a_truncated_archive_is_an_error(cut: int, tmp_path: Path) -> None:
    with pytest.raises((tarfile.TarError, OSError)):
        unpack(io.BytesIO(packed(("a", b"x" * 2000))[:cut]), tmp_path)


def test_a_stream_that_ends_too_soon_stops_the_archive_and_is_closed() -> None:
    stream: BinaryIO = io.BytesIO(b"abc")
    with pytest.raises(OSError, match="a: 2 bytes short"):
        list(tar_of([("a", 5, stream)]))
    assert stream.closed
