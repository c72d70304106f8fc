"""COCO's twelve figures of a detector (Lin et al. 2014; reference: pycocotools, `COCOeval`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archipel.defis.twincity.metrics.matching import Matches, match
from archipel.defis.twincity.sets.boxes import Bools, Detections, Floats, Ints, Truth

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)
AREAS = {
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}
MOST = (1, 10, 100)
"""How many detections of an image and class count."""

FIGURES = (
    "ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large",
    "ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large",
)  # fmt: skip


@dataclass(frozen=True)
class Curves:
    """Precision (thresholds, 101 recalls, classes, areas) and greatest recall (thresholds, classes, areas,
    `MOST`); NaN where no truth counts."""

    precision: Floats
    recall: Floats

    def figures(self) -> dict[str, float | None]:
        """The twelve, all classes together; None where no truth counts."""
        p, r = self.precision, self.recall
        values = {"ap": p[..., 0], "ap50": p[:1, ..., 0], "ap75": p[5:6, ..., 0]}
        values |= {f"ap_{name}": p[..., at] for at, name in enumerate(AREAS) if at}
        values |= {f"ar{most}": r[..., 0, at] for at, most in enumerate(MOST)}
        values |= {f"ar_{name}": r[..., at, -1] for at, name in enumerate(AREAS) if at}
        return {name: _mean(value) for name, value in values.items()}


def _mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def spared_by_area(truth: Truth) -> Bools:
    """(areas, truths): crowds, and what lies outside each range. (COCO reads no `ignore` but a crowd's.)"""
    low, high = np.array(list(AREAS.values())).T[:, :, None]
    return truth.crowd | (truth.area < low) | (truth.area > high)


def evaluate(truth: Truth, detections: Detections) -> Curves:
    """Raises nothing: an empty set gives curves of NaN, no detection gives zeros."""
    spared = spared_by_area(truth)
    matches = match(truth, detections, list(THRESHOLDS), spared)
    wrong_size = _outside(detections.area[matches.row])
    ignored = matches.ignored | ((matches.truth < 0) & wrong_size[:, None, :])
    kinds = len(truth.categories)
    precision = np.full((len(THRESHOLDS), len(RECALLS), kinds, len(AREAS)), np.nan)
    recall = np.full((len(THRESHOLDS), kinds, len(AREAS), len(MOST)), np.nan)
    category = detections.category[matches.row]
    for k in range(kinds):
        mine = np.flatnonzero(category == k)
        # Images in their order, each best first: so equal scores keep the order that pycocotools gives.
        mine = mine[np.argsort(-detections.score[matches.row[mine]], kind="stable")]
        for a in range(len(AREAS)):
            n = int((~spared[a] & (truth.category == k)).sum())
            if n:
                _class_curves(matches, ignored[a], mine, n, precision[:, :, k, a], recall[:, k, a], a)
    return Curves(precision, recall)


def _class_curves(
    matches: Matches, ignored: Bools, rows: Ints, n: int, precision: Floats, recall: Floats, area: int
) -> None:
    """Fill the curves of one class and one area range."""
    hit = (matches.truth[area][:, rows] >= 0) & ~ignored[:, rows]
    miss = (matches.truth[area][:, rows] < 0) & ~ignored[:, rows]
    for at, most in enumerate(MOST):
        recall[:, at] = (hit & (matches.rank[rows] < most)).sum(axis=1) / n
    precision[:] = precision_at(np.cumsum(hit, axis=1), np.cumsum(miss, axis=1), n)


def precision_at(hits: Ints, misses: Ints, n: float | Floats) -> Floats:
    """Interpolated precision at `RECALLS` from running counts (curves, rows); ``n``: truths that count."""
    recall = hits / n
    precision = hits / (hits + misses + np.spacing(1))
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    padded = np.concatenate([precision, np.zeros((len(precision), 1))], axis=1)
    at = np.stack([np.searchsorted(line, RECALLS, side="left") for line in recall])
    return np.take_along_axis(padded, at, axis=1)


def _outside(area: Floats) -> Bools:
    low, high = np.array(list(AREAS.values())).T[:, :, None]
    return (area < low) | (area > high)
