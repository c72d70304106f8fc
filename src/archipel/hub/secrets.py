"""Keys of the workspace's own processes: drawn once, files of 0600, kept at every restart."""

from __future__ import annotations

import os
import secrets

from archipel.datafolder import DataFolder
from archipel.output import write_atomically

SERVICES = ("portal", "dashboards", "mlflow", "operator", "keeper", "metrics")
"""Hub services with a token of that name."""
KEYS = (*SERVICES, "proxy", "hub-cookie", "cookies", "auth-state")


def ensure_keys(data: DataFolder) -> None:
    """Every key, made where it is missing; a folder and files that nobody else reads."""
    for folder in (data.secrets, data.secrets / "declared"):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    for name in KEYS:
        path = data.secrets / name
        if not path.exists():
            old = os.umask(0o077)
            try:
                write_atomically(path, secrets.token_hex(32).encode())
            finally:
                os.umask(old)
