"""Rows of the ledger as values, and what names and dates them."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from archipel.backends.task import State

ACTIVE = (State.QUEUED, State.RUNNING)


@dataclass(frozen=True)
class Run:
    """One row of the ledger; ``kind``: ``run``, ``publication`` or ``preview``. Instants: ISO 8601, UTC."""

    id: str
    defi: str
    execution: str
    kind: str
    state: State
    submitted_by: str
    run_as: str
    submitted: str
    started: str | None
    ended: str | None
    parameters: dict[str, Any]
    inputs: list[dict[str, Any]]
    commit: str
    draft: str | None
    schedule: str | None
    instant: str | None
    failure: dict[str, Any] | None
    reason: str | None
    mlflow_run: str | None
    cancel_asked: bool

    @property
    def experiment(self) -> str:
        """The MLflow experiment: the défi's, or its author's own for a draft."""
        return f"{self.submitted_by}/{self.defi}" if self.draft else self.defi

    @property
    def seconds(self) -> float | None:
        if not self.started:
            return None
        end = datetime.fromisoformat(self.ended) if self.ended else datetime.now(UTC)
        return round((end - datetime.fromisoformat(self.started)).total_seconds(), 3)


@dataclass(frozen=True)
class Attempt:
    run: str
    number: int
    task: str
    state: State
    folder: str
    slot: int
    token_sha256: str | None
    started: str
    ended: str | None
    exit_code: int | None


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def new_run_id(instant: datetime | None = None) -> str:
    """``AAAAMMJJ-HHMMSS-`` and six letters drawn at random: sorts by time, never guessed."""
    letters = base64.b32encode(secrets.token_bytes(5)).decode().lower()[:6]
    return f"{(instant or datetime.now(UTC)):%Y%m%d-%H%M%S}-{letters}"
