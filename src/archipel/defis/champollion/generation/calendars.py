"""Days as arrays: opening days counted and found again, months added. What the generator alone computes with.

Written apart from the engine: what it plants must not be wrong the same way.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from archipel.defis.champollion.law.holidays import public_holidays

FIRST, LAST = np.datetime64("2010-01-01"), np.datetime64("2050-12-31")
Days = np.ndarray
"""Whole numbers of days since 1 January 1970, shape (n,)."""


@cache
def _opening() -> tuple[np.ndarray, np.ndarray, int]:
    holidays = [day for year in range(2010, 2051) for day in public_holidays(year)]
    days = np.arange(FIRST, LAST)
    is_open = np.is_busday(days, holidays=np.array(holidays, dtype="datetime64[D]"))
    return np.cumsum(is_open), np.flatnonzero(is_open), int(FIRST.astype("int64"))


def after_opening_days(end: Days, count: np.ndarray) -> Days:
    """The first day with ``count`` opening days (Monday to Friday, no holiday) between it and ``end``."""
    total, opens, origin = _opening()
    reached = total[end - origin] + count
    return np.where(count > 0, opens[np.maximum(reached, 1) - 1] + origin + 1, end + 1)


def add_months(start: Days, months: int) -> Days:
    """The same day so many months later, or the last of a shorter month."""
    day = start.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    later = month + months
    length = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype("int64")
    number = (day - month.astype("datetime64[D]")).astype("int64")
    return later.astype("datetime64[D]").astype("int64") + np.minimum(number, length - 1)


def last_lawful(start: Days, months: int) -> Days:
    """Last day of a period of so many months: the eve of the same day, or the end of a shorter month."""
    same = add_months(start, months)
    day = start.astype("datetime64[D]")
    number = (day - day.astype("datetime64[M]").astype("datetime64[D]")).astype("int64")
    later = same.astype("datetime64[D]")
    reached = (later - later.astype("datetime64[M]").astype("datetime64[D]")).astype("int64")
    return np.where(reached == number, same - 1, same)
