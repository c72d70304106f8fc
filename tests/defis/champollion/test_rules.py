"""Cases computed by hand, rule by rule, each with its article."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from archipel.defis.champollion.law.rules import RULES
from archipel.defis.champollion.reading import contracts

from .conftest import OTHER_SITE, Alerts, row


def told(frame, *columns):
    return [tuple(one) for one in frame[list(columns)].itertuples(index=False)]


# --- waiting period, L1244-3-1 and L1251-36-1 ---


def test_the_worked_example_of_a_third(alerts: Alerts) -> None:
    """21 days to 8 March 2016, open Monday to Friday: seven opening days, the 9th to the 17th."""
    first = row("a", "2016-02-17", "2016-03-08")
    found = alerts(first, row("b", "2016-03-17", "2016-03-20"))
    assert told(found, "regle", "article", "contrat_id", "contrat_precedent_id", "attendu", "observe") == [
        ("carence", "L1244-3", "b", "a", "7", "6")
    ]
    assert found["premier_jour_licite"][0] == "2016-03-18"
    assert found["unite"][0] == "jours d’ouverture"
    assert alerts(first, row("b", "2016-03-18", "2016-03-20")).empty


def test_the_article_since_the_order_of_2017(alerts: Alerts) -> None:
    first = row("a", "2023-01-02", "2023-01-22")
    assert told(alerts(first, row("b", "2023-01-24", "2023-01-30")), "article") == [("L1244-3-1",)]


@pytest.mark.parametrize(
    ("end", "days", "expected"),
    [("2023-03-18", 13, "7"), ("2023-03-19", 14, "5")],
    ids=["13 days: a half", "14 days: a third"],
)
def test_a_half_below_fourteen_days_a_third_from_there(
    alerts: Alerts, end: str, days: int, expected: str
) -> None:
    """6.5 and 4.67 opening days, rounded up."""
    found = alerts(row("a", "2023-03-06", end), row("b", "2023-03-20", "2023-03-21"))
    assert told(found, "attendu", "observe") == [(expected, "0")]
    assert f"{days} jours jusqu’au" in found["message"][0]


def test_both_roundings_are_told(alerts: Alerts) -> None:
    """13 days: 6.5. Six opening days from 20 to 27 March are enough when it is rounded down."""
    rows = row("a", "2023-03-07", "2023-03-19"), row("b", "2023-03-28", "2023-04-02")
    found = alerts(*rows)
    assert told(found, "attendu", "observe", "autre_arrondi") == [("7", "6", "conforme")]
    assert alerts(*rows, arrondi="inferieur").empty
    earlier = rows[0], row("b", "2023-03-27", "2023-04-02")
    assert told(alerts(*earlier, arrondi="inferieur"), "attendu", "observe", "autre_arrondi") == [
        ("6", "5", "alerte")
    ]


def test_easter_monday_is_no_opening_day(alerts: Alerts) -> None:
    """15 days to Friday 7 April 2023: five opening days; Monday 10 April is Easter's."""
    first = row("a", "2023-03-24", "2023-04-07")
    assert told(alerts(first, row("b", "2023-04-17", "2023-04-18")), "attendu", "observe") == [("5", "4")]
    assert alerts(first, row("b", "2023-04-18", "2023-04-19")).empty


def test_from_christmas_eve_to_the_second_of_january(alerts: Alerts) -> None:
    """24 December 2024 is a Tuesday. Open days: 26, 27, 30 and 31; a half of eight days is four."""
    first = row("a", "2024-12-17", "2024-12-24")
    assert alerts(first, row("b", "2025-01-02", "2025-01-03")).empty
    assert told(alerts(first, row("b", "2024-12-31", "2025-01-03")), "attendu", "observe") == [("4", "3")]


