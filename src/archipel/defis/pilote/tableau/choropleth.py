"""The map of France by département, as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archipel.defis.page.words import safe
from archipel.defis.pilote.tableau.scale import HATCH, colour, shown


def choropleth(
    contours: Mapping[str, Any],
    rates: Mapping[str, float | None],
    title: str,
    description: str,
    chosen: str | None = None,
) -> str:
    """An SVG image with its title and description; each département says its rate when pointed at.

    ``contours``: outlines already projected (``contours.json``). ``rates``: département → percent.
    """
    shapes, labels = [], []
    for code, one in contours["departements"].items():
        shapes.append(_shape(code, one["d"], one["nom"], rates.get(code)))
    for inset in contours["encarts"]:
        x, y = inset["x"], inset["y"]
        labels.append(
            f'<rect x="{x}" y="{y}" width="{inset["l"]}" height="{inset["h"]}" class="pil-cadre"/>'
            f'<text x="{x}" y="{y - 4}" class="pil-encart">{safe(inset["nom"])}</text>'
        )
        for code, outline in inset.get("zoom", {}).items():
            name = contours["departements"][code]["nom"]
            shapes.append(_shape(code, outline, name, rates.get(code)))
            if code == chosen:
                labels.append(f'<path d="{outline}" class="pil-choisi"/>')
    if chosen in contours["departements"]:
        labels.append(f'<path d="{contours["departements"][chosen]["d"]}" class="pil-choisi"/>')
    size = f"{contours['largeur']} {contours['hauteur']}"
    return (
        f'<svg class="pil-carte" viewBox="0 0 {size}" role="img" aria-labelledby="pil-carte-t pil-carte-d">'
        f'<title id="pil-carte-t">{safe(title)}</title><desc id="pil-carte-d">{safe(description)}</desc>'
        f'<defs>{HATCH}</defs><g class="pil-departements">{"".join(shapes)}</g>{"".join(labels)}</svg>'
    )


def _shape(code: str, outline: str, name: str, rate: float | None) -> str:
    told = f"{name} ({code}) : {shown(rate)}"
    return f'<path d="{outline}" fill="{colour(rate)}"><title>{safe(told)}</title></path>'
