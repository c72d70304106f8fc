"""Numbers and colours as the dashboard writes them."""

from __future__ import annotations

import math

from archipel.defis.pilote.tableau.scale import CLASSES, MISSING, colour, legend, shown
from archipel.defis.pilote.tableau.words import percent, points, rank


def test_percents_points_and_ranks() -> None:
    assert (percent(12.5), percent(None), percent(math.nan)) == ("12,5\u202f%", "—", "—")
    assert (points(-0.1), points(12), points(0)) == ("−0,1\u202fpoint", "+12\u202fpoints", "0\u202fpoint")
    assert (points(-0.04), points(1.96)) == ("0\u202fpoint", "+2\u202fpoints")
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
