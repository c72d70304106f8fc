"""Official files as they are published, and the PILOTE table: what is read of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from archipel.defis.pilote.reading import RECORD_COLUMNS, Reading
from archipel.defis.pilote.source import read, read_file
from archipel.defis.pilote.structure import Structure

Give = Callable[..., Path]
FULL = {
    "latest_value": 273,
    "latest_value_date": "2021-06-30",
    "initial_value": 155,
    "initial_value_date": "2017-06-30",
    "progression_last_update_percentage": 19,
    "progression_last_update_date": "2020-06-30",
    "progression_last_update": 229,
    "progression_percentage": 76,
    "progression": 118,
    "target": 292,
    "target_percentage": 86,
    "target_date": "2022-12-31",
}
LONG = "identifiant_indic,zone_id,date_valeur,type_valeur,valeur\n"


def place(policies: dict[str, dict[str, Any]], **code: str) -> dict[str, Any]:
    ovq = [
        {"id_ovq": policy, "indicateurs": [{name: [record]} for name, record in indicators.items()]}
        for policy, indicators in policies.items()
    ]
    return {**code, "libelle": "quelque part", "ovq": ovq}


def one(reading: Reading) -> dict[str, Any]:
    (row,) = reading.records.to_dict("records")
    return {str(name): value for name, value in row.items()}


@pytest.mark.parametrize(
    ("code", "level", "territory", "told"),
    [
        ({"dep": "2A"}, "dept", "2A", "départementale"),
        ({"reg": "84"}, "reg", "84", "régionale"),
        ({}, "nat", "FRANCE", "nationale"),
    ],
)
def test_the_level_of_a_file_is_that_of_the_code_its_objects_carry(
    give: Give, structure: Structure, code: dict[str, str], level: str, territory: str, told: str
) -> None:
    content = place({"OVQ-DMS": {"nb-maisons-sante": FULL}}, **code)
    for shape in ([content], content):
        reading = read_file(give(shape), structure)
        assert one(reading) == {
            "maille": level,
            "territoire": territory,
            "politique": "OVQ-DMS",
            "indicateur": "nb-maisons-sante",
            "valeur_initiale": 155,
            "date_initiale": "2017-06-30",
            "valeur": 273,
            "date_valeur": "2021-06-30",
            "cible": 292,
            "date_cible": "2022-12-31",
            "taux_publie": 86,
            "valeur_precedente": 229,
            "date_precedente": "2020-06-30",
            "niveau_source": level,
        }
        assert reading.origin == f"baromètre, maille {told} (essai.json)"
        assert (reading.total, reading.rejects) == (1, ())


def test_an_inherited_value_says_from_which_level(give: Give, structure: Structure) -> None:
    inherited = FULL | {"from_level": "nat", "from_code": "national"}
    own = FULL | {"from_level": "dep", "from_code": "01"}
    content = place({"OVQ-DMS": {"nb-maisons-sante": inherited, "nb-centres-sante": own}}, dep="01")
    assert list(read_file(give([content]), structure).records["niveau_source"]) == ["nat", "dept"]


def test_a_null_is_a_missing_value_never_0(give: Give, structure: Structure) -> None:
    empty = FULL | dict.fromkeys(("initial_value", "initial_value_date", "target", "target_percentage"))
    row = one(read_file(give([place({"OVQ-DMS": {"nb-maisons-sante": empty}}, dep="01")]), structure))
    assert pd.isna([row["valeur_initiale"], row["cible"], row["taux_publie"]]).all()
    assert row["date_initiale"] is None
    assert row["valeur"] == 273


def test_a_policy_that_the_structure_does_not_know_is_read_all_the_same(
    give: Give, structure: Structure
) -> None:
    content = place({"OVQ-LPT": {"montant-aides-accordees": FULL}})
    assert one(read_file(give([content]), structure))["politique"] == "OVQ-LPT"


@pytest.mark.parametrize(
    ("record", "motif"),
    [
        ({"latest_value": "douze"}, "latest_value : nombre attendu, reçu 'douze'"),
        ({"latest_value": True}, "latest_value : nombre attendu, reçu True"),
        ({"target": [3]}, "target : nombre attendu, reçu [3]"),
        ({"target_date": "31/12/2022"}, "target_date : date AAAA-MM-JJ attendue, reçu '31/12/2022'"),
        (
            {"latest_value_date": "2021-02-30"},
            "latest_value_date : date AAAA-MM-JJ attendue, reçu '2021-02-30'",
        ),
        ({"latest_value_date": 2021}, "latest_value_date : date AAAA-MM-JJ attendue, reçu 2021"),
    ],
)
def test_a_record_that_is_wrong_by_itself_is_set_apart_with_its_place(
    give: Give, structure: Structure, record: dict[str, Any], motif: str
) -> None:
    wrong = {"nb-maisons-sante": FULL, "nb-centres-sante": FULL | record}
    reading = read_file(give([place({"OVQ-DMS": wrong}, dep="01")]), structure)
    assert list(reading.records["indicateur"]) == ["nb-maisons-sante"]
    assert reading.rejects == (
        {
            "ligne": 2,
            "motif": motif,
            "emplacement": "[0] (département 01).ovq[0].indicateurs[1] (nb-centres-sante)",
        },
    )
    assert reading.total == 2


@pytest.mark.parametrize(("value", "rejected"), [(0, 0), (100, 0), (100.5, 1), (101, 1), (-1, 1)])
def test_a_percentage_stays_within_0_and_100(
    give: Give, structure: Structure, value: float, rejected: int
) -> None:
    content = place({"OVQ-GEP": {"tx-entreprise-egalite-pro": FULL | {"latest_value": value}}}, dep="01")
    record = content["ovq"][0]["indicateurs"][0]["tx-entreprise-egalite-pro"][0]
    record |= {"initial_value": 10, "target": 90, "progression_last_update": 20}
    reading = read_file(give([content]), structure)
    assert len(reading.rejects) == rejected
    if rejected:
        assert reading.rejects[0]["motif"] == (
            f"latest_value : {value:g} hors de 0–100, alors que « tx-entreprise-egalite-pro » est un "
            "pourcentage"
        )


def test_numbers_beyond_what_a_float_holds_are_set_apart(give: Give, structure: Structure) -> None:
    text = json.dumps([place({"OVQ-DMS": {"nb-maisons-sante": FULL | {"latest_value": 12345}}}, dep="01")])
    for written, read_as in (("1e999", "inf"), ("9" * 5000, "inf"), ("9" * 399, "9" * 57 + "…")):
        (reject,) = read_file(give(text.replace("12345", written)), structure).rejects
        assert reject["motif"] == f"latest_value : nombre attendu, reçu {read_as}"


@pytest.mark.parametrize(("code", "level"), [({"dep": "29"}, "dept"), ({"reg": "53"}, "reg"), ({}, "nat")])
def test_a_thematic_file_gives_the_latest_value_the_target_and_the_series(
    give: Give, structure: Structure, code: dict[str, str], level: str
) -> None:
    content = {
        **code,
        "libelle": "quelque part",
        "values": {"nb-maisons-sante": {"value": 60, "value_date": "2022-06-30"}},
        "nb-maisons-sante": [
            {"date": "2021-12-31", "value": 55},
            {"date": "2022-06-30", "value": 60},
            {"date": "2022-09-30", "value": None},
        ],
        "targets": {"nb-maisons-sante": {"target": 70, "target_date": "2022-12-31"}},
    }
    reading = read_file(give([content]), structure)
    row = one(reading)
    assert (row["maille"], row["politique"]) == (level, "OVQ-DMS")
    assert (row["valeur"], row["date_valeur"], row["cible"]) == (60, "2022-06-30", 70)
    assert pd.isna(row["valeur_initiale"])
    assert list(reading.series["date"]) == ["2021-12-31", "2022-06-30"]
    assert list(reading.series["valeur"]) == [55, 60]


def test_a_wrong_point_sets_its_whole_series_apart_and_leaves_nothing_of_it(
    give: Give, structure: Structure
) -> None:
    content = {
        "dep": "29",
        "values": {"nb-maisons-sante": {"value": 60, "value_date": "2022-06-30"}},
        "nb-maisons-sante": [{"date": "2021-12-31", "value": 55}, {"date": "juin", "value": 60}],
    }
    reading = read_file(give([content]), structure)
    assert [reject["motif"] for reject in reading.rejects] == ["date : date AAAA-MM-JJ attendue, reçu 'juin'"]
    assert len(reading.records) == len(reading.series) == 0


def test_the_long_table_of_pilote_gives_its_last_values_and_its_series(
    give: Give, structure: Structure
) -> None:
    text = LONG + (
        "IND-123,D35,2019-12-31,vi,12\n"
        "IND-123,D35,2018-12-31,vi,10\n"
        "IND-123,D35,2021-12-31,va,25\n"
        "IND-123,D35,30/06/2022,VA,30\n"
        "IND-123,D35,2020-12-31,va,20\n"
        "IND-123,D35,2026-12-31,vc,50\n"
        "nb-maisons-sante,FRANCE,2022-06-30,va,\n"
    )
    reading = read_file(give(text, "table.csv"), structure)
    first, second = reading.records.to_dict("records")
    assert (first["territoire"], first["politique"], first["indicateur"]) == ("35", "", "IND-123")
    assert (first["valeur_initiale"], first["valeur"], first["cible"]) == (10, 30, 50)
    assert (first["date_valeur"], first["valeur_precedente"]) == ("2022-06-30", 25)
    assert list(reading.series["valeur"]) == [20, 25, 30]
    assert (second["maille"], second["politique"]) == ("nat", "OVQ-DMS")
    assert pd.isna(second["valeur"])
    assert (reading.total, reading.rejects) == (7, ())


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_long_table_is_read_with_any_usual_separator_and_mark(
    give: Give, structure: Structure, separator: str, mark: str
) -> None:
    text = mark + (LONG + "IND-123,R53,2022-06-30,va,30\n").replace(",", separator)
    assert one(read_file(give(text, "table.csv"), structure))["territoire"] == "53"


@pytest.mark.parametrize(
    ("line", "motif"),
    [
        (
            "nb-maison,D35,2022-06-30,va,3",
            "identifiant_indic : « nb-maison » n’est ni IND-000 ni un indicateur du baromètre",
        ),
        ("IND-123,D35,2022-06-30,vx,3", "type_valeur : vi, va ou vc attendu, reçu « vx »"),
        ("IND-123,D35,2022-6-30,va,3", "date_valeur : AAAA-MM-JJ ou JJ/MM/AAAA attendu, reçu « 2022-6-30 »"),
        ("IND-123,D35,2017-12-31,va,3", "date_valeur : 2017-12-31 hors de 2018-01-01 – 2028-01-01"),
        ("IND-123,D35,2028-01-02,vc,3", "date_valeur : 2028-01-02 hors de 2018-01-01 – 2028-01-01"),
        ("IND-123,D35,2022-06-30,va,trois", "valeur : nombre attendu, reçu 'trois'"),
        ("IND-123,D35,2022-06-30,va,1_000", "valeur : nombre attendu, reçu '1_000'"),
        ("IND-123,D35,2022-06-30,va,NaN", "valeur : nombre attendu, reçu 'NaN'"),
        (
            "tx-gs-rep,D35,2022-06-30,va,101",
            "valeur : 101 hors de 0–100, alors que « tx-gs-rep » est un pourcentage",
        ),
    ],
)
def test_a_wrong_line_of_the_long_table_is_set_apart(
    give: Give, structure: Structure, line: str, motif: str
) -> None:
    text = f"{LONG}IND-123,D35,2021-06-30,va,1\n{line}\n"
    reading = read_file(give(text, "table.csv"), structure)
    assert reading.rejects == ({"ligne": 3, "motif": motif, "emplacement": line},)
    assert len(reading.records) == 1


def test_without_a_file_the_shipped_extract_is_read(
    extract: Reading, give: Give, structure: Structure
) -> None:
    folder = Path(__file__).parents[3] / "notebooks" / "pilote" / "donnees"
    assert read(None, folder, structure).records.equals(extract.records)
    content = place({"OVQ-DMS": {"nb-maisons-sante": FULL}})
    assert len(read(str(give(content)), folder, structure).records) == 1
    assert tuple(extract.records.columns) == RECORD_COLUMNS
    assert extract.records["niveau_source"].value_counts().to_dict() == {"dept": 5233, "nat": 277, "reg": 247}
    assert len(extract.series) == 10394
