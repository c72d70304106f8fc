"""Public holidays (L3133-1; L3134-13 in Alsace and Moselle)."""

from __future__ import annotations

from datetime import date, timedelta

_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))


def easter(year: int) -> date:
    """Sunday of Easter in the Gregorian calendar (algorithm of Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def public_holidays(year: int, *, local: bool = False) -> set[date]:
    """The eleven of the Code du travail; ``local``: Good Friday and 26 December too (Alsace, Moselle)."""
    sunday = easter(year)
    moving = [1, 39, 50] + ([-2] if local else [])
    fixed = _FIXED + (((12, 26),) if local else ())
    return {date(year, month, day) for month, day in fixed} | {sunday + timedelta(days=n) for n in moving}
