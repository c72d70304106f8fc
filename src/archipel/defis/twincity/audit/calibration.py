"""The method tried on itself: resamples of one set of which the true gaps are known.

The set is the population. Its groups are first brought to one recall by taking detections away at random
(no bias), then one group is made worse by so many points. Its clusters are drawn with replacement, as many
as there are, and each sample is audited as if it were all that is known: how often do the intervals hold
the true gap, and the tests tell it?
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archipel.defis.twincity.audit import clustered, power
from archipel.defis.twincity.audit.clustered import RESAMPLES, Tally
from archipel.defis.twincity.audit.proportions import holm
from archipel.defis.twincity.metrics.intervals import draws
from archipel.defis.twincity.sets.boxes import Bools, Floats, Ints

SHARED = 20
"""Samples that are audited with the same draws."""


@dataclass(frozen=True)
class Check:
    """Of each pair of groups (a before b): true gap, share of the resamples whose interval holds it, share
    whose test rejects at 5 %, power computed beforehand (of independent persons, and with the set's design
    effect). ``any_holm``: share of the resamples in which some corrected test rejects."""

    a: Ints
    b: Ints
    gap: Floats
    coverage: Floats
    rejected: Floats
    power_alone: Floats
    power_clustered: Floats
    any_holm: float

    def told(self, pairs: Bools) -> dict[str, float | int]:
        """Means over ``pairs``, and the extremes of the coverage."""
        return {
            "paires": int(pairs.sum()),
            "couverture": float(self.coverage[pairs].mean()),
            "couverture_min": float(self.coverage[pairs].min()),
            "couverture_max": float(self.coverage[pairs].max()),
            "rejets": float(self.rejected[pairs].mean()),
            "rejets_max": float(self.rejected[pairs].max()),
            "puissance_prevue_independants": float(self.power_alone[pairs].mean()),
            "puissance_prevue_grappes": float(self.power_clustered[pairs].mean()),
            "rejets_apres_holm": self.any_holm,
        }


def without_bias(counts: Tally, seed: int) -> Tally:
    """Every group brought to the lowest recall among them, to the nearest person."""
    n, found = counts.totals
    lowest = (found[n > 0] / n[n > 0]).min()
    return thinned(counts, np.round(found - n * lowest).astype(np.int64), seed)


def worse(counts: Tally, group: int, gap: float, seed: int) -> Tally:
    """A detector made worse on purpose: ``group`` (a column) loses ``gap`` of recall."""
    lost = np.zeros(counts.n.shape[1], dtype=np.int64)
    lost[group] = round(gap * counts.n[:, group].sum())
    return thinned(counts, lost, seed)


def thinned(counts: Tally, lost: Ints, seed: int) -> Tally:
    """``lost`` persons of each group, drawn among those found, are found no longer."""
    random = np.random.default_rng(seed)
    found = counts.found.copy()
    for group, how_many in enumerate(lost):
        one_each = np.repeat(np.arange(len(found)), found[:, group].astype(np.int64))
        np.subtract.at(found[:, group], random.choice(one_each, how_many, replace=False), 1)
    return Tally(counts.n, found)


def check(counts: Tally, seed: int, times: int = 1000, resamples: int = RESAMPLES) -> Check:
    """``times`` samples of the clusters of ``counts``, each audited with ``resamples`` of its own."""
    clusters, groups = counts.n.shape
    a, b = np.triu_indices(groups, 1)
    n, found = counts.totals
    recall = found / n
    gap = recall[a] - recall[b]
    random = np.random.default_rng(seed)
    held, rejected, family = np.zeros(len(a)), np.zeros(len(a)), 0
    for turn in range(times):
        # A sample's clusters stand in random order: one set of draws serves some, not all, or its own
        # chance would be in every interval.
        if turn % SHARED == 0:
            drawn = draws(np.arange(clusters), resamples, seed + 1 + turn).astype(float)
        chosen = random.integers(0, clusters, clusters)
        sample = Tally(counts.n[chosen], counts.found[chosen])
        low, high = clustered.gap_intervals(sample, a, b, drawn)
        p, _design = clustered.score_test(sample, a, b)
        held += (low <= gap) & (gap <= high)
        rejected += p < power.ALPHA
        family += bool((holm(p) < power.ALPHA).any())
    _p, design = clustered.score_test(counts, a, b)
    return Check(
        a, b, gap, held / times, rejected / times,
        _beforehand(recall, n, a, b, np.ones(len(a))), _beforehand(recall, n, a, b, design), family / times,
    )  # fmt: skip


def _beforehand(recall: Floats, n: Floats, a: Ints, b: Ints, design: Floats) -> Floats:
    rows = zip(recall[a], recall[b], n[a], n[b], design, strict=True)
    return np.array([power.of_groups(*row) for row in rows])
