"""Measures as this page writes them: with all their digits."""

from __future__ import annotations

from archipel.defis.page.words import MISSING, figure, interval, percent, with_interval


def measure(value: float | None, digits: int = 2) -> str:
    return figure(value, digits, zeros=True)


def between(value: float, low: float, high: float, *, share: bool = False) -> str:
    """« 0,60 [0,58 ; 0,62] », or in percent."""
    if value != value:
        return MISSING
    if share:
        return f"{percent(value)} {interval(figure(100 * low), figure(100 * high))}"
    return with_interval(value, low, high, 2, zeros=True)
