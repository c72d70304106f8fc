"""Values made from those of the level below: sum, average, nothing else, and never in part."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.defis.pilote import territories
from archipel.defis.pilote.aggregation import aggregate, at_level, checked_words
from archipel.defis.pilote.reading import Reading
from archipel.defis.pilote.refusal import DataRefused
from archipel.defis.pilote.structure import Structure
from archipel.defis.pilote.tables import rates_table

Records = Callable[..., pd.DataFrame]
BRETAGNE = ("22", "29", "35", "56")
TAX = {"politique": "OVQ-THR", "indicateur": "nb-beneficiaires-suppression-taxe-habitation"}
"""The structure sums it, to the region and to the nation."""


def test_values_are_summed_or_averaged() -> None:
    assert aggregate([1.0, 2.0, 6.0], "sum") == 9
    assert aggregate([1.0, 2.0, 6.0], "avg") == 3
    assert aggregate([0.1] * 10, "sum") == 1.0
    assert aggregate([-5.0], "avg") == -5


@pytest.mark.parametrize("word", ["max", "median", "SUM", "moyenne", "", "sum "])
@pytest.mark.parametrize("values", [[1.0, 2.0], [None], []])
def test_any_other_word_is_refused(word: str, values: list[float | None]) -> None:
    with pytest.raises(DataRefused) as told:
        aggregate(values, word)
    assert str(told.value) == f"agrégation « {word} » refusée (acceptées : sum, avg)"


@pytest.mark.parametrize("how", ["sum", "avg"])
@pytest.mark.parametrize("absent", [None, math.nan])
def test_there_is_never_a_partial_sum(how: str, absent: float | None) -> None:
    assert aggregate([1.0, absent, 3.0], how) is None
    assert aggregate([absent], how) is None
    assert aggregate([], how) is None


finite = st.floats(-1e12, 1e12)


@settings(deadline=None, max_examples=60)
@given(st.lists(finite, min_size=1, max_size=30), st.randoms())
def test_an_aggregate_does_not_depend_on_the_order(values: list[float], chance: Random) -> None:
    other = list(values)
    chance.shuffle(other)
    for how in ("sum", "avg"):
        assert aggregate(values, how) == aggregate(other, how)
    average = aggregate(values, "avg")
    assert average is not None
    assert min(values) - 1e-3 <= average <= max(values) + 1e-3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            {"nb-maisons-sante": "max"},
            "agregation : « nb-maisons-sante » vaut 'max' (acceptés : « sum », « avg »)",
        ),
        ({"nb-maison": "sum"}, "agregation : indicateur inconnu « nb-maison »"),
    ],
)
def test_the_parameter_takes_known_indicators_and_the_two_words(words: dict[str, str], message: str) -> None:
    known = {"nb-maisons-sante"}
    assert checked_words({"nb-maisons-sante": "avg"}, known) == {"nb-maisons-sante": "avg"}
    assert checked_words({}, known) == {}
    with pytest.raises(DataRefused) as told:
        checked_words(words, known)
    assert str(told.value) == message


def bretagne(records: Records, *differing: dict[str, object], **common: object) -> pd.DataFrame:
    rows = [TAX | {"territoire": code, **common} for code in BRETAGNE]
    for rank, more in enumerate(differing):
        rows[rank] |= more
    return records(*rows)


def test_a_region_is_the_sum_of_its_departements(records: Records, structure: Structure) -> None:
    rows = bretagne(records, {"valeur": 1, "date_valeur": "2022-09-30"}, {"valeur": 2})
    found = at_level(rows, "reg", structure).set_index("territoire")
    assert len(found) == 18
    (one,) = found.loc[["53"]].to_dict("records")
    assert (one["valeur_initiale"], one["valeur"], one["cible"]) == (0, 13, 40)
    assert one["date_valeur"] == "2022-09-30"
    assert one["maille"] == one["niveau_source"] == "reg"
    assert pd.isna(one["taux_publie"])
    assert one["reserve"] == ""
    rate = rates_table(at_level(rows, "reg", structure), structure).set_index("territoire")
    assert rate["taux_calcule"]["53"] == 32.5
    # The other regions have none of their départements in the file: nothing is made of nothing.
    assert found["valeur"].drop("53").isna().all()
    assert set(rate["motif"].drop("53")) == {"valeur initiale absente ; valeur absente ; cible absente"}


def test_a_region_is_the_average_where_the_parameter_says_so(records: Records, structure: Structure) -> None:
    rows = bretagne(records, {"valeur": 1}, {"valeur": 2})
    found = at_level(rows, "reg", structure, {TAX["indicateur"]: "avg"}).set_index("territoire")
    assert (found["valeur"]["53"], found["cible"]["53"]) == (3.25, 10)


@pytest.mark.parametrize(
    ("lacks", "motif"),
    [
        (1, "valeur absente de 1 territoire sur 4"),
        (2, "valeur absente de 2 territoires sur 4"),
    ],
)
def test_a_region_has_no_value_where_one_of_its_departements_has_none(
    records: Records, structure: Structure, lacks: int, motif: str
) -> None:
    rows = bretagne(records, *[{"valeur": None}] * lacks)
    found = rates_table(at_level(rows, "reg", structure), structure).set_index("territoire")
    assert pd.isna(found["valeur"]["53"])
    assert pd.isna(found["taux_calcule"]["53"])
    assert found["cible"]["53"] == 40
    assert found["motif"]["53"] == motif


def test_a_departement_that_is_not_in_the_file_leaves_no_sum(records: Records, structure: Structure) -> None:
    rows = bretagne(records)
    found = at_level(rows[rows["territoire"] != "35"], "reg", structure).set_index("territoire")
    assert found["valeur"].isna().all()
    assert found["reserve"]["53"] == (
        "valeur initiale absente de 1 territoire sur 4 ; valeur absente de 1 territoire sur 4 ; "
        "cible absente de 1 territoire sur 4"
    )


def test_a_value_inherited_from_another_level_is_not_summed(records: Records, structure: Structure) -> None:
    rows = bretagne(records, {"niveau_source": "reg"})
    found = at_level(rows, "reg", structure).set_index("territoire")
    assert pd.isna(found["valeur"]["53"])
    assert found["reserve"]["53"].startswith("valeur initiale absente de 1 territoire sur 4")


def test_what_the_structure_does_not_aggregate_is_not_made(records: Records, structure: Structure) -> None:
    rows = records(*({"territoire": code} for code in BRETAGNE))
    found = rates_table(at_level(rows, "reg", structure), structure).set_index("territoire")
    assert found["taux_calcule"].isna().all()
    assert set(found["motif"]) == {"agrégation à la maille régionale non prévue par la structure"}
    asked = at_level(rows, "reg", structure, {"nb-maisons-sante": "sum"}).set_index("territoire")
    assert asked["valeur"]["53"] == 20


def everyone(level: str) -> list[str]:
    return list(territories.DEPARTEMENTS if level == "dept" else territories.REGIONS)


@pytest.mark.parametrize("below", ["dept", "reg"])
def test_the_nation_is_the_sum_of_the_finer_level_of_the_file(
    records: Records, structure: Structure, below: str
) -> None:
    codes = everyone(below)
    rows = records(*(TAX | {"maille": below, "territoire": code} for code in codes))
    (one,) = at_level(rows, "nat", structure).to_dict("records")
    assert (one["territoire"], one["maille"]) == ("FRANCE", "nat")
    assert one["valeur"] == 5 * len(codes)
    absent = rows[rows["territoire"] != codes[-1]]
    assert pd.isna(at_level(absent, "nat", structure)["valeur"][0])


def test_departements_make_regions_that_make_the_same_nation(records: Records, structure: Structure) -> None:
    rows = records(
        *(TAX | {"territoire": code, "valeur": rank * 1.5} for rank, code in enumerate(everyone("dept")))
    )
    regions = at_level(rows, "reg", structure)
    assert len(regions) == 18
    assert regions["valeur"].notna().all()
    through = at_level(regions.drop(columns="reserve"), "nat", structure)["valeur"][0]
    assert through == at_level(rows, "nat", structure)["valeur"][0] == 1.5 * 5050


def test_the_nearest_finer_level_is_the_one_that_is_summed(records: Records, structure: Structure) -> None:
    rows = records(
        *(TAX | {"maille": "reg", "territoire": code} for code in everyone("reg")),
        *(TAX | {"territoire": code, "valeur": 1} for code in everyone("dept")),
    )
    assert at_level(rows, "nat", structure)["valeur"].tolist() == [90]


def test_what_the_file_gives_at_the_asked_level_is_kept(records: Records, structure: Structure) -> None:
    given_one = TAX | {"maille": "reg", "territoire": "53", "valeur": 7, "taux_publie": 70}
    found = at_level(pd.concat([bretagne(records), records(given_one)]), "reg", structure)
    assert len(found) == 1
    assert found["valeur"][0] == 7
    assert found["taux_publie"][0] == 70


def test_without_a_level_everything_in_the_file_is_kept(extract: Reading, structure: Structure) -> None:
    found = at_level(extract.records, None, structure)
    assert len(found) == 5757
    assert set(found["reserve"]) == {""}
    assert found.drop(columns="reserve").equals(extract.records)


@pytest.mark.parametrize(
    ("level", "asked", "message"),
    [
        (
            "reg",
            "dept",
            "maille : « dept » refusée : le fichier est à la maille régionale, et la maille départementale "
            "est plus fine",
        ),
        (
            "nat",
            "reg",
            "maille : « reg » refusée : le fichier est à la maille nationale, et la maille régionale est "
            "plus fine",
        ),
    ],
)
def test_a_level_finer_than_the_file_is_refused(
    records: Records, structure: Structure, level: str, asked: str, message: str
) -> None:
    rows = records(TAX | {"maille": level, "territoire": "53" if level == "reg" else "FRANCE"})
    with pytest.raises(DataRefused) as told:
        at_level(rows, asked, structure)
    assert str(told.value) == message
