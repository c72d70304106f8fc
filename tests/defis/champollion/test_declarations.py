"""Contracts from monthly declarations: the scenarios that the reference processing is tested with."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from archipel.defis.champollion import control, summary
from archipel.defis.champollion.generation import writing
from archipel.defis.champollion.reading import contracts, declarations
from archipel.defis.champollion.refusal import DataRefused

from .conftest import OTHER_SITE, SITE

AGENCY, THIRD_SITE = "35600000049837", "73282932000025"
YEAR = [f"2023-{month:02d}" for month in range(1, 13)]
ALWAYS = {"numero": "ancien", "salarie_id": "x", "nature": "01", "motif": "", "date_debut": "2015-01-05"}
"""Who is declared each month: it shows that the employer goes on declaring."""


def said(month: str, **other: str) -> dict[str, str]:
    """A CDD's month."""
    told = {
        "norme": "2023.1", "mois": month, "siret": SITE, "numero": "1", "salarie_id": "s", "poste": "vendeur",
        "nature": "02", "motif": "02", "date_debut": "2023-01-09",
    }  # fmt: skip
    return {**told, **other}


def months(first: int, last: int, **other: str) -> list[dict[str, str]]:
    return [said(month, **other) for month in YEAR[first - 1 : last]]


def rebuilt(folder: Path, rows: list[dict[str, str]], buckets: int = 1) -> tuple[pd.DataFrame, Any]:
    """Contracts rebuilt (all but the one declared each month), and what was refused."""
    path, to = folder / "declarations.csv", folder / "contrats.parquet"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*declarations.COLUMNS, *declarations.OPTIONAL], restval="")
        writer.writeheader()
        writer.writerows([*rows, *(said(month, **ALWAYS) for month in YEAR)])
    told = declarations.rebuild(contracts.connect(), path, to, buckets)
    frame = pd.read_parquet(to)
    for name in ("date_debut", "date_fin_prevue", "date_fin"):
        frame[name] = [str(day)[:10] if pd.notna(day) else "" for day in frame[name]]
    frame = frame[~frame["contrat_id"].str.contains("ancien")]
    return frame.sort_values(["date_debut", "contrat_id"]).reset_index(drop=True), told


