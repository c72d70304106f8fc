"""Live dashboards and what outlives their front: found again, read on, ended in time, counted."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from archipel.backends.task import Refusal, State
from archipel.dashboards import live as module
from archipel.dashboards.live import Limits, LiveDashboards, Standing
from archipel.errors import Conflict, Failed

LIMITS = Limits(processes=2)


class Door:
    origin = "http://voila"

    def __init__(self, answers: bool) -> None:
        self.answers = answers

    def client(self) -> httpx.AsyncClient:
        def answer(_request: httpx.Request) -> httpx.Response:
            if not self.answers:
                raise httpx.ConnectError("refused")
            return httpx.Response(200, json={"kernels": 0})

        return httpx.AsyncClient(transport=httpx.MockTransport(answer))


class Cluster:
    """A cluster's launcher, and its deployments: version → (age in seconds, whether it answers)."""

    start_seconds = 1.0

    def __init__(self, **there: tuple[float, bool]) -> None:
        self.there = there
        self.stopped: list[str] = []

    def standing(self) -> list[Standing]:
        return [Standing(version, f"live-{version}", age) for version, (age, _ok) in self.there.items()]

    def door(self, task: str, version: str) -> Any:
        return Door(self.there[version][1]) if version in self.there else None

    def start(self, wanted: Any) -> None:
        self.there[wanted.version.id] = (0.0, True)

    def state(self, _task: str) -> State:
        return State.RUNNING

    def said(self, _task: str) -> str:
        return ""

    def stop(self, task: str, _grace: timedelta) -> None:
        self.stopped.append(task)
        self.there.pop(task.removeprefix("live-"), None)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that the test moves."""
    clock = SimpleNamespace(more=0.0)
    real = time.monotonic
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: real() + clock.more))
    return clock


def front(cluster: Cluster) -> LiveDashboards:
    return LiveDashboards(cluster, lambda _image, _folder: "lock", LIMITS)


def wanted(version: str) -> Any:
    return SimpleNamespace(version=SimpleNamespace(id=version), task=f"live-{version}", content=Path())


def test_a_front_that_restarts_finds_what_stands_and_its_readers_go_on(later: SimpleNamespace) -> None:
    cluster = Cluster(v1=(600, True), v2=(5, False))
    dashboards = front(cluster)
    asyncio.run(dashboards.cull())
    assert cluster.stopped == []
    found = dashboards.known("v1")
    assert found is not None
    assert found.task == "live-v1"
    # One that does not answer yet is no reader's.
    assert dashboards.known("v2") is None


def test_what_nobody_reads_any_more_is_ended_after_its_time(later: SimpleNamespace) -> None:
    cluster = Cluster(v1=(600, True), read=(600, True))
    dashboards = front(cluster)
    asyncio.run(dashboards.cull())
    later.more = LIMITS.idle_seconds - 10
    asyncio.run(dashboards.cull())
    assert cluster.stopped == []
    found = dashboards.known("read")
    assert found is not None
    found.sockets_open = 1
    later.more = LIMITS.idle_seconds + 10
    asyncio.run(dashboards.cull())
    assert cluster.stopped == ["live-v1"]
    assert dashboards.known("v1") is None


def test_one_that_never_answers_is_ended_too(later: SimpleNamespace) -> None:
    cluster = Cluster(v1=(600, False))
    dashboards = front(cluster)
    asyncio.run(dashboards.cull())
    assert cluster.stopped == []
    later.more = LIMITS.idle_seconds + 10
    asyncio.run(dashboards.cull())
    assert cluster.stopped == ["live-v1"]


def test_one_that_answers_late_is_taken_over(later: SimpleNamespace) -> None:
    cluster = Cluster(v1=(5, False))
    dashboards = front(cluster)
    asyncio.run(dashboards.cull())
    cluster.there["v1"] = (30, True)
    later.more = LIMITS.idle_seconds + 10
    asyncio.run(dashboards.cull())
    assert cluster.stopped == []
    assert dashboards.known("v1") is not None


def test_one_that_computes_a_page_has_a_reader(later: SimpleNamespace) -> None:
    cluster = Cluster(v1=(600, True))
    dashboards = front(cluster)
    asyncio.run(dashboards.cull())
    found = dashboards.known("v1")
    assert found is not None
    later.more, found.asked = LIMITS.idle_seconds + 10, 1
    asyncio.run(dashboards.cull())
    assert cluster.stopped == []
    found.asked = 0
    asyncio.run(dashboards.cull())
    assert cluster.stopped == ["live-v1"]


def test_none_outlives_its_deadline_however_often_its_front_restarts() -> None:
    cluster = Cluster(old=(LIMITS.life_seconds + 1, True), young=(LIMITS.life_seconds - 60, True))
    dashboards = front(cluster)
    asyncio.run(dashboards.find())
    for version in ("old", "young"):
        found = dashboards.known(version)
        assert found is not None
        found.sockets_open = 1
    asyncio.run(dashboards.cull())
    assert cluster.stopped == ["live-old"]


def test_what_stood_before_the_restart_counts() -> None:
    cluster = Cluster(v1=(600, True), v2=(600, False))
    dashboards = front(cluster)
    with pytest.raises(Conflict, match="trop de tableaux"):
        asyncio.run(dashboards.ensure(wanted("v3")))
    assert "v3" not in cluster.there
    # One that stands may be asked for again.
    assert asyncio.run(dashboards.ensure(wanted("v1"))).task == "live-v1"


def test_one_that_somebody_asks_for_is_not_ended_meanwhile(later: SimpleNamespace) -> None:
    cluster = Cluster(v1=(600, True))
    dashboards = front(cluster)

    async def both() -> None:
        await dashboards.cull()
        later.more = LIMITS.idle_seconds + 10
        await asyncio.gather(dashboards.ensure(wanted("v1")), dashboards.cull())

    asyncio.run(both())
    assert cluster.stopped == []
    assert dashboards.known("v1") is not None


def test_one_that_somebody_comes_back_to_while_another_ends_goes_on(
    later: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(v1=(600, True), v2=(600, True))
    dashboards = front(cluster)
    stop = cluster.stop

    def slow_stop(task: str, grace: timedelta) -> None:
        """A reader of the other one comes back meanwhile."""
        stop(task, grace)
        back = dashboards.known("v2")
        assert back is not None
        back.seen = time.monotonic() + later.more

    monkeypatch.setattr(cluster, "stop", slow_stop)

    async def both() -> None:
        await dashboards.cull()
        later.more = LIMITS.idle_seconds + 10
        await dashboards.cull()

    asyncio.run(both())
    assert cluster.stopped == ["live-v1"]
    assert dashboards.known("v2") is not None


def test_those_that_start_count(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()
    dashboards = front(cluster)
    monkeypatch.setattr(Cluster, "standing", lambda _self: [])

    async def at_once() -> list[Any]:
        asked = [dashboards.ensure(wanted(f"v{number}")) for number in range(4)]
        return await asyncio.gather(*asked, return_exceptions=True)

    refused = [one for one in asyncio.run(at_once()) if isinstance(one, Conflict)]
    assert (len(refused), len(cluster.there)) == (2, LIMITS.processes)


def test_a_refusal_of_the_cluster_is_told_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    class Full(Cluster):
        def start(self, wanted: Any) -> None:
            raise Refusal(403, "exceeded quota: archipel")

    dashboards = front(Full())
    # None of those that did not start takes a place.
    for number in range(LIMITS.processes + 1):
        with pytest.raises(Failed, match="n’a pas démarré") as failed:
            asyncio.run(dashboards.ensure(wanted(f"v{number}")))
        assert "quota" not in str(failed.value)
    assert "exceeded quota: archipel" in caplog.text


@pytest.mark.parametrize("draft", ["", "d1"])
def test_what_a_process_printed_is_told_to_its_author_alone(
    draft: str, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Cluster):
        def start(self, wanted: Any) -> None: ...

        def state(self, _task: str) -> State:
            return State.FAILED

        def said(self, _task: str) -> str:
            return "KeyError: 'mot-de-passe'"

    asked: Any = SimpleNamespace(
        version=SimpleNamespace(id="v1", draft=draft), task="live-v1", content=Path()
    )
    with pytest.raises(Failed) as failed:
        asyncio.run(front(Broken()).ensure(asked))
    assert ("mot-de-passe" in str(failed.value)) is bool(draft)
    assert "mot-de-passe" in caplog.text
