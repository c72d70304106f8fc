"""Counts of groups by cluster (scene, or image): gaps, intervals and a test that do not take persons of
one image for independent.

Interval: percentiles over clusters drawn with replacement. Test: the generalised score test of equal
recall with clusters' empirical variance (Rotnitzky & Jewell, Biometrika 77 (1990) 485–497; Boos, American
Statistician 46 (1992) 327–333): z = (p_a − p_b) / √Σ u_c², where u_c = (found_ac − p n_ac) / n_a −
(found_bc − p n_bc) / n_b and p is the recall of both together. With one person a cluster and groups of
equal size it is the two-proportion z-test. The score form is taken because Wald's rejects too often with
few clusters (Guo et al., Statistics in Medicine 24 (2005) 3479–3495).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archipel.defis.twincity.audit.proportions import LEVEL, newcombe, two_sided, wilson
from archipel.defis.twincity.metrics.intervals import draws
from archipel.defis.twincity.sets.boxes import Bools, Floats, Ints
from archipel.defis.twincity.sets.units import LEAST_CLUSTERS

RESAMPLES = 2000
AT_ONCE = 100
"""Resamples in one product of matrices."""


@dataclass(frozen=True)
class Tally:
    """Persons and persons found, (clusters, groups)."""

    n: Floats
    found: Floats

    @property
    def totals(self) -> tuple[Floats, Floats]:
        return self.n.sum(axis=0), self.found.sum(axis=0)

    @property
    def held(self) -> Ints:
        """How many clusters hold each group."""
        return (self.n > 0).sum(axis=0)


def tally(cluster: Ints, group: Ints, found: Bools, clusters: int, groups: int) -> Tally:
    """``cluster``, ``group`` (−1: in none) and ``found``: one value a person."""
    told = group >= 0
    cell = cluster[told] * groups + group[told]
    n = np.bincount(cell, minlength=clusters * groups)
    hits = np.bincount(cell, weights=found[told].astype(float), minlength=clusters * groups)
    return Tally(n.reshape(clusters, groups).astype(float), hits.astype(float).reshape(clusters, groups))


def beside(tallies: list[Tally]) -> Tally:
    """One after the other, as columns of one."""
    return Tally(np.hstack([one.n for one in tallies]), np.hstack([one.found for one in tallies]))


def resamples(cluster: Ints, seed: int, times: int = RESAMPLES) -> Ints:
    """(times, clusters): how often each cluster was drawn."""
    return draws(np.arange(int(cluster.max(initial=-1)) + 1), times, seed)


def ratios(drawn: Ints | Floats, above: Floats, below: Floats) -> Floats:
    """(resamples, columns): sums of ``above`` over sums of ``below``, clusters taken as often as drawn."""
    parts = []
    for start in range(0, len(drawn), AT_ONCE):
        weight = drawn[start : start + AT_ONCE].astype(float, copy=False)
        total = weight @ below
        parts.append(np.divide(weight @ above, total, out=np.full_like(total, np.nan), where=total > 0))
    return np.concatenate(parts)


def percentiles(values: Floats) -> tuple[Floats, Floats]:
    """Of each column, over the resamples where it is defined; NaN where it never is."""
    bounds = np.full((2, values.shape[1]), np.nan)
    unknown = np.isnan(values)
    always, sometimes = ~unknown.any(axis=0), unknown.any(axis=0) & ~unknown.all(axis=0)
    share = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    if always.any():
        bounds[:, always] = np.quantile(values[:, always], share, axis=0)
    # Column by column within NumPy: slow, so only where there is need.
    if sometimes.any():
        bounds[:, sometimes] = np.nanquantile(values[:, sometimes], share, axis=0)
    return bounds[0], bounds[1]


def recall_intervals(counts: Tally, drawn: Ints) -> tuple[Floats, Floats]:
    """Of the recall of each group; of one that resamples make too sure of, see `gap_intervals`."""
    low, high = percentiles(ratios(drawn, counts.found, counts.n))
    flat, share, held = _flat(counts)
    wide = wilson(share * held, held)
    return np.where(flat, wide[0], low), np.where(flat, wide[1], high)


def rate_intervals(counts: Tally, drawn: Ints) -> tuple[Floats, Floats]:
    """Of ``found`` over ``n`` where it may pass 1 (false positives per image). Of none in so many clusters,
    the highest rate that would give none once in 40 (Poisson)."""
    low, high = percentiles(ratios(drawn, counts.found, counts.n))
    none = (counts.found.sum(axis=0) == 0) & (counts.n.sum(axis=0) > 0)
    held = np.maximum(counts.held, 1)
    return low, np.where(none, -np.log((1 - LEVEL) / 2) / held, high)


def gap_intervals(counts: Tally, a: Ints, b: Ints, drawn: Ints | Floats) -> tuple[Floats, Floats]:
    """Of the recall of groups ``a`` minus that of groups ``b``.

    Where all or none of a group are found, every resample says so again and the group seems certain, as
    does one of a single image: its clusters are then counted as persons, found or not as one, in Newcombe's
    interval. The interval holds the gap itself.
    """
    recall = ratios(drawn, counts.found, counts.n)
    low, high = percentiles(recall[:, a] - recall[:, b])
    flat, share, held = _flat(counts)
    either = flat[a] | flat[b]
    wide = newcombe(share[a] * held[a], held[a], share[b] * held[b], held[b])
    gap = np.where((held[a] > 0) & (held[b] > 0), share[a] - share[b], np.nan)
    low, high = np.where(either, np.fmin(low, wide[0]), low), np.where(either, np.fmax(high, wide[1]), high)
    return np.minimum(low, gap), np.maximum(high, gap)


def _flat(counts: Tally) -> tuple[Bools, Floats, Floats]:
    """Which groups are found whole or not at all, or are in few clusters; their recall, their clusters."""
    n, found = counts.totals
    share = np.divide(found, n, out=np.zeros_like(n), where=n > 0)
    flat = (found == 0) | (found == n) | (counts.held < LEAST_CLUSTERS)
    return flat & (n > 0), share, counts.held.astype(float)


def score_test(counts: Tally, a: Ints, b: Ints) -> tuple[Floats, Floats]:
    """p of each pair of groups, and its design effect: the variance over that of independent persons."""
    n, found = counts.totals
    p, design = np.full(len(a), np.nan), np.ones(len(a))
    for at in np.flatnonzero((n[a] > 0) & (n[b] > 0)):
        one, two = a[at], b[at]
        pooled = (found[one] + found[two]) / (n[one] + n[two])
        u = [(counts.found[:, k] - pooled * counts.n[:, k]) / n[k] for k in (one, two)]
        variance = ((u[0] - u[1]) ** 2).sum()
        alone = pooled * (1 - pooled) * (1 / n[one] + 1 / n[two])
        gap = found[one] / n[one] - found[two] / n[two]
        p[at] = two_sided(np.array([gap]), np.array([np.sqrt(variance)]))[0]
        design[at] = variance / alone if variance > 0 and alone > 0 else 1.0
    return p, design
