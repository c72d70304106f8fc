"""The records as they were known at a date: what came later does not count."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from archipel.defis.pilote.reading import KEY


def as_of(records: pd.DataFrame, series: pd.DataFrame, day: date | None) -> pd.DataFrame:
    """Records whose value is the last known at ``day`` (None: no date, nothing changes).

    A value dated later gives way to the last point of the series, else to the previous value, else to
    none. Its published rate, which was of the later value, goes with it. An initial value dated later is
    not known yet; a target is known from the start.
    """
    if day is None:
        return records
    limit = day.isoformat()
    known = series[(series["date"] <= limit) & series["valeur"].notna()].sort_values("date")
    last = {tuple(row[name] for name in KEY): row for row in known.to_dict("records")}
    rows = [
        _known_then(row, last.get(tuple(row[name] for name in KEY)), limit)
        for row in records.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=records.columns).astype(records.dtypes.to_dict())


def _known_then(row: dict[Any, Any], point: dict[Any, Any] | None, limit: str) -> dict[Any, Any]:
    if isinstance(row["date_initiale"], str) and row["date_initiale"] > limit:
        row |= {"valeur_initiale": None, "date_initiale": None}
    if not isinstance(row["date_valeur"], str) or row["date_valeur"] <= limit:
        return row
    previous = row["date_precedente"]
    earlier: dict[Any, Any] = {"valeur": None, "date_valeur": None}
    if point is not None:
        earlier = {"valeur": point["valeur"], "date_valeur": point["date"]}
    elif isinstance(previous, str) and previous <= limit:
        earlier = {"valeur": row["valeur_precedente"], "date_valeur": previous}
    return row | earlier | {"taux_publie": None, "valeur_precedente": None, "date_precedente": None}
