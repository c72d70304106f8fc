"""The map of the data folder: every path of the workspace has its name here and nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

FORMAT = 1
"""Version of the folder's layout; raised when an older release could no longer open it."""


@dataclass(frozen=True)
class DataFolder:
    """``$ARCHIPEL_DATA``: accounts, environments, content, runs, dashboards, logs. Owned by who starts it."""

    root: Path

    # What several people's processes must traverse is 0755; the rest is 0700 (see `hub.place`).
    @property
    def format_file(self) -> Path:
        return self.root / "format"

    @property
    def secrets(self) -> Path:
        """0700: keys of the platform; ``declared/<NAME>`` holds the secrets that défis declare."""
        return self.root / "secrets"

    def key(self, name: str) -> str:
        """One of the platform's keys. Raises `OSError` where this process has none of that name."""
        return (self.secrets / name).read_text(encoding="utf-8").strip()

    @property
    def running(self) -> Path:
        """0700: sockets, pid files, ``workspace.json`` while the workspace runs."""
        return self.root / "running"

    @property
    def stopping(self) -> Path:
        """There while the workspace is being stopped."""
        return self.running / "stopping"

    @property
    def workspace_file(self) -> Path:
        return self.running / "workspace.json"

    @property
    def ledger(self) -> Path:
        return self.root / "ledger" / "ledger.sqlite"

    @property
    def ledger_lock(self) -> Path:
        return self.root / "ledger" / "lock"

    @property
    def hub(self) -> Path:
        return self.root / "hub"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def environments(self) -> Path:
        """0755: one virtual environment per image and lock, ``<image>-<12 hex of the lock>``."""
        return self.root / "environments"

    @property
    def content(self) -> Path:
        """0755: ``repository.git`` and one checkout per commit taken in; ``pinned`` names the current."""
        return self.root / "content"

    @property
    def artifacts(self) -> Path:
        """Root of the artefact store (``file://``): ``runs/<défi>/<run>/<attempt>``, ``dashboards/…``."""
        return self.root / "artifacts"

    @property
    def inputs(self) -> Path:
        """0700: files received and not yet taken into an attempt, one folder per upload."""
        return self.root / "inputs"

    @property
    def drafts(self) -> Path:
        """0711: one folder per working copy received, named at random."""
        return self.root / "drafts"

    @property
    def mlflow(self) -> Path:
        return self.root / "mlflow"

    @property
    def homes(self) -> Path:
        return self.root / "homes"


def default_root() -> Path:
    """``/var/lib/archipel`` for root, ``$XDG_DATA_HOME/archipel`` (``~/.local/share/archipel``) else."""
    if os.geteuid() == 0:
        return Path("/var/lib/archipel")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "archipel"
