"""Files and requests that once gave a wrong answer, or none: each with what is right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from archipel.defis.champollion import control
from archipel.defis.champollion.engine import days
from archipel.defis.champollion.law import months as law_months
from archipel.defis.champollion.reading import agreements, contracts, declarations, dismissals, siret
from archipel.defis.champollion.reading.titles import merged
from archipel.defis.champollion.refusal import DataRefused

from .conftest import OTHER_SITE, SITE, Alerts, row, write
from .test_declarations import AGENCY, THIRD_SITE, YEAR, dates, months, rebuilt, said

TWO = (row("a", "2023-03-06", "2023-03-19"), row("b", "2023-03-20", "2023-03-21"))
HEAD = ",".join(contracts.COLUMNS)


def line(name: str, title: str = "vendeur") -> str:
    return f"{name},{SITE},,{title},,02,02,2023-01-02,2023-01-31,2023-01-31,2,0"


def parquet(path: Path, **other: Any) -> Path:
    """The two contracts of `TWO`, some columns held otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = {name: [one.get(name, "") for one in TWO] for name in contracts.COLUMNS} | other
    pq.write_table(pa.table(table), path)
    return path


def kept(path: Path, columns: str = "contrat_id") -> list[tuple[Any, ...]]:
    read = contracts.read(path)
    assert read.rejects == []
    return read.con.execute(f"SELECT {columns} FROM contrats ORDER BY rang").fetchall()


