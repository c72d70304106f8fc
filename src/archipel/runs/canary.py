"""The canary: pods with the labels of what is « sensible » try what must be cut off, and a verdict is kept.

One trial is three pods, one for each kind (session, run, live dashboard). The scheduler's loop turns it: it
starts them, looks at them, and writes what they saw; nothing here waits.
"""

from __future__ import annotations

import configparser
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from archipel.artifacts import Artifacts
from archipel.backends import probe
from archipel.backends.task import Status, Task
from archipel.catalog.models import Catalog, Resources
from archipel.isolation import KEY, KINDS, WITNESSES, Observation, Verdict, due, judge
from archipel.workspace import Workspace

log = logging.getLogger("archipel.canary")

TRIAL_SECONDS = 150.0
"""How long three pods may take to start, knock and tell."""
PLATFORM = {"session": "hub", "run": "portal", "dashboard": "dashboards"}
"""Kind of pod → the part of the platform that it must reach."""
CLOSED = {"session": ("dashboards",), "run": ("hub", "dashboards"), "dashboard": ("hub", "portal", "mlflow")}
"""Kind of pod → parts of the platform that are none of its business."""
METADATA = "169.254.169.254"
KUBELET_PORT = 10250
Address = tuple[str, int]


@dataclass(frozen=True)
class Targets:
    """``witnesses``: what the scheduler reaches itself. ``common``: what no kind may reach, they included."""

    witnesses: Mapping[str, Address]
    common: Mapping[str, Address]
    inside: Mapping[str, Address]

    def of(self, kind: str) -> dict[str, Address]:
        return {**self.common, **{name: self.inside[name] for name in CLOSED[kind]}}


def targets_of(
    workspace: Workspace,
    api: Address,
    database: str,
    store: str,
    region: Mapping[str, str],
    more: Iterable[str] = (),
) -> Targets:
    """``database``, ``store``: their addresses (URL), "" for a store that is a volume. ``region``: the
    variables of the region, whose proxy and mirrors are for others. ``more``: ``host:port``. Pure."""
    inside = {name: address_of(url) for name, url in workspace.inside.items()}
    witnesses = {"api": api, "database": address_of(database, 5432)}
    common = {
        **witnesses,
        **({"store": address_of(store)} if store else {}),
        "proxy": inside["proxy_api"],
        "scheduler": inside["scheduler"],
        "kubelet": (probe.NODE, KUBELET_PORT),
        "metadata": (METADATA, 80),
        **{f"{host}:{port}": (host, port) for host, port in sorted({*_of_region(region), *_told(more)})},
    }
    return Targets(witnesses, common, inside)


def address_of(url: str, port: int = 0) -> Address:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or port or {"https": 443}.get(parts.scheme, 80)


def _of_region(variables: Mapping[str, str]) -> list[Address]:
    return [address_of(value) for value in variables.values() if value.startswith(("http://", "https://"))]


def _told(targets: Iterable[str]) -> list[Address]:
    return [(host, int(port)) for host, _colon, port in (one.rpartition(":") for one in targets)]


def endpoint_of(aws_config: str) -> str:
    """The store's address in the configuration of AWS' clients; "" where it says none. Pure."""
    told = configparser.ConfigParser(interpolation=None)
    told.read_string(aws_config)
    sections = [told[name] for name in told.sections()]
    return next((one["endpoint_url"] for one in sections if "endpoint_url" in one), "")


def anything_marked(catalog: Catalog) -> bool:
    return any(one.sensible for one in (*catalog.defis.values(), *catalog.profiles.values()))


class Prober(Protocol):
    """`archipel.backends.kubernetes.KubernetesBackend`, seen from here."""

    def probe(self, task: Task, component: str) -> None: ...

    def state(self, name: str) -> Status: ...

    def logs(self, name: str, offset: int = 0) -> Any: ...

    def forget(self, name: str) -> None: ...


class Canary:
    """``image``: (image, lock) of the probes. ``wanted``: whether anything is marked « sensible »."""

    def __init__(
        self,
        prober: Prober,
        artifacts: Artifacts,
        targets: Targets,
        image: Callable[[], tuple[str, str]],
        wanted: Callable[[], bool],
        period: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._prober, self._artifacts, self._targets = prober, artifacts, targets
        self._image, self._wanted, self._period, self._clock = image, wanted, period, clock
        self._last: Verdict | None = None
        self._trial: dict[str, str] = {}
        self._began = 0.0

    def turn(self) -> None:
        """One look; a start of the scheduler is a start of trials, whatever an earlier one found."""
        if self._trial:
            self._look()
        elif due(self._last, self._clock()) and self._wanted():
            self._start()

    def _start(self) -> None:
        self._began = self._clock()
        image, lock = self._image()
        for kind in KINDS:
            name = f"canari-{kind}-{int(self._began)}"
            self._trial[kind] = name
            platform = self._targets.inside[PLATFORM[kind]]
            asked = {"platform": platform, "targets": self._targets.of(kind)}
            self._prober.probe(task_of(name, image, lock, asked), kind)

    def _look(self) -> None:
        ended = {name: self._prober.state(name).state.final for name in self._trial.values()}
        if not all(ended.values()) and self._clock() - self._began < TRIAL_SECONDS:
            return
        heard = [self._heard(kind, name) for kind, name in self._trial.items() if ended[name]]
        witnesses = {name: probe.knock(*self._targets.witnesses[name]) == "open" for name in WITNESSES}
        found = judge([one for one in heard if one], witnesses, self._clock(), self._period)
        self._artifacts.write(KEY, found.to_json())
        before = self._last.state if self._last else ""
        if found.state != before:
            log.warning("network of what is sensible: %s %s %s", found.state, found.why, list(found.reached))
        self._last = found
        # It is judged once, whether or not the cluster answers to what is tidied after it: its jobs go by
        # themselves a day after their end.
        names, self._trial = self._trial.values(), {}
        for name in names:
            self._prober.forget(name)

    def _heard(self, kind: str, name: str) -> Observation | None:
        """What a probe printed last; None for one that printed nothing of ours."""
        try:
            told = json.loads(b"".join(self._prober.logs(name)).splitlines()[-1])
            return Observation(kind, bool(told["platform"]), dict(told["seen"]))
        except (ValueError, IndexError, KeyError, TypeError, UnicodeDecodeError):
            return None


def task_of(name: str, image: str, lock: str, asked: Mapping[str, Any]) -> Task:
    return Task(
        name=name,
        image=image,
        lock=lock,
        command=("python", "-m", "archipel.backends.probe"),
        env={"ARCHIPEL_PROBE": json.dumps(asked)},
        resources=Resources(cpu=0.25, memory="128M"),
        timeout=timedelta(seconds=TRIAL_SECONDS),
        sensible="canari",
    )
