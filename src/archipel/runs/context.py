"""What the ledger and the scheduler stand on, handed to them once by the edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from archipel.backends.task import Backend, State
from archipel.catalog.load import cached_catalog
from archipel.catalog.models import Catalog
from archipel.datafolder import DataFolder
from archipel.errors import Conflict, Refused
from archipel.runs.artifacts import Artifacts
from archipel.runs.rows import Run
from archipel.runs.store import Store


class Content(Protocol):
    """A commit of the content and the folder it is checked out in."""

    @property
    def commit(self) -> str: ...

    @property
    def folder(self) -> Path: ...


@dataclass(frozen=True)
class Published:
    """A publication that is done: its run and attempt folder, and those of the run that it shows."""

    run: Run
    folder: Path
    source: Run
    source_folder: Path
    synthetic: bool


class Tracking(Protocol):
    """MLflow, seen from the scheduler. Neither verb may lose a run: both tell, neither raises."""

    def open(self, run: Run, parameters: dict[str, Any]) -> str | None:
        """The MLflow run made for this run, or None where MLflow does not answer."""

    def close(self, run: Run, state: State, folder: Path) -> None: ...

    def environment(self, run: Run, token: str) -> dict[str, str]:
        """Variables that let the attempt log to its own MLflow run."""


@dataclass(frozen=True)
class Context:
    """``content``: the pinned checkout, None before the first one. ``identity``: who a run's process is.

    ``on_published``: told of each publication that is done.
    """

    data: DataFolder
    store: Store
    artifacts: Artifacts
    backend: Backend
    content: Callable[[], Content | None]
    lock_of: Callable[[Path, str], str]
    ensure_environment: Callable[[str, Path], None]
    tracking: Tracking
    identity: Callable[[Run, int], str]
    on_published: Callable[[Published], None]
    api_url: str = ""

    def current(self) -> Content:
        """The pinned content. Raises `Conflict` before the first one."""
        content = self.content()
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
        if run.draft:
            return self.data.root / "drafts" / run.draft
        return self.data.content / "checkouts" / run.commit

    def requirements_of(self, run: Run) -> Path:
        """Whose locked requirements a run has: its commit's; the pinned ones for a draft, which installs
        nothing."""
        return self.current().folder if run.draft else self.folder_of(run)

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
