"""A detector at fixed operating points: who is found, and the false alarms of each image.

A point is a least score: given, or the lowest at which the whole set has at most so many false positives
per image at overlap 0.5. It is then kept at other overlaps and in every group: a detector in service has
one threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archipel.defis.twincity.metrics.matching import Matches, match
from archipel.defis.twincity.metrics.missrate import MOST
from archipel.defis.twincity.sets.boxes import Bools, Detections, Floats, Ints, Truth

OVERLAPS = (0.5, 0.3, 0.7)
"""The first is that of the figures; the others tell whether they depend on it."""
FPPI = (0.1, 1.0)


@dataclass(frozen=True)
class Judged:
    """``found``: score of the detection that found each truth (overlaps, truths), −∞ for none. ``wrong``:
    scores and images of the false positives of each overlap. ``images``: how many there are."""

    found: Floats
    wrong: tuple[tuple[Floats, Ints], ...]
    images: int

    def found_at(self, score: float, overlap: int = 0) -> Bools:
        return np.asarray(self.found[overlap] >= score)

    def wrong_at(self, score: float, overlap: int = 0) -> Ints:
        """False positives of each image."""
        scores, image = self.wrong[overlap]
        return np.bincount(image[scores >= score], minlength=self.images)


@dataclass(frozen=True)
class Point:
    """``fppi``: the false positives per image that it allows, None for a score that was given."""

    name: str
    score: float
    fppi: float | None = None


def matched(
    truth: Truth, detections: Detections, overlaps: Sequence[float], most: int | None = MOST
) -> Matches:
    """What falls on a truth that need not be found is neither right nor wrong. ``most``: an image, of
    detections; all of them where None."""
    spared = truth.ignore
    most = len(detections.box) + 1 if most is None else most
    return match(truth, detections, overlaps, spared[None], crowd=spared, most=most)


def judge(truth: Truth, detections: Detections, overlaps: Sequence[float] = OVERLAPS) -> Judged:
    """Greedy matching is best first: what passes a score is matched the same without the rest."""
    told = matched(truth, detections, overlaps)
    score, image = detections.score[told.row], detections.image[told.row]
    found = np.full((len(overlaps), len(truth.ignore)), -np.inf)
    wrong = []
    for at, (to, ignored) in enumerate(zip(told.truth[0], told.ignored[0], strict=True)):
        hit = (to >= 0) & ~ignored
        found[at, to[hit]] = score[hit]
        miss = (to < 0) & ~ignored
        wrong.append((score[miss], image[miss]))
    return Judged(found, tuple(wrong), len(truth.images))


def score_at(judged: Judged, detections: Detections, false_per_image: float) -> float | None:
    """The lowest score with at most so many false positives per image; None where even the highest gives
    more, or nothing was detected."""
    wrong = np.sort(judged.wrong[0][0])
    scores = np.unique(detections.score)
    beyond = len(wrong) - np.searchsorted(wrong, scores, side="left")
    fit = np.flatnonzero(beyond <= false_per_image * judged.images)
    return float(scores[fit[0]]) if len(fit) else None


def points(judged: Judged, detections: Detections, score: float | None) -> list[Point]:
    """The given one alone, else those of `FPPI` that the detector has; the first is that of the audit."""
    if score is not None:
        return [Point(f"score ≥ {score:g}".replace(".", ","), score)]
    told = [
        (f"{one:g} fausse alerte par image au plus".replace(".", ","), score_at(judged, detections, one), one)
        for one in FPPI
    ]
    return [Point(name, found, one) for name, found, one in told if found is not None]
