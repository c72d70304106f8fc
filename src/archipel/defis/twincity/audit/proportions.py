"""Two proportions: the difference, its interval, its test; and the correction for many tests."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from archipel.defis.twincity.sets.boxes import Floats

LEVEL = 0.95
Z = float(norm.ppf((1 + LEVEL) / 2))


def wilson(found: Floats, n: Floats, z: float = Z) -> tuple[Floats, Floats]:
    """Score interval of one proportion (Wilson 1927); NaN where ``n`` is 0."""
    n = np.where(n > 0, n, np.nan)
    middle = (found + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(found * (n - found) / n + z**2 / 4)
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def newcombe(found_a: Floats, n_a: Floats, found_b: Floats, n_b: Floats) -> tuple[Floats, Floats]:
    """Interval of the difference of two independent proportions, by their score intervals.

    Newcombe, Statistics in Medicine 17 (1998) 873–890, method 10: it covers well in small groups and near
    0 and 1, where the usual one (Wald) has no width. NaN where a group is empty.
    """
    (low_a, high_a), (low_b, high_b) = wilson(found_a, n_a), wilson(found_b, n_b)
    a, b = _share(found_a, n_a), _share(found_b, n_b)
    low = a - b - np.hypot(a - low_a, high_b - b)
    high = a - b + np.hypot(high_a - a, b - low_b)
    return low, high


def pooled_test(found_a: Floats, n_a: Floats, found_b: Floats, n_b: Floats) -> Floats:
    """Two-sided p of the z-test with the pooled proportion (the one of arXiv 2308.02935).

    1 where all or none are found in both groups: nothing speaks against equality. NaN where a group is
    empty.
    """
    a, b = _share(found_a, n_a), _share(found_b, n_b)
    pooled = _share(found_a + found_b, n_a + n_b)
    return two_sided(a - b, np.sqrt(pooled * (1 - pooled) * (_share(1.0, n_a) + _share(1.0, n_b))))


def two_sided(difference: Floats, error: Floats) -> Floats:
    """p of a difference that is normal with this standard error; 1 where both are 0."""
    z = np.divide(difference, error, out=np.zeros_like(error), where=error > 0)
    return np.where(np.isnan(difference) | np.isnan(error), np.nan, 2 * norm.sf(np.abs(z)))


def holm(p: Floats) -> Floats:
    """Adjusted p of one family (Holm, Scandinavian Journal of Statistics 6 (1979) 65–70); NaN stay, and
    are no member of it."""
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def _share(found: Floats | float, n: Floats) -> Floats:
    return np.divide(found, n, out=np.full(np.shape(n), np.nan), where=n > 0)
