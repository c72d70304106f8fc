"""Who promotes, who overrides, and what the journal keeps of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from archipel.catalog.load import load_catalog
from archipel.catalog.models import Audience, Catalog, Rights
from archipel.errors import ArchipelError, Conflict, Forbidden, NotFound, Refusals, Refused
from archipel.identity.person import Person
from archipel.models.champions import Champions, recalled, sha256
from archipel.runs.promotions import Promotions
from support.ledger import new_store
from support.registered import NAME, MemoryRegistry, audit, card, gap, written
from support.source import ROOT

ALICE = Person("alice", frozenset({"pilotage"}))
LEA = Person("lea", frozenset({"lecture"}))
BRUNO = Person("bruno")
CHEF = Person("chef", admin=True)

GOOD = (written(card()), written(audit()))
BAD = (written(card()), written(audit(gap(ecart=0.05, haut=0.06))))
EMPTY = (None, None)
WHY = "Essai sur un site clos, sans public, jusqu’au 1er février."


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """« twincity » is read by « lecture » and written by « pilotage »."""
    catalog = load_catalog(ROOT)
    rights = Rights(
        read=Audience(access="groups", groups=("lecture", "pilotage")),
        write=Audience(access="groups", groups=("pilotage",)),
    )
    defi = catalog.defis["twincity"].model_copy(update={"rights": rights})
    return catalog.model_copy(update={"defis": {"twincity": defi}})


def made(catalog: Catalog, *documents: tuple[bytes | None, bytes | None]) -> Champions:
    return Champions(MemoryRegistry(*documents), Promotions(new_store().engine), lambda: catalog)


def test_a_good_version_is_promoted_and_written_down(catalog: Catalog) -> None:
    champions = made(catalog, GOOD)
    done = champions.promote(NAME, 1, ALICE)
    assert champions.registry.champion(NAME) == 1
    assert champions.promotions(NAME) == [done]
    assert (done.by, done.previous, done.refusals, done.reason) == ("alice", None, [], "")
    assert (done.card, done.audit) == (sha256(GOOD[0]), sha256(GOOD[1]))
    assert len(done.files) == 64


def test_a_refusal_changes_nothing_and_says_all(catalog: Catalog) -> None:
    champions = made(catalog, BAD, EMPTY)
    with pytest.raises(Refusals) as refused:
        champions.promote(NAME, 1, ALICE)
    assert [error.code for error in refused.value.errors] == ["model.gap"]
    with pytest.raises(Refusals) as refused:
        champions.promote(NAME, 2, CHEF)
    assert [error.where for error in refused.value.errors] == ["carte.json", "audit.json"]
    assert champions.registry.champion(NAME) is None
    assert champions.promotions(NAME) == []


def test_an_administrator_overrides_and_says_why(catalog: Catalog) -> None:
    champions = made(catalog, GOOD, BAD)
    champions.promote(NAME, 1, ALICE)
    done = champions.promote(NAME, 2, CHEF, override=True, reason=f"  {WHY}\n")
    assert champions.registry.champion(NAME) == 2
    assert (done.by, done.previous, done.version, done.reason) == ("chef", 1, 2, WHY)
    # Read again from the journal, it is told as it was.
    (row,) = champions.promotions(NAME)[0].refusals
    assert str(recalled(row)).endswith(
        "teint, claire et foncée : 5,00 points d’écart, 3,00 au plus, soit 2,00 de trop"
    )


def test_going_back_is_a_promotion_like_another(catalog: Catalog) -> None:
    champions = made(catalog, GOOD, GOOD)
    for number in (1, 2, 1):
        champions.promote(NAME, number, ALICE)
    assert [(one.previous, one.version) for one in champions.promotions(NAME)] == [(2, 1), (1, 2), (None, 1)]


@pytest.mark.parametrize(
    ("person", "number", "options", "error", "code"),
    [
        (BRUNO, 1, {}, NotFound, "model.unknown"),
        (LEA, 1, {}, Forbidden, "right.missing"),
        (ALICE, 1, {"override": True, "reason": WHY}, Forbidden, "model.override"),
        (CHEF, 1, {"override": True, "reason": "parce que"}, Refused, "model.reason"),
        (CHEF, 1, {"override": True, "reason": " " * 50}, Refused, "model.reason"),
        (CHEF, 1, {"override": True, "reason": "x" * 1001}, Refused, "model.reason"),
        (CHEF, 3, {"override": True, "reason": WHY}, NotFound, "model.no-version"),
        (CHEF, 2, {"override": True, "reason": WHY}, Conflict, "model.nothing-to-override"),
        (ALICE, 3, {}, NotFound, "model.no-version"),
    ],
)
def test_what_is_not_promoted(
    catalog: Catalog,
    person: Person,
    number: int,
    options: dict[str, Any],
    error: type[ArchipelError],
    code: str,
) -> None:
    champions = made(catalog, BAD, GOOD)
    with pytest.raises(error) as refused:
        champions.promote(NAME, number, person, **options)
    assert refused.value.code == code
    assert champions.registry.champion(NAME) is None
    assert champions.promotions(NAME) == []


def test_the_champion_is_not_promoted_again(catalog: Catalog) -> None:
    champions = made(catalog, GOOD)
    champions.promote(NAME, 1, ALICE)
    with pytest.raises(Conflict, match="la version 1 est déjà championne"):
        champions.promote(NAME, 1, ALICE)


def test_a_version_without_files_is_nobody_s_champion(catalog: Catalog) -> None:
    champions = made(catalog, GOOD)
    champions.registry.digests = lambda _version: {}  # type: ignore[method-assign]  # a version that was emptied
    with pytest.raises(Conflict, match="n’a aucun fichier"):
        champions.promote(NAME, 1, CHEF, override=True, reason=WHY)


def test_a_line_whose_champion_was_not_set_is_done_again(catalog: Catalog) -> None:
    champions = made(catalog, GOOD)
    registry: Any = champions.registry
    own = registry.set_champion

    def fails(_name: str, _number: int) -> None:
        raise OSError("disk full")

    registry.set_champion = fails
    with pytest.raises(OSError, match="disk full"):
        champions.promote(NAME, 1, ALICE)
    registry.set_champion = own
    champions.promote(NAME, 1, ALICE)
    first, again = champions.promotions(NAME)
    assert replace(first, at="") == replace(again, at="")


def test_models_are_their_readers(catalog: Catalog) -> None:
    champions = made(catalog, GOOD)
    seen = {
        person.name: [(one.name, one.may_promote, one.may_override) for one in champions.listed(person)]
        for person in (ALICE, LEA, BRUNO, CHEF)
    }
    assert seen == {
        "alice": [(NAME, True, False)],
        "lea": [(NAME, False, False)],
        "bruno": [],
        "chef": [(NAME, True, True)],
    }
