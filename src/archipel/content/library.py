"""Where the code of a run lies: checkouts of commits, and drafts. One machine has them in its data folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from archipel.content.repository import Checkout, checkout_of, pinned, take
from archipel.datafolder import DataFolder


class Library(Protocol):
    def pinned(self) -> Checkout | None:
        """The commit that runs, schedules and pages use; None before the first."""

    def commit(self, name: str) -> Path:
        """The checkout of a commit that was taken in."""

    def draft(self, name: str) -> Path:
        """The folder of a working copy that was received; of an unknown one it may not be there."""

    def keep_draft(self, name: str) -> None:
        """Called once a draft is whole in its folder."""

    def take(self, source: Path, revision: str, validate: Callable[[Path], object]) -> Checkout:
        """`archipel.content.take`."""


def code_of(library: Library, commit: str, draft: str | None) -> Path:
    """Where the code of a run, or of a dashboard's version, lies: its draft where it is one."""
    return library.draft(draft) if draft else library.commit(commit)


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

    def take(self, source: Path, revision: str, validate: Callable[[Path], object]) -> Checkout:
        return take(self.data, source, revision, validate)
