"""What the ledger and the scheduler stand on, handed to them once by the edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from archipel.artifacts import Artifacts, blocks
from archipel.backends.task import Backend, State
from archipel.catalog.load import cached_catalog
from archipel.catalog.models import Catalog
from archipel.content.library import Library, code_of
from archipel.content.repository import Checkout
from archipel.datafolder import DataFolder
from archipel.errors import Conflict, NotFound, Refused
from archipel.isolation import Isolation, Machine
from archipel.names import scope_of_defi
from archipel.runs.desk import Desk
from archipel.runs.rows import Attempt, Run
from archipel.runs.store import Store


@dataclass(frozen=True)
class Published:
    """A publication that is done: its run, the key of its attempt, and those of the run that it shows."""

    run: Run
    key: str
    source: Run
    source_key: str
    synthetic: bool


class Tracking(Protocol):
    """MLflow, seen from the scheduler. Neither verb may lose a run: both tell, neither raises."""

    def open(self, run: Run, parameters: dict[str, Any]) -> str | None:
        """The MLflow run made for this run, or None where MLflow does not answer."""

    def close(self, run: Run, state: State, attempt: Artifacts) -> None:
        """``attempt``: the part of the store that holds what it left."""

    def environment(self, run: Run, token: str) -> dict[str, str]:
        """Variables that let the attempt log to its own MLflow run."""


@dataclass(frozen=True)
class Context:
    """``identity``: who a run's process is. ``on_published``: told of each publication that is done.

    ``library``: where code lies. ``desk``: where an attempt's files are made ready and put away.
    ``api_url``: where an attempt's process reaches the platform, "" where no workspace runs.
    ``isolation``: whether what is marked « sensible » may start.
    """

    data: DataFolder
    store: Store
    artifacts: Artifacts
    backend: Backend
    desk: Desk
    library: Library
    lock_of: Callable[[Path, str], str]
    ensure_environment: Callable[[str, Path], None]
    tracking: Tracking
    identity: Callable[[Run, int], str]
    on_published: Callable[[Published], None]
    api_url: str = ""
    isolation: Isolation = Machine()

    def current(self) -> Checkout:
        """The pinned content. Raises `Conflict` before the first one."""
        content = self.library.pinned()
        if content is None:
            raise Conflict(
                "content.none",
                "aucun contenu n’est épinglé",
                hint="« archipel content take HEAD » prend celui du dépôt.",
            )
        return content

    def catalog(self) -> Catalog:
        return cached_catalog(self.current().folder)

    def folder_of(self, run: Run) -> Path:
        """Where the code of a run lies: its commit's checkout, or its draft's."""
        return code_of(self.library, run.commit, run.draft)

    def requirements_of(self, run: Run) -> Path:
        """Whose locked requirements a run has: its commit's; the pinned ones for a draft, which installs
        nothing."""
        return self.current().folder if run.draft else self.folder_of(run)

    def sensible_scope(self, defi: str, *catalogs: Catalog) -> str:
        """The scope of a défi that any of the catalogues, or the pinned one, marks « sensible »; else "".

        A draft, or an earlier commit, takes no mark away.
        """
        declared = (catalog.defis.get(defi) for catalog in (*catalogs, self.catalog()))
        return scope_of_defi(defi) if any(one and one.sensible for one in declared) else ""

    def log_of(self, attempt: Attempt, offset: int = 0) -> Iterator[bytes]:
        """What an attempt printed: its file once it was sent or sealed, what its backend hears before."""
        if self.artifacts.local and not attempt.state.final:
            # Its folder is still its own: a file of that name there is whatever the notebook wrote.
            yield from self.backend.logs(attempt.task, offset)
            return
        try:
            stream = self.artifacts.open(f"{self.artifacts.key_of(attempt.folder)}/log.txt")
        except NotFound:
            yield from self.backend.logs(attempt.task, offset)
            return
        with stream:
            stream.seek(offset)
            yield from blocks(stream)

    def end_of_log(self, attempt: Attempt, most: int) -> bytes:
        """The last bytes of what an attempt printed: a notebook may print without end."""
        if not (self.artifacts.local and not attempt.state.final):
            told = self.artifacts.tail(f"{self.artifacts.key_of(attempt.folder)}/log.txt", most)
            if told is not None:
                return told
        end = b""
        for block in self.backend.logs(attempt.task):
            end = (end + block)[-most:]
        return end

    def secret(self, name: str) -> str:
        """Value of a declared secret. Raises `Refused` where nobody has given it."""
        path = self.data.secrets / "declared" / name
        try:
            value = path.read_text(encoding="utf-8").strip("\n")
        except OSError:
            raise Refused(
                "secret.missing",
                "le secret « {name} » est déclaré mais n’a pas de valeur",
                hint="Écrivez-la dans {path} (mode 0600).",
                name=name,
                path=path,
            ) from None
        if len(value) < 6:
            raise Refused("secret.short", "le secret « {name} » a moins de 6 caractères", name=name)
        return value
