"""Average precision of PASCAL VOC: pixels are inclusive, each detection has one truth in mind.

Everingham et al. 2010: 11 points until 2009, every point since. A second detection of a truth is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archipel.defis.twincity.sets.boxes import Detections, Floats, Truth

ELEVEN = np.linspace(0, 1, 11)


def curve(truth: Truth, detections: Detections, overlap: float = 0.5) -> tuple[Floats, Floats]:
    """Recall and precision after each detection, best first, of one class."""
    order = np.argsort(-detections.score, kind="stable")
    taken = np.zeros(len(truth.box), dtype=bool)
    hit = np.zeros(len(order), dtype=bool)
    for at, row in enumerate(order):
        here = np.flatnonzero(truth.image == detections.image[row])
        if not len(here):
            continue
        near = _inclusive(detections.box[row], truth.box[here])
        best = here[near.argmax()]
        if near.max() >= overlap and not taken[best]:
            hit[at] = taken[best] = True
    hits = np.cumsum(hit)
    return hits / max(len(truth.box), 1), hits / np.arange(1, len(hit) + 1)


def every_point(recall: Floats, precision: Floats) -> float:
    """Area under the curve, precision made monotone from the right."""
    edges = np.r_[0.0, recall, 1.0]
    heights = np.maximum.accumulate(np.r_[0.0, precision, 0.0][::-1])[::-1]
    return float(np.sum(np.diff(edges) * heights[1:]))


def eleven_points(recall: Floats, precision: Floats, points: Sequence[float] = tuple(ELEVEN)) -> float:
    return float(np.mean([precision[recall >= point].max(initial=0.0) for point in points]))


def _inclusive(box: Floats, others: Floats) -> Floats:
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[:2] + box[2:], others[:, :2] + others[:, 2:])
    common = np.prod(np.maximum(high - low + 1, 0), axis=1)
    union = np.prod(box[2:] + 1) + np.prod(others[:, 2:] + 1, axis=1) - common
    return np.asarray(common / union)
