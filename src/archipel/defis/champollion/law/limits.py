"""What each nature and motive may do, by state of the law: the table that the rules are computed with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from archipel.defis.champollion.law import codes
from archipel.defis.champollion.law.rules import PERIODS, TWO_RENEWALS

OPEN_MOTIVES = {
    codes.CDD: frozenset(codes.MOTIVES) - {codes.DISABLED},
    codes.MISSION: frozenset(codes.MOTIVES) - {codes.HARVEST, codes.PROJECT, codes.VOYAGE},
}
"""L1242-2 and L1242-3; L1251-6 and L1251-7. Grape harvest is a CDD (L718-4 of the rural code)."""

NO_PRECISE_TERM = frozenset(
    {codes.REPLACEMENT, codes.SEASON, codes.HARVEST, codes.CUSTOM, codes.PROJECT, codes.HEAD,
     codes.FARM_HEAD, codes.VOYAGE}
)  # fmt: skip
"""L1242-7, L1251-11: they may end with their purpose, and then have no longest length."""

EXEMPT = {
    codes.CDD: frozenset(
        {codes.REPLACEMENT, codes.SEASON, codes.HARVEST, codes.CUSTOM, codes.HEAD, codes.FARM_HEAD,
         codes.DIFFICULTY, codes.TRAINING, codes.APPRENTICE, codes.VOYAGE}
    ),
    codes.MISSION: frozenset(
        {codes.REPLACEMENT, codes.SEASON, codes.HARVEST, codes.CUSTOM, codes.HEAD, codes.FARM_HEAD}
    ),
}  # fmt: skip
"""No waiting period: L1244-4-1 (1°, 3°, 4°, 5°), and L1251-37-1, which has no L1251-7. Whoever is replaced is
« temporairement absent »: neither part-time for a while nor gone."""

ORDINARY, LONG, LONGEST = 18, 24, 36
MOST_RENEWALS = 2
LONG_FROM = 14
"""Days from which a third of the expired contract is waited for, not half."""
BAN_MONTHS, BRIEF_MONTHS = 6, 3
"""L1242-5: months after an economic dismissal; length up to which a contract without renewal is allowed."""


@dataclass(frozen=True)
class Limit:
    """``months``: longest length, None for none. ``motive``: "" where none is declared.

    ``renewals``: None where the motive has no such limit (L1242-3). ``bounded``: whether the length has a
    limit even where no term was fixed. ``branch``: whether a branch may set its own length and renewals; not
    for a defined project (L1242-8, L1242-8-1, last lines; L1242-8-2).
    """

    nature: str
    motive: str
    since: date
    allowed: bool
    needs_term: bool
    bounded: bool
    months: int | None
    renewals: int | None
    exempt: bool
    branch: bool


def limits() -> Iterator[Limit]:
    """One for each nature, motive and state of the law; a motive that is not declared is never exempt."""
    for nature in codes.CHECKED:
        for motive in ("", *codes.MOTIVES):
            for since in PERIODS:
                yield Limit(
                    nature, motive, since,
                    allowed=motive in OPEN_MOTIVES[nature],
                    needs_term=bool(motive) and motive not in NO_PRECISE_TERM,
                    bounded=motive == codes.PROJECT or (bool(motive) and motive not in NO_PRECISE_TERM),
                    months=_months(nature, motive),
                    renewals=_renewals(nature, motive, since),
                    exempt=motive in EXEMPT[nature],
                    branch=(nature, motive) != (codes.CDD, codes.PROJECT),
                )  # fmt: skip


def _months(nature: str, motive: str) -> int | None:
    """L1242-8-1, L1242-8-2, L1251-12-1."""
    if motive == codes.VOYAGE:
        return None
    if nature == codes.CDD:
        if motive in (codes.DIFFICULTY, codes.TRAINING, codes.APPRENTICE):
            return None
        if motive == codes.PROJECT:
            return LONGEST
    if nature == codes.MISSION and motive == codes.APPRENTICE:
        return LONGEST
    return LONG if motive == codes.DEPARTURE else ORDINARY


def _renewals(nature: str, motive: str, since: date) -> int | None:
    if nature == codes.CDD and motive in (codes.DIFFICULTY, codes.TRAINING, codes.APPRENTICE):
        return None
    if nature == codes.CDD and motive == codes.PROJECT:
        return 0
    return MOST_RENEWALS if since >= TWO_RENEWALS else 1
