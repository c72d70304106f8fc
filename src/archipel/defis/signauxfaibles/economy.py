"""Sectors of the synthetic country, and a business cycle that turns in its last years.

Nothing was fitted to anybody's records: shares and effects are orders of magnitude. Sectors are sections of
the French nomenclature of activities (NAF rév. 2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SUPPORT_BEGINS, WAVE_BEGINS, RAMP = 66, 42, 6
"""Months before the last one; months that a change takes."""


@dataclass(frozen=True)
class Sector:
    """``lift``: what it adds to the log of the hazard. ``exposure``: how much a crisis touches it, 0 to 1."""

    section: str
    name: str
    share: float
    lift: float
    exposure: float


SECTORS = (
    Sector("A", "agriculture", 0.03, -0.3, 0.2),
    Sector("C", "industrie", 0.17, 0.0, 0.4),
    Sector("F", "construction", 0.14, 0.4, 0.6),
    Sector("G", "commerce", 0.19, 0.1, 0.5),
    Sector("H", "transports et entreposage", 0.07, 0.2, 0.5),
    Sector("I", "hébergement et restauration", 0.09, 0.4, 1.0),
    Sector("J", "information et communication", 0.05, -0.2, 0.2),
    Sector("M", "conseil et technique", 0.08, -0.2, 0.3),
    Sector("N", "services administratifs", 0.07, 0.2, 0.5),
    Sector("O", "administration publique", 0.02, -2.0, 0.0),
    Sector("P", "enseignement", 0.03, -1.0, 0.1),
    Sector("Q", "santé et action sociale", 0.04, -0.7, 0.2),
    Sector("R", "arts et loisirs", 0.02, 0.2, 1.0),
)
EXCLUDED = frozenset("OP")
"""Sections that the public method leaves out (administration, teaching)."""


@dataclass(frozen=True)
class Cycle:
    """Each of shape (months,). ``level``: added to the log of the hazard. ``debt``: what a debt of three
    months of contributions adds to it. ``support``: strength of support measures, 0 to 1. ``recovery``: share
    of debts recovered each month."""

    level: np.ndarray
    debt: np.ndarray
    support: np.ndarray
    recovery: np.ndarray


def cycle(months: int) -> Cycle:
    """An ordinary economy; two years of support that mask insolvencies and let debts grow; then the wave."""
    ago = months - 1 - np.arange(months)
    began = np.clip((SUPPORT_BEGINS - ago + 1) / RAMP, 0, 1)
    wave = np.clip((WAVE_BEGINS - ago + 1) / RAMP, 0, 1)
    support = began * (1 - wave)
    return Cycle(
        level=-1.3 * support + 0.7 * wave,
        debt=0.5 - 0.4 * support + 0.5 * wave,
        support=support,
        recovery=0.12 - 0.09 * support - 0.03 * wave,
    )
