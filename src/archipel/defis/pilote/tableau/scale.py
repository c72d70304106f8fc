"""The colour scale of rates: one hue, from light to dark, readable without colour vision."""

from __future__ import annotations

from archipel.defis.pilote.tableau.words import percent

CLASSES = (
    (25.0, "#dce6fb", "moins de 25 %"),
    (50.0, "#b4cbf4", "25 à 50 %"),
    (75.0, "#84a8ea", "50 à 75 %"),
    (90.0, "#4f7bd8", "75 à 90 %"),
    (100.0, "#2346a6", "90 à 100 %"),
    (float("inf"), "#00006d", "cible atteinte (100 %)"),
)
MISSING = "url(#pil-hachures)"
HATCH = (
    '<pattern id="pil-hachures" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" fill="#f6f6f6"/>'
    '<line x1="0" y1="0" x2="0" y2="6" stroke="#929292" stroke-width="2"/></pattern>'
)


def colour(rate: float | None) -> str:
    """Fill of a rate in percent; hatched where there is none."""
    if rate is None:
        return MISSING
    return next(fill for bound, fill, _label in CLASSES if rate < bound)


def legend() -> str:
    """The classes as a list, text beside each colour."""
    items = "".join(
        f'<li><span class="pil-pastille" style="background:{fill}"></span>{label}</li>'
        for _bound, fill, label in CLASSES
    )
    return (
        f'<ul class="arc-legende" aria-label="Légende">{items}'
        '<li><span class="pil-pastille pil-sans"></span>non calculable</li></ul>'
    )


def shown(rate: float | None) -> str:
    return "non calculable" if rate is None else percent(rate)
