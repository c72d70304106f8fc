"""Files of contracts, written as somebody would give them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from archipel.defis.champollion import control
from archipel.defis.champollion.reading import contracts

SITE, OTHER_SITE = "73282932000074", "73282932000017"
PLAIN = {
    "siret": SITE, "idcc": "", "poste": "vendeur", "salarie_id": "", "nature": "02", "motif": "02",
    "date_debut": "", "date_fin_prevue": "", "date_fin": "", "statut_fin": "2", "renouvellements": "0",
}  # fmt: skip


def row(name: str, start: str, end: str = "", **other: str) -> dict[str, str]:
    """A CDD for a temporary increase, whose planned end is its end."""
    told = {**PLAIN, "contrat_id": name, "date_debut": start, "date_fin": end, "date_fin_prevue": end}
    return {**told, **other}


def write(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    rows = list(rows)
    optional = [name for name in contracts.OPTIONAL if any(name in one for one in rows)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*contracts.COLUMNS, *optional], restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


Alerts = Callable[..., pd.DataFrame]


@pytest.fixture
def alerts(tmp_path: Path) -> Alerts:
    """Alerts of rows, on 1 November 2026."""

    def judged(*rows: Mapping[str, str], au: date = date(2026, 11, 1), **asked: Any) -> pd.DataFrame:
        read = contracts.read(write(tmp_path / "contrats.csv", rows))
        assert read.rejects == []
        return control.check(read, control.Asked(au, **asked)).alerts

    return judged