def dates(frame: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    names = ["siret", "date_debut", "date_fin", "statut_fin"]
    return [tuple(one) for one in frame[names].itertuples(index=False)]


@pytest.mark.parametrize("nature", ["01", "02"])
def test_a_plain_contract_in_progress(tmp_path: Path, nature: str) -> None:
    frame, told = rebuilt(tmp_path, months(1, 12, nature=nature, motif="02" if nature == "02" else ""))
    assert dates(frame) == [(SITE, "2023-01-09", "", "")]
    assert (told.rejects, told.contracts) == ([], 2)


def test_a_mission_is_the_user_s(tmp_path: Path) -> None:
    frame, _told = rebuilt(tmp_path, months(1, 12, nature="03", siret=AGENCY, siret_utilisateur=OTHER_SITE))
    assert dates(frame) == [(OTHER_SITE, "2023-01-09", "", "")]


def test_an_end_block(tmp_path: Path) -> None:
    rows = [*months(1, 2), said("2023-03", date_fin="2023-03-10", motif_fin="031")]
    frame, _told = rebuilt(tmp_path, rows)
    assert dates(frame) == [(SITE, "2023-01-09", "2023-03-10", "2")]
    assert frame["motif_fin"][0] == "031"


def test_an_end_that_is_cancelled(tmp_path: Path) -> None:
    rows = [
        said("2023-01", date_fin="2023-01-31", motif_fin="031"),
        said("2023-02", motif_fin="099", date_fin="2023-01-31"),
        *months(3, 12),
    ]
    assert dates(rebuilt(tmp_path, rows)[0]) == [(SITE, "2023-01-09", "", "")]
    rows[-1] |= {"date_fin": "2023-12-20", "motif_fin": "031"}
    assert dates(rebuilt(tmp_path, rows)[0]) == [(SITE, "2023-01-09", "2023-12-20", "2")]


def test_closed_by_absence(tmp_path: Path) -> None:
    """At the planned end where it lies in the last month declared, else on that month's last day."""
    assert dates(rebuilt(tmp_path, months(1, 2))[0]) == [(SITE, "2023-01-09", "2023-02-28", "1")]
    rows = months(1, 2, date_fin_prevue="2023-02-17")
    assert dates(rebuilt(tmp_path, rows)[0]) == [(SITE, "2023-01-09", "2023-02-17", "1")]
    rows = months(1, 2, date_fin_prevue="2023-06-30")
    assert dates(rebuilt(tmp_path, rows)[0]) == [(SITE, "2023-01-09", "2023-02-28", "1")]


def test_two_months_of_silence_are_not_an_end(tmp_path: Path) -> None:
    assert dates(rebuilt(tmp_path, months(1, 10))[0]) == [(SITE, "2023-01-09", "", "")]
    assert dates(rebuilt(tmp_path, months(1, 9))[0]) == [(SITE, "2023-01-09", "2023-09-30", "1")]


def test_reopened_by_a_later_declaration(tmp_path: Path) -> None:
    rows = [*months(1, 2), *months(8, 12)]
    assert dates(rebuilt(tmp_path, rows)[0]) == [(SITE, "2023-01-09", "", "")]


def test_a_number_that_changes_with_a_block(tmp_path: Path) -> None:
    rows = [*months(1, 3), said("2023-04", numero="2", ancien_numero="1"), *months(5, 12, numero="2")]
    frame, _told = rebuilt(tmp_path, rows)
    assert dates(frame) == [(SITE, "2023-01-09", "", "")]
    rows = [*rows[:6], said("2023-07", numero="3", ancien_numero="2"), *months(8, 12, numero="3")]
    assert dates(rebuilt(tmp_path, rows)[0]) == [(SITE, "2023-01-09", "", "")]


def test_a_number_that_changes_without_a_word_is_counted_once(tmp_path: Path) -> None:
    frame, _told = rebuilt(tmp_path, [*months(1, 3), *months(4, 12, numero="2")])
    assert dates(frame) == [(SITE, "2023-01-09", "2023-03-31", "1"), (SITE, "2023-01-09", "", "")]
    read = contracts.read(tmp_path / "contrats.parquet")
    assert [one["motif"].split(" :")[0] for one in read.warnings] == [
        f"contrat déjà déclaré sous le nom {SITE}-2-20230109"
    ]
    assert read.con.execute("SELECT count(*) FROM contrats").fetchall() == [(1,)]


def test_a_first_day_that_changes_with_and_without_a_block(tmp_path: Path) -> None:
    new = {"date_debut": "2023-01-16"}
    rows = [*months(1, 1), said("2023-02", ancienne_date_debut="2023-01-09", **new), *months(3, 12, **new)]
    assert dates(rebuilt(tmp_path, rows)[0]) == [(SITE, "2023-01-16", "", "")]
    frame, _told = rebuilt(tmp_path, [*months(1, 1), *months(2, 12, **new)])
    assert dates(frame) == [(SITE, "2023-01-09", "2023-01-31", "1"), (SITE, "2023-01-16", "", "")]


def test_an_employee_who_gets_a_number(tmp_path: Path) -> None:
    rows = [*months(1, 2, salarie_id="NTT1"), said("2023-03", ancien_salarie_id="NTT1"), *months(4, 12)]
    frame, _told = rebuilt(tmp_path, rows)
    assert dates(frame) == [(SITE, "2023-01-09", "", "")]
    frame, _told = rebuilt(tmp_path, [*months(1, 2, salarie_id="NTT1"), *months(3, 12)])
    assert dates(frame) == [(SITE, "2023-01-09", "2023-02-28", "1"), (SITE, "2023-01-09", "", "")]
    assert frame["contrat_id"].tolist() == [f"{SITE}-1-20230109-1", f"{SITE}-1-20230109-2"]


def test_a_change_of_employer(tmp_path: Path) -> None:
    moved = {"siret": OTHER_SITE, "numero": "9"}
    rows = [
        *months(1, 5),
        said("2023-06", ancien_siret=SITE, ancien_numero="1", date_changement="2023-06-01", **moved),
        *months(7, 12, **moved),
    ]
    frame, _told = rebuilt(tmp_path, rows)
    assert sorted(dates(frame)) == [
        (OTHER_SITE, "2023-01-09", "", ""),
        (SITE, "2023-01-09", "2023-05-31", "2"),
    ]


def test_a_mission_that_moves_to_another_user(tmp_path: Path) -> None:
    mission = {"nature": "03", "siret": AGENCY}
    rows = [
        *months(1, 4, siret_utilisateur=OTHER_SITE, **mission),
        *months(5, 12, siret_utilisateur=THIRD_SITE, **mission),
    ]
    frame, _told = rebuilt(tmp_path, rows)
    assert dates(frame) == [
        (OTHER_SITE, "2023-01-09", "2023-04-30", "1"),
        (THIRD_SITE, "2023-05-01", "", ""),
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"norme": "1999.1"}, "norme : version « 1999.1 » inconnue (2017.1 à 2026.1)"),
        ({"mois": "2023-13"}, "mois : AAAA-MM attendu, reçu « 2023-13 »"),
        ({"siret": "12"}, "siret : 14 chiffres attendus, reçu « 12 »"),
        ({"siret": "73282932000075"}, "siret : clé fausse, reçu « 73282932000075 »"),
        ({"siret_utilisateur": "73282932000075"}, "siret_utilisateur : clé fausse, reçu « 73282932000075 »"),
        ({"siret_utilisateur": "x"}, "siret_utilisateur : 14 chiffres attendus, reçu « x »"),
        ({"numero": ""}, "numero : vide"),
        ({"poste": ""}, "poste : vide"),
        ({"date_debut": "hier"}, "date_debut : date AAAA-MM-JJ attendue, reçu « hier »"),
        ({"date_fin": "demain"}, "date_fin : date AAAA-MM-JJ attendue, reçu « demain »"),
        ({"date_fin": "2023-01-01"}, "date_fin : 2023-01-01 avant date_debut 2023-01-09"),
        ({}, "déclaration déjà lue ligne 2"),
    ],
)
def test_a_wrong_declaration(tmp_path: Path, change: dict[str, str], told: str) -> None:
    _frame, read = rebuilt(tmp_path, [said("2023-01"), said("2023-01", **change)])
    assert read.rejects == [{"ligne": 3, "motif": told}]


