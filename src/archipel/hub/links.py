"""One-time sign-in links: only the hash of the token is kept, and a rename redeems it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from pathlib import Path

from archipel.output import write_atomically

VALID_SECONDS = 600


def new_link(folder: Path, name: str, now: float | None = None) -> str:
    """A token that signs ``name`` in once, for ten minutes."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    token = secrets.token_urlsafe(24)
    entry = {"name": name, "expires": (time.time() if now is None else now) + VALID_SECONDS}
    write_atomically(folder / _digest(token), json.dumps(entry).encode())
    return token


def redeem(folder: Path, token: str, now: float | None = None) -> str | None:
    """Whom the token signs in; None when it is unknown, used or expired. Of two at once, one wins."""
    used = folder / f"{_digest(token)}.{os.getpid()}-{secrets.token_hex(4)}.used"
    try:
        (folder / _digest(token)).rename(used)
        entry = json.loads(used.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    used.unlink(missing_ok=True)
    moment = time.time() if now is None else now
    return str(entry["name"]) if moment < entry["expires"] else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
