"""Ranked bars, as SVG (the page shows the same rows as a list: `strips`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archipel.defis.page.words import safe
from archipel.defis.pilote.tableau.scale import colour
from archipel.defis.pilote.tableau.words import percent

_ROW, _WIDTH, _LABEL = 26, 560, 200
_SCALE = (_WIDTH - _LABEL - 70) / 100


@dataclass(frozen=True)
class Bar:
    """``rate`` and ``reference`` (a tick, a median) in percent; a ``gap`` row separates two groups."""

    label: str
    rate: float | None = None
    reference: float | None = None
    strong: bool = False
    gap: bool = False


def bars(rows: Sequence[Bar], title: str, description: str, *, key: str) -> str:
    """Horizontal bars from 0 to 100 %, of rows that have a rate. ``key`` makes the ids unique."""
    bottom = 22 + len(rows) * _ROW
    parts = []
    for mark in (0, 25, 50, 75, 100):
        x = f"{_LABEL + mark * _SCALE:.0f}"
        parts.append(
            f'<line x1="{x}" y1="14" x2="{x}" y2="{bottom}" class="arc-grille"/>'
            f'<text x="{x}" y="9" class="pil-axe">{percent(mark, 0)}</text>'
        )
    parts += [_row(row, 20 + rank * _ROW) for rank, row in enumerate(rows)]
    return (
        f'<svg class="pil-barres" viewBox="0 0 {_WIDTH} {bottom + 4}" role="img" '
        f'aria-labelledby="{key}-t {key}-d"><title id="{key}-t">{safe(title)}</title>'
        f'<desc id="{key}-d">{safe(description)}</desc>{"".join(parts)}</svg>'
    )


def _row(row: Bar, y: int) -> str:
    width = max((row.rate or 0) * _SCALE, 1.5)
    fill = colour(row.rate)
    return (
        f'<text x="{_LABEL - 8}" y="{y + 15}" class="pil-nom">{safe(row.label)}</text>'
        f'<rect x="{_LABEL}" y="{y + 3}" width="{width:.1f}" height="16" fill="{fill}" class="pil-barre"/>'
        f'<text x="{_LABEL + width + 6:.1f}" y="{y + 15}" class="pil-valeur">{percent(row.rate)}</text>'
    )
