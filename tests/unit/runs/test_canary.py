"""The canary's turns, with a cluster and a clock that are told; its probe against real sockets."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from archipel.artifacts import Artifacts
from archipel.backends import probe
from archipel.backends.task import State, Status, Task
from archipel.errors import Unavailable
from archipel.isolation import CUT, KEY, KINDS, OPEN, UNKNOWN, Verdict
from archipel.runs.canary import TRIAL_SECONDS, Canary, Targets, endpoint_of, targets_of
from archipel.workspace import Workspace

INSIDE = {
    "hub": "http://archipel-hub:8081",
    "portal": "http://archipel-portal:8002",
    "dashboards": "http://archipel-dashboards:8003",
    "mlflow": "http://archipel-mlflow:8004",
    "scheduler": "http://archipel-scheduler:8005",
    "proxy": "http://archipel-proxy:8000",
    "proxy_api": "http://archipel-proxy-api:8001",
}
WORKSPACE = Workspace("shared", "archipel", "https", "a.fr", 8000, "b.fr", "c.fr", inside=INSIDE)
REGION = {
    "HTTPS_PROXY": "http://mandataire.exemple.gouv.fr:3128",
    "https_proxy": "http://mandataire.exemple.gouv.fr:3128",
    "PIP_INDEX_URL": "https://paquets.exemple.gouv.fr/simple",
    "NO_PROXY": "localhost",
}


def targets(region: dict[str, str] | None = None, *more: str) -> Targets:
    database = "postgresql://archipel:mot-de-passe@base.exemple/archipel"
    return targets_of(WORKSPACE, ("10.96.0.1", 443), database, "https://s3.exemple", region or {}, more)


def test_each_kind_knocks_at_all_that_is_none_of_its_business() -> None:
    told = targets(REGION, "annuaire.exemple:636")
    for kind in KINDS:
        found = told.of(kind)
        assert {"api", "database", "store", "proxy", "scheduler", "kubelet", "metadata"} < set(found)
        assert found["database"] == ("base.exemple", 5432)
        assert found["store"] == ("s3.exemple", 443)
        assert found["proxy"] == ("archipel-proxy-api", 8001)
        assert found["mandataire.exemple.gouv.fr:3128"] == ("mandataire.exemple.gouv.fr", 3128)
        assert found["paquets.exemple.gouv.fr:443"] == ("paquets.exemple.gouv.fr", 443)
        assert found["annuaire.exemple:636"] == ("annuaire.exemple", 636)
        assert "mot-de-passe" not in json.dumps(found)
    assert {"hub", "dashboards"} <= set(told.of("run"))
    assert "portal" not in told.of("run")
    assert "portal" in told.of("dashboard")
    assert "hub" not in told.of("session")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[default]\nendpoint_url = https://s3.exemple\nregion = x\n", "https://s3.exemple"),
        ("[default]\nregion = x\n", ""),
        ("", ""),
    ],
)
def test_the_store_s_address(text: str, found: str) -> None:
    assert endpoint_of(text) == found


class Cluster:
    """Jobs that end when they are told to, having printed what they are told."""

    def __init__(self) -> None:
        self.started: dict[str, tuple[Task, str]] = {}
        self.ended = True
        self.printed: dict[str, Any] = {}
        self.forgotten: list[str] = []

    def probe(self, task: Task, component: str) -> None:
        self.started[task.name] = (task, component)

    def state(self, name: str) -> Status:
        return Status(State.DONE if self.ended else State.RUNNING)

    def logs(self, name: str, offset: int = 0) -> Any:
        task, component = self.started[name]
        asked = json.loads(task.env["ARCHIPEL_PROBE"])
        told = self.printed.get(component) or {
            "platform": True,
            "seen": dict.fromkeys(asked["targets"], "silent"),
        }
        yield b"a warning\n" + (told if isinstance(told, bytes) else json.dumps(told).encode()) + b"\n"

    def forget(self, name: str) -> None:
        self.forgotten.append(name)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Canary, Cluster, list[float], Artifacts]:
    clock, cluster, store = [1000.0], Cluster(), Artifacts(f"file://{tmp_path}")
    monkeypatch.setattr(probe, "knock", lambda host, port: "open")
    canary = Canary(
        cluster, store, targets(), lambda: ("base", "l"), lambda: True, 600, clock=lambda: clock[0]
    )
    return canary, cluster, clock, store


def verdict(store: Artifacts) -> Verdict:
    return Verdict.from_json(store.read(KEY) or b"")


def test_a_trial_is_three_marked_pods_then_a_verdict_and_nothing_is_left(
    place: tuple[Canary, Cluster, list[float], Artifacts],
) -> None:
    canary, cluster, clock, store = place
    canary.turn()
    assert {component for _task, component in cluster.started.values()} == set(KINDS)
    assert {task.sensible for task, _component in cluster.started.values()} == {"canari"}
    assert store.read(KEY) is None
    canary.turn()
    assert verdict(store).state == CUT
    assert sorted(cluster.forgotten) == sorted(cluster.started)
    clock[0] += 599
    canary.turn()
    assert len(cluster.started) == 3
    clock[0] += 1
    canary.turn()
    assert len(cluster.started) == 6


def test_a_cluster_that_fails_as_it_is_tidied_changes_no_verdict(
    place: tuple[Canary, Cluster, list[float], Artifacts], monkeypatch: pytest.MonkeyPatch
) -> None:
    canary, cluster, _clock, store = place

    def away(_name: str) -> None:
        raise Unavailable("cluster.silent", "le cluster ne répond pas")

    monkeypatch.setattr(cluster, "forget", away)
    canary.turn()
    with pytest.raises(Unavailable):
        canary.turn()
    assert verdict(store).state == CUT
    canary.turn()
    assert verdict(store).state == CUT
    assert len(cluster.started) == 3


def test_a_leak_is_told_at_once_and_tried_again_within_a_minute(
    place: tuple[Canary, Cluster, list[float], Artifacts],
) -> None:
    canary, cluster, clock, store = place
    cluster.printed["run"] = {"platform": True, "seen": {"api": "open", "database": "silent"}}
    canary.turn()
    canary.turn()
    assert (verdict(store).state, verdict(store).reached) == (OPEN, ("run → api",))
    cluster.printed.clear()
    clock[0] += 60
    canary.turn()
    canary.turn()
    assert verdict(store).state == CUT


@pytest.mark.parametrize("said", [b"", b"not JSON", b"[]", b'{"platform": true}'])
def test_a_probe_that_says_nothing_of_ours_proves_nothing(
    said: bytes, place: tuple[Canary, Cluster, list[float], Artifacts]
) -> None:
    canary, cluster, _clock, store = place
    cluster.printed["dashboard"] = said or b" "
    canary.turn()
    canary.turn()
    assert (verdict(store).state, verdict(store).why) == (UNKNOWN, "silent")


def test_pods_that_never_end_are_not_waited_for(
    place: tuple[Canary, Cluster, list[float], Artifacts],
) -> None:
    canary, cluster, clock, store = place
    cluster.ended = False
    canary.turn()
    canary.turn()
    assert store.read(KEY) is None
    clock[0] += TRIAL_SECONDS
    canary.turn()
    assert verdict(store).why == "silent"
    assert len(cluster.forgotten) == 3


def test_the_probe_tells_an_open_door_a_refusal_and_what_it_was_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        asked = {
            "platform": server.getsockname(),
            "targets": {"a": [probe.NODE, server.getsockname()[1]], "b": closed.getsockname()},
        }
        monkeypatch.setenv("ARCHIPEL_PROBE", json.dumps(asked))
        monkeypatch.setenv("ARCHIPEL_NODE", "127.0.0.1")
        assert probe.main() == 0
    assert json.loads(capsys.readouterr().out) == {"platform": True, "seen": {"a": "open", "b": "refused"}}
