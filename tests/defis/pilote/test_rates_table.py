"""The table of rates: a row a record, the reason where there is no rate, the published rates found again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from archipel.defis.pilote.measures import measures, outside_tolerance
from archipel.defis.pilote.reading import Reading
from archipel.defis.pilote.refusal import DataRefused
from archipel.defis.pilote.source import read_file
from archipel.defis.pilote.structure import Structure
from archipel.defis.pilote.tables import RATE_COLUMNS, not_computed, of_policy, rates_table, series_table

Records = Callable[..., pd.DataFrame]
AS_PUBLISHED = Path(__file__).with_name("donnees")
OWED = (
    "territoire", "politique", "indicateur", "valeur_initiale", "valeur", "cible", "taux_calcule",
    "taux_publie", "ecart", "motif",
)  # fmt: skip


def test_the_shipped_departmental_rates_are_found_again_but_one_that_is_named(rates: pd.DataFrame) -> None:
    assert len(rates) == 5757
    assert rates["territoire"].nunique() == 101
    assert int(rates["taux_publie"].notna().sum()) == 4159
    assert int((rates["ecart"].abs() <= 0.51).sum()) == 4158
    (off,) = outside_tolerance(rates).to_dict("records")
    assert (off["territoire"], off["politique"], off["indicateur"]) == (
        "25",
        "OVQ-GEP",
        "tx-entreprise-egalite-pro",
    )
    assert (off["valeur_initiale"], off["valeur"], off["cible"]) == (100, 90, 90)
    assert (off["taux_calcule"], off["taux_publie"]) == (100, 0)


def test_the_national_file_of_january_2021_is_found_again_but_the_two_it_published_out_of_bounds(
    structure: Structure,
) -> None:
    reading = read_file(AS_PUBLISHED / "territoire-national-global-light.json", structure)
    found = rates_table(reading.records, structure)
    assert reading.total == len(found) == 30
    assert set(found["territoire"]) == {"FRANCE"}
    assert int(found["taux_publie"].notna().sum()) == 22
    assert int((found["ecart"].abs() <= 0.51).sum()) == 20
    off = outside_tolerance(found)
    assert list(zip(off["indicateur"], off["taux_publie"], off["taux_calcule"], strict=True)) == [
        ("tx-equipements-dentaire", 136, 100),
        ("tx-equipements-optique", -8, 0),
    ]


def test_two_regions_of_january_2021_are_found_again_whole(structure: Structure) -> None:
    reading = read_file(AS_PUBLISHED / "territoire-regional-global-light.json", structure)
    found = rates_table(reading.records, structure)
    assert reading.total == len(found) == 50
    assert set(found["territoire_nom"]) == {"Auvergne-Rhône-Alpes", "Hauts-de-France"}
    assert int(found["taux_publie"].notna().sum()) == 13
    assert int((found["ecart"].abs() <= 0.51).sum()) == 13
    inherited = found[found["niveau_source"] == "nat"]
    assert len(inherited) == 14
    assert set(inherited["maille"]) == {"reg"}


def test_every_record_of_the_file_has_its_row(extract: Reading, rates: pd.DataFrame) -> None:
    key = ["maille", "territoire", "politique", "indicateur"]
    assert rates[key].to_numpy().tolist() == extract.records[key].to_numpy().tolist()
    assert tuple(rates.columns) == RATE_COLUMNS
    assert set(OWED) <= set(RATE_COLUMNS)
    assert not rates.duplicated(key).any()


def test_a_rate_is_empty_exactly_where_a_reason_is_given(rates: pd.DataFrame) -> None:
    assert ((rates["motif"] == "") == rates["taux_calcule"].notna()).all()
    assert rates["motif"].value_counts().to_dict() == {
        "": 4209,
        "cible absente": 1431,
        "valeur initiale absente ; cible absente": 91,
        "valeur initiale absente": 26,
    }
    assert len(not_computed(rates)) == 5757 - 4209
    without = rates["valeur_initiale"].isna() | rates["valeur"].isna() | rates["cible"].isna()
    assert (without == rates["taux_calcule"].isna()).all()


def test_the_gap_is_the_computed_rate_less_the_published_one(rates: pd.DataFrame) -> None:
    both = rates["taux_calcule"].notna() & rates["taux_publie"].notna()
    assert (rates["ecart"].notna() == both).all()
    assert ((rates["taux_calcule"] - rates["taux_publie"] - rates["ecart"])[both].abs() < 1e-4).all()


@pytest.mark.parametrize(
    ("row", "motif"),
    [
        ({"valeur_initiale": None}, "valeur initiale absente"),
        ({"valeur": None}, "valeur absente"),
        ({"cible": None}, "cible absente"),
        ({"valeur": None, "cible": None}, "valeur absente ; cible absente"),
        (
            {"valeur_initiale": None, "valeur": None, "cible": None},
            "valeur initiale absente ; valeur absente ; cible absente",
        ),
        (
            {"indicateur": "IND-123", "politique": "", "valeur_initiale": 3, "cible": 3},
            "sens de l’indicateur inconnu : à donner par le paramètre « orientation »",
        ),
    ],
)
def test_the_reason_names_everything_that_is_missing(
    records: Records, structure: Structure, row: dict[str, object], motif: str
) -> None:
    (found,) = rates_table(records(row), structure).to_dict("records")
    assert pd.isna(found["taux_calcule"])
    assert found["motif"] == motif


def test_the_direction_comes_from_the_parameter_else_the_structure_else_the_target(
    records: Records, structure: Structure
) -> None:
    road = {"politique": "OVQ-APR", "indicateur": "nb-morts-routes", "valeur_initiale": 40, "valeur": 30}
    rows = records(
        road | {"territoire": "22", "cible": 20},
        {"territoire": "29"},
        {"territoire": "35", "politique": "", "indicateur": "IND-001", "valeur_initiale": 9, "cible": 1},
        {"territoire": "56", "politique": "", "indicateur": "IND-002", "valeur_initiale": 1, "cible": 9},
    )
    found = rates_table(rows, structure)
    assert list(found["sens"]) == ["baisse", "hausse", "baisse", "hausse"]
    assert list(found["origine_sens"]) == ["structure", "structure", "cible", "cible"]
    assert list(found["taux_calcule"]) == [50, 50, 50, 50]
    turned = rates_table(rows, structure, {"nb-morts-routes": "hausse"})
    assert list(turned["origine_sens"]) == ["paramètre", "structure", "cible", "cible"]
    assert turned["taux_calcule"][0] == 100


def test_rates_have_the_asked_decimals(records: Records, structure: Structure) -> None:
    rows = records({"valeur": 1, "cible": 3})
    assert [rates_table(rows, structure, decimals=n)["taux_calcule"][0] for n in range(5)] == [
        33,
        33.3,
        33.33,
        33.333,
        33.3333,
    ]


def test_a_previous_value_dated_after_the_latest_one_is_no_previous_value(
    records: Records, structure: Structure
) -> None:
    # The national file of April 2021 has some: latest 2019-12-31, “last update” 2020-09-30.
    rows = records(
        {"territoire": "22", "valeur_precedente": 8, "date_precedente": "2021-06-30"},
        {"territoire": "29", "valeur_precedente": 8, "date_precedente": "2022-06-30"},
        {"territoire": "35", "valeur_precedente": 8, "date_precedente": "2022-09-30"},
    )
    found = rates_table(rows, structure)["taux_precedent"]
    assert found[0] == 80
    assert found[1:].isna().all()


def test_a_policy_keeps_its_own_records_and_one_that_is_absent_is_refused(
    records: Records, extract: Reading
) -> None:
    kept = of_policy(extract.records, "OVQ-DMS")
    assert set(kept["politique"]) == {"OVQ-DMS"}
    assert len(kept) == 202
    assert of_policy(extract.records, None) is extract.records
    rows = records({}, {"politique": "OVQ-APP", "indicateur": "nombre-contrats-apprentissage"})
    with pytest.raises(DataRefused) as told:
        of_policy(rows, "OVQ-LEC")
    assert str(told.value) == ("politique : « OVQ-LEC » absente de ce fichier (présentes : OVQ-APP, OVQ-DMS)")


def test_a_file_of_which_no_row_is_left_is_refused(records: Records) -> None:
    with pytest.raises(
        DataRefused, match=r"^aucune ligne n’est utilisable : toutes sont refusées, le détail"
    ):
        of_policy(records(), None)


def test_the_series_have_one_point_a_date_and_nature(
    extract: Reading, records: Records, structure: Structure
) -> None:
    rows = records({"valeur_precedente": 4, "date_precedente": "2021-06-30"}, {"territoire": "22"})
    own = extract.series[extract.series["territoire"] == "29"]
    table = series_table(rows, own)
    assert not table.duplicated(["maille", "territoire", "politique", "indicateur", "date", "nature"]).any()
    assert set(table["nature"]) == {"initiale", "valeur", "cible"}
    points = own[own["indicateur"] == "nb-maisons-sante"]
    there = table[(table["territoire"] == "29") & (table["nature"] == "valeur")]
    assert set(points["date"]) <= set(there["date"])
    assert set(table["indicateur"]) == {"nb-maisons-sante"}
    assert table["valeur"].notna().all()


def test_a_point_of_the_series_stands_for_the_value_of_its_date(records: Records) -> None:
    rows = records({})
    point = rows[["maille", "territoire", "politique", "indicateur"]].assign(date="2022-06-30", valeur=5.5)
    table = series_table(rows, point)
    assert table.loc[table["nature"] == "valeur", "valeur"].tolist() == [5.5]


def test_the_measures_of_a_run_count_what_its_tables_hold(
    rates: pd.DataFrame, structure: Structure, extract: Reading
) -> None:
    policies = pd.DataFrame({"taux": [10.0, 30.0, None]})
    found = measures(rates, policies, pd.DataFrame({"type": ["écart"]}), 3)
    assert {name: value for name, (value, _unit, _reason) in found.items()} == {
        "lignes": 5757,
        "territoires": 101,
        "politiques": 43,
        "indicateurs": 57,
        "part_calculee": 4209 / 5757,
        "mediane": round(float(rates["taux_calcule"].median()), 4),
        "mediane_politiques": 20.0,
        "nombre_alertes": 1,
        "taux_publies": 4159,
        "part_reproduite": 4158 / 4159,
        "hors_tolerance": 1,
        "rejets": 3,
    }
    assert found["mediane"][1] == "%"


def test_an_undefined_measure_is_empty_with_its_reason(records: Records, structure: Structure) -> None:
    rates = rates_table(records({"cible": None}), structure)
    found = measures(rates, pd.DataFrame({"taux": [None]}, dtype="float64"), pd.DataFrame(), 0)
    assert found["mediane"] == (None, "%", "aucun taux calculé")
    assert found["mediane_politiques"] == (None, "%", "aucun taux de politique")
    assert found["part_reproduite"] == (None, "1", "aucun taux publié")
    assert found["part_calculee"][0] == 0


def test_a_published_rate_that_is_not_computed_counts_as_not_found_again(
    records: Records, structure: Structure
) -> None:
    rates = rates_table(records({"cible": None, "taux_publie": 50}), structure)
    assert len(outside_tolerance(rates)) == 1
    assert measures(rates, pd.DataFrame({"taux": []}), pd.DataFrame(), 0)["hors_tolerance"][0] == 1


@pytest.mark.parametrize(("published", "off"), [(50.51, 0), (49.49, 0), (50.52, 1), (49.48, 1)])
def test_the_tolerance_is_051_point(
    records: Records, structure: Structure, published: float, off: int
) -> None:
    assert len(outside_tolerance(rates_table(records({"taux_publie": published}), structure))) == off
