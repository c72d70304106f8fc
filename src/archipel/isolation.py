"""Whether what is marked « sensible » may start: what the canary saw, judged, kept, and read again.

Pods marked so must reach the platform and nothing else but their declared sources. On a cluster that is
shown by probes that carry the same labels; until they have shown it, and once they no longer do, nothing
marked so starts. One machine cuts no network: nothing marked so starts there, unless its operator said so.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from archipel.artifacts import Artifacts
from archipel.cluster import read_cluster
from archipel.datafolder import DataFolder
from archipel.errors import Conflict
from archipel.texts import N_
from archipel.workspace import Workspace

log = logging.getLogger("archipel.isolation")

KEY = "platform/canary.json"
"""Where the last verdict lies in the object store, which hub, portal and front read alike."""
CUT, OPEN, UNKNOWN = "cut", "open", "unknown"
KINDS = ("session", "run", "dashboard")
WITNESSES = ("api", "database")
"""Targets that whoever judges reaches itself: silence from them is silence of the network."""
RETRY_SECONDS = 60.0
STALE_PERIODS = 2


@dataclass(frozen=True)
class Observation:
    """What one probe tells. ``seen``: target → ``open``, ``refused`` or ``silent``."""

    kind: str
    platform: bool
    seen: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """``at``: seconds since 1970. ``reached``: ``<kind> → <target>``. ``why``: a word of `DOUBTS`."""

    at: float
    period: float
    state: str
    reached: tuple[str, ...] = ()
    why: str = ""

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Verdict:
        told: dict[str, Any] = json.loads(text)
        return cls(**{**told, "reached": tuple(told["reached"])})


DOUBTS = {
    "silent": N_("une sonde n’a rien dit : son pod n’a pas démarré, ou n’a pas fini à temps"),
    "blind": N_("une sonde n’atteint pas la plateforme : son silence ne prouve rien"),
    "witness": N_("le serveur d’API ou la base ne répondent pas même à la plateforme"),
    "refused": N_("quelque chose a répondu « non » à une sonde, ce qui n’est pas une coupure"),
    "unread": N_("le résultat de l’épreuve ne se lit pas"),
}
"""Why a trial proved nothing."""


def judge(
    observations: Sequence[Observation], witnesses: Mapping[str, bool], now: float, period: float
) -> Verdict:
    """Cut only where each kind of probe reached the platform, none got through to anything, and what they
    knocked at was there. ``witnesses``: target → whether it answered who judges. Pure.
    """
    reached = tuple(
        f"{one.kind} → {name}" for one in observations for name, seen in one.seen.items() if seen == "open"
    )
    if reached:
        return Verdict(now, period, OPEN, reached)
    told = {one.kind for one in observations if one.seen}
    if told != set(KINDS):
        return Verdict(now, period, UNKNOWN, why="silent")
    if not all(one.platform for one in observations):
        return Verdict(now, period, UNKNOWN, why="blind")
    if not all(witnesses.get(name) and all(name in one.seen for one in observations) for name in WITNESSES):
        return Verdict(now, period, UNKNOWN, why="witness")
    if any(seen != "silent" for one in observations for seen in one.seen.values()):
        return Verdict(now, period, UNKNOWN, why="refused")
    return Verdict(now, period, CUT)


def due(last: Verdict | None, now: float) -> bool:
    """Whether it is time to try again: sooner while nothing is proved. Pure."""
    if last is None:
        return True
    wait = last.period if last.state == CUT else min(last.period, RETRY_SECONDS)
    return now - last.at >= wait or now < last.at


class Held(Conflict):
    """Something marked « sensible » may not start now. ``lasting``: nothing that is waited for changes it."""

    lasting = False


class HeldForGood(Held):
    lasting = True


AFTERWARDS = N_(
    "Cela repart tout seul une fois la coupure prouvée ; l’exploitant voit le détail sur sa page d’accueil."
)


def refusal(last: Verdict | None, now: float) -> Held | None:
    """Why nothing marked « sensible » may start; None where it may. Pure."""
    if last is None:
        return Held(
            "sensible.unproven",
            "sensible : la coupure du réseau n’a pas encore été éprouvée, rien ne démarre avant",
            hint=AFTERWARDS,
        )
    if last.state == OPEN:
        return Held(
            "sensible.open",
            "sensible : une destination interdite répond, rien ne démarre tant qu’elle répond",
            hint=AFTERWARDS,
        )
    if last.state != CUT:
        return Held(
            "sensible.unknown",
            "sensible : la dernière épreuve de la coupure du réseau n’a rien prouvé, rien ne démarre avant",
            hint=AFTERWARDS,
        )
    # One that comes from the future tells of a clock that is wrong, and of nothing else.
    if not -last.period <= now - last.at <= STALE_PERIODS * last.period:
        return Held(
            "sensible.stale",
            "sensible : la dernière épreuve de la coupure du réseau est trop ancienne, rien ne démarre avant",
            hint=AFTERWARDS,
        )
    return None


class Isolation(Protocol):
    def held(self) -> Held | None:
        """Why nothing marked « sensible » may start now; None where it may."""

    def verdict(self) -> Verdict | None:
        """The last one; None where there is none, or where none is made."""


@dataclass(frozen=True)
class Machine:
    """One machine. ``allowed``: its operator starts what is sensible without any network being cut."""

    allowed: bool = False

    def held(self) -> Held | None:
        if self.allowed:
            return None
        return HeldForGood(
            "sensible.machine",
            "sensible : une machine seule ne coupe pas le réseau, rien de tel n’y démarre",
            hint="Employez un cluster ; ou, si le réseau de la machine est coupé autrement, "
            "l’exploitant la démarre avec « archipel up --allow-sensible ».",
        )

    def verdict(self) -> Verdict | None:
        return None


@dataclass(frozen=True)
class Proved:
    """A cluster, by the verdict in its store. What cannot be read proves nothing."""

    artifacts: Artifacts
    clock: Callable[[], float] = time.time

    def held(self) -> Held | None:
        return refusal(self.verdict(), self.clock())

    def verdict(self) -> Verdict | None:
        try:
            text = self.artifacts.read(KEY)
            return Verdict.from_json(text) if text else None
        except Exception as error:
            # Each store has its own errors; whichever it is, nothing is known.
            log.warning("the canary's verdict cannot be read: %s", type(error).__name__)
            return Verdict(self.clock(), RETRY_SECONDS, UNKNOWN, why="unread")


def isolation_of(data: DataFolder) -> Isolation:
    """Of the place that this process is part of."""
    cluster = read_cluster(data)
    if cluster is not None:
        return Proved(Artifacts(cluster.store))
    workspace = Workspace.read(data.workspace_file)
    return Machine(workspace is not None and workspace.allow_sensible)
