"""Intervals by bootstrap over images: boxes of one image, or images of one clip, are not independent.

A resample is how often each image was drawn; figures are recomputed from the same matches with those
weights, so that nothing is matched again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from archipel.defis.twincity.metrics.coco import precision_at
from archipel.defis.twincity.metrics.missrate import POINTS, Scored, log_average
from archipel.defis.twincity.sets.boxes import Floats, Ints

Figure = Callable[[Scored, Ints], float]
"""(detections, how often each image was drawn) → a figure; NaN where no truth was drawn."""


CELLS, FEWEST_RESAMPLES = 40_000_000, 400
"""Of one array of draws; and how many times are drawn all the same."""


def draws(units: Ints, times: int, seed: int) -> Ints:
    """(times, images): how often each image was drawn; fewer times where they would not fit in memory.
    ``units`` (images) are the clips that are drawn whole; `numpy.arange` where images stand alone."""
    times = min(times, max(CELLS // max(len(units), 1), FEWEST_RESAMPLES))
    _names, unit = np.unique(units, return_inverse=True)
    n = int(unit.max(initial=-1)) + 1
    random = np.random.default_rng(seed)
    if not n:
        return np.zeros((times, 0), dtype=np.int64)
    return np.asarray(random.multinomial(n, np.full(n, 1 / n), size=times)[:, unit])


def average_precision(outcome: Scored, drawn: Ints) -> float:
    """Precision at COCO's 101 recalls, averaged, at the overlap of ``outcome``."""
    total = (outcome.truths * drawn).sum()
    if not total:
        return float("nan")
    weight = drawn[outcome.image]
    hits, misses = np.cumsum(weight * outcome.hit), np.cumsum(weight * ~outcome.hit)
    return float(precision_at(hits[None], misses[None], total).mean())


def miss_rate(outcome: Scored, drawn: Ints) -> float:
    """Log-average miss rate."""
    return log_average(1 - _recall_at(outcome, drawn, POINTS))


def recall_at(false_per_image: float) -> Figure:
    """The figure « recall at so many false positives per image »."""
    return lambda outcome, drawn: float(_recall_at(outcome, drawn, np.array([false_per_image]))[0])


def _recall_at(outcome: Scored, drawn: Ints, points: Floats) -> Floats:
    total = (outcome.truths * drawn).sum()
    if not total:
        return np.full(len(points), np.nan)
    weight = drawn[outcome.image]
    per_image = np.cumsum(weight * ~outcome.hit) / drawn.sum()
    recall = np.r_[0.0, np.cumsum(weight * outcome.hit) / total]
    return np.asarray(recall[np.searchsorted(per_image, points, side="right")])


def interval(
    outcome: Scored, figure: Figure, drawn: Ints, level: float = 0.95
) -> tuple[float | None, float | None]:
    """Percentile interval of ``figure`` over the resamples ``drawn``."""
    return percentiles(np.array([figure(outcome, one) for one in drawn]), level)


def difference(
    first: Scored, second: Scored, figure: Figure, drawn: Ints, level: float = 0.95
) -> tuple[float | None, float | None]:
    """Of ``figure`` of the first minus the second's, the same images drawn for both."""
    return percentiles(np.array([figure(first, one) - figure(second, one) for one in drawn]), level)


def percentiles(values: Floats, level: float) -> tuple[float | None, float | None]:
    values = values[~np.isnan(values)]
    if not len(values):
        return None, None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
