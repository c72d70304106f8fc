"""One unit of work and what launches it. Nothing here knows where a task runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from archipel.catalog.models import Resources


class State(StrEnum):
    """Where a run, or the task of one of its attempts, stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def final(self) -> bool:
        return self not in (State.QUEUED, State.RUNNING)


@dataclass(frozen=True)
class Mount:
    """A folder that the task sees. ``url``: an fsspec address; ``writable``: it may write there."""

    url: str
    writable: bool = False


@dataclass(frozen=True)
class Task:
    """A command in an image. ``name`` is a DNS label and the key: starting it twice is harmless.

    ``image``, ``lock``: key of the catalogue's image, and hash of its locked requirements; together they
    name one environment, or one tag of a container image. ``command``: argv inside the image (``python``
    is its interpreter). ``env``: clear values; ``secrets``: values that no log or listing shows.
    ``identity``: who the process is (a slug; the backend makes of it a system user, a service account).
    ``port``: where it answers over HTTP until it is stopped; None for one that ends by itself.
    ``sensible``: the scope of what is marked so (`archipel.names.scope_of_defi`); "" for all the rest.
    """

    name: str
    image: str
    lock: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    resources: Resources = Resources()
    mounts: tuple[Mount, ...] = ()
    identity: str = "run"
    timeout: timedelta | None = None
    port: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    sensible: str = ""


@dataclass(frozen=True)
class Status:
    """What a backend sees of a task. ``exit_code`` is None while it runs or where it was lost."""

    state: State
    exit_code: int | None = None
    reason: str = ""


class Refusal(OSError):
    """What a cluster's API server said where it did not do what it was asked. ``status``: HTTP's."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


class Backend(Protocol):
    """Four verbs. All are idempotent and safe after a restart of the caller."""

    def start(self, task: Task) -> None:
        """Start it unless a task of that name was started before."""

    def state(self, name: str) -> Status:
        """INTERRUPTED for a task that is gone without having told its end, or that is unknown."""

    def logs(self, name: str, offset: int = 0) -> Iterator[bytes]:
        """What it printed, from a byte offset."""

    def stop(self, name: str, grace: timedelta = timedelta(seconds=10)) -> None:
        """Ask it to end, then kill it and all its children."""

    def forget(self, name: str) -> None:
        """Remove what is kept of an ended task: its log has been put away, its end written down."""