def rules(found: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return list(found[["regle", *columns]].itertuples(index=False, name=None))


# --- CSV ---


@pytest.mark.parametrize("wrong", [(10,), (10, 20), (10, 11), (98, 99)])
def test_a_quote_left_open_takes_no_other_line(tmp_path: Path, wrong: tuple[int, ...]) -> None:
    lines = [line(f"c{n}", '"vendeur' if n in wrong else "vendeur") for n in range(100)]
    path = tmp_path / "c.csv"
    path.write_text("\n".join([HEAD, *lines, ""]), encoding="utf-8")
    read = contracts.read(path)
    assert read.total == 100
    assert [one["ligne"] for one in read.rejects] == [n + 2 for n in wrong]
    assert read.con.execute("SELECT count(*) FROM contrats").fetchall() == [(100 - len(wrong),)]


def test_a_quote_left_open_before_more_than_a_field_holds(tmp_path: Path) -> None:
    lines = [line(f"c{n}", '"vendeur' if n == 10 else "vendeur") for n in range(4000)]
    path = tmp_path / "c.csv"
    path.write_text("\n".join([HEAD, *lines, ""]), encoding="utf-8")
    read = contracts.read(path)
    assert read.total == 4000
    assert read.rejects == [{"ligne": 12, "motif": "guillemet ouvert, jamais refermé"}]


def test_a_very_long_field_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("\n".join([HEAD, line("a"), line("b", "x" * 200_000), line("c")]), encoding="utf-8")
    read = contracts.read(path)
    assert read.rejects == [{"ligne": 3, "motif": "champ de plus de 131072 caractères"}]
    assert read.con.execute("SELECT contrat_id FROM contrats ORDER BY 1").fetchall() == [("a",), ("c",)]


def test_titles_of_several_lines_and_with_separators_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    content = [HEAD, line("a", '"vendeur, caissier"'), line("b", '"vendeur,\n caissier"'), line("c")]
    path.write_text("\r\n".join(content), encoding="utf-8-sig", newline="")
    assert kept(path) == [("a",), ("b",), ("c",)]


@pytest.mark.parametrize(
    "change",
    [
        {"renouvellements": "0.0"}, {"nature": "2.0", "motif": "2.0", "statut_fin": "2.0"},
        {"siret": f"{SITE}.0"}, {"siret": "732\u00a0829\u202f320 00074"}, {"idcc": "16.0"},
    ],
)  # fmt: skip
def test_numbers_as_a_table_with_holes_writes_them(tmp_path: Path, change: dict[str, str]) -> None:
    path = write(tmp_path / "c.csv", [{**TWO[0], "idcc": "16", **change}])
    assert kept(path, "siret, nature, motif, statut, renouvellements, idcc") == [
        (int(SITE), "02", "02", "2", 0, "16")
    ]


def test_a_nature_in_lower_case_and_a_siret_of_zeros(tmp_path: Path) -> None:
    rows = [{**TWO[0], "nature": "0a", "motif": ""}, {**TWO[1], "siret": "0" * 14}]
    read = contracts.read(write(tmp_path / "c.csv", rows))
    assert read.rejects == [{"ligne": 3, "motif": f"siret : clé fausse, reçu « {'0' * 14} »"}]
    assert not siret.valid(np.array([0])).any()


def test_a_wrong_csv_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text(f'siret,poste,date\n{SITE},"vendeur,2023-01-15\n', encoding="utf-8")
    with pytest.raises(DataRefused, match="ligne 2 : CSV illisible"):
        dismissals.read(path, {})


# --- Parquet ---


def test_numbers_as_other_types(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "c.parquet",
        siret=pa.array([float(SITE)] * 2),
        idcc=pa.array([16.0, None]), nature=pa.array([2, 3], pa.int8()), motif=pa.array([2.0, None]),
        statut_fin=pa.array([2, 1]).cast(pa.decimal128(20, 1)), renouvellements=pa.array([0.0, None]),
        poste=pa.array(["vendeur", "vendeur"]).dictionary_encode(), salarie_id=pa.nulls(2),
    )  # fmt: skip
    columns = "siret, idcc, nature, motif, statut, renouvellements"
    assert kept(path, columns) == [
        (int(SITE), "16", "02", "02", "2", 0), (int(SITE), "", "03", "", "1", 0)
    ]  # fmt: skip
    text = parquet(tmp_path / "d.parquet", siret=pa.array([float(SITE) / 10 + 0.5, float("nan")]))
    assert len(contracts.read(text).rejects) == 2


def test_a_siret_held_as_a_number_has_lost_its_first_zeros(tmp_path: Path) -> None:
    bare = int(siret.with_key(np.array([5520176]), np.array([1]))[0])
    assert len(str(bare)) < 14
    assert kept(parquet(tmp_path / "c.parquet", siret=pa.array([bare] * 2)), "siret") == [(bare,)] * 2


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris"])
def test_midnight_in_france_is_of_its_own_day(tmp_path: Path, zone: str) -> None:
    starts = [datetime.fromisoformat(f"{one['date_debut']}T00:00+01:00") for one in TWO]
    path = parquet(tmp_path / "c.parquet", date_debut=pa.array(starts, pa.timestamp("us", zone)))
    first = (date(2023, 3, 6) - days.EPOCH).days
    assert kept(path, "debut") == [(first,), (first + 14,)]


@pytest.mark.parametrize(
    "name",
    ["a*.parquet", "?.parquet", "[ab].parquet", "l'été ; DROP TABLE lu --.parquet", "siret=1/c.parquet"],
)
def test_a_name_is_no_pattern_and_a_folder_no_column(tmp_path: Path, name: str) -> None:
    for other in ("a.parquet", "ab.parquet", "b.parquet"):
        parquet(tmp_path / other, contrat_id=["x", "y"])
    assert kept(parquet(tmp_path / name)) == [("a",), ("b",)]


def test_a_broken_parquet_is_refused_in_french(tmp_path: Path) -> None:
    path = parquet(tmp_path / "c.parquet", poste=["vendeurzz", "vendeurzz"])
    path.write_bytes(path.read_bytes().replace(b"vendeurzz", b"vendeu\xe9zz"))
    with pytest.raises(DataRefused, match=r"« c\.parquet » : Parquet illisible"):
        contracts.read(path)


def test_a_csv_after_a_parquet_on_one_connection(tmp_path: Path) -> None:
    con = contracts.connect()
    contracts.read(parquet(tmp_path / "c.parquet"), con=con)
    assert contracts.read(write(tmp_path / "c.csv", TWO), con=con).total == 2


# --- the check ---


def test_one_reading_checked_twice(tmp_path: Path) -> None:
    """The opening days of the first check are not those of the second."""
    sites = tmp_path / "ouvertures.csv"
    sites.write_text(f"siret,jours\n{SITE},1 2 3 4 5 6\n", encoding="utf-8")
    read = contracts.read(write(tmp_path / "c.csv", TWO))
    asked = [control.Asked(date(2026, 1, 1), ouvertures=path) for path in (sites, None, sites)]
    first, second, third = (control.check(read, one).alerts for one in asked)
    assert (len(first), len(second)) == (1, 1)
    assert first["premier_jour_licite"][0] == "2023-03-25"
    assert first.equals(third)


def test_no_opening_day_at_all_is_refused(alerts: Alerts) -> None:
    with pytest.raises(DataRefused, match="jours_ouverture : vide"):
        alerts(*TWO, jours_ouverture=())


def test_titles_shown_are_those_of_the_establishment(alerts: Alerts) -> None:
    other = row("c", "2023-03-06", "2023-03-19", siret=OTHER_SITE, poste="VENDEUSE (H/F)")
    assert alerts(*TWO).equals(alerts(*TWO, other))


def test_days_far_from_those_judged_cost_nothing(
    alerts: Alerts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calendars are counted over the contracts judged, not from 1950 to 2100."""
    counted: list[int] = []
    whole = days.opening_days

    def seen(*asked: Any) -> pd.DataFrame:
        frame = whole(*asked)
        counted.append(len(frame))
        return frame

    monkeypatch.setattr(days, "opening_days", seen)
    found = alerts(*TWO, row("o", "1950-01-02", "1950-01-03"), row("z", "2100-01-04", "2100-01-05"))
    assert rules(found, "contrat_id") == [("carence", "b")]
    assert counted[0] < 2000


def test_the_longest_contract_there_is(alerts: Alerts) -> None:
    found = alerts(
        row("a", "2008-05-01", "2100-12-29", motif="01"), row("b", "2100-12-31", "2100-12-31"),
        au=date(2101, 1, 1),
    )  # fmt: skip
    assert rules(found, "contrat_precedent_id") == [("duree_totale", ""), ("carence", "a")]


@pytest.mark.parametrize(("start", "observed"), [("2023-01-15", "0.00"), ("2023-07-15", "6.00")])
def test_months_since_a_dismissal_are_six_at_most(
    alerts: Alerts, tmp_path: Path, start: str, observed: str
) -> None:
    """An alert that says « 6.03 months after, for 6 expected » contradicts itself."""
    file = tmp_path / "l.csv"
    file.write_text(f"siret,poste,date\n{SITE},vendeur,2023-01-15\n", encoding="utf-8")
    found = alerts(row("a", start, "2024-01-31"), licenciements=file)
    assert rules(found, "observe") == [("interdiction", observed)]


def test_every_last_day_of_a_ban_is_six_months_at_most() -> None:
    for shift in range(800):
        day = date(2023, 1, 1) + timedelta(days=shift)
        assert law_months.elapsed(day, law_months.same_day(day, 6)) == 6


def test_whole_months_are_told_whole() -> None:
    for start, end, wanted in (
        ("2022-01-01", "2023-12-31", 24),
        ("2023-01-01", "2023-01-31", 1),
        ("2022-12-01", "2024-06-30", 19),
        ("2022-08-31", "2024-02-29", 18),
        ("2023-03-15", "2023-04-14", 1),
    ):
        assert law_months.length(date.fromisoformat(start), date.fromisoformat(end)) == wanted
    assert law_months.length(date(2023, 3, 15), date(2023, 4, 15)) == 1 + 1 / 31


# --- branch agreements ---


@pytest.fixture
def branch(tmp_path: Path) -> Callable[[str], Path]:
    def written(text: str) -> Path:
        path = tmp_path / "accords.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_no_branch_changes_a_contract_for_a_defined_project(
    alerts: Alerts, branch: Callable[[str], Path]
) -> None:
    """L1242-8 and L1242-8-1, last lines; L1242-8-2: 36 months, no renewal."""
    file = branch("idcc,texte,mois_max,renouvellements_max\n16,A,12,3\n")
    project = row("a", "2023-01-01", "2025-12-31", motif="06", idcc="16")
    assert alerts(project, accords=file).empty
    assert rules(alerts({**project, "renouvellements": "1"}, accords=file), "attendu") == [
        ("renouvellements", "0")
    ]
    assert rules(alerts(row("a", "2023-01-01", "2024-01-01", idcc="16"), accords=file)) == [("duree_totale",)]


def test_no_branch_before_the_order_of_2017(alerts: Alerts, branch: Callable[[str], Path]) -> None:
    file = branch("idcc,texte,du,mois_max\n16,A,2010-01-01,12\n")
    assert alerts(row("a", "2016-01-01", "2017-03-31", idcc="16"), accords=file).empty
    assert len(alerts(row("a", "2018-01-01", "2019-03-31", idcc="16"), accords=file)) == 1
    with pytest.raises(DataRefused, match="au : date à partir du 2017-09-24"):
        agreements.read(branch("idcc,texte,du,au\n16,A,2010-01-01,2015-12-31\n"))


@pytest.mark.parametrize(
    ("natures", "told"),
    [(("03", "02"), ("4", "Missions")), (("02", "03"), ("5", "")), (("03", "03"), ("4", "Missions"))],
)
def test_the_delay_is_of_the_agreement_on_the_expired_contract(
    alerts: Alerts, branch: Callable[[str], Path], natures: tuple[str, str], told: tuple[str, str]
) -> None:
    """L1244-3 for the CDD that expired, L1251-36 for the mission: 14 days, a quarter or a third."""
    file = branch("idcc,texte,nature,carence_longue\n16,Missions,03,1/4\n")
    pair = [{**one, "idcc": "16", "nature": nature} for one, nature in zip(TWO, natures, strict=True)]
    assert rules(alerts(*pair, accords=file), "attendu", "accord") == [("carence", *told)]


def test_an_agreement_is_named_only_where_it_sets_what_is_expected(
    alerts: Alerts, branch: Callable[[str], Path]
) -> None:
    pair = [{**one, "idcc": "16", "renouvellements": "3"} for one in TWO]
    long = row("c", "2020-01-01", "2022-01-01", idcc="16", poste="soudeur")
    bare = row("d", "2023-05-01", idcc="16", motif="", poste="soudeur")
    found = alerts(*pair, long, bare, accords=branch("idcc,texte,renouvellements_max\n16,Essai,1\n"))
    assert sorted(rules(found, "article", "accord")) == [
        ("carence", "L1244-3-1", ""), ("duree_totale", "L1242-8-1", ""), ("motif", "L1242-12", ""),
        ("renouvellements", "L1243-13", "Essai"), ("renouvellements", "L1243-13", "Essai"),
    ]  # fmt: skip


def test_a_mission_and_a_cdd_that_end_together(alerts: Alerts) -> None:
    """The mission's article, whatever their names: the same contract gives the number and the text."""
    both = row("z", "2023-03-06", "2023-03-19", nature="03")
    found = alerts(*TWO, both)
    assert rules(found, "contrat_precedent_id", "article") == [("carence", "z", "L1251-36-1")]


# --- titles ---


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Продавец", "Водитель", False), ("---", "+++", False), ("Zone 2 2", "Zone 2", False),
        ("Poste A/E", "Poste A", False), ("Infirmier D.E.", "Infirmier D", False),
        ("Vendeur H/F/X", "vendeuse", True), ("H/F vendeur", "vendeur", True),
        ("Opérateur (trice)", "Opératrice", True), ("Boucher / ère", "Bouchère", True),
        ("Hôte/sse de caisse", "Hôtesse de caisse", True), ("Łódź", "łódź", True),
    ],
)  # fmt: skip
def test_titles_that_are_one_or_two(first: str, second: str, same: bool) -> None:
    assert (merged(first) == merged(second)) is same