def test_nobody_is_in_a_contract_s_name(tmp_path: Path) -> None:
    """Nor their number in any column: what is written in its place is another at each run."""
    rows = [*months(1, 2, salarie_id="1910914973150"), *months(1, 2, numero="2", salarie_id="")]
    frame, again = (rebuilt(tmp_path, rows)[0] for _turn in range(2))
    assert not frame.astype(str).apply(lambda column: column.str.contains("1910914973150")).any(axis=None)
    assert (frame["salarie_id"].str.len().tolist(), frame["salarie_id"][1]) == ([32, 0], "")
    assert again["salarie_id"][0] != frame["salarie_id"][0]
    assert again.drop(columns="salarie_id").equals(frame.drop(columns="salarie_id"))


def test_a_file_of_another_form(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("norme,mois\n2023.1,2023-01\n", encoding="utf-8")
    with pytest.raises(DataRefused, match="il manque siret, numero"):
        declarations.rebuild(contracts.connect(), path, tmp_path / "c.parquet")


@pytest.mark.parametrize("faults", [0.0, 0.3])
def test_what_is_planted_survives_the_declarations(tmp_path: Path, faults: float) -> None:
    """Without a fault, all of it and nothing else; with faults, less, and dates told to be inferred."""
    written = writing.write_declarations(tmp_path, 11, 3000, faults)
    to = tmp_path / writing.CONTRACTS
    told = declarations.rebuild(contracts.connect(), tmp_path / writing.DECLARATIONS, to, buckets=3)
    assert (told.rows, told.rejects) == (written.contracts, [])
    read = contracts.read(to)
    asked = control.Asked(writing.END, licenciements=tmp_path / writing.DISMISSALS)
    alerts = control.check(read, asked).alerts
    compared = summary.against_planted(alerts, tmp_path / writing.PLANTED)
    figures = {name: value for name, (value, _unit) in summary.recall_and_precision(compared).items()}
    if not faults:
        assert figures == {"rappel": 1, "precision": 1}
        assert not alerts["date_inferee"].any()
        return
    assert 0.9 < figures["rappel"] <= 1
    assert 0.8 < figures["precision"] < 1
    planted = pd.read_parquet(tmp_path / writing.PLANTED)
    extra = alerts.merge(planted, on=["contrat_id", "regle"], how="left", indicator=True)
    extra = extra[(extra["_merge"] == "left_only") & (extra["regle"] == "carence")]
    assert extra["date_inferee"].mean() > 0.8
