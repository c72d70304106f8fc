"""Tar streams of plain files: written as they are sent, unpacked without leaving a folder."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

BLOCK = 1024 * 1024
END = b"\0" * 1024
"""Two empty records close an archive."""


def tar_of(files: Iterable[tuple[str, int, BinaryIO]]) -> Iterator[bytes]:
    """An archive of (name, size in bytes, stream), a block at a time; each stream is closed."""
    for name, size, stream in files:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o644
        yield info.tobuf(tarfile.PAX_FORMAT)
        with stream:
            left = size
            while left:
                chunk = stream.read(min(BLOCK, left))
                if not chunk:
                    raise OSError(f"{name}: {left} bytes short")
                left -= len(chunk)
                yield chunk
        yield b"\0" * (-size % tarfile.BLOCKSIZE)
    yield END


def files_under(folder: Path, prefix: str = "") -> Iterator[tuple[str, int, BinaryIO]]:
    """What `tar_of` takes, for every plain file of a folder; what Python compiled is left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
            name = f"{prefix}{path.relative_to(folder).as_posix()}"
            yield name, path.stat().st_size, path.open("rb")


def unpack(stream: BinaryIO, folder: Path) -> None:
    """Unpack an archive of plain files, as it comes. Raises `ValueError`, `tarfile.TarError`."""
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            place(archive, member, folder)


def place(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write one plain file of an archive under ``folder``. Raises `ValueError` for a name that leaves it.

    Not `TarFile.extract`: its filters came with Python 3.11.4, and the oldest 3.11 in use has none.
    """
    name = PurePosixPath(member.name)
    data = archive.extractfile(member) if member.isreg() else None
    if data is None or name.is_absolute() or ".." in name.parts or "\0" in member.name:
        raise ValueError(member.name[:80])
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as stream:
        shutil.copyfileobj(data, stream)