def test_a_site_that_opens_on_other_days(alerts: Alerts, tmp_path: Path) -> None:
    first = row("a", "2023-03-06", "2023-03-18")
    second = row("b", "2023-03-26", "2023-03-27")
    assert told(alerts(first, second), "attendu", "observe") == [("7", "5")]
    week = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
    assert alerts(first, second, jours_ouverture=tuple(week)).empty
    sites = tmp_path / "ouvertures.csv"
    sites.write_text(f"siret,jours\n{first['siret']},1 2 3 4 5 6 7\n", encoding="utf-8")
    assert alerts(first, second, ouvertures=sites).empty
    sites.write_text(f"siret,jours,fermetures\n{first['siret']},1 2 3 4 5 6 7,2023-03-20\n", encoding="utf-8")
    assert told(alerts(first, second, ouvertures=sites), "observe") == [("6",)]


def test_each_of_the_two_contracts_must_be_exempt(alerts: Alerts) -> None:
    """Cass. soc., 10 October 2018, 17-18.294."""
    absence = {"motif": "01"}
    assert alerts(
        row("a", "2023-03-06", "2023-03-19", **absence), row("b", "2023-03-20", "2023-03-21", **absence)
    ).empty
    found = alerts(row("a", "2023-03-06", "2023-03-19"), row("b", "2023-03-20", "2023-03-21", **absence))
    assert told(found, "regle", "contrat_id") == [("carence", "b")]
    found = alerts(row("a", "2023-03-06", "2023-03-19", **absence), row("b", "2023-03-20", "2023-03-21"))
    assert told(found, "regle", "contrat_id") == [("carence", "b")]


@pytest.mark.parametrize(
    ("nature", "motive", "spared"),
    [
        ("02", "01", True), ("02", "03", True), ("02", "04", True), ("02", "05", True), ("02", "07", True),
        ("02", "08", True), ("02", "09", True), ("02", "10", True), ("02", "02", False), ("02", "06", False),
        ("02", "12", False), ("02", "13", False), ("03", "01", True), ("03", "05", True), ("03", "09", False),
        ("03", "15", False),
    ],
)  # fmt: skip
def test_motives_without_a_delay(alerts: Alerts, nature: str, motive: str, spared: bool) -> None:
    """L1244-4-1; L1251-37-1, which does not name L1251-7."""
    kind = {"nature": nature, "motif": motive}
    found = alerts(row("a", "2023-03-06", "2023-03-19", **kind), row("b", "2023-03-20", "2023-03-21", **kind))
    assert found[found["regle"] == "carence"].empty is spared


def test_a_mission_then_a_cdd(alerts: Alerts) -> None:
    """The delay is that of the contract that expired; no requalification for it (27 September 2023)."""
    found = alerts(row("a", "2023-03-06", "2023-03-19", nature="03"), row("b", "2023-03-20", "2023-03-21"))
    assert told(found, "regle", "article") == [("carence", "L1251-36-1")]
    assert "27 sept. 2023" in found["message"][0]


def test_the_employee_who_left_before_term(alerts: Alerts) -> None:
    first = row("a", "2023-03-06", "2023-03-19", date_fin_prevue="2023-04-30", motif_fin="037")
    second = row("b", "2023-03-20", "2023-03-21")
    assert alerts(first, second).empty
    found = alerts({**first, "motif_fin": "036"}, second)
    assert told(found, "regle") == [("carence",)]
    del first["motif_fin"]
    assert "à l’initiative du salarié" in alerts(first, second)["a_verifier"][0]


def test_overlapping_contracts_the_latest_end_before_the_start(alerts: Alerts) -> None:
    """« c » begins while « b » runs: the contract before it is « a », though « b » began later."""
    found = alerts(
        row("a", "2023-01-02", "2023-01-31"),
        row("b", "2023-03-01", "2023-03-31"),
        row("c", "2023-03-10", "2023-03-15"),
        row("d", "2023-04-03", "2023-04-05"),
    )
    assert told(found, "contrat_id", "contrat_precedent_id", "attendu", "observe") == [("d", "b", "11", "0")]


