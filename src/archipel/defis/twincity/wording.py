"""Numbers and warnings as a French page or conclusion tells them."""

from __future__ import annotations

import math
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from archipel.defis.page import words
from archipel.defis.page.words import MISSING, NARROW

SYNTHETIC = (
    "**Données synthétiques** : ce qui suit vaut pour des images de synthèse ; rien ne dit qu’il en soit de "
    "même dans la rue."
)


def percent(value: float | None, digits: int = 0) -> str:
    """Of a share, with as many digits as asked: ``0.42`` is « 42,0 % »."""
    return words.percent(value, digits, zeros=True)


def between(low: float | None, high: float | None, digits: int = 0) -> str:
    """An interval of shares: « 38 à 47 % »."""
    if low is None or high is None or low != low or high != high:
        return MISSING
    return f"{percent(low, digits).removesuffix(f'{NARROW}%')} à {percent(high, digits)}"


def signed(value: float | None, digits: int = 1) -> str:
    """A gap of shares in points: « −2,1 »."""
    return words.gap(None if value is None else 100 * value, digits, zeros=True)


def span(low: float | None, high: float | None) -> str:
    """An interval of gaps, in points: « −4,0 à +1,2 »."""
    if low is None or high is None or low != low or high != high:
        return MISSING
    return f"{signed(low)} à {signed(high)}"


def chance(p: float | None) -> str:
    """A p-value: « 0,031 », « < 0,001 »."""
    if p is None or p != p:
        return MISSING
    return "< 0,001" if p < 0.001 else f"{p:.3f}".replace(".", ",")


def points(value: Any) -> str:
    told = round(100 * value, 1)
    return f"{told:g} point{'s' if told >= 2 else ''}".replace(".", ",")


def many(n: int, one: str, several: str = "") -> str:
    """« 2 comparaisons », « aucune comparaison »."""
    if n == 0:
        return f"aucun{'e' if one.startswith('compar') else ''} {one}"
    return f"{n} {one if n == 1 else several or one + 's'}"


def decimal(value: Any, places: int = 2) -> str:
    told = f"{value:.{places}f}"
    least = f"{10**-places:.{places}f}"
    return (f"< {least}" if value and float(told) == 0 else told).replace(".", ",")


def rounded(value: Any, places: int = 2) -> str:
    """Plainly, with its sign: « −1,30 », « 0,00 »."""
    told = round(float(value), places) + 0.0
    return f"{told:.{places}f}".replace("-", "−").replace(".", ",")


def score(value: float, digits: int = 3) -> str:
    """So many significant digits, rounded down: what has the score passes what is read."""
    if not value:
        return "0"
    step = digits - 1 - math.floor(math.log10(abs(value)))
    # Through its shortest decimals: 0.29 is a little less than 29 hundredths.
    told = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-step), ROUND_FLOOR).normalize()
    return f"{told:f}".replace("-", "−").replace(".", ",")
