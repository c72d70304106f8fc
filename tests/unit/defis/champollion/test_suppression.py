"""Groups too small to be told, and those that would tell them by subtraction."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from archipel.defis.champollion.tableau.suppression import ALL, SMALLEST, hidden, hidden_groups

TABLES = arrays.arrays(int, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 30))


def test_a_lone_small_group_takes_the_next_smallest_with_it() -> None:
    assert hidden(np.array([[3, 9, 7]])).tolist() == [[True, False, True]]


def test_small_groups_that_are_few_together_take_another() -> None:
    assert hidden(np.array([[1, 2, 8, 9]])).tolist() == [[True, True, True, False]]


def test_nothing_small_hides_nothing() -> None:
    assert not hidden(np.array([[5, 0, 7], [6, 8, 0]])).any()


def test_the_total_of_other_places_does_not_tell_a_small_one() -> None:
    sites = pd.DataFrame(
        [("01", "A")] * 3 + [("01", "B")] * 9 + [("02", "A")] * 8 + [("02", "B")] * 8,
        columns=["lieu", "secteur"],
    )
    told = hidden_groups(sites, "lieu", "secteur")
    assert told.loc["01", "A"]
    # By its row or by its column, it would be what is left.
    assert told.loc["01", ["B", ALL]].any()
    assert told.loc[["02", ALL], "A"].any()
    assert not told.loc[ALL, ALL]


@given(counts=TABLES)
def test_no_line_tells_what_it_hides(counts: np.ndarray) -> None:
    marks = hidden(counts)
    assert marks[(counts > 0) & (counts < SMALLEST)].all()
    assert not marks[counts == 0].any()
    for line, own in (*zip(counts, marks, strict=True), *zip(counts.T, marks.T, strict=True)):
        enough = own.sum() >= 2 and line[own].sum() >= SMALLEST
        assert not own.any() or enough or (own == (line > 0)).all()
