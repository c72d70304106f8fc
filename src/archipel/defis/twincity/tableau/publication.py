"""The reference audit: what a large run measured, kept among the content as small files.

The folder `donnees/publication/` holds up to seven files, at most 300 kB together. `publication.json` says
what was measured; each other file may be absent, and its section then says so.

    publication.json   {"version": 1, "donnees_synthetiques": true, "date": "2026-11-26", "scenes": 4000,
                        "images": 4000, "personnes": 41000, "largeur": 640, "hauteur": 480, "graine": 7,
                        "reference_teint": "Monk 1",
                        "detecteurs": [{"nom": "hog", "titre": "HOG", "sous_titre": "plancher, 2005",
                                        "point": "0,1 fausse alerte par image au plus", "score_min": 0.61,
                                        "rappel": 0.21, "fppi": 0.1}]}
    conditions.csv     rows of `audit.annotated.CONDITIONS`, at overlap 0.5
    ecarts.csv         rows of `audit.gaps.COLUMNS`
    puissance.csv      rows of `audit.gaps.POWERS`
    paires.csv         rows of `audit.paired.COLUMNS`
    courbe.csv         `detecteur` and what `curves.COLUMNS` has but the class: few points a detector
    affinage.json      see `tableau.finetuning`

The tables are those that the execution « audit » leaves, one detector after another; `writing` makes them
from its folders. Shares are from 0 to 1, gaps from −1 to 1; an empty cell is not known. A row of a detector
that `publication.json` does not name, or a value that cannot be, refuses the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from archipel.defis.twincity.audit import annotated, gaps, paired
from archipel.defis.twincity.refusal import DataRefused

VERSION = 1
LARGEST = 300_000
"""Bytes of the whole folder: the page carries what it shows."""
MOST_DETECTORS = 8
MOST, MOST_ALARMS = 10**9, 10**6
"""Of scenes, images or persons; of false positives an image."""
TITLES = {
    "hog": "HOG",
    "hog-rapide": "HOG rapide",
    "yolo-fastest-1.1": "YoloFastest",
    "yolo-fastest-1.1_body": "YoloFastest « body »",
    "yolo-fastest-1.1-xl": "YoloFastest-XL",
}
"""What a reader calls detectors whose files have other names."""
CURVE = ["detecteur", "score", "rappel", "precision", "fppi", "taux_oubli"]
TABLES: dict[str, list[str]] = {
    "conditions": annotated.CONDITIONS,
    "ecarts": gaps.COLUMNS,
    "puissance": gaps.POWERS,
    "paires": paired.COLUMNS,
    "courbe": CURVE,
}
WORDS = {"detecteur", "condition", "groupe", "groupe_a", "groupe_b", "point", "test"}
COUNTS = {
    "images", "n", "n_a", "n_b", "detectes", "grappes_a", "grappes_b", "paires", "scenes",
    "trouve_a_seul", "trouve_b_seul",
}  # fmt: skip
SIGNED = {"ecart", "bas", "haut"}
RATES = {"fppi", "fppi_bas", "fppi_haut", "effet_grappes"}
"""Numbers from 0 without an upper bound."""


@dataclass(frozen=True)
class Audited:
    """A detector that was audited, at its main point; ``recall`` and ``fppi`` None where not told."""

    name: str
    title: str
    subtitle: str
    point: str
    recall: float | None
    fppi: float | None


@dataclass(frozen=True)
class Publication:
    """``tables``: those of `TABLES` that are there. ``finetuning``: the document, None without it."""

    told: Mapping[str, Any]
    detectors: tuple[Audited, ...]
    tables: Mapping[str, pd.DataFrame]
    finetuning: Mapping[str, Any] | None

    @property
    def reference(self) -> str:
        return str(self.told.get("reference_teint") or "Monk 1")


def title_of(name: str) -> str:
    return TITLES.get(name, name)


def read(folder: Path) -> Publication | None:
    """None where there is no `publication.json`. Raises `DataRefused` for files that are not as above."""
    head = folder / "publication.json"
    if not head.is_file():
        return None
    size = sum(path.stat().st_size for path in folder.iterdir() if path.suffix in (".json", ".csv"))
    if size > LARGEST:
        raise DataRefused(f"« {folder.name} » : {size} octets de tables, {LARGEST} au plus")
    told = read_object(head)
    detectors = _detectors(told, head.name)
    names = {one.name for one in detectors}
    tables = {
        name: _table(path, columns, names)
        for name, columns in TABLES.items()
        if (path := folder / f"{name}.csv").is_file()
    }
    finetuning = folder / "affinage.json"
    return Publication(told, detectors, tables, read_object(finetuning) if finetuning.is_file() else None)


def read_object(path: Path) -> dict[str, Any]:
    """A JSON object of version 1. Raises `DataRefused`."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataRefused(f"« {path.name} » : JSON illisible ({error})") from None
    if not isinstance(told, dict) or told.get("version") != VERSION:
        got = told.get("version") if isinstance(told, dict) else type(told).__name__
        raise DataRefused(f"« {path.name} » : objet de « version » {VERSION} attendu, reçu {got!r}")
    return told


