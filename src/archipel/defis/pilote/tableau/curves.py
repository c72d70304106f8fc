"""The series of an indicator with its target, as SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from archipel.defis.page.words import figure, month_in_words, safe

Point = tuple[str, float]
"""ISO date, value."""

OfDay = Callable[[str], float]
OfValue = Callable[[float], float]
"""Places on the drawing, in its units."""

_W, _H, _LEFT, _RIGHT, _TOP, _BOTTOM = 420, 220, 58, 16, 16, 34


def curve(
    points: Sequence[Point],
    target: Point | None,
    initial: Point | None,
    title: str,
    description: str,
    *,
    key: str,
) -> str:
    """A line through the known points; the target as a dashed line and a diamond at its date.

    The vertical axis starts at 0, or below where values are negative.
    """
    everything = [*points, *([target] if target else []), *([initial] if initial else [])]
    days = [date.fromisoformat(day).toordinal() for day, _value in everything]
    first, last = min(days), max(max(days), min(days) + 1)
    top = _rounded(max(value for _day, value in everything))
    low = min(0.0, min(value for _day, value in everything))

    def x(day: str) -> float:
        return _LEFT + (date.fromisoformat(day).toordinal() - first) / (last - first) * (_W - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _H - _BOTTOM - (value - low) / ((top - low) or 1) * (_H - _BOTTOM - _TOP)

    span = (date.fromordinal(first).isoformat(), date.fromordinal(last).isoformat())
    parts = [*_axes(x, y, span, (low, top)), *(_goal(x, y, target) if target else ())]
    parts += _line(x, y, sorted({*points, *([initial] if initial else [])}))
    return (
        f'<svg viewBox="0 0 {_W} {_H}" role="img" aria-labelledby="{key}-t {key}-d" class="pil-courbe">'
        f'<title id="{key}-t">{safe(title)}</title><desc id="{key}-d">{safe(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _axes(x: OfDay, y: OfValue, span: tuple[str, str], bounds: tuple[float, float]) -> list[str]:
    low, top = bounds
    rules = [
        f'<line x1="{_LEFT}" x2="{_W - _RIGHT}" y1="{y(mark):.1f}" y2="{y(mark):.1f}" class="arc-grille"/>'
        f'<text x="{_LEFT - 6}" y="{y(mark) + 4:.1f}" class="pil-ordonnee">{figure(mark, 1)}</text>'
        for mark in (low, low + (top - low) / 2, top)
    ]
    years = [
        f'<text x="{x(day):.1f}" y="{_H - 12}" class="pil-abscisse" text-anchor="{anchor}">{day[:4]}</text>'
        for day, anchor in zip(span, ("start", "end"), strict=True)
    ]
    return rules + years


def _goal(x: OfDay, y: OfValue, target: Point) -> list[str]:
    day, value = target
    goal = f"{y(value):.1f}"
    return [
        f'<line x1="{_LEFT}" x2="{_W - _RIGHT}" y1="{goal}" y2="{goal}" class="pil-cible"/>',
        f'<path d="M{x(day):.1f} {y(value) - 6:.1f}l6 6-6 6-6-6z" class="pil-losange">'
        f"<title>cible : {figure(value, 1)} en {month_in_words(day)}</title></path>",
    ]


def _line(x: OfDay, y: OfValue, points: Sequence[Point]) -> list[str]:
    path = " ".join(f"{x(day):.1f},{y(value):.1f}" for day, value in points)
    radius = 3.5 if len(points) < 16 else 2
    dots = [
        f'<circle cx="{x(day):.1f}" cy="{y(value):.1f}" r="{radius}" class="pil-point">'
        f"<title>{month_in_words(day)} : {figure(value, 1)}</title></circle>"
        for day, value in points
    ]
    return [f'<polyline points="{path}" class="pil-trait"/>', *dots]


def _rounded(value: float) -> float:
    """The next round number: 1, 2, 2.5 or 5 times a power of ten, divided finely enough."""
    if value <= 0:
        return 1.0
    power = 10.0 ** (len(str(int(value))) - 1)
    return next(
        step * power for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if value <= step * power * 1.0001
    )
