"""Numbers, days and text as the dashboards write them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from archipel.defis.page.words import (
    day,
    figure,
    gap,
    month,
    month_in_words,
    percent,
    plural,
    siren,
    siret,
    with_interval,
)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, 1, "0"),
        (10.0, 1, "10"),
        (100, 0, "100"),
        (1234.5, 1, "1\u202f234,5"),
        (1_000_000, 0, "1\u202f000\u202f000"),
        (33.333, 2, "33,33"),
        (-5.25, 2, "−5,25"),
        (-0.04, 1, "0"),
        (np.float32(0.5), 2, "0,5"),
        (np.int64(-1200), 0, "−1\u202f200"),
        (None, 1, "—"),
        (math.nan, 1, "—"),
    ],
)
def test_a_figure_is_written_in_french_and_a_missing_one_is_never_0(
    value: float | None, digits: int, text: str
) -> None:
    assert figure(value, digits) == text


def test_a_measure_keeps_its_digits_where_asked() -> None:
    assert (figure(0.6, 2, zeros=True), figure(-0.001, 2, zeros=True)) == ("0,60", "0,00")
    assert (figure(100, zeros=True), figure(None, 2, zeros=True)) == ("100", "—")
    assert with_interval(0.6, 0.58, 0.62, 2) == "0,6 [0,58\u00a0;\u00a00,62]"
    assert with_interval(0.6, math.nan, 0.625, 2, zeros=True) == "0,60 [—\u00a0;\u00a00,62]"


def test_percents_are_of_shares() -> None:
    assert (percent(0.42), percent(0.42, 1), percent(0.42, 1, zeros=True)) == (
        "42\u202f%",
        "42\u202f%",
        "42,0\u202f%",
    )
    assert (percent(0.1234, 1), percent(None), percent(math.nan, 1)) == ("12,3\u202f%", "—", "—")


def test_a_gap_has_the_sign_of_what_is_written() -> None:
    assert (gap(0.021, 3), gap(-0.5, 1), gap(1200)) == ("+0,021", "−0,5", "+1\u202f200")
    assert (gap(0), gap(-0.0004, 3), gap(0.0004, 3, zeros=True)) == ("0", "0", "0,000")
    assert (gap(None), gap(math.nan, 3)) == ("—", "—")


def test_days_and_months() -> None:
    assert (day("2023-03-22"), day("2023-03-22 00:00:00")) == ("22/03/2023", "22/03/2023")
    assert (month("2024-07"), month("2024-07-31")) == ("07/2024", "07/2024")
    assert month_in_words("2022-09-30") == "septembre 2022"
    assert {write(none) for write in (day, month, month_in_words) for none in (None, "", math.nan)} == {"—"}


def test_plurals_and_numbers_of_firms() -> None:
    assert (plural(1, "alerte"), plural(2000, "alerte")) == ("1 alerte", "2\u202f000 alertes")
    assert plural(0, "taux", "taux") == "0 taux"
    assert siren("732829320") == "732\u202f829\u202f320"
    assert siret("73282932000074") == "732\u202f829\u202f320\u202f00074"
