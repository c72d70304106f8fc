"""What is marked « sensible » waits, or is refused: no draft and no earlier commit takes the mark away."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from archipel.backends.task import State
from archipel.catalog.load import load_catalog
from archipel.catalog.models import Catalog
from archipel.errors import ArchipelError
from archipel.isolation import Held, Isolation, Machine, Verdict, refusal
from archipel.runs import attempts, reasons
from archipel.runs.context import Context
from archipel.runs.ledger import Ledger
from archipel.runs.store import Store
from archipel.runs.view import as_json
from archipel.texts import speaking
from support.ledger import new_store
from support.source import ROOT
from unit.runs.test_store import row

CATALOG = load_catalog(ROOT)
CLOSED = Machine()


@pytest.fixture
def store() -> Store:
    return new_store()


def marked(catalog: Catalog = CATALOG) -> Catalog:
    defis = {**catalog.defis, "bonjour": catalog.defis["bonjour"].model_copy(update={"sensible": True})}
    return catalog.model_copy(update={"defis": defis})


@dataclass
class Told:
    """An isolation that says what it is told to."""

    why: Held | None

    def held(self) -> Held | None:
        return self.why

    def verdict(self) -> Verdict | None:
        return None


def context(
    pinned: Catalog, own: Catalog, isolation: Isolation, monkeypatch: pytest.MonkeyPatch, store: Any = None
) -> Context:
    """As the ledger's own, but for the catalogues: the pinned one, and that of a run's code."""
    made: Any = SimpleNamespace(
        catalog=lambda: pinned, folder_of=lambda _run: "own", isolation=isolation, store=store
    )
    made.sensible_scope = lambda defi, *catalogs: Context.sensible_scope(made, defi, *catalogs)
    monkeypatch.setattr(attempts, "cached_catalog", lambda _folder: own)
    return cast(Context, made)


@pytest.mark.parametrize(
    ("pinned", "own", "scope"),
    [
        (CATALOG, CATALOG, ""),
        (CATALOG, marked(), "defi-bonjour"),
        (marked(), CATALOG, "defi-bonjour"),
        (marked(), marked(), "defi-bonjour"),
    ],
)
def test_a_mark_of_either_catalogue_counts(
    pinned: Catalog, own: Catalog, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = context(pinned, own, CLOSED, monkeypatch)
    assert attempts.scope_of(here, cast(Any, SimpleNamespace(defi="bonjour"))) == scope
    assert attempts.scope_of(here, cast(Any, SimpleNamespace(defi="pilote"))) == ""


@pytest.mark.parametrize(
    ("last", "now"),
    [
        (None, 0.0),
        (Verdict(0, 60, "open", ("run → api",)), 0),
        (Verdict(0, 60, "x"), 0),
        (Verdict(0, 60, "cut"), 999),
    ],
)
def test_a_held_run_waits_with_its_reason_in_both_languages_then_goes(
    last: Verdict | None,
    now: float,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = store.add(row("r"))
    here = context(marked(), marked(), Told(refusal(last, now)), monkeypatch, store)
    assert attempts.held(here, run, here.isolation.held)
    waiting = store.run("r")
    assert waiting.state is State.QUEUED
    assert waiting.reason in reasons.HELD.values()
    assert as_json(waiting, store)["reason"] == waiting.reason
    with speaking("en"):
        assert as_json(waiting, store)["reason"].startswith("Waiting: sensitive défi")
    free = context(marked(), marked(), Told(None), monkeypatch, store)
    assert not attempts.held(free, waiting, free.isolation.held)
    assert not store.run("r").reason


def test_each_reason_has_its_sentence() -> None:
    verdicts = (None, Verdict(0, 60, "open"), Verdict(0, 60, "unknown"), Verdict(-999, 60, "cut"))
    codes = {held.code for held in (refusal(one, 0) for one in verdicts) if held}
    machine = CLOSED.held()
    assert machine is not None
    assert codes | {machine.code} == set(reasons.HELD)


def test_what_will_never_start_is_refused_as_it_is_submitted(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArchipelError) as refused:
        Ledger(context(CATALOG, CATALOG, CLOSED, monkeypatch))._demand_isolation("bonjour", marked())
    assert refused.value.code == "sensible.machine"
    Ledger(context(CATALOG, CATALOG, CLOSED, monkeypatch))._demand_isolation("bonjour", CATALOG)
    Ledger(context(marked(), marked(), Machine(True), monkeypatch))._demand_isolation("bonjour", marked())
    # What may yet be proved waits in the queue.
    held = Told(refusal(None, 0))
    Ledger(context(marked(), marked(), held, monkeypatch))._demand_isolation("bonjour", marked())


def test_what_a_run_waits_for_besides_stays_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(row("a"))
    here = context(CATALOG, CATALOG, Told(None), monkeypatch, store)
    for before, after in ((reasons.SILENT, reasons.SILENT), (next(iter(reasons.HELD.values())), "")):
        store.change("a", reason=before)
        assert attempts.held(here, store.run("a"), lambda: None) is False
        assert (store.run("a").reason or "") == after
