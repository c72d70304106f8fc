"""Groups too small to be told, and those that would tell them by subtraction."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from archipel.defis.champollion.tableau.suppression import (
    SMALLEST,
    Hidden,
    hidden,
    hidden_groups,
    told_by_sums,
)

TABLES = arrays.arrays(int, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 30))


def groups(counts: dict[tuple[str, str], int]) -> Hidden:
    sites = [place for place, number in counts.items() for _site in range(number)]
    return hidden_groups(pd.DataFrame(sites, columns=["lieu", "secteur"]), "lieu", "secteur")


def test_a_lone_small_group_takes_the_next_smallest_with_it() -> None:
    told = groups({("01", "A"): 3, ("01", "B"): 9, ("01", "C"): 7, **{("02", one): 20 for one in "ABC"}})
    assert told.cells.loc["01"].tolist() == [True, False, True]


def test_small_groups_that_are_few_together_take_another() -> None:
    counts = {("01", "A"): 1, ("01", "B"): 2, ("01", "C"): 8, ("01", "D"): 9}
    told = groups({**counts, **{("02", one): 20 for one in "ABCD"}})
    assert told.cells.loc["01"].tolist() == [True, True, True, False]


def test_nothing_small_hides_nothing() -> None:
    told = groups({("01", "A"): 5, ("01", "B"): 7, ("02", "A"): 6, ("02", "B"): 8})
    assert not told.cells.any(axis=None)
    assert not told.rows.any()
    assert not told.columns.any()


def test_the_total_of_other_places_does_not_tell_a_small_one() -> None:
    told = groups({("01", "A"): 3, ("01", "B"): 9, ("02", "A"): 8, ("02", "B"): 8})
    assert told.cells.loc["01", "A"]
    # By its row or by its column, it would be what is left.
    assert told.cells.loc["01", "B"] or told.rows["01"]
    assert told.cells.loc["02", "A"] or told.columns["A"]


def test_no_sum_of_several_rows_and_columns_tells_a_small_group() -> None:
    """The whole less a sector, less a place without that sector, would leave commerce in 03."""
    told = groups(
        {
            ("01", "industrie"): 6, ("02", "commerce"): 12, ("02", "industrie"): 20, ("02", "transport"): 9,
            ("03", "commerce"): 2, ("03", "industrie"): 1,
        }
    )  # fmt: skip
    marks = np.zeros((told.cells.shape[0] + 1, told.cells.shape[1] + 1), dtype=bool)
    marks[:-1, :-1], marks[:-1, -1], marks[-1, :-1] = told.cells, told.rows, told.columns
    assert told.cells.loc["03", "commerce"]
    assert not told_by_sums(marks)[2, 0]


def test_a_sector_called_as_the_totals_are_is_one_of_them() -> None:
    counts = {("01", "commerce"): 6, ("01", "ensemble"): 1, ("02", "commerce"): 6, ("02", "ensemble"): 1}
    assert groups(counts).columns["ensemble"]


@given(counts=TABLES)
def test_no_line_tells_what_it_hides(counts: np.ndarray) -> None:
    whole = np.zeros((counts.shape[0] + 1, counts.shape[1] + 1), dtype=int)
    whole[:-1, :-1], whole[:-1, -1], whole[-1, :-1] = counts, counts.sum(axis=1), counts.sum(axis=0)
    marks = hidden(whole)
    assert marks[(whole > 0) & (whole < SMALLEST)].all()
    assert not marks[whole == 0].any()
    for line, own in (*zip(whole, marks, strict=True), *zip(whole.T, marks.T, strict=True)):
        enough = own.sum() >= 2 and line[own].sum() >= SMALLEST
        assert not own.any() or enough or (own == (line > 0)).all()
    if not (marks == (whole > 0)).all():
        assert not (told_by_sums(marks) & marks & (whole < SMALLEST)).any()
