"""The artefact store behind one fsspec address: ``file://…`` on one machine, ``s3://…`` elsewhere.

Keys are relative POSIX paths such as ``runs/pilote/<run>/1``. Where an object store wants an endpoint and
keys, its own client reads them from its files (``AWS_CONFIG_FILE``, ``AWS_SHARED_CREDENTIALS_FILE``).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from archipel import objectstore
from archipel.errors import Conflict, NotFound, Refused
from archipel.objectstore import ABSENT, BLOCK


@dataclass(frozen=True)
class Artifacts:
    """``url``: the store's root. Every write is whole or not at all.

    An object store that does not answer, or refuses, raises `archipel.errors.Unavailable`.
    """

    url: str

    @property
    def local(self) -> bool:
        return self.url.startswith("file://")

    def under(self, key: str) -> Artifacts:
        """The part of the store whose root is ``key``."""
        return Artifacts(f"{self.url.rstrip('/')}/{key}")

    def folder(self, key: str) -> Path:
        """The local folder of a key; only a ``file://`` store has one."""
        assert self.local, self.url
        return Path(self.url.removeprefix("file://")) / key

    def key_of(self, folder: str) -> str:
        """The key of what the ledger calls an attempt's folder: a local path, or the key itself."""
        return folder.removeprefix(str(self.folder(""))).strip("/") if self.local else folder

    def open(self, key: str) -> BinaryIO:
        """A file for reading. Raises `NotFound`."""
        filesystem, path = self._place(key)
        # What a run writes may be a link to anywhere, or a pipe, whose opening would wait for ever.
        if self.local and (os.path.realpath(path) != path or not Path(path).is_file()):
            raise _absent(key)
        try:
            with self._speaking():
                stream = filesystem.open(path, "rb")
                # To its client a folder of an object store is a file of no byte.
                if not self.local and stream.details["type"] != "file":
                    raise FileNotFoundError(key)
                return cast(BinaryIO, stream)
        except ABSENT:
            raise _absent(key) from None

    def read(self, key: str, most: int = -1) -> bytes | None:
        """A file's content, or its first ``most`` bytes; None where there is none."""
        try:
            with self.open(key) as stream, self._speaking():
                return stream.read(most)
        except NotFound:
            return None

    def tail(self, key: str, most: int) -> bytes | None:
        """The last ``most`` bytes of a file; None where there is none."""
        try:
            with self.open(key) as stream, self._speaking():
                stream.seek(max(0, stream.seek(0, os.SEEK_END) - most))
                return stream.read(most)
        except NotFound:
            return None

    def exists(self, key: str) -> bool:
        filesystem, path = self._place(key)
        if self.local:
            return bool(filesystem.isfile(path))
        # Its own `isfile` takes a store that does not answer for a file that is not there.
        try:
            with self._speaking():
                return bool(filesystem.info(path)["type"] == "file")
        except ABSENT:
            return False

    def files(self, key: str) -> Iterator[tuple[str, int]]:
        """(path relative to the key, size in bytes) of every file under it, sorted."""
        filesystem, root = self._place(key)
        with self._speaking():
            found = filesystem.find(root, detail=True)
        for path in sorted(found):
            yield path[len(root) :].lstrip("/"), int(found[path]["size"])

    def written(self, key: str) -> dict[str, float]:
        """Path relative to the key → when it was written (seconds since 1970), of every file under it."""
        filesystem, root = self._place(key)
        with self._speaking():
            found = filesystem.find(root, detail=True)
        return {
            path[len(root) :].lstrip("/"): told["mtime"] if self.local else told["LastModified"].timestamp()
            for path, told in found.items()
        }

    def names(self, key: str) -> list[str]:
        """What lies directly under a key, folders and files, sorted; none where it is absent."""
        filesystem, root = self._place(key)
        try:
            with self._speaking():
                found = filesystem.ls(root, detail=False)
        except ABSENT:
            return []
        return sorted({path.rstrip("/").rpartition("/")[2] for path in found} - {""})

    def write(self, key: str, data: bytes) -> None:
        self.put(key, (data,))

    def put(self, key: str, chunks: Iterable[bytes]) -> str:
        """Write a file as it comes; its SHA-256. Nothing is left of one whose end never came."""
        filesystem, path = self._place(key)
        digest = hashlib.sha256()
        # A name of its own until it is whole: two may write one key (an object store has no need of it).
        # Not longer than the file's own, which may be as long as a file system takes.
        part = f"{filesystem._parent(path)}/.{secrets.token_hex(8)}.part" if self.local else path
        if self.local:
            with _in_a_folder(key):
                filesystem.makedirs(filesystem._parent(path), exist_ok=True)
        stream = filesystem.open(part, "wb")
        try:
            for chunk in chunks:
                digest.update(chunk)
                with self._speaking():
                    stream.write(chunk)
            with self._speaking():
                if self.local:
                    stream.flush()
                    os.fsync(stream.fileno())
                else:
                    stream.close()
            if self.local:
                stream.close()
                with _in_a_folder(key):
                    Path(part).replace(path)
        except BaseException:
            _discard(filesystem, stream, part, self.local)
            raise
        return digest.hexdigest()

    def copy(self, source: str, target: str) -> None:
        """Every file under one key under another."""
        for name, _size in list(self.files(source)):
            if not self.local:
                # The store does it by itself, whatever its size.
                filesystem, path = self._place(f"{source}/{name}")
                with self._speaking():
                    filesystem.cp_file(path, self._place(f"{target}/{name}")[1])
                continue
            with self.open(f"{source}/{name}") as stream:
                self.put(f"{target}/{name}", blocks(stream))

    def remove(self, key: str) -> None:
        """Whatever lies under a key; nothing where there is nothing."""
        filesystem, path = self._place(key)
        try:
            with self._speaking():
                filesystem.rm(path, recursive=True)
        except ABSENT:
            return

    def _place(self, key: str) -> tuple[Any, str]:
        # A server of objects has its own idea of an empty name between two strokes.
        if (key and {"", ".."} & set(key.split("/"))) or "\0" in key:
            raise Refused("artifact.key", "nom de fichier refusé : « {key} »", key=key[:80])
        address = f"{self.url.rstrip('/')}/{key}".rstrip("/")
        if not self.local:
            return objectstore.filesystem(), address.removeprefix("s3://")
        import fsspec

        filesystem, path = fsspec.core.url_to_fs(address)
        return filesystem, path

    def _speaking(self) -> AbstractContextManager[None]:
        """Around what the store is asked: an object store's own errors become ours."""
        return nullcontext() if self.local else objectstore.speaking(self.url)


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """What is left of a stream, a block at a time; it is closed behind them."""
    with stream:
        while block := stream.read(BLOCK):
            yield block


@contextlib.contextmanager
def _in_a_folder(key: str) -> Iterator[None]:
    """Raises `Conflict` where a file stands in the place of a folder, or a folder in the file's."""
    try:
        yield
    except (FileExistsError, IsADirectoryError, NotADirectoryError):
        raise Conflict(
            "artifact.place", "un fichier et un dossier se disputent le nom « {key} »", key=key
        ) from None


def _discard(filesystem: Any, stream: Any, part: str, local: bool) -> None:
    if local:
        stream.close()
        filesystem.rm_file(part)
        return
    # Closing would make an object of the parts that were sent. A store that is gone keeps them, unseen,
    # until its own rule for unfinished uploads drops them.
    stream.closed = True
    with contextlib.suppress(Exception):
        stream.discard()


def _absent(key: str) -> NotFound:
    return NotFound("artifact.unknown", "fichier absent : {key}", key=key)


def run_key(defi: str, run: str) -> str:
    return f"runs/{defi}/{run}"


def attempt_key(defi: str, run: str, number: int) -> str:
    return f"{run_key(defi, run)}/{number}"


def version_key(defi: str, version: str) -> str:
    return f"dashboards/{defi}/{version}"
