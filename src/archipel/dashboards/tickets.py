"""What lets a reader into a live page: a ticket used once, then a signed cookie of that host alone."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from tornado.web import create_signed_value, decode_signed_value

TICKET_SECONDS = 30
COOKIE = "archipel-vivant"


@dataclass(frozen=True)
class View:
    """One reader's live view. ``token``: their own at the hub ("" for a public dashboard's visitor).

    ``values``: the validated parameters, encoded. ``version``: what is shown. ``label``: its host.
    """

    label: str
    defi: str
    version: str
    token: str
    values: dict[str, dict[str, Any]]


@dataclass
class Tickets:
    _waiting: dict[str, tuple[float, View]] = field(default_factory=dict)

    def issue(self, view: View) -> str:
        now = time.monotonic()
        self._waiting = {k: v for k, v in self._waiting.items() if v[0] > now}
        ticket = secrets.token_urlsafe(24)
        self._waiting[ticket] = (now + TICKET_SECONDS, view)
        return ticket

    def redeem(self, ticket: str, label: str) -> View | None:
        """The view, once, within `TICKET_SECONDS`, at its own host; None else."""
        expires, view = self._waiting.pop(ticket, (0.0, None))
        return view if view is not None and view.label == label and time.monotonic() < expires else None


def seal(view: View, secret: bytes) -> str:
    return create_signed_value(secret, COOKIE, json.dumps(asdict(view))).decode()


def unseal(value: str, label: str, secret: bytes) -> View | None:
    """The view of a cookie, if it was made for this very host; None else."""
    plain = decode_signed_value(secret, COOKIE, value, max_age_days=1)
    if plain is None:
        return None
    view = View(**json.loads(plain))
    return view if view.label == label else None
