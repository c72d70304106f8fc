"""The content where several pods share it: commits and drafts lie in the store, each keeps what it uses.

``content/pinned`` names the commit, ``content/<commit>.tar`` is its checkout, ``content/repository.bundle``
the repository that people's clones come from, ``drafts/<id>.tar`` a working copy that was received.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

from archipel.archives import files_under, tar_of
from archipel.artifacts import Artifacts, blocks
from archipel.content.checkout import receive
from archipel.content.git import git
from archipel.content.library import expire
from archipel.content.repository import Checkout, checkout_of, ensure_repository, pinned, repository, take
from archipel.datafolder import DataFolder
from archipel.output import write_atomically

log = logging.getLogger("archipel.content")

PINNED = "content/pinned"
BUNDLE = "content/repository.bundle"
EVERY_SECONDS = 2.0


class SharedContent:
    """``data``: this pod's own cache, which may be empty at any start."""

    def __init__(self, data: DataFolder, artifacts: Artifacts) -> None:
        self._data, self._artifacts = data, artifacts
        self._lock = threading.Lock()
        self._told = ""

    def pinned(self) -> Checkout | None:
        return pinned(self._data)

    def commit(self, name: str) -> Path:
        """The checkout of a commit that was taken in. Raises `NotFound`."""
        return self._bring(f"content/{name}.tar", checkout_of(self._data, name).folder)

    def draft(self, name: str) -> Path:
        return self._bring(f"drafts/{name}.tar", self._data.drafts / name)

    def keep_draft(self, name: str) -> None:
        """A draft that this pod has received and checked: for the others."""
        self._artifacts.put(f"drafts/{name}.tar", tar_of(files_under(self._data.drafts / name)))

    def expire_drafts(self, before: float, kept: Collection[str]) -> None:
        """Those of the store, and this pod's copies."""
        expire(self._data.drafts, before, kept)
        for name, moment in self._artifacts.written("drafts").items():
            if name.removesuffix(".tar") not in kept and moment < before:
                self._artifacts.remove(f"drafts/{name}")

    def take(self, source: Path, revision: str, validate: Callable[[Path], object]) -> Checkout:
        """`archipel.content.take`, for every pod: the store has all of it before it is pinned."""
        with self._lock:
            self._fetch_repository()
            taken = take(self._data, source, revision, validate, pin=False)
            bare = repository(self._data)
            git("update-ref", "refs/heads/main", taken.commit, folder=bare)
            self._artifacts.put(f"content/{taken.commit}.tar", tar_of(files_under(taken.folder)))
            bundle = self._data.content / ".repository.bundle"
            git("bundle", "create", "--quiet", str(bundle), "--all", folder=bare)
            with bundle.open("rb") as stream:
                self._artifacts.put(BUNDLE, blocks(stream))
            bundle.unlink()
            self._artifacts.write(PINNED, taken.commit.encode())
        self.look()
        return taken

    def ensure_first(self, source: Path, validate: Callable[[Path], object]) -> None:
        """What a new installation starts with; nothing where something is pinned already."""
        if self._artifacts.read(PINNED) is None:
            self.take(source, "HEAD", validate)

    def look(self) -> Checkout | None:
        """Bring what is pinned now, then pin it here. Raises what the store raises."""
        told = self._artifacts.read(PINNED)
        current = pinned(self._data)
        if told is None:
            return current
        commit = told.decode().strip()
        if current is None or current.commit != commit or not current.folder.is_dir():
            self.commit(commit)
            write_atomically(self._data.content / "pinned", (commit + "\n").encode())
            log.info("content pinned: %s", commit[:10])
        return pinned(self._data)

    def follow(self) -> None:
        """Wait for the first content, then follow it in a thread of this process."""
        while self._looked() is None:
            time.sleep(EVERY_SECONDS)
        threading.Thread(target=self._follow, daemon=True, name="content").start()

    def _follow(self) -> None:
        while True:
            time.sleep(EVERY_SECONDS)
            self._looked()

    def _looked(self) -> Checkout | None:
        try:
            found = self.look()
        except Exception as error:
            # Whatever the store's client throws: the next look may go well.
            if str(error) != self._told:
                log.warning("content not read: %s", error)
            self._told = str(error)
            return None
        self._told = ""
        return found

    def _bring(self, key: str, target: Path) -> Path:
        if not target.is_dir():
            with self._artifacts.open(key) as archive:
                receive(archive, target)
        return target

    def served_repository(self) -> Path:
        """The repository as people clone it: packed, with what git's plain HTTP protocol reads."""
        told = (self._artifacts.read(PINNED) or b"").decode().strip()
        bare = repository(self._data)
        with self._lock:
            served = self._data.content / "served"
            if not served.is_file() or served.read_text(encoding="utf-8") != told:
                self._fetch_repository()
                git("repack", "-a", "-d", "--quiet", folder=bare)
                git("update-server-info", folder=bare)
                write_atomically(served, told.encode())
        return bare

    def _fetch_repository(self) -> None:
        """The repository as it was left by whichever pod took content in before."""
        bare = ensure_repository(self._data)
        if not self._artifacts.exists(BUNDLE):
            return
        bundle = self._data.content / ".received.bundle"
        with self._artifacts.open(BUNDLE) as stream, bundle.open("wb") as copy:
            copy.writelines(blocks(stream))
        git("fetch", "--quiet", "--no-tags", str(bundle), "+refs/*:refs/*", folder=bare)
        bundle.unlink()
