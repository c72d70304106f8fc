"""A run that should start: what is away is waited for, what is wrong ends it, and nothing of it is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from archipel.artifacts import Artifacts
from archipel.backends.task import Refusal, State, Status
from archipel.errors import Unavailable
from archipel.names import task_name
from archipel.runs import attempts, schema
from archipel.runs import scheduler as module
from archipel.runs.scheduler import Scheduler
from archipel.runs.store import Store
from support.ledger import new_store
from unit.runs.test_store import row

AWAY = Unavailable("cluster.silent", "le cluster ne répond pas ({reason})", reason="refused")


class Cluster:
    """A backend whose starts and forgets end as they are told to, in order; then well."""

    def __init__(self, starts: list[Exception | None], forgets: list[Exception | None] | None = None) -> None:
        self.done: list[str] = []
        self._starts, self._forgets = iter(starts), iter(forgets or [])

    def _do(self, what: str, errors: Iterator[Exception | None]) -> None:
        self.done.append(what)
        if error := next(errors, None):
            raise error

    def start(self, task: Any) -> None:
        self._do(f"start {task.name}", self._starts)

    def forget(self, name: str) -> None:
        self._do(f"forget {name}", self._forgets)

    def logs(self, _name: str) -> Iterator[bytes]:
        return iter(())


class Mlflow:
    def __init__(self, done: list[str]) -> None:
        self._done = done

    def open(self, _run: Any, _parameters: Any) -> str:
        self._done.append("open")
        return "m1"

    def close(self, run: Any, state: State, _left: Artifacts) -> None:
        self._done.append(f"close {run.mlflow_run} {state}")


def workspace(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Scheduler, Store]:
    """A scheduler whose ledger has one queued run, « a »."""
    store = new_store()
    store.add(row("a"))

    def lay_out(_run: Any, number: int, _published: str) -> Any:
        return SimpleNamespace(record=f"runs/bonjour/a/{number}")

    def task_of(_context: Any, run: Any, number: int, *_more: Any) -> Any:
        return SimpleNamespace(name=task_name(run.id, number))

    desk = SimpleNamespace(
        lay_out=lay_out, discard_inputs=lambda run: cluster.done.append(f"discard {run.id}")
    )
    context: Any = SimpleNamespace(
        store=store,
        backend=cluster,
        desk=desk,
        tracking=Mlflow(cluster.done),
        artifacts=Artifacts(f"file://{tmp_path}"),
        data=SimpleNamespace(stopping=tmp_path / "stopping"),
        ensure_environment=lambda _image, _folder: None,
        requirements_of=lambda _run: tmp_path,
        isolation=SimpleNamespace(held=lambda: None),
    )
    monkeypatch.setattr(attempts, "task_of", task_of)
    monkeypatch.setattr(attempts, "image_of", lambda _context, _run: "base")
    monkeypatch.setattr(attempts, "held", lambda _context, _run, _isolated: False)
    monkeypatch.setattr(
        attempts, "seal", lambda _context, _run, number: cluster.done.append(f"seal {number}")
    )
    return Scheduler(context, slots=2), store


def test_a_cluster_that_is_away_makes_a_run_wait_and_nothing_of_its_first_start_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(more=0.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 1000 + clock.more))
    cluster = Cluster(starts=[AWAY, None], forgets=[AWAY, AWAY, None])
    scheduler, store = workspace(cluster, tmp_path, monkeypatch)
    first, second = task_name("a", 1), task_name("a", 2)
    for _turn in range(3):
        scheduler._start()
        # Nothing is tried again at once.
        scheduler._start()
        run = store.run("a")
        assert (run.state, run.started, run.failure) == (State.QUEUED, None, None)
        assert run.reason == "En attente : le cluster ne répond pas ; elle partira d’elle-même."
        clock.more += 60
    # One attempt, however long the cluster is away; its token is worth nothing.
    assert [(one.state, one.token_sha256) for one in store.attempts("a")] == [(State.INTERRUPTED, None)]
    scheduler._start()
    assert store.run("a").state is State.RUNNING
    assert [one.state for one in store.attempts("a")] == [State.INTERRUPTED, State.RUNNING]
    assert cluster.done == ["open", f"start {first}", *[f"forget {first}"] * 3, f"start {second}"]


def test_it_is_told_of_what_is_away_and_asked_again_ever_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    store_away = Unavailable("store.away", "le magasin d’objets ne répond pas")
    cluster = Cluster(starts=[store_away], forgets=[store_away] * 9)
    scheduler, store = workspace(cluster, tmp_path, monkeypatch)
    tried = []
    while len(tried) < 5:
        before = len(cluster.done)
        scheduler._start()
        if len(cluster.done) > before:
            tried.append(clock.now - 1000)
        clock.now += 0.5
    assert tried == [0, 0.5, 1.5, 3.5, 7.5]
    told = store.run("a").reason
    assert told == "En attente : un service dont elle a besoin ne répond pas ; elle partira d’elle-même."


def test_those_behind_it_wait_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(starts=[AWAY, None])
    scheduler, store = workspace(cluster, tmp_path, monkeypatch)
    store.add(row("bb"))
    scheduler._start()
    assert store.attempts("bb") == []
    assert [run.state for run in store.runs()] == [State.QUEUED] * 2


def test_one_that_waits_for_its_cluster_may_be_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(starts=[AWAY], forgets=[None])
    scheduler, store = workspace(cluster, tmp_path, monkeypatch)
    scheduler._start()
    store.change("a", cancel_asked=True)
    scheduler._cancel()
    assert store.run("a").state is State.CANCELLED
    assert cluster.done[2:] == [f"forget {task_name('a', 1)}", "discard a", "close m1 cancelled"]


@pytest.mark.parametrize("forgets", [[None], [AWAY], [RuntimeError("unforeseen")]])
def test_a_start_that_is_refused_ends_the_run_and_closes_it_whatever_is_left(
    forgets: list[Exception | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = Refusal(403, 'jobs.batch "run-a" is forbidden: exceeded quota: archipel')
    cluster = Cluster(starts=[refusal], forgets=forgets)
    scheduler, store = workspace(cluster, tmp_path, monkeypatch)
    scheduler._start()
    run = store.run("a")
    assert run.state is State.FAILED
    assert run.failure is not None
    assert run.failure["error"] == "Quota atteint"
    assert "forbidden" not in run.failure["message"]
    name = task_name("a", 1)
    assert cluster.done == [
        *("open", f"start {name}", "seal 1", "discard a", "close m1 failed", f"forget {name}")
    ]


def test_what_a_silent_cluster_keeps_of_an_ended_run_is_forgotten_once_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(starts=[None], forgets=[AWAY, AWAY, None])
    scheduler, store = workspace(cluster, tmp_path, monkeypatch)
    scheduler._leftovers.tidy()
    scheduler._start()
    monkeypatch.setattr(cluster, "state", lambda _name: Status(State.DONE, 0), raising=False)
    monkeypatch.setattr(attempts, "outcome", lambda *_told: (State.DONE, None, ""))
    followed: list[str] = []
    monkeypatch.setattr(scheduler, "_publish_after", lambda run: followed.append(run.id))
    store.change("a", schedule="bonjour/nuit")
    scheduler._observe()
    assert store.run("a").state is State.DONE
    # What follows its end does not wait for it.
    assert followed == ["a"]
    for _turn in range(3):
        scheduler._leftovers.tidy()
    assert cluster.done.count(f"forget {task_name('a', 1)}") == 3


def test_a_scheduler_that_starts_forgets_what_the_one_before_could_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(starts=[OSError("exceeded quota: archipel")], forgets=[AWAY])
    scheduler, _store = workspace(cluster, tmp_path, monkeypatch)
    scheduler._start()
    Scheduler(scheduler._context, slots=2)._leftovers.tidy()
    assert cluster.done[-2:] == [f"forget {task_name('a', 1)}"] * 2


def test_one_that_fails_before_its_attempt_closes_its_mlflow_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(starts=[])
    scheduler, store = workspace(cluster, tmp_path, monkeypatch)

    def no_secret(*_words: Any) -> None:
        raise RuntimeError("no such secret")

    monkeypatch.setattr(attempts, "task_of", no_secret)
    scheduler._start()
    assert store.run("a").state is State.FAILED
    assert cluster.done == ["open", "discard a", "close m1 failed"]


def test_the_publication_that_follows_is_asked_for_before_the_end_is_recorded_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler that dies between the two would lose it: nobody looks at a run that has ended."""
    cluster = Cluster(starts=[None])
    scheduler, store = workspace(cluster, tmp_path, monkeypatch)
    scheduler._start()
    monkeypatch.setattr(cluster, "state", lambda _name: Status(State.DONE, 0), raising=False)
    monkeypatch.setattr(attempts, "outcome", lambda *_told: (State.DONE, None, ""))
    store.change("a", schedule="bonjour/nuit")

    def publish(run: Any) -> None:
        store.add(row(f"p{len(store.runs())}", kind="publication"), parents=(run.id,))

    def dies(*_words: Any, **_more: Any) -> None:
        raise OSError("the database is away")

    monkeypatch.setattr(scheduler, "_publish_after", publish)
    with monkeypatch.context() as dying:
        dying.setattr(store, "end", dies)
        scheduler._observe()
    assert (store.run("a").state, store.has_children("a")) == (State.RUNNING, True)
    scheduler._observe()
    assert store.run("a").state is State.DONE
    assert len(store.runs(kind="publication")) == 1


def test_a_cancellation_is_heard_however_many_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(starts=[None])
    scheduler, store = workspace(cluster, tmp_path, monkeypatch)
    newer = {"state": "queued", "cancel_asked": False, "submitted": "2026-02-01T00:00:00+00:00"}
    later = [row(f"b{number:04}", **newer) for number in range(1001)]
    with store.engine.begin() as connection:
        connection.execute(sa.insert(schema.run), later)
    store.change("a", cancel_asked=True)
    scheduler._cancel()
    assert store.run("a").state is State.CANCELLED