# --- declarations ---


def test_fifty_changes_of_number_are_one_contract(tmp_path: Path) -> None:
    rows = [said(YEAR[0], numero="n0")]
    rows += [said(YEAR[1 + n // 5], numero=f"n{n}", ancien_numero=f"n{n - 1}") for n in range(1, 51)]
    frame, _told = rebuilt(tmp_path, rows)
    assert dates(frame) == [(SITE, "2023-01-09", "", "")]


@pytest.mark.parametrize("loop", [("A", "B"), ("A", "B", "C")])
def test_a_number_that_comes_back(tmp_path: Path, loop: tuple[str, ...]) -> None:
    rows = [said(YEAR[0], numero="A")]
    pairs = zip(loop, (*loop[1:], loop[0]), strict=True)
    rows += [said(YEAR[1 + n], numero=new, ancien_numero=old) for n, (old, new) in enumerate(pairs)]
    frame, _told = rebuilt(tmp_path, [*rows, *months(len(rows) + 1, 12, numero="A")])
    assert dates(frame) == [(SITE, "2023-01-09", "", "")]


def test_a_mission_that_goes_back_to_its_first_user(tmp_path: Path) -> None:
    mission = {"nature": "03", "siret": AGENCY}
    rows = [
        *months(1, 2, siret_utilisateur=OTHER_SITE, **mission),
        *months(3, 3, siret_utilisateur=THIRD_SITE, **mission),
        *months(4, 12, siret_utilisateur=OTHER_SITE, **mission),
    ]
    frame, _told = rebuilt(tmp_path, rows)
    assert dates(frame) == [
        (OTHER_SITE, "2023-01-09", "2023-02-28", "1"),
        (THIRD_SITE, "2023-03-01", "2023-03-31", "1"),
        (OTHER_SITE, "2023-04-01", "", ""),
    ]
    assert frame["contrat_id"].is_unique


def test_an_end_told_at_the_site_that_a_mission_leaves(tmp_path: Path) -> None:
    mission = {"nature": "03", "siret": AGENCY}
    rows = [
        *months(1, 1, siret_utilisateur=OTHER_SITE, **mission),
        said("2023-02", siret_utilisateur=OTHER_SITE, date_fin="2023-02-10", motif_fin="032", **mission),
        *months(3, 12, siret_utilisateur=THIRD_SITE, **mission),
    ]
    assert dates(rebuilt(tmp_path, rows)[0])[0] == (OTHER_SITE, "2023-01-09", "2023-02-10", "2")


def test_a_mission_at_two_sites_at_once_ends_at_neither(tmp_path: Path) -> None:
    mission = {"nature": "03", "siret": AGENCY}
    rows = months(1, 12, siret_utilisateur=OTHER_SITE, **mission)
    rows += months(3, 12, siret_utilisateur=THIRD_SITE, **mission)
    assert dates(rebuilt(tmp_path, rows)[0]) == [
        (OTHER_SITE, "2023-01-09", "", ""), (THIRD_SITE, "2023-03-01", "", "")
    ]  # fmt: skip


def test_codes_and_dates_as_they_are_typed(tmp_path: Path) -> None:
    mission = {"nature": "3", "motif": "2", "siret": "356 000 000 49837", "date_debut": "09/01/2023"}
    frame, told = rebuilt(tmp_path, months(1, 12, siret_utilisateur=OTHER_SITE, **mission))
    assert told.rejects == []
    assert dates(frame) == [(OTHER_SITE, "2023-01-09", "", "")]
    assert (frame["nature"][0], frame["motif"][0]) == ("03", "02")
    rows = [
        said("2023-01", date_fin="2023-01-31", motif_fin="31"),
        said("2023-02", date_fin="2023-01-31", motif_fin="99"), *months(3, 12),
    ]  # fmt: skip
    assert dates(rebuilt(tmp_path, rows)[0]) == [(SITE, "2023-01-09", "", "")]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"date_debut": "infinity"}, "date_debut : date AAAA-MM-JJ attendue, reçu « infinity »"),
        ({"date_debut": ""}, "date_debut : date AAAA-MM-JJ attendue, reçu rien"),
        ({"date_fin": "infinity"}, "date_fin : date AAAA-MM-JJ attendue, reçu « infinity »"),
        ({"date_fin_prevue": "bientôt"}, "date_fin_prevue : date AAAA-MM-JJ attendue, reçu « bientôt »"),
        ({"date_fin_prevue": "2023-01-01"}, "date_fin_prevue : 2023-01-01 avant date_debut 2023-01-09"),
        ({"date_changement": "x"}, "date_changement : date AAAA-MM-JJ attendue, reçu « x »"),
        ({"mois": "5881580-07"}, "mois : AAAA-MM attendu, reçu « 5881580-07 »"),
        ({"mois": "0001-01"}, "mois : AAAA-MM attendu, reçu « 0001-01 »"),
        ({"motif": "16"}, "motif : code de 01 à 15 attendu, reçu « 16 »"),
        ({"renouvellements": "1.5"}, "renouvellements : entier de 0 à 99 attendu, reçu « 1.5 »"),
    ],
)
def test_a_wrong_declaration_is_told(tmp_path: Path, change: dict[str, str], told: str) -> None:
    _frame, read = rebuilt(tmp_path, [said("2023-01"), said("2023-02", **change)])
    assert read.rejects == [{"ligne": 3, "motif": told}]


