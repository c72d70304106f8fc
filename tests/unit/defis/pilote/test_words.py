"""Numbers, dates and colours as the dashboard writes them."""

from __future__ import annotations

import math

import pytest

from archipel.defis.pilote.tableau.scale import CLASSES, MISSING, colour, legend, shown
from archipel.defis.pilote.tableau.words import figure, month, percent, plural, points, rank, safe, table


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, 1, "0"),
        (0.0, 0, "0"),
        (10.0, 1, "10"),
        (1234.5, 1, "1\u202f234,5"),
        (1_000_000, 0, "1\u202f000\u202f000"),
        (33.333, 2, "33,33"),
        (None, 1, "—"),
        (math.nan, 1, "—"),
    ],
)
def test_a_figure_is_written_in_french_and_a_missing_one_is_never_0(
    value: float | None, digits: int, text: str
) -> None:
    assert figure(value, digits) == text


def test_percents_points_months_plurals_and_ranks() -> None:
    assert (percent(12.5), percent(None), percent(math.nan)) == ("12,5\u202f%", "—", "—")
    assert (points(-0.1), points(12), points(0)) == ("−0,1\u202fpoint", "+12\u202fpoints", "0\u202fpoint")
    assert (month("2022-09-30"), month(None), month("")) == ("septembre 2022", "—", "—")
    assert (plural(1, "alerte"), plural(2, "alerte"), plural(0, "taux", "taux")) == (
        "1 alerte",
        "2 alertes",
        "0 taux",
    )
    assert (rank(1), rank(2)) == ("1ᵉʳ", "2ᵉ")


def test_the_scale_has_its_bounds_and_hatches_what_is_missing() -> None:
    fills = [fill for _bound, fill, _label in CLASSES]
    assert [colour(rate) for rate in (0, 24.99, 25, 50, 75, 90, 99.99, 100)] == [
        fills[0], fills[0], fills[1], fills[2], fills[3], fills[4], fills[4], fills[5],
    ]  # fmt: skip
    assert colour(None) == MISSING
    assert shown(None) == "non calculable"
    assert all(label in legend() for _bound, _fill, label in CLASSES)
    assert "non calculable" in legend()


def test_text_is_escaped_in_tables() -> None:
    hostile = "<script>alert('x')</script>\"&"
    assert safe(hostile) == "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;&amp;"
    text = table(hostile, (hostile,), [(hostile, hostile)], hostile)
    assert "<script" not in text
    assert "'x'" not in text
    assert text.count("&lt;script&gt;") == 6
