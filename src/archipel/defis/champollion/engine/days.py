"""What the queries look up: opening days counted, and ends of periods told in months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from archipel.defis.champollion.engine.contracts import EPOCH, number
from archipel.defis.champollion.law import months
from archipel.defis.champollion.law.holidays import public_holidays

WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@dataclass(frozen=True)
class Opening:
    """``weekdays``: 0 for Monday to 6. ``local``: the two holidays more of Alsace and Moselle.

    ``holidays``: whether it opens on public holidays too. ``closed``: other days on which it does not.
    """

    weekdays: frozenset[int] = frozenset(range(5))
    holidays: bool = False
    local: bool = False
    closed: frozenset[date] = frozenset()


def opening_days(calendars: Mapping[int, Opening], first: date, last: date) -> pd.DataFrame:
    """``calendrier, jour, rang_ouvert``: opening days from ``first`` to ``jour``, itself included."""
    days = np.arange(number(first), number(last) + 1, dtype="int32")
    parts = []
    for name, opening in calendars.items():
        # 1 January 1970 was a Thursday.
        is_open = np.isin((days + 3) % 7, sorted(opening.weekdays))
        shut = set(opening.closed)
        if not opening.holidays:
            for year in range(first.year, last.year + 1):
                shut |= public_holidays(year, local=opening.local)
        is_open[np.isin(days, [number(day) for day in shut])] = False
        counted = np.cumsum(is_open).astype("int32")
        parts.append(pd.DataFrame({"calendrier": np.int32(name), "jour": days, "rang_ouvert": counted}))
    return pd.concat(parts, ignore_index=True)


def spans(lengths: Iterable[int], first: date, last: date) -> pd.DataFrame:
    """``jour, mois, dernier``: the last day of the period of so many months that begins on ``jour``."""
    rows = [
        (number(day), span, number(months.last_day(day, span)))
        for span in sorted(set(lengths))
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
    ]
    return pd.DataFrame(rows, columns=["jour", "mois", "dernier"]).astype("int32")


def day_of(number: int) -> date:
    return EPOCH + timedelta(days=int(number))
