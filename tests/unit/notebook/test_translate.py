"""What papermill is told of a notebook's parameters."""

from __future__ import annotations

from archipel.notebook.translate import LiteralTranslator

CELL = """\
from datetime import date

nom: str | None = None  # celui de la table
jour: date | None = None
seuil = 0.5
"""


def test_each_parameter_is_known_whatever_its_type() -> None:
    assert [one.name for one in LiteralTranslator.inspect({"source": CELL})] == ["nom", "jour", "seuil"]
    assert LiteralTranslator.inspect({"source": "a b"}) == []
