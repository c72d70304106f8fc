"""Alerts: late on the median, going down, no rate though there is a target."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from archipel.defis.pilote.alerts import alerts_table, is_late
from archipel.defis.pilote.structure import Structure
from archipel.defis.pilote.tables import rates_table

Records = Callable[..., pd.DataFrame]
FALLING = {"politique": "OVQ-APR", "indicateur": "nb-morts-routes"}
LATER = {"date_precedente": "2021-06-30"}


def policies(*rates: float | None, level: str = "dept") -> pd.DataFrame:
    codes = ["22", "29", "35", "56", "44", "49"] if level == "dept" else ["11", "24", "27", "28", "32", "44"]
    return pd.DataFrame(
        {
            "maille": level,
            "territoire": codes[: len(rates)],
            "territoire_nom": "",
            "politique": "OVQ-DMS",
            "politique_nom": "Maisons de santé",
            "taux": pd.Series(rates, dtype="float64"),
        }
    )


@pytest.fixture
def nothing(records: Records, structure: Structure) -> pd.DataFrame:
    return rates_table(records(), structure)


@pytest.mark.parametrize(("gap", "late"), [(-9.99, False), (-10.0, False), (-10.01, True), (0.0, False)])
def test_a_gap_of_ten_points_exactly_is_not_below_ten(gap: float, late: bool) -> None:
    assert is_late(gap, -10.0) is late


@pytest.mark.parametrize(("rate", "alerts"), [(40.01, 0), (40.0, 0), (39.99, 1), (50.0, 0)])
def test_a_territory_is_late_from_more_than_ten_points_under_the_median(
    nothing: pd.DataFrame, rate: float, alerts: int
) -> None:
    assert len(alerts_table(nothing, policies(rate, 50.0, 70.0))) == alerts


def test_a_late_alert_says_of_how_much_and_on_what(nothing: pd.DataFrame) -> None:
    (found,) = alerts_table(nothing, policies(39.99, 50.0, 70.0)).to_dict("records")
    assert found["type"] == "écart"
    assert (found["territoire"], found["politique"], found["indicateur"]) == ("22", "OVQ-DMS", "")
    assert (found["taux"], found["reference"], found["ecart"]) == (39.99, 50.0, -10.01)
    assert found["message"] == "10,0 points de retard sur la médiane (50,0 %)"


def test_the_threshold_is_the_parameter(nothing: pd.DataFrame) -> None:
    rows = policies(39.0, 50.0, 70.0)
    assert len(alerts_table(nothing, rows, -11.0)) == 0
    assert len(alerts_table(nothing, rows, -10.99)) == 1
    assert len(alerts_table(nothing, rows, 0.0)) == 1


def test_a_missing_rate_is_not_a_rate_of_zero_in_the_median(nothing: pd.DataFrame) -> None:
    found = alerts_table(nothing, policies(80.0, None, None, 92.0))
    assert found.empty
    assert len(alerts_table(nothing, policies(80.0, 0.0, 0.0, 92.0))) == 2


def test_each_level_and_policy_has_its_own_median(nothing: pd.DataFrame) -> None:
    departements, regions = policies(80.0, 82.0), policies(20.0, 22.0, level="reg")
    other = policies(50.0, 52.0).assign(politique="OVQ-APP")
    assert alerts_table(nothing, pd.concat([departements, regions, other])).empty


def test_a_level_of_one_territory_has_no_median_to_be_behind(nothing: pd.DataFrame) -> None:
    assert alerts_table(nothing, policies(3.0), 0.0).empty


@pytest.mark.parametrize(
    ("row", "alerts"),
    [
        ({"valeur": 5, "valeur_precedente": 6}, 1),
        ({"valeur": 5, "valeur_precedente": 5}, 0),
        ({"valeur": 5, "valeur_precedente": 4}, 0),
        ({"valeur": 5, "valeur_precedente": None}, 0),
        ({"valeur": 15, "valeur_precedente": 16}, 0),
        (FALLING | {"valeur_initiale": 10, "cible": 0, "valeur": 5, "valeur_precedente": 4}, 1),
        (FALLING | {"valeur_initiale": 10, "cible": 0, "valeur": 5, "valeur_precedente": 6}, 0),
    ],
    ids=["down", "same", "up", "no previous", "down beyond the target", "falling: worse", "falling: better"],
)
def test_a_rate_under_the_previous_one_is_a_downward_trend(
    records: Records, structure: Structure, row: dict[str, object], alerts: int
) -> None:
    rates = rates_table(records(LATER | row), structure)
    found = alerts_table(rates, policies())
    assert list(found["type"]) == ["baisse"] * alerts


def test_a_downward_alert_says_from_what_to_what(records: Records, structure: Structure) -> None:
    rates = rates_table(records(LATER | {"valeur": 5, "valeur_precedente": 6}), structure)
    (found,) = alerts_table(rates, policies()).to_dict("records")
    assert (found["taux"], found["reference"], found["ecart"]) == (50, 60, -10)
    assert found["message"] == "le taux passe de 60,0 % à 50,0 %"
    assert found["indicateur"] == "nb-maisons-sante"


def test_a_target_without_a_rate_is_an_alert_with_its_reason(records: Records, structure: Structure) -> None:
    rows = records(
        {"territoire": "22", "valeur": None},
        {"territoire": "29", "valeur": None, "cible": None},
        {"territoire": "35"},
    )
    (found,) = alerts_table(rates_table(rows, structure), policies()).to_dict("records")
    assert (found["type"], found["territoire"], found["message"]) == ("sans taux", "22", "valeur absente")
    assert pd.isna(found["taux"])
    assert pd.isna(found["ecart"])
