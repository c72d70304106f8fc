"""Economic dismissals: a file of ``siret, poste, date``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from archipel.defis.champollion.engine.contracts import number
from archipel.defis.champollion.reading import titles
from archipel.defis.champollion.reading.small import rows

COLUMNS = ("siret", "poste", "date")


def read(path: Path, known: dict[str, tuple[int, str]]) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """``siret, titre, licencie``, of the jobs that contracts name too; and the lines of the others, told.

    Raises `DataRefused`.
    """
    by_merged = {merged: rank for rank, merged in known.values()}
    found, unmatched = [], []
    for row in rows(path, COLUMNS):
        if not row["poste"]:
            raise row.refused("poste", "intitulé")
        one = row.siret(), by_merged.get(titles.merged(row["poste"])), number(row.day("date"))
        if one[1] is not None:
            found.append(one)
            continue
        told = f"{row.place} : aucun contrat n’a un poste « {row['poste'][:40]} » : sans effet"
        unmatched.append({"ligne": None, "motif": told})
    frame = pd.DataFrame(found, columns=["siret", "titre", "licencie"]).astype(
        {"siret": "int64", "titre": "int32", "licencie": "int32"}
    )
    return frame, unmatched
