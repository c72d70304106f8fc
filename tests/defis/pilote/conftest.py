"""The shipped extract read once, and small records and files made for a test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from archipel.defis.pilote.reading import RECORD_COLUMNS, Reading, records_frame
from archipel.defis.pilote.source import read_extract
from archipel.defis.pilote.structure import Structure, read_structure
from archipel.defis.pilote.tables import rates_table

SHIPPED = Path(__file__).parents[3] / "notebooks" / "pilote" / "donnees"

Records = Callable[..., pd.DataFrame]
Give = Callable[..., Path]


@pytest.fixture(scope="session")
def structure() -> Structure:
    return read_structure(SHIPPED / "structure.json")


@pytest.fixture(scope="session")
def extract() -> Reading:
    return read_extract(SHIPPED)


@pytest.fixture(scope="session")
def rates(extract: Reading, structure: Structure) -> pd.DataFrame:
    return rates_table(extract.records, structure)


@pytest.fixture(scope="session")
def records() -> Records:
    """Records of one or more rows, each by what differs from a half-way rising indicator of Finistère."""
    usual = dict.fromkeys(RECORD_COLUMNS) | {
        "maille": "dept",
        "territoire": "29",
        "politique": "OVQ-DMS",
        "indicateur": "nb-maisons-sante",
        "valeur_initiale": 0.0,
        "date_initiale": "2017-06-30",
        "valeur": 5.0,
        "date_valeur": "2022-06-30",
        "cible": 10.0,
        "date_cible": "2022-12-31",
    }

    def make(*rows: dict[str, Any]) -> pd.DataFrame:
        full = [usual | row for row in rows]
        return records_frame(row | {"niveau_source": row["niveau_source"] or row["maille"]} for row in full)

    return make


@pytest.fixture
def give(tmp_path: Path) -> Give:
    """A file with that content: bytes as they are, text in UTF-8, anything else as JSON on one line."""

    def write(content: Any, name: str = "essai.json") -> Path:
        text = content if isinstance(content, bytes | str) else json.dumps(content, ensure_ascii=False)
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write
