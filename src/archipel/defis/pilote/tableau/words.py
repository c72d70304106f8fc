"""Numbers that only this page writes; the others are in `page.words`."""

from __future__ import annotations

from archipel.defis.page.words import MISSING, NARROW, figure, gap, known


def percent(rate: float | None, digits: int = 1) -> str:
    """Of a rate in percent already, as the barometer has them: ``12.5`` is « 12,5 % »."""
    return f"{figure(rate, digits)}{NARROW}%" if known(rate) else MISSING


def points(value: float) -> str:
    """A signed gap: « −0,1 point », « +12 points »."""
    return f"{gap(value, 1)}{NARROW}point{'s' if round(abs(value), 1) >= 2 else ''}"


def rank(position: int) -> str:
    return "1ᵉʳ" if position == 1 else f"{position}ᵉ"