def test_two_jobs_and_two_sites_never_touch(alerts: Alerts) -> None:
    first = row("a", "2023-03-06", "2023-03-19")
    assert alerts(first, row("b", "2023-03-20", "2023-03-21", poste="caissier")).empty
    assert alerts(first, row("b", "2023-03-20", "2023-03-21", siret=OTHER_SITE)).empty


def test_one_job_under_two_spellings(alerts: Alerts) -> None:
    found = alerts(
        row("a", "2023-03-06", "2023-03-19", poste="VENDEUSE (H/F)"), row("b", "2023-03-20", "2023-03-21")
    )
    assert told(found, "poste", "postes_fusionnes") == [("vendeur", "VENDEUSE (H/F) | vendeur")]


def test_an_inferred_end_is_told(alerts: Alerts) -> None:
    found = alerts(row("a", "2023-03-06", "2023-03-19", statut_fin="1"), row("b", "2023-03-20", "2023-03-21"))
    assert told(found, "date_inferee") == [(True,)]
    assert "déduite" in found["message"][0]


def test_a_branch_has_its_own_delay(alerts: Alerts, tmp_path: Path) -> None:
    """A quarter of 14 days is four; 13 is no motive of the law's list, and this branch spares it."""
    rows = (
        row("a", "2023-03-06", "2023-03-19", idcc="0016"),
        row("b", "2023-03-23", "2023-03-24", idcc="0016"),
    )
    file = tmp_path / "accords.csv"
    file.write_text("idcc,texte,carence_longue\n16,Accord d’essai,1/4\n", encoding="utf-8")
    assert told(alerts(*rows), "attendu", "observe", "accord") == [("5", "3", "")]
    found = alerts(*rows, accords=file)
    assert told(found, "attendu", "observe", "accord") == [("4", "3", "Accord d’essai")]
    assert told(found, "article") == [("L1244-3",)]
    assert alerts(*[{**one, "idcc": "17"} for one in rows], accords=file)["attendu"][0] == "5"
    file.write_text("idcc,texte,carence_motifs_exclus\n16,Accord d’essai,02 13\n", encoding="utf-8")
    assert alerts(rows[0], {**rows[1], "motif": "13"}, accords=file).empty
    file.write_text("idcc,texte,carence_longue,au\n16,Accord d’essai,1/4,2022-12-31\n", encoding="utf-8")
    assert alerts(*rows, accords=file)["attendu"][0] == "5"
    file.write_text("idcc,texte,mois_max,renouvellements_max\n16,Accord d’essai,12,1\n", encoding="utf-8")
    long = row("c", "2023-01-01", "2024-01-01", idcc="16", renouvellements="2")
    assert sorted(told(alerts(long, accords=file), "regle", "attendu")) == [
        ("duree_totale", "12"),
        ("renouvellements", "1"),
    ]


# --- total length, L1242-8-1 and L1251-12-1 ---


@pytest.mark.parametrize(
    ("start", "last", "over"),
    [
        ("2022-01-01", "2023-06-30", "2023-07-01"),
        ("2022-09-01", "2024-02-29", "2024-03-01"),
        ("2024-02-29", "2025-08-28", "2025-08-29"),
        ("2022-08-31", "2024-02-29", "2024-03-01"),
        ("2021-08-31", "2023-02-28", "2023-03-01"),
    ],
    ids=["to the day", "ends on a leap day", "begins on a leap day", "31 August", "31 August, no leap year"],
)
def test_eighteen_months_to_the_day(alerts: Alerts, start: str, last: str, over: str) -> None:
    assert alerts(row("a", start, last)).empty
    found = alerts(row("a", start, over))
    assert told(found, "regle", "article", "unite", "attendu", "date") == [
        ("duree_totale", "L1242-8-1", "mois", "18", over)
    ]
    assert 18 < float(found["observe"][0]) < 18.1


