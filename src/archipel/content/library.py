"""Where the code of a run lies: checkouts of commits, and drafts. One machine has them in its data folder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from archipel.content.checkout import remove_tree
from archipel.content.repository import Checkout, checkout_of, pinned, take
from archipel.datafolder import DataFolder
from archipel.errors import NotFound


class Library(Protocol):
    def pinned(self) -> Checkout | None:
        """The commit that runs, schedules and pages use; None before the first."""

    def commit(self, name: str) -> Path:
        """The checkout of a commit that was taken in."""

    def draft(self, name: str) -> Path:
        """The folder of a working copy that was received; of an unknown one it may not be there."""

    def keep_draft(self, name: str) -> None:
        """Called once a draft is whole in its folder."""

    def expire_drafts(self, before: float, kept: Collection[str]) -> None:
        """Remove what was received before an instant (seconds since 1970), but for the drafts ``kept``."""

    def take(self, source: Path, revision: str, validate: Callable[[Path], object]) -> Checkout:
        """`archipel.content.take`."""


def code_of(library: Library, commit: str, draft: str | None) -> Path:
    """Where the code of a run, or of a dashboard's version, lies: its draft where it is one.

    Raises `NotFound`: a draft is not kept for ever.
    """
    if not draft:
        return library.commit(commit)
    with contextlib.suppress(NotFound):
        folder = library.draft(draft)
        if folder.is_dir():
            return folder
    raise NotFound(
        "draft.gone",
        "ce brouillon n’est plus gardé",
        hint="Relancez-le depuis votre copie de travail.",
    )


def expire(drafts: Path, before: float, kept: Collection[str]) -> None:
    """Remove the folders of ``drafts`` that are older, and what was left half received."""
    for folder in drafts.iterdir() if drafts.is_dir() else ():
        if folder.name not in kept and folder.stat().st_mtime < before:
            remove_tree(folder)


@dataclass(frozen=True)
class LocalLibrary:
    data: DataFolder

    def pinned(self) -> Checkout | None:
        return pinned(self.data)

    def commit(self, name: str) -> Path:
        return checkout_of(self.data, name).folder

    def draft(self, name: str) -> Path:
        return self.data.drafts / name

    def keep_draft(self, name: str) -> None:
        """It is where it stays."""

    def expire_drafts(self, before: float, kept: Collection[str]) -> None:
        expire(self.data.drafts, before, kept)

    def take(self, source: Path, revision: str, validate: Callable[[Path], object]) -> Checkout:
        return take(self.data, source, revision, validate)
