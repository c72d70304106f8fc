"""The records as they were known at a date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd

from archipel.defis.pilote.asof import as_of
from archipel.defis.pilote.reading import series_frame
from archipel.defis.pilote.structure import Structure
from archipel.defis.pilote.tables import rates_table

Records = Callable[..., pd.DataFrame]
KEY = {"maille": "dept", "territoire": "29", "politique": "OVQ-DMS", "indicateur": "nb-maisons-sante"}
NONE = series_frame([])


def test_without_a_date_nothing_changes(records: Records) -> None:
    rows = records({})
    assert as_of(rows, NONE, None) is rows


def test_a_value_dated_that_day_counts_and_keeps_its_published_rate(records: Records) -> None:
    rows = records({"taux_publie": 50})
    found = as_of(rows, NONE, date(2022, 6, 30))
    assert (found["valeur"][0], found["taux_publie"][0]) == (5, 50)


def test_a_later_value_gives_way_to_the_last_point_of_the_series(records: Records) -> None:
    points = [("2021-12-31", 3.0), ("2020-12-31", 2.0), ("2022-03-31", 4.0), ("2021-06-30", None)]
    series = series_frame([KEY | {"date": day, "valeur": value} for day, value in points])
    rows = records({"taux_publie": 50, "valeur_precedente": 4.5, "date_precedente": "2022-05-31"})
    found = as_of(rows, series, date(2022, 1, 15))
    assert (found["valeur"][0], found["date_valeur"][0]) == (3, "2021-12-31")
    assert pd.isna(found["taux_publie"][0])
    assert pd.isna(found["valeur_precedente"][0])


def test_without_a_series_it_gives_way_to_the_previous_value(records: Records, structure: Structure) -> None:
    rows = records({"valeur_precedente": 2, "date_precedente": "2021-06-30"})
    found = as_of(rows, NONE, date(2021, 12, 31))
    assert (found["valeur"][0], found["date_valeur"][0]) == (2, "2021-06-30")
    rate = rates_table(found, structure)
    assert rate["taux_calcule"][0] == 20
    assert pd.isna(rate["taux_precedent"][0])


def test_where_nothing_was_known_yet_there_is_no_rate_and_a_reason(
    records: Records, structure: Structure
) -> None:
    rows = records({"valeur_precedente": 2, "date_precedente": "2021-06-30"})
    found = rates_table(as_of(rows, NONE, date(2021, 1, 1)), structure)
    assert pd.isna(found["taux_calcule"][0])
    assert found["motif"][0] == "valeur absente"


def test_an_initial_value_dated_later_is_not_known_yet(records: Records, structure: Structure) -> None:
    rows = records({"date_initiale": "2021-06-30", "date_valeur": "2020-06-30"})
    found = rates_table(as_of(rows, NONE, date(2021, 1, 1)), structure)
    assert found["motif"][0] == "valeur initiale absente"
    assert found["cible"][0] == 10
