"""The artefact store behind one fsspec address: ``file://…`` on one machine, ``s3://…`` elsewhere.

Keys are relative POSIX paths such as ``runs/pilote/<run>/1``. Where an object store wants an endpoint and
keys, its own client reads them from its files (``AWS_CONFIG_FILE``, ``AWS_SHARED_CREDENTIALS_FILE``).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from archipel.errors import NotFound, Refused

ABSENT = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
BLOCK = 8 * 1024**2
"""Bytes of one part of a large object: a writer holds no more of it in memory."""


@dataclass(frozen=True)
class Artifacts:
    """``url``: the store's root. Every write is whole or not at all."""

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
        if self.local and os.path.realpath(path) != path:
            raise _absent(key)
        try:
            return cast(BinaryIO, filesystem.open(path, "rb"))
        except ABSENT:
            raise _absent(key) from None

    def read(self, key: str) -> bytes | None:
        """A small file's content; None where there is none."""
        try:
            with self.open(key) as stream:
                return stream.read()
        except NotFound:
            return None

    def exists(self, key: str) -> bool:
        filesystem, path = self._place(key)
        return bool(filesystem.isfile(path))

    def files(self, key: str) -> Iterator[tuple[str, int]]:
        """(path relative to the key, size in bytes) of every file under it, sorted."""
        filesystem, root = self._place(key)
        found = filesystem.find(root, detail=True)
        for path in sorted(found):
            yield path[len(root) :].lstrip("/"), int(found[path]["size"])

    def names(self, key: str) -> list[str]:
        """What lies directly under a key, folders and files, sorted; none where it is absent."""
        filesystem, root = self._place(key)
        try:
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
        if self.local:
            filesystem.makedirs(filesystem._parent(path), exist_ok=True)
        # A part of the key's own name until it is whole (an object store needs none, and has no rename).
        part = f"{filesystem._parent(path)}/.{Path(path).name}.{os.getpid()}.part" if self.local else path
        stream = filesystem.open(part, "wb", **({} if self.local else {"block_size": BLOCK}))
        try:
            for chunk in chunks:
                digest.update(chunk)
                stream.write(chunk)
            if self.local:
                stream.flush()
                os.fsync(stream.fileno())
        except BaseException:
            _discard(filesystem, stream, part, self.local)
            raise
        stream.close()
        if self.local:
            Path(part).replace(path)
        return digest.hexdigest()

    def copy(self, source: str, target: str) -> None:
        """Every file under one key under another."""
        for name, _size in list(self.files(source)):
            with self.open(f"{source}/{name}") as stream:
                self.put(f"{target}/{name}", blocks(stream))

    def remove(self, key: str) -> None:
        """Whatever lies under a key; nothing where there is nothing."""
        filesystem, path = self._place(key)
        try:
            filesystem.rm(path, recursive=True)
        except ABSENT:
            return

    def _place(self, key: str) -> tuple[Any, str]:
        import fsspec

        if key.startswith("/") or ".." in key.split("/") or "\0" in key:
            raise Refused("artifact.key", "nom de fichier refusé : « {key} »", key=key[:80])
        # What another process wrote a moment ago is there: no listing is believed for longer.
        options = {} if self.local else {"use_listings_cache": False}
        filesystem, path = fsspec.core.url_to_fs(f"{self.url.rstrip('/')}/{key}".rstrip("/"), **options)
        return filesystem, path


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """What is left of a stream, a block at a time."""
    return iter(lambda: stream.read(BLOCK), b"")


def _discard(filesystem: Any, stream: Any, part: str, local: bool) -> None:
    if local:
        stream.close()
        filesystem.rm_file(part)
    else:
        # The parts that were sent are dropped; closing would make an object of them.
        stream.discard()
        stream.closed = True


def _absent(key: str) -> NotFound:
    return NotFound("artifact.unknown", "fichier absent : {key}", key=key)


def run_key(defi: str, run: str) -> str:
    return f"runs/{defi}/{run}"


def attempt_key(defi: str, run: str, number: int) -> str:
    return f"{run_key(defi, run)}/{number}"


def version_key(defi: str, version: str) -> str:
    return f"dashboards/{defi}/{version}"
