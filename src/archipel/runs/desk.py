"""Where the files of an attempt are made ready before it starts, and put away once it has ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from archipel.backends.task import Mount
from archipel.runs.rows import Run


@dataclass(frozen=True)
class Places:
    """Paths as the attempt's own process sees them, and what the ledger writes down.

    ``record``: the attempt's folder for the ledger (`archipel.artifacts.Artifacts.key_of` gives its key).
    ``folder``: where everything is written. ``content``: the checkout. ``published``: the folder of the run
    that a dashboard shows, "" for a run. ``command``: argv of the process.
    """

    record: str
    folder: str
    content: str
    published: str
    command: tuple[str, ...]
    mounts: tuple[Mount, ...] = ()


class Desk(Protocol):
    def keep_inputs(self, run_id: str, staging: Path) -> None:
        """The files taken for a run that was just accepted; they last until it starts."""

    def lay_out(self, run: Run, number: int, published: str) -> Places:
        """Make an attempt's place ready. ``published``: record of the attempt that a publication shows."""

    def put_away(self, run: Run, number: int, log: Iterable[bytes], secrets: Iterable[str]) -> None:
        """Put the log in, then nobody writes there again. Doing it twice is harmless.

        ``secrets``: values that must not lie there; they are looked for where the attempt did not end.
        """

    def discard_inputs(self, run: Run) -> None:
        """What was kept for a run that will not start."""
