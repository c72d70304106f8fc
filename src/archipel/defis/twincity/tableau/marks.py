"""How detectors are told apart in figures: a colour, a shape and a dash each, never colour alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archipel.defis.page.words import safe
from archipel.defis.twincity.tableau.publication import Audited


@dataclass(frozen=True)
class Mark:
    """``path``: of the shape, around 0, within ± 5. ``dash``: of its line, "" for a full one."""

    colour: str
    path: str
    dash: str


MARKS = (
    Mark("#000091", "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z", ""),
    Mark("#b34000", "M-4-4h8v8h-8z", "7 4"),
    Mark("#18753c", "M0-5.5L5.2 4h-10.4z", "2 3"),
    Mark("#6e445a", "M0-5.5L5.5 0L0 5.5L-5.5 0z", "10 3 2 3"),
    Mark("#005c8a", "M0 5.5L5.2-4h-10.4z", "4 2"),
    Mark("#716043", "M-1.7-5h3.4v3.3h3.3v3.4h-3.3v3.3h-3.4v-3.3h-3.3v-3.4h3.3z", "1 4"),
    Mark("#a558a0", "M-5-1.7h10v3.4h-10z", "12 4"),
    Mark("#3a3a3a", "M-1.7-5h3.4v10h-3.4z", "6 2 1 2"),
)


def mark(rank: int) -> Mark:
    return MARKS[rank % len(MARKS)]


def shape(one: Mark, x: float, y: float, told: str, *, hollow: bool = False) -> str:
    """At a place of a drawing; ``told`` is said when it is pointed at."""
    fill = "#fff" if hollow else one.colour
    return (
        f'<path d="{one.path}" transform="translate({x:.1f} {y:.1f})" fill="{fill}" stroke="{one.colour}" '
        f'stroke-width="1.6"><title>{safe(told)}</title></path>'
    )


def legend(detectors: Iterable[Audited]) -> str:
    """A list of the detectors, each beside its mark."""
    items = "".join(
        f'<li><svg viewBox="0 0 34 14" aria-hidden="true"><path d="M1 7h32" stroke="{mark(rank).colour}" '
        f'stroke-width="2" stroke-dasharray="{mark(rank).dash}"/>'
        f'<path d="{mark(rank).path}" transform="translate(17 7)" fill="{mark(rank).colour}" '
        f'stroke="#fff"/></svg>'
        f"{safe(one.title)}</li>"
        for rank, one in enumerate(detectors)
    )
    return f'<ul class="arc-legende" aria-label="Légende des détecteurs">{items}</ul>'
