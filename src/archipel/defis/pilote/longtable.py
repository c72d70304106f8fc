"""The PILOTE long table: ``identifiant_indic, zone_id, date_valeur, type_valeur, valeur`` (CSV)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from archipel.defis.pilote import territories
from archipel.defis.pilote.reading import BadRow, Gathered, Reading, number, within_percentage
from archipel.defis.pilote.refusal import DataRefused
from archipel.defis.pilote.structure import Structure

COLUMNS = ("identifiant_indic", "zone_id", "date_valeur", "type_valeur", "valeur")
EARLIEST, LATEST = date(2018, 1, 1), date(2028, 1, 1)
"""Bounds of the public project: initial values dated before, targets dated after, do not count."""

_ID = re.compile(r"IND-[0-9]{3,4}")
_DAY = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}")


def is_long_table(text: str) -> bool:
    """Whether the first line names the first of the five columns."""
    return COLUMNS[0] in text.lstrip("\ufeff").split("\n", 1)[0].lower()


def read_long_table(text: str, source: str, structure: Structure) -> Reading:
    """Records from the long table; the last value of each type counts, all ``va`` make the series.

    Indicators are PILOTE's (``IND-123``) or the barometer's. A row that is wrong by itself is set apart;
    an unknown zone, a key given twice, another header raise `DataRefused` with the line.
    """
    gathered = Gathered(structure, source)
    values: dict[tuple[str, str, str], dict[str, list[tuple[str, float | None]]]] = {}
    for line, row in _rows(text, source):
        gathered.total += 1
        zone = territories.read_zone(row["zone_id"])
        if zone is None:
            raise DataRefused(f"« {source} » : ligne {line} : zone_id inconnu : « {row['zone_id']} »")
        try:
            indicator, kind, day = _indicator(row, structure), _kind(row), _day(row)
            gathered.claim((indicator, territories.zone(*zone), day, kind), f"ligne {line}")
            value = number(row["valeur"], "valeur")
            within_percentage({"valeur": value}, indicator, structure)
        except BadRow as problem:
            gathered.reject(line, ",".join(row.values())[:120], str(problem))
            continue
        values.setdefault((*zone, indicator), {}).setdefault(kind, []).append((day, value))
    if not gathered.total:
        raise DataRefused(f"« {source} » : aucune ligne sous l’en-tête")
    for (level, code, indicator), kinds in values.items():
        _gather(level, code, indicator, kinds, gathered)
    return gathered.reading(f"table PILOTE ({source})")


def _rows(text: str, source: str) -> Iterable[tuple[int, Mapping[str, str]]]:
    header = text.lstrip("\ufeff").split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator, strict=True)
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        missing = [name for name in COLUMNS if name not in names]
        if missing or len(names) != len(set(names)):
            raise DataRefused(
                f"« {source} » : ligne 1 : colonnes {', '.join(COLUMNS)} attendues ; "
                f"lues : {', '.join(names)}"
            )
        reader.fieldnames = names
        for row in reader:
            if None in row or None in row.values():
                raise DataRefused(f"« {source} » : ligne {reader.line_num} : {len(names)} colonnes attendues")
            yield reader.line_num, {name: row[name] for name in COLUMNS}
    except csv.Error as error:
        line = reader.reader.line_num
        raise DataRefused(f"« {source} » : ligne {line} : CSV illisible ({error})") from None


def _indicator(row: Mapping[str, str], structure: Structure) -> str:
    indicator = row["identifiant_indic"].strip()
    if not _ID.fullmatch(indicator) and structure.find(indicator) is None:
        raise BadRow(f"identifiant_indic : « {indicator} » n’est ni IND-000 ni un indicateur du baromètre")
    return indicator


def _kind(row: Mapping[str, str]) -> str:
    kind = row["type_valeur"].strip().lower()
    if kind not in ("vi", "va", "vc"):
        raise BadRow(f"type_valeur : vi, va ou vc attendu, reçu « {row['type_valeur']} »")
    return kind


def _day(row: Mapping[str, str]) -> str:
    text = row["date_valeur"].strip()
    try:
        if _DAY.fullmatch(text):
            read = datetime.strptime(text, "%d/%m/%Y").date()
        elif re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            read = date.fromisoformat(text)
        else:
            raise ValueError
    except ValueError:
        raise BadRow(f"date_valeur : AAAA-MM-JJ ou JJ/MM/AAAA attendu, reçu « {text} »") from None
    if not EARLIEST <= read <= LATEST:
        raise BadRow(f"date_valeur : {read} hors de {EARLIEST} – {LATEST}")
    return read.isoformat()


def _gather(
    level: str,
    code: str,
    indicator: str,
    kinds: Mapping[str, list[tuple[str, float | None]]],
    gathered: Gathered,
) -> None:
    """One record of what the three types say: the initial is the earliest, the others the last."""
    known = gathered.structure.find(indicator)
    key = {
        "maille": level,
        "territoire": code,
        "politique": known.policy if known else "",
        "indicateur": indicator,
    }
    filled = {kind: sorted((d, v) for d, v in pairs if v is not None) for kind, pairs in kinds.items()}
    current = filled.get("va", [])
    initial = _at(filled.get("vi", []), 0)
    target = _at(filled.get("vc", []), -1)
    last, previous = _at(current, -1), _at(current, -2)
    row: dict[str, Any] = {
        **key,
        "date_initiale": initial[0], "valeur_initiale": initial[1],
        "date_valeur": last[0], "valeur": last[1],
        "date_cible": target[0], "cible": target[1],
        "date_precedente": previous[0], "valeur_precedente": previous[1],
        "taux_publie": None, "niveau_source": level,
    }  # fmt: skip
    gathered.rows.append(row)
    gathered.points += [{**key, "date": day, "valeur": value} for day, value in current]


def _at(points: Sequence[tuple[str, float]], rank: int) -> tuple[str | None, float | None]:
    return points[rank] if -len(points) <= rank < len(points) else (None, None)
