"""Numbers and warnings as a French conclusion tells them."""

from __future__ import annotations

import math
from decimal import ROUND_FLOOR, Decimal
from typing import Any

SYNTHETIC = (
    "**Données synthétiques** : ce qui suit vaut pour des images de synthèse ; rien ne dit qu’il en soit de "
    "même dans la rue."
)


def signed(value: Any) -> str:
    """A gap in points: « −2,1 »."""
    return f"{100 * value:+.1f}".replace("-", "−").replace(".", ",")


def points(value: Any) -> str:
    told = round(100 * value, 1)
    return f"{told:g} point{'s' if told >= 2 else ''}".replace(".", ",")


def many(n: int, one: str, several: str = "") -> str:
    """« 2 comparaisons », « aucune comparaison »."""
    if n == 0:
        return f"aucun{'e' if one.startswith('compar') else ''} {one}"
    return f"{n} {one if n == 1 else several or one + 's'}"


def share(value: float) -> str:
    return f"{100 * value:.1f} %".replace(".", ",")


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


def thousands(n: int) -> str:
    return f"{n:,}".replace(",", "\u202f")
