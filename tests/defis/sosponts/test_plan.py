"""The map: bridges where they are, none over another, whatever is shown."""

from __future__ import annotations

import numpy as np
import pytest

from archipel.defis.sosponts.tableau import plan


def test_north_is_up_and_distances_hold() -> None:
    """A degree of longitude is shorter than one of latitude, by the cosine of the latitude."""
    lon, lat = np.array([3.80, 3.90, 3.80]), np.array([43.6, 43.6, 43.7])
    places, scale = plan.positions(lon, lat)
    east, north = places[1] - places[0], places[2] - places[0]
    assert east[0] > 0 > north[1]
    assert east[0] / -north[1] == pytest.approx(np.cos(np.radians(lat.mean())))
    assert -north[1] == pytest.approx(11_132 * scale)


def test_marks_do_not_cover_one_another() -> None:
    rng = np.random.default_rng(0)
    crowd = np.vstack([rng.uniform(0, 60, (12, 2)), [[30, 30]] * 3])
    placed = plan.apart(crowd, 22)
    gaps = np.hypot(*(placed[:, None] - placed[None]).transpose(2, 0, 1)) + 100 * np.eye(len(placed))
    assert gaps.min() > 21
    far = np.array([[0.0, 0.0], [500.0, 0.0]])
    assert (plan.apart(far, 22) == far).all()
