"""What sessions say of themselves, kept for the home page; and what they are answered."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from archipel.artifacts import Artifacts
from archipel.cluster import read_cluster
from archipel.environments import lock_of
from archipel.environments.platformcode import platform_contents, release_of
from archipel.errors import ArchipelError
from archipel.portal.services import Services
from archipel.texts import N_, paris
from archipel.texts import translate as _

TOLD_DAYS = 7
"""How long an end is told on the home page, unless another session starts before."""


@cache
def _our_release() -> str:
    return release_of(platform_contents())


@dataclass(frozen=True)
class SessionDesk:
    """Two small files a person, each with one writer: what the session said, what the person asked."""

    here: Services

    @property
    def _store(self) -> Artifacts:
        if self.here.workspace.cluster:
            return self.here.context.artifacts.under("sessions")
        return Artifacts(f"file://{self.here.context.data.ledger.parent}/sessions")

    def said(self, name: str) -> dict[str, Any]:
        return self._read(f"{name}/said.json")

    def _read(self, key: str) -> dict[str, Any]:
        found = self._store.read(key)
        try:
            told = json.loads(found) if found else {}
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    def hear(self, name: str, said: dict[str, Any]) -> dict[str, Any]:
        """Keep what a session says where it says something new; what it is answered."""
        before = self.said(name)
        if said["ended"]:
            said["ended_at"] = time.time()
        if {**before, "ended_at": 0} != {**said, "ended_at": 0}:
            self._store.write(f"{name}/said.json", json.dumps(said).encode())
        return {
            "limits": self.here.context.catalog().workspace.idle.in_seconds,
            "newer": self.newer(said),
            "keep": self._read(f"{name}/asked.json").get("keep", ""),
        }

    def ask_to_keep(self, name: str) -> None:
        self._store.write(f"{name}/asked.json", json.dumps({"keep": f"{time.time():.3f}"}).encode())

    def newer(self, said: dict[str, Any]) -> bool:
        """Whether a session opened now would have another image, or another release of the platform."""
        image, had = str(said.get("image")), (said.get("lock"), said.get("release"))
        try:
            now = lock_of(self.here.context.current().folder, image), self._release()
        except ArchipelError:
            # Its image is no longer of the catalogue: what it would be replaced by is the person's choice.
            return False
        return bool(had[0]) and had != now

    def _release(self) -> str:
        cluster = read_cluster(self.here.context.data)
        return str(cluster.pods["release"]) if cluster else _our_release()


def told_of(said: dict[str, Any], newer: bool) -> dict[str, Any]:
    """For the home page, beside an open session."""
    from datetime import UTC, datetime

    ends = float(said.get("ends") or 0)
    hour = paris(datetime.fromtimestamp(ends, UTC).isoformat())[-5:]
    return {
        "rescue": bool(said.get("trouble")),
        "newer": newer,
        "ends": _(_SOON.get(str(said.get("why")), _SOON["idle"]), time=hour) if ends else "",
    }


def has_ended(said: dict[str, Any], started: str | None) -> bool:
    """Whether the session that the hub says is open since ``started`` told us of its end."""
    from datetime import datetime

    if not said.get("ended") or not started:
        return False
    return datetime.fromisoformat(started).timestamp() <= float(said.get("ended_at") or 0)


def told_of_end(said: dict[str, Any]) -> str:
    """Why the last session ended by itself; "" where it did not, or long ago."""
    at = float(said.get("ended_at") or 0)
    if not said.get("ended") or time.time() - at > TOLD_DAYS * 86400:
        return ""
    return _(_ENDED.get(str(said.get("why")), _ENDED["idle"]))


_SOON = {
    "idle": N_("Rien ne s’y passe : elle s’arrêtera à {time}."),
    "gpu": N_("Son GPU ne sert pas : elle s’arrêtera à {time} pour le rendre."),
}
_ENDED = {
    "idle": N_(
        "Votre dernière session s’est arrêtée d’elle-même : rien ne s’y passait plus. Vos fichiers sont là."
    ),
    "gpu": N_(
        "Votre dernière session s’est arrêtée pour rendre son GPU, qui ne servait pas. Vos fichiers sont là."
    ),
}
