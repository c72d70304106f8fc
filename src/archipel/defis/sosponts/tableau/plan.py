"""The map of Montpellier's bridges, without a background: index in colour, in letters and by scale's "
"shape."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from archipel.defis.page.parts import scrolling
from archipel.defis.page.words import MISSING, percent, safe

WIDTH, HEIGHT, MARGIN, RADIUS = 1100, 760, 40, 10
"""Pixels."""
INDEXES = {
    "1": ("#18753c", "indice 1"),
    "2": ("#716500", "indice 2"),
    "3": ("#b34000", "indice 3"),
    "4": ("#ce0500", "indice 4"),
    "5": ("#730000", "indice 5"),
    "S": ("#6e445a", "S"),
    "NC": ("#666666", "NC : non noté"),
}
"""Index → colour (white letters on it contrast at 4.5 and more), name."""
ROUNDS = 200
METRES_A_DEGREE = 111_320


def positions(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, float]:
    """Pixels (n, 2) of WGS84 points, north up, and pixels per metre."""
    east = (lon - lon.mean()) * METRES_A_DEGREE * math.cos(math.radians(float(lat.mean())))
    north = (lat - lat.mean()) * METRES_A_DEGREE
    wide, high = max(np.ptp(east), 1.0), max(np.ptp(north), 1.0)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    x = WIDTH / 2 + (east - (east.max() + east.min()) / 2) * scale
    y = HEIGHT / 2 - (north - (north.max() + north.min()) / 2) * scale
    return np.column_stack([x, y]), float(scale)


def apart(points: np.ndarray, distance: float) -> np.ndarray:
    """``points`` (n, 2) pushed away from one another until ``distance``, or after `ROUNDS` pushes."""
    placed = points.astype(float).copy()
    for _turn in range(ROUNDS):
        gaps = placed[:, None, :] - placed[None, :, :]
        lengths = np.hypot(gaps[..., 0], gaps[..., 1])
        close = (lengths < distance) & ~np.eye(len(placed), dtype=bool)
        if not close.any():
            break
        # Two points at one place part along a direction of their own.
        angles = np.subtract.outer(np.arange(len(placed)), np.arange(len(placed))) * 2.4
        ways = np.stack([np.cos(angles), np.sin(angles)], axis=-1) * np.sign(angles)[..., None]
        unit = np.where(lengths[..., None] > 1e-9, gaps / np.maximum(lengths, 1e-9)[..., None], ways)
        push = np.where(close, (distance - lengths) / 2 * 0.6, 0.0)
        placed += (unit * push[..., None]).sum(axis=1)
    return placed


def drawing(bridges: pd.DataFrame, shown: pd.DataFrame) -> str:
    """Those ``shown`` where the map of all ``bridges`` puts them."""
    place, scale = positions(bridges["lon"].to_numpy(float), bridges["lat"].to_numpy(float))
    free = apart(place, 2 * RADIUS + 2)
    kept = bridges["pont_id"].isin(shown["pont_id"]).to_numpy()
    rows = bridges.to_dict("records")
    lines = "".join(
        f'<line class="sos-lien" x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}"/>'
        for a, b, on in zip(place, free, kept, strict=True)
        if on and math.dist(a, b) > RADIUS
    )
    marks = "".join(
        _mark(row, x, y) for row, (x, y), on in zip(rows, free, kept, strict=True) if on
    )  # fmt: skip
    told = f"Carte de {len(shown)} ponts de Montpellier, par indice d’état"
    return scrolling(told, (WIDTH, HEIGHT), f"{_scale(scale)}{lines}{marks}") + _legend()


def reading(row: Mapping[Hashable, Any]) -> str:
    """What the model reads of a bridge, in a few words."""
    if not row["lecture"]:
        return f"non lu ({row['sans_lecture']})"
    return f"classe {row['lecture']}, {percent(row['p_grave'])} de risque de désordre grave"


def _mark(row: Mapping[Hashable, Any], x: float, y: float) -> str:
    colour, _name = INDEXES.get(str(row["indice"]), INDEXES["NC"])
    told = (
        f"{row['nom']} ({row['structure'] or 'structure inconnue'}, franchit : {row['obstacle'] or MISSING}) "
        f"— "
        f"indice de la ville : {row['indice']} ({row['echelle']}) ; lecture du modèle, appris sur données "
        f"synthétiques : {reading(row)}"
    )
    return (
        f"<g><title>{safe(told)}</title>{_shape(str(row['echelle']), colour, x, y)}"
        f'<text class="sos-marque" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{safe(row["indice"])}'
        f"</text></g>"
    )


def _shape(scale: str, colour: str, x: float, y: float) -> str:
    if scale == "IQOA":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS}" fill="{colour}"/>'
    side = 2 * RADIUS - 1
    left, top = x - side / 2, y - side / 2
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{side}" height="{side}" fill="{colour}"/>'


def _scale(pixels_a_metre: float) -> str:
    length, y = 1000 * pixels_a_metre, HEIGHT - 14
    return (
        f'<line class="sos-diagonale" x1="20" x2="{20 + length:.1f}" y1="{y}" y2="{y}"/>'
        f'<text class="arc-axe" x="20" y="{y - 6}">1 km, nord en haut</text>'
    )


def _legend() -> str:
    def key(shape: str, letter: str, name: str) -> str:
        text = f'<text class="sos-marque" x="12" y="16" text-anchor="middle">{letter}</text>'
        return f'<li><svg viewBox="0 0 24 24" aria-hidden="true">{shape}{text}</svg>{name}</li>'

    indexes = "".join(
        key(_shape("IQOA", colour, 12, 12), letter, name) for letter, (colour, name) in INDEXES.items()
    )
    shapes = key(_shape("IQOA", "#161616", 12, 12), "", "rond : échelle IQOA") + key(
        _shape("IDP", "#161616", 12, 12), "", "carré : échelle IDP, qui n’est pas comparable"
    )
    return f'<ul class="arc-legende">{indexes}{shapes}</ul>'