def test_a_line_that_says_the_same_again_is_refused_and_one_that_differs_corrects(tmp_path: Path) -> None:
    _frame, read = rebuilt(tmp_path, [said("2023-01"), said("2023-01")])
    assert read.rejects == [{"ligne": 3, "motif": "déclaration déjà lue ligne 2"}]
    corrected = said("2023-01", poste="caissier", renouvellements="1")
    frame, read = rebuilt(tmp_path, [said("2023-01"), corrected])
    assert read.rejects == []
    assert frame[["poste", "renouvellements"]].to_numpy().tolist() == [["caissier", 1]]


def test_two_changes_told_in_one_month_are_both_followed(tmp_path: Path) -> None:
    changed = {"numero": "C", "date_debut": "2023-02-01"}
    rows = [
        said("2023-01", numero="A"),
        said("2023-02", **changed, ancien_numero="A", ancienne_date_debut="2023-01-09"),
        said("2023-02", **changed, ancien_salarie_id="s"),
    ]
    frame, read = rebuilt(tmp_path, rows)
    assert read.rejects == []
    assert len(frame) == 1


PERSON = "1850775123456"


@pytest.mark.parametrize("number", [PERSON, f"{PERSON}78", "1 85 07 75 123 456 78"])
def test_a_person_s_number_is_never_repeated(tmp_path: Path, number: str) -> None:
    shifted = dict.fromkeys(("siret", "nature", "motif", "date_debut", "renouvellements"), number)
    for column, value in shifted.items():
        read = contracts.read(
            write(tmp_path / "c.csv", [row("a", "2023-01-02"), {**row("b", "2023-01-02"), column: value}])
        )
        (refused,) = read.rejects
        assert "(numéro de personne, non répété)" in refused["motif"]
    _frame, told = rebuilt(tmp_path, [said("2023-01"), said("2023-02", mois=number)])
    assert [one["motif"] for one in told.rejects] == [
        "mois : AAAA-MM attendu, reçu « (numéro de personne, non répété) »"
    ]
    frame, _told = rebuilt(tmp_path, [said("2023-01", numero=number)])
    assert PERSON not in "".join(frame["contrat_id"]).replace(" ", "")


