"""Which groups are too small to be told, so that no subtraction tells them either (cell suppression).

A table by sector and département is shown with its totals: a lone hidden cell is its total less the others.
So more are hidden, the smallest first, until those hidden together in any row or column are enough.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

SMALLEST = 5
"""Establishments: a group of fewer is not told."""


ALL = "ensemble"


def hidden_groups(sites: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    """The table of ``sites`` by two of their columns, totals in the last row and the last column (`ALL`):
    true where not told. The grand total is always told."""
    counts = pd.crosstab(sites[rows], sites[columns])
    counts[ALL] = counts.sum(axis=1)
    counts.loc[ALL] = counts.sum(axis=0)
    bare = counts.to_numpy(copy=True)
    bare[-1, -1] = 0
    return pd.DataFrame(hidden(bare), index=counts.index, columns=counts.columns)


def hidden(counts: np.ndarray, least: int = SMALLEST) -> np.ndarray:
    """Of counts (rows, columns), totals among them: which are not told. Nothing is hidden of what is nil.

    In every row and column, what is hidden is nothing, or two cells at least that add up to ``least`` at
    least, or all that there is.
    """
    found = (counts > 0) & (counts < least)
    while True:
        before = int(found.sum())
        for line, marks in (*zip(counts, found, strict=True), *zip(counts.T, found.T, strict=True)):
            _completed(line, marks, least)
        if int(found.sum()) == before:
            return found


def _completed(line: np.ndarray, marks: np.ndarray, least: int) -> None:
    """Mark, in place, the smallest of a line until what is marked is not told by the rest."""
    while marks.any() and (marks.sum() < 2 or line[marks].sum() < least):
        left = np.flatnonzero((line > 0) & ~marks)
        if not len(left):
            return
        marks[left[np.argmin(line[left])]] = True
