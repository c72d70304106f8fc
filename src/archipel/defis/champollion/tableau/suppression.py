"""Which groups are too small to be told, so that no subtraction tells them either (cell suppression).

A table by sector and département is shown with its totals: a lone hidden cell is its total less the others.
So more are hidden, the smallest first, until those hidden together in any row or column are enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import null_space

SMALLEST = 5
"""Establishments: a group of fewer is not told."""


@dataclass(frozen=True)
class Hidden:
    """What is not told (true) of a table of two columns: its ``cells``, and the totals of ``rows`` and of
    ``columns``."""

    cells: pd.DataFrame
    rows: pd.Series
    columns: pd.Series


def hidden_groups(sites: pd.DataFrame, rows: str, columns: str) -> Hidden:
    """The grand total is always told."""
    counts = pd.crosstab(sites[rows], sites[columns])
    inner = counts.to_numpy()
    bare = np.zeros((inner.shape[0] + 1, inner.shape[1] + 1), dtype=int)
    bare[:-1, :-1], bare[:-1, -1], bare[-1, :-1] = inner, inner.sum(axis=1), inner.sum(axis=0)
    marks = hidden(bare)
    return Hidden(
        pd.DataFrame(marks[:-1, :-1], index=counts.index, columns=counts.columns),
        pd.Series(marks[:-1, -1], index=counts.index),
        pd.Series(marks[-1, :-1], index=counts.columns),
    )


def hidden(counts: np.ndarray, least: int = SMALLEST) -> np.ndarray:
    """Of counts (rows, columns), totals in the last of each, the grand total nil: which are not told.

    In every row and column, what is hidden is nothing, or two cells at least that add up to ``least`` at
    least, or all that there is; and no sum of rows and columns tells a small cell. Nothing is hidden of what
    is nil.
    """
    found = (counts > 0) & (counts < least)
    while True:
        before = int(found.sum())
        for line, marks in (*zip(counts, found, strict=True), *zip(counts.T, found.T, strict=True)):
            _completed(line, marks, least)
        for row, column in np.argwhere(found & (counts < least) & told_by_sums(found)):
            _one_more(counts, found, row, column)
        if int(found.sum()) == before:
            return found


def told_by_sums(marks: np.ndarray) -> np.ndarray:
    """Which of the hidden cells have one value only, the told ones, the empty ones and all sums being known.

    Each row adds up to its total, and each column: what solves these equations without a right-hand side is
    what hidden cells may exchange; a cell that takes part in none of it is known.
    """
    places = np.argwhere(marks)
    rows, columns = marks.shape
    sums = np.zeros((rows + columns, len(places)))
    for at, (row, column) in enumerate(places):
        sums[row, at] = -1 if column == columns - 1 else 1
        sums[rows + column, at] = -1 if row == rows - 1 else 1
    known = np.zeros(marks.shape, dtype=bool)
    if len(places):
        free = null_space(sums)
        known[tuple(places.T)] = np.linalg.norm(free, axis=1) < 1e-9
    return known


def _one_more(counts: np.ndarray, marks: np.ndarray, row: int, column: int) -> None:
    """Hide, in place, the smallest told cell of the row or column, else of the table."""
    told = (counts > 0) & ~marks
    near = told.copy()
    near[np.arange(len(counts)) != row, :] &= (np.arange(counts.shape[1]) == column)[None, :]
    for among in (near, told):
        if among.any():
            left = np.where(among, counts, counts.max() + 1)
            marks[np.unravel_index(left.argmin(), left.shape)] = True
            return


def _completed(line: np.ndarray, marks: np.ndarray, least: int) -> None:
    """Mark, in place, the smallest of a line until what is marked is not told by the rest."""
    while marks.any() and (marks.sum() < 2 or line[marks].sum() < least):
        left = np.flatnonzero((line > 0) & ~marks)
        if not len(left):
            return
        marks[left[np.argmin(line[left])]] = True