def test_a_file_without_a_header_is_refused_without_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(f"a,{SITE},1486,maçon,{PERSON} 78,02,02,2023-01-02,,,2,0\n", encoding="utf-8")
    with pytest.raises(DataRefused, match="un en-tête est attendu") as refused:
        contracts.read(path)
    assert PERSON not in str(refused.value)


def test_a_broken_cell_of_a_parquet_file_is_not_repeated(tmp_path: Path) -> None:
    one = row("a", "2023-01-02")
    table: dict[str, Any] = {name: [value] for name, value in one.items()}
    table["salarie_id"] = pa.array([f"{PERSON}".encode() + b"\xff"]).cast(pa.string(), safe=False)
    pq.write_table(pa.table(table), tmp_path / "c.parquet")
    with pytest.raises(DataRefused, match="Parquet illisible") as refused:
        contracts.read(tmp_path / "c.parquet")
    assert PERSON not in str(refused.value)


def test_a_name_is_not_taken_by_a_line_that_is_refused(tmp_path: Path) -> None:
    rows = [row("a", "2023-02-30"), row("a", "2023-02-20"), row("a", "2023-03-20")]
    read = contracts.read(write(tmp_path / "c.csv", rows))
    assert [(one["ligne"], one["motif"].split(" :")[0]) for one in read.rejects] == [
        (2, "date_debut"), (4, "contrat_id"),
    ]  # fmt: skip
    assert read.rejects[1]["motif"] == "contrat_id : déjà déclaré ligne 3"


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_dismissal_out_of_time_is_refused(tmp_path: Path, day: str) -> None:
    path = tmp_path / "licenciements.csv"
    path.write_text(f"siret,poste,date\n{SITE},vendeur,{day}\n", encoding="utf-8")
    read = contracts.read(write(tmp_path / "c.csv", [row("a", "2023-01-02", "2023-01-31")]))
    with pytest.raises(DataRefused, match="ligne 2 : date : date AAAA-MM-JJ, de 1950 à 2100, attendu"):
        control.check(read, control.Asked(date(2024, 1, 1), licenciements=path))