def _detectors(told: Mapping[str, Any], source: str) -> tuple[Audited, ...]:
    for name in ("scenes", "images", "personnes"):
        if (
            isinstance(told.get(name), bool)
            or not isinstance(told.get(name), int)
            or not 1 <= told[name] <= MOST
        ):
            raise DataRefused(f"« {source} » : {name} : entier positif attendu, reçu {told.get(name)!r}")
    if not isinstance(told.get("donnees_synthetiques"), bool):
        raise DataRefused(f"« {source} » : donnees_synthetiques : vrai ou faux attendu")
    rows = told.get("detecteurs")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_DETECTORS:
        raise DataRefused(f"« {source} » : detecteurs : liste de 1 à {MOST_DETECTORS} détecteurs attendue")
    found = tuple(audited(row, f"« {source} » : detecteurs, n° {at}") for at, row in enumerate(rows, 1))
    if len({one.name for one in found}) < len(found):
        raise DataRefused(f"« {source} » : deux détecteurs du même nom")
    return found


def audited(row: Any, where: str) -> Audited:
    """From what a JSON file tells of one. Raises `DataRefused`."""
    if not isinstance(row, dict) or not isinstance(row.get("nom"), str) or not row["nom"].strip():
        raise DataRefused(f"{where} : « nom » attendu")
    recall, fppi = row.get("rappel"), row.get("fppi")
    for name, value, most in (("rappel", recall, 1.0), ("fppi", fppi, MOST_ALARMS)):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (number and 0 <= value <= most):
            raise DataRefused(f"{where} : {name} : nombre de 0 à {most:g} attendu, reçu {value!r}")
    words = [str(row.get(name) or "") for name in ("titre", "sous_titre", "point")]
    return Audited(row["nom"], words[0] or title_of(row["nom"]), words[1], words[2], recall, fppi)


def _table(path: Path, columns: list[str], detectors: set[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig").fillna("")
    except (OSError, ValueError) as error:
        raise DataRefused(f"« {path.name} » : CSV illisible ({error})") from None
    absent = [name for name in columns if name not in frame]
    if absent:
        raise DataRefused(f"« {path.name} » : il manque les colonnes {', '.join(absent)}")
    strange = sorted(set(frame["detecteur"]) - detectors)
    if strange:
        raise DataRefused(
            f"« {path.name} » : détecteur « {strange[0]} » que publication.json ne nomme pas "
            f"({', '.join(sorted(detectors))})"
        )
    told = {name: frame[name] if name in WORDS else _numbers(frame[name], path.name) for name in columns}
    whole = pd.DataFrame(told, columns=columns)
    if "iou" in whole:
        whole = whole[whole["iou"] == annotated.operating.OVERLAPS[0]].reset_index(drop=True)
    return whole


def _numbers(cells: pd.Series, source: str) -> pd.Series:
    name = str(cells.name)
    values = pd.to_numeric(cells.where(cells != "", np.nan), errors="coerce").astype(float)
    low, high = (-1.0 if name in SIGNED else 0.0), (np.inf if name in COUNTS | RATES else 1.0)
    wrong = (values.isna() & (cells != "")) | (values < low) | (values > high) | np.isinf(values)
    if name in COUNTS:
        wrong |= values.notna() & (values % 1 != 0)
    if wrong.any():
        line = int(np.flatnonzero(wrong)[0])
        kind = "entier" if name in COUNTS else "nombre"
        most = "" if high == np.inf else f" à {high:g}"
        raise DataRefused(
            f"« {source} », ligne {line + 2} : {name} : {kind} de {low:g}{most} attendu, "
            f"reçu « {str(cells.iloc[line])[:40]} »"
        )
    return values
