"""What takes room in a home, and how it is given back: never outside of it, never through a link."""

from __future__ import annotations

import heapq
import os
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from archipel.errors import NotFound, Refused
from archipel.texts import language

BIGGEST = 15
DEPTH = 3
CACHES = (".cache", ".npm/_cacache", ".local/share/Trash", ".local/share/jupyter/nbsignatures.db")
CHECKPOINTS = ".ipynb_checkpoints"
ASIDE = ".ecarte-"


@dataclass(frozen=True)
class Item:
    """``path``: relative to the home. ``size``: bytes on the disk."""

    path: str
    size: int
    folder: bool


@dataclass
class Room:
    """``whole``: whether everything was seen in the time given; else sizes are at least these."""

    total: int = 0
    free: int = 0
    capacity: int = 0
    whole: bool = True
    folders: list[Item] = field(default_factory=list)
    files: list[Item] = field(default_factory=list)
    caches: list[Item] = field(default_factory=list)


def measure(home: Path, seconds: float = 4.0) -> Room:
    """A walk of the home, as far as the time goes; other file systems and links are not entered."""
    room, deadline = Room(), time.monotonic() + seconds
    try:
        disk = shutil.disk_usage(home)
        room.free, room.capacity = disk.free, disk.total
        device = home.stat().st_dev
    except OSError:
        room.whole = False
        return room
    sizes: dict[str, int] = {}
    files: list[tuple[int, str]] = []
    for path, size in _walk(home, device):
        room.total += size
        parts = path.split("/")
        for depth in range(1, len(parts)):
            # Deep folders are counted in those that people know, caches wherever they are.
            if depth <= DEPTH or parts[depth - 1] == CHECKPOINTS:
                key = "/".join(parts[:depth])
                sizes[key] = sizes.get(key, 0) + size
        heapq.heappush(files, (size, path))
        if len(files) > BIGGEST:
            heapq.heappop(files)
        if time.monotonic() > deadline:
            room.whole = False
            break
    room.files = [Item(path, size, False) for size, path in sorted(files, reverse=True) if size]
    room.folders = [Item(path, size, True) for size, path in heapq.nlargest(BIGGEST, _swapped(sizes)) if size]
    room.caches = [Item(path, size, True) for path, size in sorted(sizes.items()) if is_cache(path)]
    return room


def _swapped(sizes: dict[str, int]) -> Iterator[tuple[int, str]]:
    return ((size, path) for path, size in sizes.items())


def is_cache(path: str) -> bool:
    """What can be deleted without asking what it was: caches, the trash, set-aside environments."""
    return path in CACHES or path.rpartition("/")[2] == CHECKPOINTS or _set_aside(path)


def _set_aside(path: str) -> bool:
    return path.startswith(".archipel/overlay/") and ASIDE in path and path.count("/") == 2


def _walk(home: Path, device: int) -> Iterator[tuple[str, int]]:
    """(relative path, bytes on the disk) of every plain file; what cannot be read is left out."""
    waiting = [""]
    while waiting:
        folder = waiting.pop(0)
        try:
            entries = list(os.scandir(home / folder))
        except OSError:
            continue
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if entry.is_dir(follow_symlinks=False):
                if status.st_dev == device:
                    waiting.append(name)
            elif not entry.is_symlink():
                yield name, status.st_blocks * 512


def delete(home: Path, path: str) -> None:
    """Delete one file, folder or link of the home, for good. Raises `Refused`, `NotFound`, `OSError`.

    A folder in between that is a link may lead elsewhere: what counts is where it really is.
    """
    name = demand_inside(home, path)
    top = os.path.realpath(home)
    parent = os.path.realpath(home / name.parent)
    folder = _open_inside(parent, top, path)
    try:
        status = os.stat(name.name, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISDIR(status.st_mode):
            os.unlink(name.name, dir_fd=folder)
        else:
            # Nothing is followed: rmtree goes down by descriptors.
            shutil.rmtree(name.name, dir_fd=folder)
    except FileNotFoundError:
        raise NotFound("room.absent", "« {path} » n’est pas dans votre dossier", path=path[:200]) from None
    finally:
        os.close(folder)


def _open_inside(parent: str, top: str, path: str) -> int:
    """A descriptor of a real folder of the home: what it names cannot be changed under us."""
    try:
        folder = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        raise NotFound("room.absent", "« {path} » n’est pas dans votre dossier", path=path[:200]) from None
    real = str(Path(f"/proc/self/fd/{folder}").readlink())
    if real != top and not real.startswith(f"{top}/"):
        os.close(folder)
        raise _outside(path)
    return folder


def demand_inside(home: Path, path: str) -> PurePosixPath:
    """A relative path that names something of the home, not the home itself. Raises `Refused`."""
    name = PurePosixPath(path)
    if not name.name or name.is_absolute() or ".." in name.parts or "\0" in path:
        raise _outside(path)
    return name


def _outside(path: str) -> Refused:
    return Refused("room.outside", "« {path} » n’est pas dans votre dossier", path=path[:200])


def delete_caches(home: Path) -> list[str]:
    """Every cache; the paths of those that could not be deleted whole."""
    left = []
    for cache in measure(home).caches:
        try:
            delete(home, cache.path)
        except NotFound:
            continue
        except OSError:
            left.append(cache.path)
    return left


def set_aside(overlay: Path, *, keep: bool) -> Path | None:
    """The person's own packages out of the way: moved beside, or deleted. None where there were none."""
    if not os.path.lexists(overlay):
        return None
    moved = overlay.with_name(f"{overlay.name}{ASIDE}{datetime.now(UTC):%Y%m%d-%H%M%S}")
    overlay.rename(moved)
    if not keep:
        shutil.rmtree(moved)
    return moved


def bytes_text(size: int) -> str:
    """``12 Mo`` (``12 MB`` in English): powers of 1000, as a disk is sold."""
    french, value = language() == "fr", float(size)
    byte = "o" if french else "B"
    for unit in ("", "k", "M"):
        if value < 1000:
            return f"{value:.0f} {unit}{byte}"
        value /= 1000
    text = f"{value:.1f} G{byte}"
    return text.replace(".", ",") if french else text
