"""Drawings of the dashboard, as inline SVG; each stands beside a table that says the same."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from archipel.defis.page.parts import scrolling
from archipel.defis.page.words import figure, gap, month, percent, safe

WIDTH, LEFT = 1100, 60
Interval = tuple[float, float, float]
"""Value, low, high."""


def legend(keys: Sequence[tuple[str, str]]) -> str:
    """(class of a rectangle, what it is)."""
    told = "".join(
        f'<li><svg viewBox="0 0 20 14" aria-hidden="true"><rect class="{kind}" width="20" height="14"/></svg>'
        f"{safe(name)}</li>"
        for kind, name in keys
    )
    return f'<ul class="arc-legende">{told}</ul>'


def cycle(quarters: pd.DataFrame) -> str:
    """Rate of entries a year, by quarter; what the forward split learns from and is judged on behind it."""
    height, base, top = 230, 190, 12
    highest = max(float(quarters["taux_annuel"].max()), 0.01)
    step = (WIDTH - LEFT - 10) / len(quarters)
    parts = []
    for column, kind in (("apprentissage", "sgf-periode"), ("essai", "sgf-periode-2")):
        places = [rank for rank, there in enumerate(quarters[column]) if there]
        if places:
            x, wide = LEFT + places[0] * step, (places[-1] - places[0] + 1) * step
            parts.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{top}" width="{wide:.1f}" height="{base - top}"/>'
            )
    for share in (0, 0.5, 1):
        y = base - share * (base - top - 14)
        parts.append(_rule(y, percent(share * highest, 1)))
    points = []
    for rank, row in enumerate(quarters.to_dict("records")):
        x = LEFT + (rank + 0.5) * step
        y = base - (row["taux_annuel"] / highest) * (base - top - 14)
        points.append(f"{x:.1f},{y:.1f}")
        if row["trimestre"].endswith("T1"):
            year = row["trimestre"][:4]
            parts.append(f'<text class="arc-axe" x="{x - step / 2:.1f}" y="{base + 18}">{year}</text>')
    parts.append(f'<polyline class="sgf-ligne" points="{" ".join(points)}"/>')
    return scrolling("Entrées en défaillance, en taux annuel, par trimestre", (WIDTH, height), "".join(parts))


def _rule(y: float, name: str, right: float = WIDTH) -> str:
    return (
        f'<line class="arc-grille" x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="arc-axe" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{safe(name)}</text>'
    )


def bars(label: str, groups: Sequence[tuple[str, Sequence[tuple[str, str, Interval]]]]) -> str:
    """Groups of bars from 0 to 1 with their intervals: (name of the group, (class, what it is, value))."""
    height, base, top = 262, 230, 14
    step = (WIDTH - LEFT) / max(len(groups), 1)
    parts = [_rule(base - share * (base - top), figure(share, 2)) for share in (0, 0.25, 0.5, 0.75, 1)]
    for rank, (name, values) in enumerate(groups):
        wide = step * 0.8 / max(len(values), 1)
        left = LEFT + rank * step + step * 0.1
        for place, (kind, told, (value, low, high)) in enumerate(values):
            if value != value:
                continue
            x, size = left + place * wide, value * (base - top)
            middle = x + wide * 0.425
            ends = [base - max(min(end, 1), 0) * (base - top) for end in (low, high) if end == end]
            parts.append(
                f"<g><title>{safe(f'{name}, {told} : {figure(value, 3)}')}</title>"
                f'<rect class="{kind}" x="{x:.1f}" y="{base - size:.1f}" width="{wide * 0.85:.1f}" '
                f'height="{size:.1f}"/>'
            )
            if len(ends) == 2:
                # A white edge, so that it is seen over a dark bar.
                parts += [
                    f'<line class="{edge}" x1="{middle:.1f}" x2="{middle:.1f}" y1="{ends[0]:.1f}" '
                    f'y2="{ends[1]:.1f}"/>'
                    for edge in ("sgf-trait-clair", "sgf-trait")
                ]
            parts.append("</g>")
        parts.append(
            f'<text class="arc-nom" x="{left + step * 0.4:.1f}" y="{base + 22}" text-anchor="middle">'
            f"{safe(name)}</text>"
        )
    return scrolling(label, (WIDTH, height), "".join(parts))


def reliability(label: str, lines: Sequence[tuple[str, str, pd.DataFrame]]) -> str:
    """Foreseen beside observed, on square roots (small risks are many): (class, what it is, bins)."""
    side, base, height = 420, 380, 430
    every = pd.concat([bins for _kind, _name, bins in lines])
    highest = max(float(every[["prevu", "observe"]].max().max()), 0.01)

    def place(value: float) -> float:
        return float((max(value, 0) / highest) ** 0.5)

    parts = []
    for share in (0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8):
        if share <= highest:
            x, y = LEFT + place(share) * side, base - place(share) * (base - 20)
            parts.append(_rule(y, percent(share), LEFT + side))
            parts.append(
                f'<text class="arc-axe" x="{x:.1f}" y="{base + 16}" text-anchor="middle">'
                f"{percent(share)}</text>"
            )
    parts.append(f'<line class="sgf-diagonale" x1="{LEFT}" y1="{base}" x2="{LEFT + side}" y2="20"/>')
    for rank, (kind, name, bins) in enumerate(lines):
        cells = zip(bins["prevu"], bins["observe"], strict=True)
        points = [(LEFT + place(x) * side, base - place(y) * (base - 20)) for x, y in cells]
        parts.append(f'<polyline class="{kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>')
        y = 40 + 24 * rank
        parts.append(
            f'<line class="{kind}" x1="{LEFT + side + 30}" x2="{LEFT + side + 70}" y1="{y}" y2="{y}"/>'
            f'<text class="arc-nom" x="{LEFT + side + 80}" y="{y + 4}">{safe(name)}</text>'
        )
    parts.append(
        f'<text class="arc-axe" x="{LEFT + side / 2}" y="{height - 12}" text-anchor="middle">prévu</text>'
        f'<text class="arc-axe" x="{LEFT}" y="12">observé</text>'
    )
    return scrolling(label, (WIDTH, height), "".join(parts))


def themes(parts: Sequence[tuple[str, float]]) -> str:
    """What each theme adds to the log odds, left or right of zero."""
    row, name_width = 30, 260
    height, middle = row * len(parts) + 30, name_width + (WIDTH - name_width) / 2
    widest = max((abs(value) for _name, value in parts), default=0) or 1
    drawn = [f'<line class="sgf-trait" x1="{middle}" x2="{middle}" y1="4" y2="{height - 26}"/>']
    for rank, (name, value) in enumerate(parts):
        size = abs(value) / widest * (WIDTH - name_width) / 2 * 0.85
        x, y = (middle if value > 0 else middle - size), rank * row + 6
        kind = "sgf-plus" if value > 0 else "sgf-moins"
        drawn.append(
            f'<text class="arc-nom" x="0" y="{y + 15}">{safe(name)}</text>'
            f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{size:.1f}" height="20"/>'
            f'<text class="arc-axe" x="{(x + size + 6) if value > 0 else (x - 6):.1f}" y="{y + 15}" '
            f'text-anchor="{"start" if value > 0 else "end"}">{gap(value, 2)}</text>'
        )
    drawn.append(f'<text class="arc-axe" x="{middle + 8}" y="{height - 6}">augmente le risque →</text>')
    drawn.append(
        f'<text class="arc-axe" x="{middle - 8}" y="{height - 6}" text-anchor="end">← le diminue</text>'
    )
    return scrolling("Ce que chaque thème ajoute au risque", (WIDTH, height), "".join(drawn))


def series(label: str, months: Sequence[str], values: Sequence[float], unit: str) -> str:
    """One line over months, from 0."""
    height, base, top = 130, 100, 14
    highest = max(max(values, default=0), 1e-9)
    step = (WIDTH - LEFT - 10) / max(len(values) - 1, 1)
    parts = [_rule(base, "0"), _rule(top, f"{figure(highest, 1)}{unit}")]
    points = " ".join(
        f"{LEFT + rank * step:.1f},{base - value / highest * (base - top):.1f}"
        for rank, value in enumerate(values)
    )
    parts.append(f'<polyline class="sgf-ligne" points="{points}"/>')
    for rank, name in enumerate(months):
        if name[5:] in ("01", "07"):
            x = LEFT + rank * step
            parts.append(f'<text class="arc-axe" x="{x:.1f}" y="{base + 18}">{month(name)}</text>')
    return scrolling(label, (WIDTH, height), "".join(parts))
