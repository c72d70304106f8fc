"""Ranked bars as a list that reads as text and follows the width of the page."""

from __future__ import annotations

from collections.abc import Iterable

from archipel.defis.page.words import safe
from archipel.defis.pilote.tableau.bars import Bar
from archipel.defis.pilote.tableau.scale import colour, shown
from archipel.defis.pilote.tableau.words import percent


def strips(rows: Iterable[Bar], title: str, reference: str = "", *, wide: bool = False) -> str:
    """``reference``: what the tick is (« médiane »), told with each row. ``wide``: room for long names."""
    items = "".join(_item(row, reference) for row in rows)
    width = " pil-large" if wide else ""
    return f'<ul class="pil-bandes{width}" aria-label="{safe(title)}">{items}</ul>'


def _item(row: Bar, reference: str) -> str:
    if row.gap:
        return '<li class="pil-coupure" aria-hidden="true">⋮</li>'
    name = f"<span>{safe(row.label)}</span>"
    if row.rate is None:
        return f"<li>{name}<i></i><em>{shown(None)}</em></li>"
    tick = told = ""
    if row.reference is not None:
        tick = f'<u style="left:{row.reference:.1f}%"></u>'
        told = f'<span class="pil-lu">{safe(reference)} {percent(row.reference)}</span>'
    chosen = ' class="pil-fort" aria-current="true"' if row.strong else ""
    width = max(row.rate, 0.6)
    bar = f'<i><b style="width:{width:.1f}%;background:{colour(row.rate)}"></b>{tick}</i>'
    return f"<li{chosen}>{name}{bar}<strong>{percent(row.rate)}</strong>{told}</li>"