def test_declarations_in_parquet_with_instants_and_numbers(tmp_path: Path) -> None:
    rows = months(1, 2)
    table: dict[str, Any] = {name: [one.get(name, "") for one in rows] for name in declarations.COLUMNS}
    table["date_debut"] = pa.array([datetime(2023, 1, 9)] * 2, pa.timestamp("ns"))
    table["mois"] = pa.array([date(2023, 1, 1), date(2023, 2, 1)])
    table |= {
        "siret": pa.array([float(SITE)] * 2),
        "nature": pa.array([2, 2]),
        "numero": pa.array([7.0, 7.0]),
    }
    folder = tmp_path / "l'été [1] * a=b"
    folder.mkdir()
    pq.write_table(pa.table(table), folder / "d.parquet")
    told = declarations.rebuild(contracts.connect(), folder / "d.parquet", folder / "c.parquet", 2)
    assert (told.rejects, told.contracts) == ([], 1)
    assert kept(folder / "c.parquet", "contrat_id, nature") == [(f"{SITE}-7-20230109", "02")]


def test_of_one_contract_under_two_names_the_declared_end_is_kept(tmp_path: Path) -> None:
    """The agency tells the end, the user does not: no term is missing and nothing lasts too long."""
    agency = row("agence", "2024-01-01", "2024-03-31", nature="03", salarie_id="s")
    user = {**agency, "contrat_id": "utilisateur", "date_fin": "", "date_fin_prevue": "", "statut_fin": ""}
    for rows in ([agency, user], [user, {**agency, "date_fin_prevue": ""}]):
        read = contracts.read(write(tmp_path / "c.csv", rows))
        found = control.check(read, control.Asked(date(2026, 1, 1))).alerts
        assert [one["motif"] for one in read.warnings] == [
            "contrat déjà déclaré sous le nom agence : compté une fois"
        ]
        assert set(rules(found)) <= {("terme",)}
        assert len(found) == (rows[0] is user)
    running = [{**agency, "statut_fin": "1"}, {**user, "date_fin_prevue": "2026-12-31"}]
    read = contracts.read(write(tmp_path / "c.csv", running))
    assert read.con.execute("SELECT contrat_id FROM contrats").fetchall() == [("utilisateur",)]


def test_an_end_before_the_first_day_leaves_the_rule_of_three_months(tmp_path: Path) -> None:
    """The first day was corrected after an end was told; then nothing is said any more."""
    corrected = {"date_debut": "2023-02-06", "ancienne_date_debut": "2023-01-09"}
    rows = [said("2023-01", date_fin="2023-01-31", motif_fin="031"), said("2023-02", **corrected)]
    frame, told = rebuilt(tmp_path, rows)
    assert told.rejects == []
    assert dates(frame) == [(SITE, "2023-02-06", "2023-02-28", "1")]
    assert frame["motif_fin"].tolist() == [""]


def test_a_cdd_that_becomes_a_cdi_was_a_cdd(tmp_path: Path) -> None:
    rows = [*months(1, 2), *months(3, 12, nature="01", motif="")]
    frame, _told = rebuilt(tmp_path, rows)
    assert dates(frame) == [(SITE, "2023-01-09", "2023-02-28", "1"), (SITE, "2023-03-01", "", "")]
    assert frame["nature"].tolist() == ["02", "01"]


