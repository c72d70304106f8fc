"""How many persons, or pairs, a gap asks for; and what a number of them can see. Computed beforehand.

All tests are two-sided, at 5 % where nothing else is said. ``design``: by how much the variance is that
of independent persons (Kish 1965): more than 1 where the persons of an image are found or missed together.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

from scipy.optimize import brentq

NORMAL = NormalDist()
ALPHA = 0.05
POWER = 0.8
GAP = 0.03
"""The gap that an audit must be able to see."""
LEAST = 1e-9
"""Gap from which a search starts."""


def group_size(first: float, second: float, power: float = POWER, alpha: float = ALPHA) -> float:
    """Persons per group, to be rounded up, that tell two shares apart, in independent groups of equal size.

    Fleiss, Levin & Paik 2003, chapter 4, without continuity correction. Raises `ValueError` where
    they are equal.
    """
    if first == second:
        raise ValueError("two different shares have a size")
    z, z_power = _quantiles(power, alpha)
    both = (first + second) / 2
    root = z * math.sqrt(2 * both * (1 - both)) + z_power * math.sqrt(_spread(first) + _spread(second))
    return (root / (first - second)) ** 2


def of_groups(
    first: float, second: float, n_first: float, n_second: float, design: float = 1.0, alpha: float = ALPHA
) -> float:
    """Power of the pooled z-test between groups of these sizes; 0 where one is empty."""
    if n_first <= 0 or n_second <= 0:
        return 0.0
    n_first, n_second = n_first / design, n_second / design
    pooled = (n_first * first + n_second * second) / (n_first + n_second)
    under_none = math.sqrt(_spread(pooled) * (1 / n_first + 1 / n_second))
    under_gap = math.sqrt(_spread(first) / n_first + _spread(second) / n_second)
    return _passes(abs(first - second), under_none, under_gap, alpha)


def gap_power(
    recall: float, n_a: float, n_b: float, gap: float = GAP, design: float = 1.0, alpha: float = ALPHA
) -> float:
    """Power for a ``gap`` between two groups whose recalls stand around ``recall``, as far as 0 and 1
    let them."""
    centre = min(max(recall, gap / 2), 1 - gap / 2)
    return of_groups(centre + gap / 2, centre - gap / 2, n_a, n_b, design, alpha)


def smallest_gap(
    recall: float, n_a: float, n_b: float, power: float = POWER, design: float = 1.0
) -> float | None:
    """The gap that groups of these sizes see with this power; None where none is large enough."""
    if gap_power(recall, n_a, n_b, 1.0, design) < power:
        return None
    return _solve(lambda gap: gap_power(recall, n_a, n_b, gap, design) - power)


def pairs(gap: float, discordant: float, power: float = POWER, alpha: float = ALPHA) -> float:
    """Pairs, to be rounded up, that McNemar's test needs for a ``gap`` when a share ``discordant`` of them
    are found on one side only.

    Connor, Biometrics 43 (1987) 207–211, after Miettinen 1968. Raises `ValueError` for a gap of 0, or
    larger than ``discordant``: it cannot be.
    """
    if not 0 < abs(gap) <= discordant <= 1:
        raise ValueError("0 < |gap| ≤ discordant ≤ 1")
    z, z_power = _quantiles(power, alpha)
    return ((z * math.sqrt(discordant) + z_power * math.sqrt(discordant - gap**2)) / gap) ** 2


def of_pairs(n: float, gap: float, discordant: float, alpha: float = ALPHA) -> float:
    """Power of McNemar's test on ``n`` pairs; the reverse of `pairs`."""
    if n <= 0 or discordant <= 0:
        return 0.0
    room = max(discordant - gap**2, 0.0)
    return _passes(abs(gap), math.sqrt(discordant / n), math.sqrt(room / n), alpha)


def smallest_paired_gap(n: float, discordant: float, power: float = POWER) -> float | None:
    """The gap that ``n`` pairs see with this power; None where even all discordant pairs on one side would
    not do."""
    if of_pairs(n, discordant, discordant) < power:
        return None
    return _solve(lambda gap: of_pairs(n, gap, discordant) - power, discordant)


def _passes(gap: float, under_none: float, under_gap: float, alpha: float) -> float:
    """That a normal estimate of ``gap`` goes beyond either bound of the test."""
    bound = NORMAL.inv_cdf(1 - alpha / 2) * under_none
    if not under_gap:
        return float(gap > bound)
    return NORMAL.cdf((gap - bound) / under_gap) + NORMAL.cdf((-bound - gap) / under_gap)


def _solve(excess: Callable[[float], float], highest: float = 1.0) -> float:
    # Between a crowd and a single person the normal law sees any gap, however small.
    return LEAST if excess(LEAST) >= 0 else float(brentq(excess, LEAST, highest))


def _quantiles(power: float, alpha: float) -> tuple[float, float]:
    return NORMAL.inv_cdf(1 - alpha / 2), NORMAL.inv_cdf(power)


def _spread(share: float) -> float:
    return share * (1 - share)
