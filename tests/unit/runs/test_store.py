"""The ledger's table: an instant and its run are written together, and the query knows who reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from archipel.backends.task import State
from archipel.errors import Failed
from archipel.runs import store as ledger
from archipel.runs.store import Store, floor_of, open_engine, upgrade
from support.ledger import new_store

AT = "2026-01-05T05:00:00+00:00"


@pytest.fixture
def store() -> Store:
    return new_store()


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


def move_to(store: Store, revision: str) -> None:
    """What a newer release leaves behind: a column more, and the name of its revision."""
    with store.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE run ADD COLUMN priority INTEGER"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision})


@pytest.mark.parametrize("revision", ["0003_for_0001", "0007_for_0001"])
def test_a_release_that_goes_back_uses_tables_that_were_only_added_to(store: Store, revision: str) -> None:
    store.add(row("a"))
    move_to(store, revision)
    upgrade(store.engine)
    store.add(row("bb"))
    assert [run.id for run in store.runs()] == ["bb", "a"]
    with store.engine.connect() as connection:
        # Its own release finds them as it left them.
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == revision


@pytest.mark.parametrize("revision", ["0003", "0004_for_0003"])
def test_tables_that_it_cannot_use_are_refused(store: Store, revision: str) -> None:
    move_to(store, revision)
    with pytest.raises(Failed, match="vient d’une version plus récente"):
        upgrade(store.engine)


def test_each_revision_says_an_earlier_one_that_can_use_its_tables_or_nothing() -> None:
    folder = Path(ledger.__file__).parent / "migrations" / "versions"
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))]
    names = [name for text in texts for name in re.findall(r'^revision = "(.+)"$', text, re.M)]
    assert len(names) == len(texts) > 0
    for place, name in enumerate(names):
        # alembic's own column holds 32 characters.
        assert len(name) <= 32
        assert floor_of(name) in names[: place + 1]


def test_an_error_of_the_database_tells_no_value() -> None:
    engine = open_engine("sqlite://")
    with engine.connect() as connection, pytest.raises(sa.exc.OperationalError) as failed:
        connection.execute(sa.text("select * from nowhere where name = :name"), {"name": "Jeanne"})
    assert "Jeanne" not in str(failed.value)
