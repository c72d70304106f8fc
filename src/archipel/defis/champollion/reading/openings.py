"""Days on which establishments open: those of a parameter, and a file for who differs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from archipel.defis.champollion.engine.days import WEEK, Opening
from archipel.defis.champollion.reading.small import Row, rows
from archipel.defis.champollion.refusal import DataRefused

COLUMNS = ("siret", "jours")
OPTIONAL = ("feries", "alsace_moselle", "fermetures")
"""``feries``: « oui » where it opens on public holidays. ``fermetures``: dates, between spaces."""


def opening(days: Iterable[object]) -> Opening:
    """Of the parameter: names of days, or their numbers from 1 (Monday) to 7. Raises `DataRefused`."""
    weekdays = frozenset(_weekday(day) for day in days)
    if not weekdays:
        raise DataRefused(f"jours_ouverture : vide ; un jour au moins attendu : {', '.join(WEEK)}, ou 1 à 7")
    return Opening(weekdays)


def _weekday(day: object) -> int:
    text = str(day).strip().lower()
    if text in WEEK:
        return WEEK.index(text)
    if text in {"1", "2", "3", "4", "5", "6", "7"}:
        return int(text) - 1
    raise DataRefused(f"jours_ouverture : « {text[:40]} » reçu ; {', '.join(WEEK)}, ou 1 à 7, attendus")


def read(path: Path, usual: Opening) -> dict[int, Opening]:
    """SIRET → its days, where they are not the usual ones. Raises `DataRefused`."""
    found: dict[int, Opening] = {}
    for row in rows(path, COLUMNS, OPTIONAL):
        siret = row.siret()
        if siret in found:
            raise row.refused("siret", "établissement donné une fois")
        try:
            weekdays = frozenset(_weekday(day) for day in row["jours"].split()) or usual.weekdays
        except DataRefused:
            raise row.refused("jours", "jours de la semaine séparés par des espaces") from None
        found[siret] = Opening(
            weekdays, _yes(row, "feries"), _yes(row, "alsace_moselle"), frozenset(_days(row))
        )
    return found


def _yes(row: Row, column: str) -> bool:
    if row[column].lower() not in ("oui", "non", ""):
        raise row.refused(column, "oui ou non")
    return row[column].lower() == "oui"


def _days(row: Row) -> Iterable[date]:
    for text in row["fermetures"].split():
        try:
            yield date.fromisoformat(text)
        except ValueError:
            raise row.refused("fermetures", "dates AAAA-MM-JJ séparées par des espaces") from None
