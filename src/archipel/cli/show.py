"""How commands show states, dates and durations: French, in Paris time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from archipel.texts import translate as _

PARIS = ZoneInfo("Europe/Paris")
STATES = {
    "queued": "en attente",
    "running": "en cours",
    "done": "réussie",
    "failed": "échouée",
    "cancelled": "annulée",
    "interrupted": "interrompue",
}


def state_name(state: str) -> str:
    return _(STATES.get(state, state))


def paris(instant: str | None) -> str:
    """An ISO instant as ``24/11/2026 06:00``; "" for None."""
    if not instant:
        return ""
    return datetime.fromisoformat(instant).astimezone(PARIS).strftime("%d/%m/%Y %H:%M")
