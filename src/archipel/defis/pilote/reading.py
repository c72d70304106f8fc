"""What a reader returns, whatever the file: records, points in time, refused rows."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from archipel.defis.pilote.rate import is_missing
from archipel.defis.pilote.refusal import DataRefused
from archipel.defis.pilote.structure import Structure

NUMBERS = ("valeur_initiale", "valeur", "cible", "taux_publie", "valeur_precedente")
DATES = ("date_initiale", "date_valeur", "date_cible", "date_precedente")
KEY = ("maille", "territoire", "politique", "indicateur")
RECORD_COLUMNS = (
    *KEY, "valeur_initiale", "date_initiale", "valeur", "date_valeur", "cible", "date_cible",
    "taux_publie", "valeur_precedente", "date_precedente", "niveau_source",
)  # fmt: skip
SERIES_COLUMNS = (*KEY, "date", "valeur")


@dataclass(frozen=True)
class Reading:
    """``records``: one row a key (`RECORD_COLUMNS`); ``series``: points in time (`SERIES_COLUMNS`).

    Missing numbers are NaN, missing dates None, dates ISO texts. ``rejects``: refused rows with their
    line (or rank) and reason, of ``total`` rows read.
    """

    records: pd.DataFrame
    series: pd.DataFrame
    rejects: tuple[dict[str, Any], ...] = ()
    total: int = 0
    origin: str = ""


class BadRow(ValueError):
    """One row is refused; the message (French) is its reason."""


@dataclass
class Gathered:
    """Rows on the way: bad ones set apart, a second value for a key refused at once."""

    structure: Structure
    source: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    points: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    places: dict[tuple[str, ...], str] = field(default_factory=dict)

    def claim(self, key: tuple[str, ...], place: str) -> None:
        """Raises `DataRefused` when the key was already given."""
        first = self.places.setdefault(key, place)
        if first != place:
            raise DataRefused(
                f"« {self.source} » : deux valeurs pour une même clé ({', '.join(key)}) : "
                f"{first}, puis {place}"
            )

    def reject(self, line: int, place: str, reason: str) -> None:
        self.rejects.append({"ligne": line, "motif": reason, "emplacement": place})

    def reading(self, origin: str) -> Reading:
        return Reading(
            records_frame(self.rows),
            series_frame(self.points),
            tuple(self.rejects),
            self.total,
            origin,
        )


def records_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    return _frame(rows, RECORD_COLUMNS, NUMBERS)


def series_frame(points: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    return _frame(points, SERIES_COLUMNS, ("valeur",))


def _frame(
    rows: Iterable[Mapping[str, Any]], columns: Iterable[str], numbers: Collection[str]
) -> pd.DataFrame:
    """Each column made of its own type at once: pandas guesses one, at a cost, from rows."""
    kept = list(rows)
    return pd.DataFrame({column: _column(kept, column, column in numbers) for column in columns})


def _column(rows: Iterable[Mapping[str, Any]], name: str, numeric: bool) -> pd.Series:
    values = [row.get(name) for row in rows]
    if numeric:
        return pd.Series(values, dtype="float64")
    return pd.Series([None if is_missing(value) else value for value in values], dtype=object)


def number(value: Any, name: str) -> float | None:
    """A JSON or CSV number, None for what is empty. Raises `BadRow`."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        read = float(value.strip().replace(",", ".") if isinstance(value, str) else value)
    except (TypeError, ValueError, OverflowError):
        raise BadRow(f"{name} : nombre attendu, reçu {_shown(value)}") from None
    if not math.isfinite(read) or (isinstance(value, str) and "_" in value):
        raise BadRow(f"{name} : nombre attendu, reçu {_shown(value)}")
    return read


def iso_date(value: Any, name: str) -> str | None:
    """An ISO date, None for what is empty. Raises `BadRow`."""
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value.strip()).isoformat() if len(value.strip()) == 10 else _no_date()
    except (AttributeError, TypeError, ValueError):
        raise BadRow(f"{name} : date AAAA-MM-JJ attendue, reçu {_shown(value)}") from None


def within_percentage(row: Mapping[str, float | None], indicator: str, structure: Structure) -> None:
    """Raises `BadRow` for a value outside 0–100 in an indicator that is a percentage."""
    if not structure.is_percentage(indicator):
        return
    for name, value in row.items():
        if value is not None and not 0 <= value <= 100:
            raise BadRow(f"{name} : {value:g} hors de 0–100, alors que « {indicator} » est un pourcentage")


def _no_date() -> str:
    raise ValueError


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
