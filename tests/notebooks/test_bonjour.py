"""The smallest défi, executed: its tables, its dashboard."""

from __future__ import annotations

import csv

from archipel.notebook.manifest import problems
from support.attempts import Prepare


def test_it_greets_as_often_as_asked(prepare: Prepare) -> None:
    given = {"prenom": ("str", "Zoé {x} \"'"), "nombre": ("int", 2)}
    attempt = prepare(notebook="notebooks/bonjour/execution.ipynb", parameters=given)
    assert attempt.run() == 0, attempt.log.read_text()
    with (attempt.folder / "salutations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["salutation"] for row in rows] == ["Bonjour Zoé {x} \"' !", "Bonjour Zoé {x} \"' ! !"]
    assert attempt.json("result.json")["metrics"]["salutations"] == {"value": 2, "unit": "1"}
    assert problems(attempt.folder) == []
    assert {"salutations.parquet", "rapport.html", "executed.ipynb", "provenance.json"} <= attempt.files()


def test_its_dashboard_reads_what_was_published(prepare: Prepare) -> None:
    run = prepare(notebook="notebooks/bonjour/execution.ipynb")
    assert run.run() == 0
    notebook = "notebooks/bonjour/tableau.ipynb"
    board = prepare(notebook=notebook, report="tableau", published=str(run.folder))
    assert board.run() == 0, board.log.read_text()
    assert "Bonjour le monde" in (board.folder / "executed.ipynb").read_text(encoding="utf-8")
