"""What ties a form to whom it was shown, so that another site cannot post it."""

from __future__ import annotations

import hashlib
import hmac


def form_token(key: bytes, person: str, path: str) -> str:
    """Ties a form to whom it was shown, so that another site cannot post it."""
    return hmac.new(key, f"{person}\0{path}".encode(), hashlib.sha256).hexdigest()
