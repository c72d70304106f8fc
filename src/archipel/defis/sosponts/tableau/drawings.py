"""Confusion matrix, reliability curve and importance, as SVG; each has its table beside it on the page."""

from __future__ import annotations

import pandas as pd

from archipel.defis.page.parts import scrolling
from archipel.defis.page.words import figure, percent, safe
from archipel.defis.sosponts.bridges import CLASSES
from archipel.defis.sosponts.tableau.words import measure

SIDE, LEFT, TOP = 76, 70, 40
PLOT, EDGE = 380, 50
"""Pixels."""


def matrix(counts: pd.DataFrame) -> str:
    """``counts``: ``vraie, dite, ponts`` of one model. Shades are shares of the true class."""
    size = SIDE * len(CLASSES)
    grid = counts.pivot(index="vraie", columns="dite", values="ponts").loc[list(CLASSES), list(CLASSES)]
    parts = [f'<text class="arc-axe" x="{LEFT}" y="14">Classe dite par le modèle →</text>']
    for column, name in enumerate(CLASSES):
        x = LEFT + column * SIDE + SIDE / 2
        parts.append(f'<text class="arc-nom" x="{x}" y="{TOP - 8}" text-anchor="middle">{name}</text>')
    for line, true in enumerate(CLASSES):
        total, y = int(grid.loc[true].sum()), TOP + line * SIDE
        parts.append(f'<text class="arc-nom" x="{LEFT - 10}" y="{y + 42}" text-anchor="end">{true}</text>')
        for column, told in enumerate(CLASSES):
            parts.append(_cell(true, told, int(grid.loc[true, told]), total, LEFT + column * SIDE, y))
    parts.append(f'<text class="arc-axe" x="0" y="{TOP + 14}">Vraie ↓</text>')
    label = "Matrice de confusion : vraie classe en ligne, classe dite en colonne"
    return (
        f'<svg viewBox="0 0 {LEFT + size + 10} {TOP + size + 10}" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )


def _cell(true: str, told: str, count: int, total: int, x: int, y: int) -> str:
    share = count / total if total else 0.0
    # Either colour of letters contrasts at 4.5 there.
    dark = share > 0.62
    title = f"vraie {true}, dite {told} : {count} ponts, {percent(share)} des vraies {true}"
    colour = "#ffffff" if dark else "#161616"
    return (
        f'<g><title>{safe(title)}</title><rect x="{x}" y="{y}" width="{SIDE - 2}" height="{SIDE - 2}" '
        f'fill="#000091" fill-opacity="{0.04 + 0.86 * share:.3f}"/>'
        f'<text x="{x + SIDE / 2}" y="{y + 36}" text-anchor="middle" font-size="15" fill="{colour}">'
        f'{figure(count)}</text><text x="{x + SIDE / 2}" y="{y + 54}" text-anchor="middle" font-size="12" '
        f'fill="{colour}">{percent(share)}</text></g>'
    )


def curve(bins: pd.DataFrame) -> str:
    """``bins``: ``annonce, observe, observe_bas, observe_haut, ponts`` of one model."""

    def x(value: float) -> float:
        return EDGE + value * PLOT

    def y(value: float) -> float:
        return 12 + (1 - value) * PLOT

    parts = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(
            f'<line class="arc-grille" x1="{x(0)}" x2="{x(1)}" y1="{y(tick)}" y2="{y(tick)}"/>'
            f'<text class="arc-axe" x="{EDGE - 6}" y="{y(tick) + 4}" text-anchor="end">{percent(tick)}</text>'
            f'<text class="arc-axe" x="{x(tick)}" y="{y(0) + 18}" text-anchor="middle">{percent(tick)}</text>'
        )
    parts.append(f'<line class="sos-diagonale" x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}"/>')
    rows = bins.to_dict("records")
    line = " ".join(f"{x(row['annonce']):.1f},{y(row['observe']):.1f}" for row in rows)
    parts.append(f'<polyline class="sos-courbe" points="{line}"/>')
    for row in rows:
        at = x(row["annonce"])
        title = f"annoncé {percent(row['annonce'])}, observé {percent(row['observe'])}, {row['ponts']} ponts"
        parts.append(
            f'<g><title>{safe(title)}</title><line class="sos-barre" x1="{at:.1f}" x2="{at:.1f}" '
            f'y1="{y(row["observe_bas"]):.1f}" y2="{y(row["observe_haut"]):.1f}"/>'
            f'<circle class="sos-point" cx="{at:.1f}" cy="{y(row["observe"]):.1f}" r="4.5"/></g>'
        )
    parts.append(
        f'<text class="arc-axe" x="{x(0.5)}" y="{y(0) + 36}" text-anchor="middle">Probabilité annoncée</text>'
        f'<text class="arc-axe" x="{x(0) + 6}" y="{y(1) + 12}">Part observée</text>'
    )
    label = "Courbe de fiabilité : part observée de désordres graves selon la probabilité annoncée"
    return (
        f'<svg viewBox="0 0 {EDGE + PLOT + 20} {PLOT + 60}" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )


def bars(importance: pd.DataFrame) -> str:
    """``importance``: ``libelle, perte``, sorted."""
    most = max(float(importance["perte"].max()), 1e-9)
    parts = []
    for rank, row in enumerate(importance.to_dict("records")):
        y, size = rank * 26, max(row["perte"], 0) / most * 620
        parts.append(
            f'<text class="arc-nom" x="0" y="{y + 17}">{safe(row["libelle"])}</text>'
            f'<rect class="sos-plein" x="200" y="{y + 5}" width="{size:.1f}" height="16"/>'
            f'<text class="arc-axe" x="{206 + size:.1f}" y="{y + 18}">{measure(row["perte"], 3)}</text>'
        )
    label = "Ce que le modèle perd quand un champ est mélangé"
    return scrolling(label, (900, 26 * len(importance) + 6), "".join(parts))
