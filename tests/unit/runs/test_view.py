"""A run in the words of the command line."""

from __future__ import annotations

import pytest

from archipel.runs.view import failure_told


@pytest.mark.parametrize(
    ("cell", "told"),
    [(5, "cellule 5 : ValueError : exprès"), (None, "ValueError : exprès")],
)
def test_a_failure_names_its_cell(cell: int | None, told: str) -> None:
    assert failure_told({"cell": cell, "error": "ValueError", "message": "exprès"}) == told
