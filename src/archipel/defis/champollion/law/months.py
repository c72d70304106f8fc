"""Periods told in months, as civil procedure counts them (article 641 of its code)."""

from __future__ import annotations

import calendar
from datetime import date, timedelta


def last_day(start: date, months: int) -> date:
    """Last day of a period of so many months that begins on ``start``, itself included.

    The eve of the same day of the last month; the last day of that month where it has no such day: from
    31 August, eighteen months last to the end of February.
    """
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    longest = calendar.monthrange(year, month)[1]
    if start.day > longest:
        return date(year, month, longest)
    return date(year, month, start.day) - timedelta(days=1)


def same_day(start: date, months: int) -> date:
    """The day of the same number, so many months later; the last of a month that has no such day."""
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def length(start: date, end: date) -> float:
    """Months from ``start`` to ``end``, both included; days of a month begun are thirty-firsts, under one."""
    whole = (end.year - start.year) * 12 + end.month - start.month + 1
    while last_day(start, whole) > end:
        whole -= 1
    return whole + min((end - last_day(start, whole)).days, 30) / 31


def elapsed(day: date, later: date) -> float:
    """Months from ``day``, itself not counted, to ``later``: 0 on the same day, 6 after six months."""
    if later <= day:
        return 0.0
    whole = (later.year - day.year) * 12 + later.month - day.month
    if same_day(day, whole) > later:
        whole -= 1
    return whole + min((later - same_day(day, whole)).days, 30) / 31
