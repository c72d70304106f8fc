"""Detection figures of MOTChallenge: MODA, MODP, false alarms per frame.

Stiefelhagen et al. 2006; reference: `dendorferpatrick/MOTChallengeEvalKit` DET, and TrackEval for which
detections are set apart first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from archipel.defis.twincity.sets.boxes import Detections, Ints, Truth, overlaps

OVERLAP = 0.5


@dataclass(frozen=True)
class Counts:
    """Pooled over frames. ``overlap``: sum of the overlaps of what was found."""

    tp: int
    fp: int
    fn: int
    overlap: float
    frames: int

    def figures(self) -> dict[str, float | int | None]:
        true = self.tp + self.fn
        return {
            "tp": self.tp,
            "fp": self.fp,
            "fn": self.fn,
            "moda": 1 - (self.fn + self.fp) / true if true else None,
            "modp": self.overlap / self.tp if self.tp else None,
            "far": self.fp / self.frames if self.frames else None,
        }


def without_distractors(truth: Truth, detections: Detections) -> tuple[Truth, Detections]:
    """Truths that are ignored (static persons, reflections…) leave, with the detections that, in a match
    one to one of everything, are theirs."""
    if not truth.ignore.any():
        return truth, detections
    pair = _paired(truth, detections)
    spared = np.pad(truth.ignore, (0, 1))[pair]
    return truth.select(~truth.ignore), detections.select(~spared)


def count(truth: Truth, detections: Detections) -> Counts:
    """Matched one to one in each frame, whatever the scores, after `without_distractors`."""
    pair = _paired(truth, detections)
    found = pair >= 0
    no_crowd = np.zeros(int(found.sum()), dtype=bool)
    matched = overlaps(detections.box[found], truth.box[pair[found]], no_crowd)
    tp = int(found.sum())
    return Counts(tp, len(found) - tp, len(truth.box) - tp, float(matched.sum()), len(truth.images))


def _paired(truth: Truth, detections: Detections) -> Ints:
    """Position of the truth that each detection is paired with, −1 for none: the greatest sum of overlaps."""
    pair = np.full(len(detections.box), -1, dtype=np.int64)
    by_truth, by_detection = _by_image(truth.image), _by_image(detections.image)
    for image, mine in by_detection.items():
        there = by_truth.get(image)
        if there is None:
            continue
        near = overlaps(detections.box[mine][:, None, :], truth.box[there], np.zeros(len(there), dtype=bool))
        near = np.where(near >= OVERLAP - np.finfo(float).eps, near, 0.0)
        rows, columns = linear_sum_assignment(near, maximize=True)
        good = near[rows, columns] > 0
        pair[mine[rows[good]]] = there[columns[good]]
    return pair


def _by_image(image: Ints) -> dict[int, Ints]:
    order = np.argsort(image, kind="stable")
    values, first = np.unique(image[order], return_index=True)
    return {int(v): part for v, part in zip(values, np.split(order, first[1:]), strict=False)}
