"""Values of a territory made from those below it: sum or average, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from archipel.defis.pilote import territories
from archipel.defis.pilote.rate import is_missing
from archipel.defis.pilote.reading import KEY, RECORD_COLUMNS
from archipel.defis.pilote.refusal import DataRefused
from archipel.defis.pilote.structure import Structure

WORDS = ("sum", "avg")
_SUMMED = {"valeur_initiale": "date_initiale", "valeur": "date_valeur", "cible": "date_cible"}


def aggregate(values: Iterable[float | None], how: str) -> float | None:
    """``sum`` or ``avg`` of the values; None where one is missing (never a partial sum) or there is none.

    Raises `DataRefused` for another word.
    """
    if how not in WORDS:
        raise DataRefused(f"agrégation « {how} » refusée (acceptées : {', '.join(WORDS)})")
    known: list[float] = []
    for value in values:
        if value is None or is_missing(value):
            return None
        known.append(value)
    if not known:
        return None
    total = math.fsum(known)
    return total if how == "sum" else total / len(known)


def checked_words(given: Mapping[str, str], known: set[str]) -> dict[str, str]:
    """The parameter ``agregation``: indicator → ``sum`` or ``avg``. Raises `DataRefused`."""
    for name, word in given.items():
        if name not in known:
            raise DataRefused(f"agregation : indicateur inconnu « {name} »")
        if word not in WORDS:
            raise DataRefused(
                f"agregation : « {name} » vaut {word!r} (acceptés : {', '.join(f'« {w} »' for w in WORDS)})"
            )
    return dict(given)


def at_level(
    records: pd.DataFrame, level: str | None, structure: Structure, words: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Records at the asked level, with a column ``reserve``: why a value could not be made, else "".

    None keeps the file's own levels. What the file gives at that level is kept as it is; the rest is
    made from the nearest finer level, where the structure (or ``words``) says how. Inherited values are
    not summed: they are another level's. Raises `DataRefused` when the file has nothing at or below it.
    """
    records = records.assign(reserve="")
    if level is None:
        return records
    own = records[records["maille"] == level]
    parts = [own]
    done = set(zip(own["politique"], own["indicateur"], strict=True))
    for below in reversed(territories.LEVELS[: territories.LEVELS.index(level)]):
        finer = records[records["maille"] == below]
        for key, group in finer.groupby(["politique", "indicateur"], sort=False):
            if key not in done:
                done.add(key)
                parts.append(_rolled(group, (str(key[0]), str(key[1])), below, level, structure, words or {}))
    if not done:
        have = " et ".join(territories.LEVEL_NAMES[one] for one in sorted(set(records["maille"])))
        asked = territories.LEVEL_NAMES[level]
        raise DataRefused(
            f"maille : « {level} » refusée : le fichier est à la maille {have}, et la maille {asked} est "
            "plus fine"
        )
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True)


def _rolled(
    group: pd.DataFrame,
    key: tuple[str, str],
    below: str,
    level: str,
    structure: Structure,
    words: Mapping[str, str],
) -> pd.DataFrame:
    known = structure.indicators.get(key)
    how = words.get(key[1]) or (known.aggregation.get(level) if known else None)
    places = list(territories.REGIONS) if level == "reg" else [territories.NATION]
    given = {row["territoire"]: row for row in group.to_dict("records") if row["niveau_source"] == below}
    rows = []
    for place in places:
        row: dict[str, Any] = dict.fromkeys(RECORD_COLUMNS)
        row |= dict(zip(KEY, (level, place, *key), strict=True)) | {"niveau_source": level, "reserve": ""}
        if how is None:
            row["reserve"] = (
                f"agrégation à la maille {territories.LEVEL_NAMES[level]} non prévue par la structure"
            )
        else:
            _fill(row, [given.get(code) for code in territories.members(level, place, below)], how)
        rows.append(row)
    frame = pd.DataFrame(rows, columns=[*RECORD_COLUMNS, "reserve"])
    numbers = [column for column in group.columns if group[column].dtype.kind == "f"]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def _fill(row: dict[str, Any], members: Sequence[Mapping[str, Any] | None], how: str) -> None:
    reserves = []
    for column, day in _SUMMED.items():
        values = [member[column] if member is not None else None for member in members]
        absent = sum(is_missing(value) for value in values)
        row[column] = aggregate(values, how)
        if 0 < absent < len(values):
            label = column.replace("_", " ")
            places = "territoire" if absent == 1 else "territoires"
            reserves.append(f"{label} absente de {absent} {places} sur {len(values)}")
        days = [member[day] for member in members if member is not None and isinstance(member[day], str)]
        row[day] = max(days, default=None) if row[column] is not None else None
    row["reserve"] = " ; ".join(reserves)
