"""Misses over false alarms: every detector's curve on logarithmic axes, and a table at the usual points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from archipel.defis.page.parts import note, table
from archipel.defis.page.words import figure
from archipel.defis.twincity.metrics.missrate import POINTS
from archipel.defis.twincity.sets.boxes import Floats
from archipel.defis.twincity.tableau import marks
from archipel.defis.twincity.tableau.publication import Audited
from archipel.defis.twincity.tableau.published import Evidence
from archipel.defis.twincity.tableau.words import absent, drawing, section
from archipel.defis.twincity.wording import percent

_W, _H, _LEFT, _RIGHT, _TOP, _BOTTOM = 440, 310, 52, 16, 14, 46
_FEWEST, _MOST = 0.01, 10.0
"""Bounds of the axis of false alarms an image; that of the miss rate begins below the lowest curve."""
_POINTS = (0.01, 0.1, 1.0, 10.0)
_RATES = (1.0, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02)


def curve(evidence: Evidence) -> str:
    """HTML of the section."""
    heading = "Oublier moins, alerter plus"
    if evidence.curve is None or evidence.curve.empty:
        return section(heading, absent("« courbe.csv » n’est pas dans l’audit de référence."))
    rows = evidence.curve
    told = [
        f"{one.title} : à 0,1 fausse alerte par image, {_at(rows, one, 0.1)} d’oublis ; à 1, "
        f"{_at(rows, one, 1.0)}"
        for one in evidence.detectors
    ]
    least = lowest(rows)
    lines = [
        _line(rows[rows["detecteur"] == one.name], at, one, least)
        for at, one in enumerate(evidence.detectors)
    ]
    svg = drawing(
        "tcy-oublis", (_W, _H), "Part de personnes oubliées selon les fausses alertes par image",
        " ; ".join(told) + ".", [*_axes(least), *lines],
    )  # fmt: skip
    points = [float(one) for one in POINTS]
    cells = [(one.title, *(_at(rows, one, point) for point in points)) for one in evidence.detectors]
    body = (
        "<p>Baisser le seuil d’un détecteur lui fait oublier moins de personnes et crier plus souvent à "
        "tort. "
        "Plus la courbe est basse, mieux c’est ; les traits pointillés verticaux sont les deux réglages de "
        "cette page.</p>"
        f'{marks.legend(evidence.detectors)}<figure class="tcy-courbe">{svg}</figure>'
        + note(f"Axes logarithmiques. Mesuré sur {evidence.origin}.")
        + table(
            "Part de personnes oubliées, à tant de fausses alertes par image",
            ("Détecteur", *(figure(point, 3) for point in points)),
            cells,
            "Voir la courbe en tableau",
        )
    )
    return section(heading, body, synthetic=evidence.synthetic)


def _at(rows: pd.DataFrame, one: Audited, point: float) -> str:
    return percent(rate_at(rows[rows["detecteur"] == one.name], point), 1)


def rate_at(rows: pd.DataFrame, point: float) -> float | None:
    """The least miss rate with at most ``point`` false alarms an image, as `metrics.missrate.miss_rates`: 1
    where even the surest detection gives more. None without a curve."""
    within = rows[rows["fppi"] <= point]
    return float(within["taux_oubli"].min()) if len(within) else 1.0 if len(rows) else None


def lowest(rows: pd.DataFrame) -> float:
    """The tick at which the axis of miss rates begins."""
    shown = rows.loc[rows["fppi"] <= _MOST, "taux_oubli"]
    under = [rate for rate in _RATES if rate < (shown.min() if len(shown) else 1.0)]
    return under[0] if under else _RATES[-1]


def _x(fppi: float) -> float:
    share = math.log(min(max(fppi, _FEWEST), _MOST) / _FEWEST) / math.log(_MOST / _FEWEST)
    return _LEFT + share * (_W - _LEFT - _RIGHT)


def _y(rate: float, least: float) -> float:
    share = math.log(min(max(rate, least), 1.0) / least) / math.log(1 / least)
    return _H - _BOTTOM - share * (_H - _BOTTOM - _TOP)


def _axes(least: float) -> list[str]:
    parts = [
        f'<line x1="{_LEFT}" x2="{_W - _RIGHT}" y1="{_y(rate, least):.1f}" y2="{_y(rate, least):.1f}" '
        f'class="arc-grille"/>'
        f'<text x="{_LEFT - 6}" y="{_y(rate, least) + 4:.1f}" class="arc-axe" '
        f'text-anchor="end">{percent(rate)}</text>'
        for rate in _RATES
        if rate >= least
    ]
    for point in _POINTS:
        fixed = ' class="tcy-reglage"' if point in (0.1, 1.0) else ' class="arc-grille"'
        anchor = "end" if point == _MOST else "middle"
        parts.append(
            f'<line x1="{_x(point):.1f}" x2="{_x(point):.1f}" y1="{_TOP}" y2="{_H - _BOTTOM}"{fixed}/>'
            f'<text x="{_x(point):.1f}" y="{_H - _BOTTOM + 18}" class="arc-axe" text-anchor="{anchor}">'
            f"{figure(point, 2)}</text>"
        )
    middle = (_LEFT + _W - _RIGHT) / 2
    return [
        *parts,
        f'<text x="{middle:.0f}" y="{_H - 8}" class="arc-axe" text-anchor="middle">Fausses alertes par '
        f"image</text>",
    ]


def _line(rows: pd.DataFrame, rank: int, one: Audited, least: float) -> str:
    kept = rows.sort_values("fppi", kind="stable")
    if kept.empty:
        return ""
    look = marks.mark(rank)
    fppi, rates = kept["fppi"].to_numpy(dtype=float), kept["taux_oubli"].to_numpy(dtype=float)
    path = " ".join(_steps(fppi, rates, least))
    where: Sequence[float] = [point for point in (0.1, 1.0) if fppi.min() <= point]
    dots = [
        marks.shape(
            look,
            _x(point),
            _y(rate, least),
            f"{one.title}, à {figure(point, 1)} : {percent(rate, 1)} d’oublis",
        )
        for point in where
        if (rate := rate_at(kept, point)) is not None
    ]
    return (
        f'<polyline points="{path}" fill="none" stroke="{look.colour}" stroke-width="2.25" '
        f'stroke-dasharray="{look.dash}" stroke-linejoin="round"/>{"".join(dots)}'
    )


def _steps(fppi: Floats, rates: Floats, least: float) -> list[str]:
    """Corners of a stair: the rate falls at its point, not before; flat to the left of the axis and no
    further right than what was measured."""
    best = np.minimum.accumulate(rates)
    before = np.flatnonzero(fppi <= _FEWEST)
    start = int(before[-1]) if len(before) else 0
    corners = [f"{_x(fppi[start]):.1f},{_y(best[start], least):.1f}"]
    for at in range(start + 1, len(fppi)):
        if fppi[at] > _MOST:
            break
        corners += [
            f"{_x(fppi[at]):.1f},{_y(best[at - 1], least):.1f}",
            f"{_x(fppi[at]):.1f},{_y(best[at], least):.1f}",
        ]
    return corners