def test_a_planned_end_that_is_withdrawn_is_withdrawn(tmp_path: Path) -> None:
    rows = [*months(1, 2, date_fin_prevue="2023-06-30"), *months(3, 12)]
    frame, _told = rebuilt(tmp_path, rows)
    assert frame["date_fin_prevue"].tolist() == [""]


def test_a_mission_whose_user_is_not_told_is_refused(tmp_path: Path) -> None:
    _frame, told = rebuilt(tmp_path, [said("2023-01", nature="03", siret=AGENCY)])
    (refused,) = told.rejects
    assert refused["motif"].startswith("siret_utilisateur : attendu pour une mission")


def test_what_a_site_tells_of_its_dismissals_says_nothing_of_another(tmp_path: Path) -> None:
    rows = [
        row("a", "2023-01-02", "2023-01-31"), row("b", "2023-01-02", "2023-01-31", siret=OTHER_SITE),
        row("c", "2015-01-05", "2023-03-31", nature="01", motif="", motif_fin="020"),
    ]  # fmt: skip
    checked = control.check(contracts.read(write(tmp_path / "c.csv", rows)), control.Asked(date(2024, 1, 1)))
    asked = checked.establishments.set_index("siret")["a_verifier"].str.contains("licenciements économiques")
    assert asked.to_dict() == {SITE: False, OTHER_SITE: True}


def test_a_dismissal_on_no_job_that_is_known_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "licenciements.csv"
    path.write_text(f"siret,poste,date\n{SITE},vendeurs polyvalents,2023-01-05\n", encoding="utf-8")
    read = contracts.read(write(tmp_path / "c.csv", [row("a", "2023-02-02", "2023-12-31")]))
    for _twice in range(2):
        control.check(read, control.Asked(date(2024, 1, 1), licenciements=path))
    (warned,) = read.warnings
    assert warned["motif"] == (
        "« licenciements.csv » : ligne 2 : aucun contrat n’a un poste « vendeurs polyvalents » : sans effet"
    )


def test_contracts_that_are_not_judged_are_not_counted(tmp_path: Path) -> None:
    rows = [
        row("a", "2030-01-02"),
        row("b", "2000-01-02", "2000-02-01"),
        row("c", "2023-01-02", "2023-01-31"),
    ]
    checked = control.check(contracts.read(write(tmp_path / "c.csv", rows)), control.Asked(date(2026, 1, 1)))
    assert checked.counts["contrats_juges"] == (1, "contrats")


@pytest.mark.parametrize("typed", ["2023-1-5", "5/1/2023", "05/01/23"])
def test_a_date_is_ten_characters(tmp_path: Path, typed: str) -> None:
    (refused,) = contracts.read(write(tmp_path / "c.csv", [row("a", typed), row("b", "2023-01-02")])).rejects
    assert refused["motif"] == f"date_debut : date AAAA-MM-JJ attendue, reçu « {typed} »"


def test_the_first_day_at_a_second_site_is_told_to_be_inferred(tmp_path: Path) -> None:
    """The person came in March, one does not know when: the days since another's end are no certainty."""
    mission = {"nature": "03", "siret": AGENCY}
    rows = [
        *months(1, 2, siret_utilisateur=THIRD_SITE, **mission),
        said("2023-03", siret_utilisateur=OTHER_SITE, date_fin="2023-03-31", motif_fin="032", **mission),
        said(
            "2023-02", siret_utilisateur=OTHER_SITE, numero="2", salarie_id="t", date_debut="2023-02-01",
            date_fin="2023-02-28", motif_fin="032", **mission,
        ),
    ]  # fmt: skip
    frame, told = rebuilt(tmp_path, rows)
    assert told.rejects == []
    assert dict(zip(frame["siret"] + frame["date_debut"], frame["debut_deduit"], strict=True)) == {
        f"{THIRD_SITE}2023-01-09": "non", f"{OTHER_SITE}2023-02-01": "non", f"{OTHER_SITE}2023-03-01": "oui",
    }  # fmt: skip
    found = control.check(
        contracts.read(tmp_path / "contrats.parquet"), control.Asked(date(2023, 6, 1))
    ).alerts
    (waited,) = found[found["regle"] == "carence"].to_dict("records")
    assert (waited["date"], waited["date_inferee"]) == ("2023-03-01", True)
    assert "Une date est déduite" in waited["message"]