@pytest.mark.parametrize(
    ("nature", "motive", "months", "article"),
    [
        ("02", "01", 18, "L1242-8-1"), ("02", "13", 24, "L1242-8-1"), ("02", "06", 36, "L1242-8-2"),
        ("03", "02", 18, "L1251-12-1"), ("03", "13", 24, "L1251-12-1"), ("03", "11", 36, "L1251-12-1"),
        ("02", "09", None, ""), ("02", "10", None, ""),
    ],
)  # fmt: skip
def test_longest_by_motive(
    alerts: Alerts, nature: str, motive: str, months: int | None, article: str
) -> None:
    kind = {"nature": nature, "motif": motive}
    if months is None:
        assert alerts(row("a", "2019-01-01", "2024-12-31", **kind)).empty
        return
    years, rest = divmod(months, 12)
    last = date(2019 + years, 1 + rest, 1)
    assert alerts(row("a", "2019-01-01", f"{last.fromordinal(last.toordinal() - 1)}", **kind)).empty
    found = alerts(row("a", "2019-01-01", f"{last}", **kind))
    assert told(found, "regle", "article", "attendu") == [("duree_totale", article, str(months))]


def test_no_precise_term_no_longest(alerts: Alerts) -> None:
    """L1242-7: an absence ends when it ends."""
    assert alerts(row("a", "2019-01-01", "2022-12-31", motif="01", date_fin_prevue="")).empty
    found = alerts(row("a", "2019-01-01", "", motif="06", date_fin_prevue=""))
    assert told(found, "regle", "attendu", "date_inferee") == [("duree_totale", "36", True)]


def test_a_contract_in_progress_is_judged_by_its_planned_end(alerts: Alerts) -> None:
    planned = row("a", "2026-01-01", "", date_fin_prevue="2027-07-01", statut_fin="")
    assert told(alerts(planned), "regle", "date", "date_inferee") == [("duree_totale", "2027-07-01", True)]
    coming = "La fin, au 01/07/2027, est à venir au jour du contrôle : elle peut changer."
    assert coming in alerts(planned)["message"][0]
    declared = alerts(row("a", "2026-01-01", "2027-07-01"))
    assert not declared["date_inferee"][0]
    assert coming in declared["message"][0]
    assert coming not in alerts(row("a", "2026-01-01", "2027-07-01"), au=date(2027, 7, 1))["message"][0]
    assert alerts({**planned, "date_fin_prevue": "2027-06-30"}).empty


def test_missions_are_not_added_up(alerts: Alerts) -> None:
    """Contract by contract: two missions of a year, with the delay between them, break nothing."""
    assert alerts(
        row("a", "2020-01-01", "2020-12-31", nature="03"), row("b", "2021-07-01", "2022-06-30", nature="03")
    ).empty


# --- renewals, L1243-13-1 and L1251-35-1 ---


@pytest.mark.parametrize(
    ("start", "renewed", "nature", "motive", "expected"),
    [
        ("2023-01-02", "2", "02", "02", []),
        ("2023-01-02", "3", "02", "02", [("L1243-13-1", "2", "3")]),
        ("2023-01-02", "3", "03", "02", [("L1251-35-1", "2", "3")]),
        ("2023-01-02", "1", "02", "06", [("L1242-8-2", "0", "1")]),
        ("2023-01-02", "9", "02", "09", []),
        ("2016-01-04", "2", "02", "02", []),
        ("2014-01-06", "2", "02", "02", [("L1243-13", "1", "2")]),
    ],
)
def test_renewals(
    alerts: Alerts, start: str, renewed: str, nature: str, motive: str, expected: list[tuple[str, ...]]
) -> None:
    end = start[:5] + "03-31"
    found = alerts(row("a", start, end, renouvellements=renewed, nature=nature, motif=motive))
    assert told(found, "article", "attendu", "observe") == expected


