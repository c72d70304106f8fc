"""The JSON Schema that editors complete from is the models', and describes the shipped files."""

from __future__ import annotations

from archipel.catalog.schema import schema_text
from support.source import ROOT


def test_the_written_schema_is_the_one_of_the_models() -> None:
    written = (ROOT / "catalog" / "catalog.schema.json").read_text(encoding="utf-8")
    assert written == schema_text(), "archipel catalog schema --write"
