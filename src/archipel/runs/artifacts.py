"""The artefact store behind one fsspec address: ``file://…`` on one machine, ``s3://…`` elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from archipel.errors import NotFound


@dataclass(frozen=True)
class Artifacts:
    """``url``: the store's root. Keys are relative POSIX paths such as ``runs/pilote/<run>/1``."""

    url: str

    def url_of(self, key: str) -> str:
        return f"{self.url.rstrip('/')}/{key}"

    def folder(self, key: str) -> Path:
        """The local folder of a key; only a ``file://`` store has one."""
        assert self.url.startswith("file://"), self.url
        return Path(self.url.removeprefix("file://")) / key

    def key_of(self, folder: str) -> str:
        """The key of a local folder: the inverse of `folder`."""
        return folder.removeprefix(str(self.folder(""))).strip("/")

    def open(self, key: str) -> BinaryIO:
        """A file for reading. Raises `NotFound`."""
        import fsspec

        filesystem, path = fsspec.core.url_to_fs(self.url_of(key))
        if filesystem.protocol in ("file", ("file", "local")) and os.path.realpath(path) != path:
            raise NotFound("artifact.unknown", "fichier absent : {key}", key=key)
        try:
            return cast(BinaryIO, filesystem.open(path, "rb"))
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFound("artifact.unknown", "fichier absent : {key}", key=key) from None

    def files(self, key: str) -> Iterator[tuple[str, int]]:
        """(path relative to the key, size in bytes) of every file under it, sorted."""
        import fsspec

        filesystem, root = fsspec.core.url_to_fs(self.url_of(key))
        found = filesystem.find(root, detail=True)
        for path in sorted(found):
            yield path[len(root) :].lstrip("/"), int(found[path]["size"])


def run_key(defi: str, run: str) -> str:
    return f"runs/{defi}/{run}"


def attempt_key(defi: str, run: str, number: int) -> str:
    return f"{run_key(defi, run)}/{number}"
