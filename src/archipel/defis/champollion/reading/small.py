"""Small tables that a person writes: a wrong line refuses the whole file, and is named."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from archipel.defis.champollion.reading.cells import EARLIEST, LATEST, SPACES
from archipel.defis.champollion.refusal import DataRefused

LARGEST = 20 * 1024**2
"""Bytes."""


class Row(dict[str, str]):
    """Cells by column, spaces around taken off; knows its place, and refuses itself."""

    place = ""

    def refused(self, column: str, wanted: str) -> DataRefused:
        got = f"« {self[column][:40]} »" if self[column] else "rien"
        return DataRefused(f"{self.place} : {column} : {wanted} attendu, reçu {got}")

    def day(self, column: str, default: date | None = None) -> date:
        text = self[column]
        if not text and default is not None:
            return default
        try:
            if len(text) != 10:
                raise ValueError
            told = date.fromisoformat(text)
            if not EARLIEST <= told <= LATEST:
                raise ValueError
            return told
        except ValueError:
            raise self.refused(column, f"date AAAA-MM-JJ, de {EARLIEST.year} à {LATEST.year},") from None

    def whole(self, column: str, low: int, high: int) -> int | None:
        text = self[column]
        if not text:
            return None
        if not (text.isascii() and text.isdecimal()) or len(text) > 9 or not low <= int(text) <= high:
            raise self.refused(column, f"entier de {low} à {high}")
        return int(text)

    def siret(self, column: str = "siret") -> int:
        text = self[column].translate(dict.fromkeys(map(ord, SPACES)))
        if not (text.isascii() and text.isdecimal()) or len(text) != 14:
            raise self.refused(column, "SIRET de 14 chiffres")
        return int(text)


def rows(path: Path, wanted: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Row]:
    """The lines of a CSV in UTF-8 (comma, semicolon or tab). Raises `DataRefused`."""
    try:
        if path.stat().st_size > LARGEST:
            raise DataRefused(f"« {path.name} » : plus de {LARGEST // 1024**2} Mo, refusé")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataRefused(f"« {path.name} » : fichier illisible ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise DataRefused(f"« {path.name} » : texte UTF-8 attendu (octet {error.start})") from None
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        yield from _rows(reader, path, wanted, optional)
    except csv.Error as error:
        raise DataRefused(f"« {path.name} » : ligne {reader.line_num} : CSV illisible ({error})") from None


def _rows(reader: Any, path: Path, wanted: Sequence[str], optional: Sequence[str]) -> Iterator[Row]:
    names = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in wanted if name not in names]
    if missing or len(set(names)) < len(names):
        raise DataRefused(
            f"« {path.name} » : ligne 1 : colonnes {', '.join((*wanted, *optional))} attendues "
            f"(les {len(wanted)} premières au moins, chacune une fois) ; lues : {', '.join(names)[:200]}"
        )
    for cells in reader:
        if not cells:
            continue
        place = f"« {path.name} » : ligne {reader.line_num}"
        if len(cells) != len(names):
            raise DataRefused(f"{place} : {len(names)} colonnes attendues, {len(cells)} lues")
        row = Row(dict.fromkeys((*wanted, *optional), ""))
        row.update({name: cell.strip() for name, cell in zip(names, cells, strict=True) if name in row})
        row.place = place
        yield row
