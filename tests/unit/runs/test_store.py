"""The ledger's table: an instant and its run are written together, and the query knows who reads."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from archipel.backends.task import State
from archipel.runs.store import Store, open_engine, upgrade

AT = "2026-01-05T05:00:00+00:00"


@pytest.fixture
def store() -> Store:
    engine = open_engine("sqlite://")
    upgrade(engine)
    return Store(engine)


def row(name: str, **more: Any) -> dict[str, Any]:
    values = {
        "id": name,
        "defi": "bonjour",
        "execution": "execution",
        "kind": "run",
        "state": State.QUEUED,
        "submitted_by": "alice",
        "run_as": "defi:bonjour",
        "submitted": f"2026-01-0{len(name)}T00:00:00+00:00",
        "parameters": {},
        "inputs": [],
        "commit": "c" * 40,
    }
    return values | more


def test_an_instant_has_one_run(store: Store) -> None:
    store.since("bonjour/matin", AT)
    assert not store.taken("bonjour/matin", AT)
    store.add(row("a", schedule="bonjour/matin", instant=AT), reason="à l’heure prévue")
    assert store.taken("bonjour/matin", AT)
    assert store.last_instant("bonjour/matin") == AT
    with pytest.raises(sa.exc.IntegrityError):
        store.add(row("b", schedule="bonjour/matin", instant=AT))
    # Both or none: the second run is not there either.
    assert [run.id for run in store.runs()] == ["a"]


def test_a_refused_instant_is_not_asked_again(store: Store) -> None:
    store.since("bonjour/matin", AT)
    store.refuse("bonjour/matin", AT, "paramètre inconnu")
    assert store.taken("bonjour/matin", AT)
    assert store.runs() == []


def test_the_limit_is_on_what_a_person_may_read(store: Store) -> None:
    store.add(row("a"))
    store.add(row("bb", submitted_by="bruno", draft="d1"))
    store.add(row("ccc", submitted_by="bruno", defi="pilote"))
    assert [run.id for run in store.runs(limit=1, drafts=False)] == ["ccc"]
    assert [run.id for run in store.runs(limit=1, reader=("alice", frozenset({"bonjour"})))] == ["a"]
    assert [run.id for run in store.runs(reader=("bruno", frozenset()))] == ["ccc", "bb"]
    assert store.runs(reader=("dora", frozenset())) == []


def test_a_draft_s_experiment_is_its_author_s(store: Store) -> None:
    assert store.add(row("a")).experiment == "bonjour"
    assert store.add(row("bb", draft="d1")).experiment == "alice/bonjour"
