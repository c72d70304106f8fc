"""What a person may ask: of a draft's own catalogue, and of the queue."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from archipel.backends.task import State
from archipel.catalog.load import load_catalog
from archipel.catalog.models import Audience, Execution, Resources
from archipel.errors import Conflict, Forbidden
from archipel.identity.person import Person
from archipel.runs import ledger
from archipel.runs.calendar import CALENDAR
from archipel.runs.ledger import Ledger
from archipel.runs.limits import demand, demand_resources
from support.ledger import new_store
from support.source import ROOT
from unit.runs.test_store import row

ALICE = Person("alice")
SHIPPED = load_catalog(ROOT)
LITTLE = SHIPPED.profiles["datascience"].model_copy(update={"resources": Resources(cpu=2, memory="4G")})
LARGE = LITTLE.model_copy(
    update={
        "resources": Resources(cpu=64, memory="512G", gpu=8),
        "audience": Audience(access="groups", groups=("calcul",)),
    }
)
CATALOG = SHIPPED.model_copy(update={"profiles": {"petit": LITTLE, "grand": LARGE}})
PINNED = (
    SHIPPED.defis["bonjour"]
    .executions["execution"]
    .model_copy(update={"resources": Resources(cpu=1, memory="8G"), "timeout": "6h"})
)


def asking(timeout: str = "1h", **resources: Any) -> Execution:
    return PINNED.model_copy(update={"resources": Resources(**resources), "timeout": timeout})


@pytest.mark.parametrize(
    ("asked", "pinned", "told"),
    [
        (asking(cpu=2, memory="8G", timeout="6h"), PINNED, ""),
        (asking(cpu=2, memory="4096M", timeout="4h"), None, ""),
        (asking(cpu=3), PINNED, "« cpu: 3.0 », et 2.0 au plus"),
        (asking(memory="9G"), PINNED, "« memory: 9G », et 8G au plus"),
        (asking(memory="8G"), None, "« memory: 8G », et 4G au plus"),
        (asking(gpu=1), PINNED, "« gpu: 1 », et 0 au plus"),
        (asking(timeout="7h"), PINNED, "« timeout: 7h », et 360m au plus"),
        (asking(timeout="5h"), None, "« timeout: 5h », et 240m au plus"),
    ],
)
def test_a_draft_takes_no_more_than_what_is_pinned_or_a_session(
    asked: Execution, pinned: Execution | None, told: str
) -> None:
    if not told:
        demand(asked, pinned, ALICE, CATALOG)
        return
    with pytest.raises(Forbidden) as refused:
        demand(asked, pinned, ALICE, CATALOG)
    assert told in str(refused.value)


def test_a_large_profile_counts_for_who_has_it() -> None:
    demand_resources(Resources(gpu=8), None, Person("bruno", frozenset({"calcul"})), CATALOG)


def test_a_person_fills_the_queue_for_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    store = new_store()
    monkeypatch.setattr(ledger, "MOST_ACTIVE", 2)
    here: Any = SimpleNamespace(store=store)
    for name, state in (("a", State.QUEUED), ("b", State.DONE), ("c", State.RUNNING)):
        Ledger(here)._demand_room(ALICE)
        store.add(row(name, state=state))
    with pytest.raises(Conflict, match="vous avez déjà 2 exécutions en attente ou en cours"):
        Ledger(here)._demand_room(ALICE)
    Ledger(here)._demand_room(Person("bruno"))
    Ledger(here)._demand_room(CALENDAR)
