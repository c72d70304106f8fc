"""What is known of establishments beside their contracts: a file of sectors, départements and headcounts."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from archipel.defis.champollion.reading.small import rows
from archipel.defis.champollion.refusal import DataRefused

WANTED = ("siret", "secteur", "departement")
OPTIONAL = ("naf", "effectif")
COLUMNS = ("siret", "naf", "secteur", "departement", "effectif")
UNKNOWN = "non renseigné"
LARGEST_HEADCOUNT = 1_000_000
_DEPARTEMENT = re.compile(r"0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[1-8]|98[4-8]")


def read(path: Path) -> pd.DataFrame:
    """One row an establishment (`COLUMNS`; ``siret`` of 14 digits, ``effectif`` null where empty).

    Raises `DataRefused`.
    """
    found: dict[str, tuple[object, ...]] = {}
    for row in rows(path, WANTED, OPTIONAL):
        siret = f"{row.siret():014d}"
        if siret in found:
            raise row.refused("siret", "établissement donné une fois")
        if not row["secteur"]:
            raise row.refused("secteur", "nom de secteur")
        if not _DEPARTEMENT.fullmatch(row["departement"]):
            raise row.refused("departement", "numéro de département")
        headcount = row.whole("effectif", 0, LARGEST_HEADCOUNT)
        found[siret] = (siret, row["naf"] or UNKNOWN, row["secteur"], row["departement"], headcount)
    if not found:
        raise DataRefused(f"« {path.name} » : aucune ligne sous l’en-tête")
    return pd.DataFrame(list(found.values()), columns=list(COLUMNS)).astype({"effectif": "Int64"})


def joined(sites: pd.DataFrame, known: pd.DataFrame | None) -> pd.DataFrame:
    """Establishments (``siret``) with what is known of them; `UNKNOWN` where nothing is."""
    told = pd.DataFrame(columns=list(COLUMNS)) if known is None else known[list(COLUMNS)]
    both = sites.merge(told.astype({"siret": "str"}), on="siret", how="left")
    words = {"naf": UNKNOWN, "secteur": UNKNOWN, "departement": UNKNOWN}
    both = both.astype(dict.fromkeys(words, "str")).fillna(words)
    return both.astype({"effectif": "Int64"})
