"""Counting errors, on counts worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from archipel.defis.twincity.metrics import counting


def test_terms_by_hand() -> None:
    told = counting.terms(np.array([10, 0, 7]), np.array([8, 0, 10]))
    assert {name: (above.sum(), below.sum()) for name, (above, below) in told.items()} == {
        "mae": (5, 3), "rmse": (13, 3), "bias": (-1, 3), "nae": (pytest.approx(0.55), 2),
    }  # fmt: skip


def test_an_image_without_people_has_no_relative_error() -> None:
    above, below = counting.terms(np.array([2.0]), np.array([0.0]))["nae"]
    assert (above.sum(), below.sum()) == (0, 0)


def test_errors_that_cancel_in_an_image_do_not_in_its_cells() -> None:
    sizes = np.array([[100, 100]])
    true, found = (
        [counting.cells(np.zeros(2, dtype=int), np.array(at, dtype=float), sizes, level) for level in (0, 1)]
        for at in ([[10, 10], [20, 20]], [[10, 10], [90, 90]])
    )
    assert [counting.cell_errors(f, t)[0] for f, t in zip(found, true, strict=True)] == [0.0, 2.0]


def test_a_centre_outside_its_image_counts_in_the_nearest_cell() -> None:
    made = counting.cells(np.array([0, 1]), np.array([[-5.0, 500.0], [300.0, 20.0]]), np.full((2, 2), 200), 1)
    assert made[0].tolist() == [[0, 0], [1, 0]]
    assert made[1].tolist() == [[0, 1], [0, 0]]
