"""The bridges of Montpellier (open data, 2014): 67, rated on two scales, 32 of them on IQOA's, 1 to 3.

The city's file tells structure, obstacle and sizes; neither year, traffic nor upkeep. A size of 0 is unknown.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pandas as pd

from archipel.defis.sosponts.inventories import typed
from archipel.defis.sosponts.refusal import DataRefused

FIELDS = ("materiau", "franchit", "ouverture_m", "longueur_m", "largeur_m")
"""All that the file tells of what the model reads."""
NEEDED = ("materiau", "franchit", "ouverture_m", "longueur_m")
HEADS = {
    "DÉNOMINATI": "nom",
    "OBSTACLE_F": "obstacle",
    "STRUCTURE": "structure",
    "TYPE_VISIT": "echelle",
    "INDICE_DE_": "indice",
    "OUVERTURE_": "ouverture_m",
    "LONGUEUR__": "longueur_m",
    "LARGEUR_UT": "largeur_m",
    "NUM__ORDRE": "pont_id",
}
"""Heads of the city's file (cut at ten letters, before the first comma) → columns."""

STRUCTURES = (
    (r"voute", "maconnerie"),
    (r"poutrelles enrob", "poutrelles_enrobees"),
    (r"buse m", "buse_metallique"),
    (r"ossature m", "acier"),
    (r"pr[ée]cont|PSIDP|PSIDN|VIPP|PRAD", "beton_precontraint"),
    (r"b[ée]ton arm|PSIDA|PICF|PIPO|cadre|portique", "beton_arme"),
)
"""First pattern found → material. PSIDP, PSIDN, VIPP, PRAD are prestressed; the other codes are not."""
OBSTACLES = (
    (r"sncf", "voie_ferree"),
    (r"\b(rue|avenue|boulevard|route|place|quai|rond-point)\b", "route"),
    (r"\b(lez|verdanson|lironde|chamb[ée]ry|lantissargues|lavalette)\b", "eau"),
)


def read(bridges: Path, points: Path) -> pd.DataFrame:
    """By number: ``pont_id, nom, structure, obstacle, echelle, indice``, `FIELDS`, ``lon, lat`` (WGS84).

    ``bridges``: the city's CSV (latin-1, decimal comma). ``points``: ``pont_id, lon, lat``.
    Raises `DataRefused` for files of another form.
    """
    try:
        text = bridges.read_bytes().decode("latin-1")
        places = pd.read_csv(points, dtype={"pont_id": str})
    except (OSError, ValueError) as error:
        raise DataRefused(f"ponts de Montpellier illisibles ({error})") from None
    rows = list(csv.reader(io.StringIO(text, newline="")))
    heads = [head.split(",")[0] for head in rows[0]] if rows else []
    missing = [head for head in HEADS if head not in heads]
    if missing:
        raise DataRefused(f"« {bridges.name} » : ligne 1 : il manque {', '.join(missing)}")
    kept = {heads.index(head): name for head, name in HEADS.items()}
    full = [row for row in rows[1:] if len(row) == len(heads)]
    frame = pd.DataFrame([_bridge({name: row[at].strip() for at, name in kept.items()}) for row in full])
    found = typed(frame).merge(places, on="pont_id", how="left", validate="one_to_one")
    return found.iloc[found["pont_id"].astype(int).argsort()].reset_index(drop=True)


def _bridge(row: dict[str, str]) -> dict[str, Any]:
    sizes = {name: _size(row[name]) for name in FIELDS if name.endswith("_m")}
    return {
        **{name: row[name] for name in ("pont_id", "nom", "structure", "obstacle", "echelle", "indice")},
        "materiau": _first(STRUCTURES, row["structure"]),
        "franchit": _first(OBSTACLES, row["obstacle"]),
        **sizes,
    }


def _first(patterns: tuple[tuple[str, str], ...], text: str) -> str | None:
    return next((found for one, found in patterns if re.search(one, text, re.IGNORECASE)), None)


def _size(text: str) -> float | None:
    """Metres; the file writes 0 for a size that it does not know."""
    value = float(text.replace(",", ".")) if text else 0.0
    return value if value > 0 else None


def rated(bridges: pd.DataFrame) -> pd.Series:
    """Which bridges have a class on IQOA's scale; the index of the other scale (IDP) is no IQOA class."""
    return (bridges["echelle"] == "IQOA") & bridges["indice"].isin(("1", "2", "3"))


def counts(read: pd.DataFrame) -> dict[str, tuple[int, str]]:
    """Metrics: bridges of the city, rated on IQOA's scale, read by the model."""
    return {
        "montpellier_ponts": (len(read), "ponts"),
        "montpellier_notes": (int(rated(read).sum()), "ponts"),
        "montpellier_lus": (int(read["lecture"].notna().sum()), "ponts"),
    }
