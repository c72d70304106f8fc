"""How fast a session opens, its image being there: P50, P95, and the share of each step."""

from __future__ import annotations

import json
import statistics
import subprocess
import threading
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import peer
from measure import spread

from support.places import Cluster, Visitor
from support.workspace import wait_for

WHO = "essai-dora"
STEPS = ("hub accepts", "claim bound", "pod scheduled", "container started", "server answers", "route, ready")


def measure(place: Cluster, visitor: Visitor, times: int) -> tuple[str, dict[str, Any]]:
    operator = visitor.operator()
    visitor.sign_in(WHO)  # the hub knows who has been there
    visitor.close_session(WHO)
    _spawn(place, operator)  # makes the home and its clone; not counted
    ours = [_spawn(place, operator) for _turn in range(times)]
    image = ours[-1][1]
    with peer.installed(place, image) as other:
        other.spawn("essai-pair")
        theirs = [other.spawn("essai-pair") for _turn in range(times)]
    totals = [sum(steps.values()) for steps, _image in ours]
    rows = {"archipel": spread(totals), "KubeSpawner alone (peer)": spread(theirs)}
    whole = statistics.median(totals)
    for step in STEPS:
        rows[f"  {step}"] = spread([steps[step] for steps, _image in ours], whole)
    return "spawns on a cluster", {
        "unit": "s",
        "base": "KubeSpawner alone (peer)",
        "peers": ["KubeSpawner alone (peer)"],
        "target": {"p50": 5, "p95": 15},
        "times": times,
        "rows": rows,
    }


def _spawn(place: Cluster, operator: httpx.Client) -> tuple[dict[str, float], str]:
    """Seconds of each step of one start, in order, and the image; the session is closed at the end."""
    user = f"{place.url}/hub/api/users/{WHO}"
    watch = Watch(place)
    began = time.time()
    answer = operator.post(f"{user}/server", json={})
    assert answer.status_code in (201, 202), answer.text
    if answer.status_code == 202:
        wait_for(lambda: operator.get(user).json()["servers"][""].get("ready"), seconds=120, every=0.05)
    ready = time.time()
    seen = watch.end()
    hub = _hub_said(place, began)
    operator.delete(f"{user}/server")
    wait_for(lambda: not operator.get(user).json()["servers"], seconds=60)
    wait_for(lambda: not place.kubectl("get", "pod", f"session-{WHO}", "--ignore-not-found"), seconds=60)
    instants = [
        _first(hub, ("Attempting to create pvc", "Attempting to create pod")),
        _first(hub, ("Attempting to create pod",)),
        seen["scheduled"],
        seen["started"],
        _first(hub, ("Adding user",)),
        ready,
    ]
    befores = [began, *instants[:-1]]
    steps = {step: max(0.0, at - before) for step, at, before in zip(STEPS, instants, befores, strict=True)}
    return steps, seen["image"]


class Watch:
    """What the API server tells of the session's pod, with the instant at which it was heard here."""

    def __init__(self, place: Cluster) -> None:
        words = ["kubectl", "--namespace", place.namespace, "get", "pods", "--watch-only"]
        words += ["--output=json", "--selector=app.kubernetes.io/component=session"]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self._seen: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()
        time.sleep(1)  # it is listening before anything is asked

    def _hear(self) -> None:
        text, decoder = "", json.JSONDecoder()
        assert self._process.stdout is not None
        for line in self._process.stdout:
            text += line
            if line.rstrip() != "}":
                continue
            pod, now = decoder.decode(text), time.time()
            text = ""
            self._note(pod, now)

    def _note(self, pod: dict[str, Any], now: float) -> None:
        if pod["metadata"]["name"] != f"session-{WHO}" or "deletionTimestamp" in pod["metadata"]:
            return
        self._seen["image"] = pod["spec"]["containers"][0]["image"]
        told = pod["status"]
        if any(c["type"] == "PodScheduled" and c["status"] == "True" for c in told.get("conditions", ())):
            self._seen.setdefault("scheduled", now)
        if any("running" in c["state"] for c in told.get("containerStatuses", ())):
            self._seen.setdefault("started", now)

    def end(self) -> dict[str, Any]:
        wait_for(lambda: "started" in self._seen, seconds=10)
        self._process.terminate()
        self._process.wait()
        return self._seen


def _hub_said(place: Cluster, since: float) -> list[tuple[float, str]]:
    start = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = place.kubectl("logs", "deploy/archipel-hub", "--timestamps", f"--since-time={start}")
    found = []
    for line in said.splitlines():
        stamp, _space, text = line.partition(" ")
        moment = datetime.fromisoformat(stamp[:26].rstrip("Z") + "+00:00").timestamp()
        if moment >= since and WHO in text:
            found.append((moment, text))
    return found


def _first(said: list[tuple[float, str]], words: tuple[str, ...]) -> float:
    """When the hub first said that of the person's session."""
    for at, text in said:
        if any(word in text for word in words):
            return at
    raise AssertionError(f"the hub's log does not say « {words[0]} »")
