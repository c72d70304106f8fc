"""The Monk skin tone scale: ten tones, with the hexadecimal values that its author published.

Ellis Monk, The Monk Skin Tone Scale, 2019; skintone.google, « the scale » (CC BY 4.0).
"""

from __future__ import annotations

TONES = (
    "#f6ede4", "#f3e7db", "#f7ead0", "#eadaba", "#d7bd96",
    "#a07e56", "#825c43", "#604134", "#3a312a", "#292420",
)  # fmt: skip


def tone(number: int) -> tuple[float, float, float]:
    """sRGB, each 0 to 1, of tone 1 (lightest) to 10 (darkest)."""
    value = TONES[number - 1]
    red, green, blue = (int(value[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
