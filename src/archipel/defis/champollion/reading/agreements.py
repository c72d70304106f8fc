"""Branch agreements that replace the law's own limits (L1242-8, L1243-13, L1244-3, L1244-4, their twins)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pandas as pd

from archipel.defis.champollion.engine.contracts import number
from archipel.defis.champollion.law.codes import CDD, CHECKED, MISSION, MOTIVES
from archipel.defis.champollion.law.rules import BRANCHES_FIRST
from archipel.defis.champollion.reading.small import Row, rows
from archipel.defis.champollion.refusal import DataRefused

WANTED = ("idcc", "texte")
OPTIONAL = (
    "nature", "du", "au", "mois_max", "renouvellements_max", "carence_seuil", "carence_courte",
    "carence_longue", "carence_motifs_exclus",
)  # fmt: skip
"""``nature``: 02, 03, or both when empty. ``carence_courte``, ``carence_longue``: fractions of the expired
contract (« 1/4 », « 0 »), below ``carence_seuil`` days and from it. ``carence_motifs_exclus``: codes of the
motives without any delay, which replace the law's list. What is empty is the law's."""
FOREVER = date(2100, 12, 31)
_FRACTION = re.compile(r"([0-9]{1,2})(?:/([1-9][0-9]?))?")


def read(path: Path) -> pd.DataFrame:
    """One row an agreement, nature and period, as the queries look it up. Raises `DataRefused`."""
    found = [one for row in rows(path, WANTED, OPTIONAL) for one in _read(row)]
    if not found:
        raise DataRefused(f"« {path.name} » : aucune ligne sous l’en-tête")
    _apart(found, path)
    frame = pd.DataFrame(found).drop(columns="place")
    whole = ["mois_max", "renouv_max", "seuil", "num_court", "den_court", "num_long", "den_long"]
    return frame.astype({**dict.fromkeys(whole, "Int32"), "du": "int32", "au": "int32"})


def _read(row: Row) -> Iterable[dict[str, object]]:
    idcc = row["idcc"].lstrip("0")
    if not (idcc.isascii() and idcc.isdecimal()) or len(idcc) > 5:
        raise row.refused("idcc", "numéro de convention collective")
    if row["nature"] and row["nature"].zfill(2) not in CHECKED:
        raise row.refused("nature", f"{CDD}, {MISSION} ou rien")
    # Before the order of 2017, no branch could set these.
    since, until = max(row.day("du", BRANCHES_FIRST), BRANCHES_FIRST), row.day("au", FOREVER)
    if until < since:
        raise row.refused("au", f"date à partir du {since}")
    if not row["texte"]:
        raise row.refused("texte", "nom de l’accord")
    short, long = _fraction(row, "carence_courte"), _fraction(row, "carence_longue")
    for nature in (row["nature"].zfill(2),) if row["nature"] else CHECKED:
        yield {
            "idcc": idcc, "nature": nature, "du": number(since), "au": number(until), "texte": row["texte"],
            "mois_max": row.whole("mois_max", 1, 120),
            "renouv_max": row.whole("renouvellements_max", 0, 99),
            "seuil": row.whole("carence_seuil", 0, 1000),
            "num_court": short[0], "den_court": short[1], "num_long": long[0], "den_long": long[1],
            "motifs_exclus": _motives(row), "place": row.place,
        }  # fmt: skip


def _fraction(row: Row, column: str) -> tuple[int | None, int | None]:
    if not row[column]:
        return None, None
    told = _FRACTION.fullmatch(row[column])
    if not told or int(told[1]) > int(told[2] or 1):
        raise row.refused(column, "fraction de 0 à 1 comme « 1/3 »")
    return int(told[1]), int(told[2] or 1)


def _motives(row: Row) -> str | None:
    """Codes between spaces, so that one is looked for whole."""
    if not row["carence_motifs_exclus"]:
        return None
    codes = [code.zfill(2) for code in row["carence_motifs_exclus"].split()]
    if any(code not in MOTIVES for code in codes):
        raise row.refused("carence_motifs_exclus", "codes de 01 à 15 séparés par des espaces")
    return f" {' '.join(codes)} "


def _apart(found: list[dict[str, object]], path: Path) -> None:
    """Two agreements of a branch never hold on the same day: which one would win?"""
    last: dict[tuple[object, object], dict[str, object]] = {}
    for one in sorted(found, key=lambda row: (str(row["idcc"]), str(row["nature"]), int(str(row["du"])))):
        before = last.get((one["idcc"], one["nature"]))
        if before and int(str(before["au"])) >= int(str(one["du"])):
            raise DataRefused(
                f"{one['place']} : deux accords de la convention {one['idcc']} valent le même jour "
                f"(nature {one['nature']})"
            )
        last[one["idcc"], one["nature"]] = one