# --- motive, term ---


@pytest.mark.parametrize(
    ("nature", "motive", "article"),
    [
        ("02", "", "L1242-12"), ("03", "", "L1251-16"), ("02", "15", "L1242-2"), ("03", "06", "L1251-6"),
        ("03", "04", "L1251-6"), ("02", "12", None), ("03", "15", None), ("02", "06", None),
    ],
)  # fmt: skip
def test_motives(alerts: Alerts, nature: str, motive: str, article: str | None) -> None:
    found = alerts(row("a", "2023-01-02", "2023-01-31", nature=nature, motif=motive))
    assert told(found, "regle", "article") == ([("motif", article)] if article else [])


@pytest.mark.parametrize("nature", ["02", "03"])
@pytest.mark.parametrize(
    ("motive", "wanted"),
    [("02", True), ("12", True), ("13", True), ("01", False), ("03", False), ("05", False)],
)
def test_a_precise_term(alerts: Alerts, nature: str, motive: str, wanted: bool) -> None:
    found = alerts(row("a", "2023-01-02", "2023-01-31", nature=nature, motif=motive, date_fin_prevue=""))
    article = "L1242-7" if nature == "02" else "L1251-11"
    assert told(found, "regle", "article") == ([("terme", article)] if wanted else [])


# --- ban, L1242-5 ---


@pytest.mark.parametrize(
    ("start", "end", "banned"),
    [
        ("2023-01-15", "2023-06-30", True),
        ("2023-07-15", "2023-12-31", True),
        ("2023-07-16", "2023-12-31", False),
        ("2023-01-14", "2023-06-30", False),
        ("2023-03-01", "2023-05-31", False),
        ("2023-03-01", "2023-06-01", True),
    ],
    ids=["the same day", "six months", "a day more", "before", "three months", "a day over three months"],
)
def test_after_an_economic_dismissal(
    alerts: Alerts, tmp_path: Path, start: str, end: str, banned: bool
) -> None:
    file = tmp_path / "licenciements.csv"
    one = row("a", start, end)
    file.write_text(f"siret,poste,date\n{one['siret']},Vendeuse,2023-01-15\n", encoding="utf-8")
    found = alerts(one, licenciements=file)
    assert told(found, "regle", "article", "attendu") == (
        [("interdiction", "L1242-5", "6")] if banned else []
    )
    assert alerts({**one, "motif": "01"}, licenciements=file).empty


def test_a_renewed_contract_has_no_exception(alerts: Alerts, tmp_path: Path) -> None:
    file = tmp_path / "licenciements.csv"
    one = row("a", "2023-03-01", "2023-05-31", renouvellements="1")
    file.write_text(f"siret,poste,date\n{one['siret']},vendeur,2023-01-15\n", encoding="utf-8")
    assert told(alerts(one, licenciements=file), "regle") == [("interdiction",)]


def test_a_dismissal_that_the_contracts_themselves_tell(alerts: Alerts) -> None:
    gone = row("z", "2015-01-05", "2023-01-15", nature="01", motif="", motif_fin="014", date_fin_prevue="")
    found = alerts(gone, row("a", "2023-03-01", "2023-08-31"))
    assert told(found, "regle", "contrat_id") == [("interdiction", "a")]


def test_rules_read_columns_that_there_are() -> None:
    for rule in RULES.values():
        assert set(rule.reads) <= {*contracts.COLUMNS, *contracts.OPTIONAL}


def test_what_every_alert_says(alerts: Alerts) -> None:
    found = alerts(
        row("a", "2020-01-01", "2022-12-31", renouvellements="4"), row("b", "2023-01-02", "2023-01-09")
    )
    assert sorted(found["regle"]) == ["carence", "duree_totale", "renouvellements"]
    for message, article in told(found, "message", "article"):
        assert message.startswith(f"Infraction potentielle ({article})")
        assert "À vérifier sur place" in message
