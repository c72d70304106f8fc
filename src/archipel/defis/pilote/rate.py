"""The advancement rate of an indicator: a pure rule of three values and a direction.

Source: DITP-pilotage/pilote-2, ``data_factory/…/compute_ta_macro.sql``.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

LOWEST, HIGHEST = Decimal(0), Decimal(100)


def advancement_rate(
    initial: float | None,
    value: float | None,
    target: float | None,
    *,
    falling: bool,
    decimals: int = 2,
) -> float | None:
    """Rate in percent, 0 to 100: 100 × (value − initial) / (target − initial), rounded then clamped.

    A rising or stable indicator whose initial value already reaches the target (initial ≥ target) is at
    100 while its value does too, else at 0; ``falling`` mirrors it. So initial = target divides nothing.
    None when one of the three values is missing (None or NaN): missing is never 0.
    """
    if is_missing(initial) or is_missing(value) or is_missing(target):
        return None
    start, now, goal = (Decimal(repr(float(number))) for number in (initial, value, target))  # type: ignore[arg-type]  # none is None here
    if falling:
        start, now, goal = -start, -now, -goal
    if start >= goal:
        return 100.0 if now >= goal else 0.0
    return clamped(100 * (now - start) / (goal - start), decimals)


def clamped(rate: Decimal, decimals: int) -> float:
    """Kept within 0 and 100, rounded half up to ``decimals`` (0 to 4): the bounds are whole, so the order
    of the two does not show, save that a rate too long to be rounded is clamped too."""
    bounded = min(HIGHEST, max(LOWEST, rate))
    return float(bounded.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def is_missing(number: float | None) -> bool:
    return number is None or (isinstance(number, float) and math.isnan(number))
