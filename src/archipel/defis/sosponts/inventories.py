"""Reader of an inventory: CSV in UTF-8, one bridge a row; a wrong row is set apart with its reason."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from archipel.defis.sosponts.bridges import CHOICES, CLASSES, FIELDS, FIRST_YEAR, QUANTITIES, YEARS, written
from archipel.defis.sosponts.refusal import DataRefused

WANTED = ("pont_id", "materiau")
COLUMNS = ("pont_id", *FIELDS, "classe")
LARGEST = 50 * 1024**2
"""Bytes."""
UNKNOWN = ("", "nc", "inconnu", "inconnue", "ne")
"""How an unknown value may be written, in any case."""
NUMBER = re.compile(r"-?[0-9]{1,12}([.,][0-9]{1,9})?")


@dataclass(frozen=True)
class Read:
    """``bridges``: `COLUMNS`, unknown values missing. ``rejects``: ``ligne``, ``motif``. ``total``: rows."""

    bridges: pd.DataFrame
    rejects: list[dict[str, Any]]
    total: int


class RowRefused(ValueError):
    """A row that cannot be used; the message is its reason."""


def read(path: Path | None, year: int) -> Read:
    """The bridges of ``path`` as they stand in ``year``; none where there is no file.

    Raises `DataRefused` for a file of another form.
    """
    if path is None:
        return Read(typed(pd.DataFrame(columns=list(COLUMNS))), [], 0)
    reader, names = _opened(path)
    kept: list[dict[str, Any]] = []
    rejects: list[dict[str, Any]] = []
    lines: dict[str, int] = {}
    total = 0
    try:
        for cells in reader:
            if not cells:
                continue
            total += 1
            try:
                row = _row(cells, names, year)
                before = lines.setdefault(row["pont_id"], reader.line_num)
                if before != reader.line_num:
                    raise RowRefused(f"pont_id : déjà donné ligne {before}")
                kept.append(row)
            except RowRefused as error:
                rejects.append({"ligne": reader.line_num, "motif": str(error)})
    except csv.Error as error:
        raise DataRefused(f"« {path.name} » : ligne {reader.line_num} : CSV illisible ({error})") from None
    if not total:
        raise DataRefused(f"« {path.name} » : aucun pont après la ligne d’en-tête")
    return Read(typed(pd.DataFrame(kept, columns=list(COLUMNS))), rejects, total)


def typed(bridges: pd.DataFrame) -> pd.DataFrame:
    """Quantities and years as floats (NaN where unknown), the rest as texts or None."""
    numbers = (*YEARS, *QUANTITIES)
    return bridges.astype({name: float for name in numbers if name in bridges})


def _opened(path: Path) -> tuple[Any, list[str]]:
    try:
        if path.stat().st_size > LARGEST:
            raise DataRefused(f"« {path.name} » : plus de {LARGEST // 1024**2} Mo, refusé")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataRefused(f"« {path.name} » : fichier illisible ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise DataRefused(f"« {path.name} » : texte UTF-8 attendu (octet {error.start})") from None
    if "\0" in text:
        raise DataRefused(f"« {path.name} » : CSV attendu, reçu un fichier binaire (octet nul)")
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    names = [name.strip().lower() for name in next(reader, [])]
    _check_header(path, names)
    return reader, names


def _check_header(path: Path, names: Sequence[str]) -> None:
    missing = [name for name in WANTED if name not in names]
    twice = sorted({name for name in COLUMNS if names.count(name) > 1})
    if missing or twice:
        what = f"il manque {', '.join(missing)}" if missing else f"{', '.join(twice)} y est deux fois"
        shown = "".join(letter if letter.isprintable() else "�" for letter in ", ".join(names)[:200])
        raise DataRefused(
            f"« {path.name} » : ligne 1 : {what} ; colonnes lues : {shown or 'aucune'} ; "
            f"attendues : {', '.join(COLUMNS)} (les deux premières au moins)"
        )


def _row(cells: Sequence[str], names: Sequence[str], year: int) -> dict[str, Any]:
    if len(cells) != len(names):
        raise RowRefused(f"{len(names)} colonnes attendues, {len(cells)} lues")
    texts = {name: cell.strip() for name, cell in zip(names, cells, strict=True) if name in COLUMNS}
    if not texts["pont_id"]:
        raise RowRefused("pont_id : vide")
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    for name, text in texts.items():
        if name == "pont_id":
            row[name] = text
        elif text.lower() not in UNKNOWN:
            row[name] = _value(name, text, year)
    _check_order(row)
    return row


def _value(name: str, text: str, year: int) -> Any:
    if name in CHOICES:
        if text not in CHOICES[name]:
            raise RowRefused(f"{name} : {', '.join(CHOICES[name])} ou vide attendu, reçu « {text[:40]} »")
        return text
    if name == "classe":
        # « S » is a suffix on the safety of users: it says nothing of the structure.
        found = text.upper().removesuffix("S")
        if found not in CLASSES:
            raise RowRefused(f"classe : {', '.join(CLASSES)} ou vide attendu, reçu « {text[:40]} »")
        return found
    if name in YEARS:
        if not (text.isascii() and text.isdecimal() and FIRST_YEAR <= int(text[:9]) <= year):
            raise RowRefused(f"{name} : année de {FIRST_YEAR} à {year} attendue, reçu « {text[:40]} »")
        return float(text)
    bounds = QUANTITIES[name]
    number = float(text.replace(",", ".")) if NUMBER.fullmatch(text) else None
    if number is None or not bounds.low <= number <= bounds.high:
        blank = " (inconnu : laisser vide)" if number == 0 else ""
        raise RowRefused(
            f"{name} : nombre de {written(bounds.low)} à {written(bounds.high)} ({bounds.unit}) attendu, "
            f"reçu « {text[:40]} »{blank}"
        )
    return number


def _check_order(row: dict[str, Any]) -> None:
    built = row["annee_construction"]
    for name in ("dernier_entretien", "derniere_visite"):
        if built is not None and row[name] is not None and row[name] < built:
            raise RowRefused(f"{name} : {row[name]:.0f} avant annee_construction {built:.0f}")
    length, opening = row["longueur_m"], row["ouverture_m"]
    if length is not None and opening is not None and length < opening:
        raise RowRefused(f"longueur_m : {written(length)}, moins que ouverture_m {written(opening)}")
