"""Log-average miss rate over false positives per image: Caltech's, and CityPersons' with its subsets.

Dollár et al., TPAMI 2012; Zhang et al., CVPR 2017 (reference: `cvgroup-njust/CityPersons`,
`eval_MR_multisetup.py`). Overlap at 0.5, at most 1 000 detections an image.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from archipel.defis.twincity.metrics.matching import best_first, match
from archipel.defis.twincity.sets.boxes import Bools, Detections, Floats, Ints, Truth

POINTS = np.array([0.0100, 0.0178, 0.0316, 0.0562, 0.1000, 0.1778, 0.3162, 0.5623, 1.0000])
"""False positives per image at which the miss rate is read, rounded as the reference has them."""
LEAST = 1e-10
"""A detector that misses nothing has no logarithm otherwise."""
MOST = 1000
HEIGHT_MARGIN = 1.25
"""Detections a little out of the subset's heights still count: their height is not the truth's."""


@dataclass(frozen=True)
class Subset:
    """Truths that must be found: height in pixels, share of the body that is seen; both ends belong."""

    heights: tuple[float, float] = (0.0, math.inf)
    visible: tuple[float, float] = (0.0, math.inf)

    def spares(self, truth: Truth) -> Bools:
        """Truths that need not be found: ignored ones, and what lies outside the subset."""
        (low, high), (least, most) = self.heights, self.visible
        small_or_tall = (truth.height < low) | (truth.height > high)
        hidden = (truth.visible < least) | (truth.visible > most)
        return truth.ignore | small_or_tall | hidden

    def admits(self, detections: Detections) -> Bools:
        height = detections.box[:, 3]
        low, high = self.heights
        return (height >= low / HEIGHT_MARGIN) & (height < high * HEIGHT_MARGIN)


EVERY = Subset()
CITYPERSONS = {
    "reasonable": Subset((50, math.inf), (0.65, math.inf)),
    "reasonable_small": Subset((50, 75), (0.65, math.inf)),
    "heavy": Subset((50, math.inf), (0.2, 0.65)),
    "all": Subset((20, math.inf), (0.2, math.inf)),
}


@dataclass(frozen=True)
class Scored:
    """Detections that are right or wrong, best first: whether they hit, of which image, how sure.

    ``images``: how many images there are; ``truths``: how many truths count in each (images).
    """

    hit: Bools
    image: Ints
    score: Floats
    truths: Ints

    @property
    def images(self) -> int:
        return len(self.truths)


def scored(truth: Truth, detections: Detections, subset: Subset = EVERY, overlap: float = 0.5) -> Scored:
    """Classes are matched apart, their detections ranked together: give one class for its own curve."""
    spared = subset.spares(truth)
    order, rank = best_first(detections)
    detections = detections.select(order[rank < MOST])
    detections = detections.select(subset.admits(detections))
    found = match(truth, detections, [overlap], spared[None], crowd=spared, most=MOST)
    rows = found.row[~found.ignored[0, 0]]
    hit = found.truth[0, 0][~found.ignored[0, 0]] >= 0
    surest = np.argsort(-detections.score[rows], kind="stable")
    rows, hit = rows[surest], hit[surest]
    truths = np.bincount(truth.image[~spared], minlength=len(truth.images))
    return Scored(hit, detections.image[rows], detections.score[rows], truths)


def miss_rates(outcome: Scored, points: Floats = POINTS) -> Floats | None:
    """Miss rate at each of ``points``; 1 where even the surest detection gives more false positives.

    None where no truth counts.
    """
    total = int(outcome.truths.sum())
    if not total:
        return None
    per_image = np.cumsum(~outcome.hit) / outcome.images
    recall = np.r_[0.0, np.cumsum(outcome.hit) / total]
    return np.asarray(1 - recall[np.searchsorted(per_image, points, side="right")])


def log_average(rates: Floats) -> float:
    """Geometric mean of the miss rates."""
    return float(np.exp(np.log(np.maximum(rates, LEAST)).mean()))


def log_average_miss_rate(truth: Truth, detections: Detections, subset: Subset = EVERY) -> float | None:
    """The mean over the classes that have a truth that counts; None where none does."""
    values = []
    for k in range(len(truth.categories)):
        mine = truth.select(truth.category == k), detections.select(detections.category == k)
        rates = miss_rates(scored(*mine, subset))
        if rates is not None:
            values.append(log_average(rates))
    return float(np.mean(values)) if values else None