def test_whether_the_first_day_is_inferred_is_yes_or_no(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", [row("a", "2023-01-02", debut_deduit="peut-être")])
    (refused,) = contracts.read(path).rejects
    assert refused["motif"] == "debut_deduit : oui ou non attendu, reçu « peut-être »"


# --- whose branch, which state of the law ---


def test_the_delay_is_that_of_the_branch_of_the_contract_that_expired(
    alerts: Alerts, branch: Callable[[str], Path]
) -> None:
    """L1244-3: branch 16 asks for no delay after its fixed-term contracts, whoever's the next one is."""
    file = branch("idcc,texte,carence_courte,carence_longue\n16,Accord,0,0\n")
    before = row("a", "2023-03-06", "2023-03-19", idcc="16")
    for other in ("16", "2378", "", "abcdef"):
        after = row("b", "2023-03-21", "2023-03-22", nature="03", idcc=other)
        assert alerts(before, after, accords=file).empty
    for typed in ("-1", "1e9", "1.5", "99999", "123456"):
        odd = row("a", "2023-03-06", "2023-03-19", idcc=typed)
        found = alerts(odd, row("b", "2023-03-21", "2023-03-22"), accords=file)
        assert rules(found, "contrat_precedent_id", "accord", "date_inferee") == [("carence", "a", "", False)]
    stranger = row("a", "2023-03-06", "2023-03-19", idcc="2378")
    assert rules(
        alerts(stranger, row("b", "2023-03-21", "2023-03-22", idcc="16"), accords=file), "accord"
    ) == [("carence", "")]


def test_a_mission_is_under_the_branch_of_its_user(alerts: Alerts, branch: Callable[[str], Path]) -> None:
    """L1251-12: known by the user's own contracts, where the mission's line tells none."""
    file = branch("idcc,texte,mois_max\n16,Accord,12\n")
    mission = row("m", "2022-01-01", "2023-02-28", nature="03")
    assert alerts(mission, accords=file).empty
    own = row("c", "2021-01-04", "2021-01-05", poste="autre", idcc="16")
    assert rules(alerts(own, mission, accords=file), "attendu", "accord") == [
        ("duree_totale", "12", "Accord")
    ]


def test_an_agreement_that_changes_nothing_is_not_named(
    alerts: Alerts, branch: Callable[[str], Path]
) -> None:
    pair = row("a", "2023-03-06", "2023-03-19", idcc="16"), row("b", "2023-03-21", "2023-03-22", idcc="16")
    for text in ("carence_motifs_exclus\n16,Accord,05\n", "carence_seuil\n16,Accord,12\n"):
        found = alerts(*pair, accords=branch(f"idcc,texte,{text}"))
        assert rules(found, "article", "accord") == [("carence", "L1244-3-1", "")]
    seasons = [{**one, "motif": "03"} for one in pair]
    found = alerts(*seasons, accords=branch("idcc,texte,carence_motifs_exclus\n16,Accord,05\n"))
    assert rules(found, "article", "accord") == [("carence", "L1244-3", "Accord")]
    found = alerts(*pair, accords=branch("idcc,texte,carence_seuil\n16,Accord,20\n"))
    assert rules(found, "attendu", "accord") == [("carence", "7", "Accord")]


def test_the_law_of_2015_holds_for_contracts_in_progress(alerts: Alerts) -> None:
    """Law 2015-994, article 55: two renewals where the contract still ran on 19 August 2015."""
    for end, told in (("2015-08-18", ["1"]), ("2015-08-19", []), ("2015-12-31", [])):
        found = alerts(row("a", "2015-06-01", end, renouvellements="2"))
        assert found["attendu"].tolist() == told
    found = alerts(row("a", "2015-06-01", "2015-12-31", renouvellements="3"))
    assert rules(found, "attendu") == [("renouvellements", "2")]


@pytest.mark.parametrize(
    ("start", "article"),
    [("2013-03-01", "loi n° 2008-596, article 6"), ("2016-03-01", "L1242-8-1"), ("2018-03-01", "L1242-8-2")],
)
def test_the_article_of_a_defined_project_is_that_of_its_day(
    alerts: Alerts, start: str, article: str
) -> None:
    found = alerts(row("a", start, f"{int(start[:4]) + 2}-02-28", motif="06", renouvellements="1"))
    assert rules(found, "article") == [("renouvellements", article)]


def test_a_first_day_beyond_the_calendar_is_told(alerts: Alerts) -> None:
    """Open on Mondays alone, 36 months ask for 366 of them."""
    long = row("a", "2020-01-01", "2022-12-31", motif="06"), row("b", "2023-02-01", "2023-02-02")
    found = alerts(*long, jours_ouverture=("lundi",))
    assert found["premier_jour_licite"].tolist() == [""]
    assert "au-delà du calendrier compté" in found["message"][0]


@pytest.mark.parametrize(("end", "told"), [("2024-01-31", False), ("2024-02-01", True)])
def test_nine_months_are_counted_in_months(tmp_path: Path, end: str, told: bool) -> None:
    read = contracts.read(write(tmp_path / "c.csv", [row("a", "2023-05-01", end)]))
    (listed,) = control.check(read, control.Asked(date(2026, 1, 1))).establishments["a_verifier"]
    assert ("plus de neuf mois" in listed) is told
