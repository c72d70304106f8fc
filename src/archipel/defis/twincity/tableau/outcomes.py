"""Of each person whether found, of each detection whether right, at one least score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archipel.defis.twincity.audit import operating
from archipel.defis.twincity.evaluation import Sets
from archipel.defis.twincity.sets.boxes import Bools, Detections, Floats, Truth


@dataclass(frozen=True)
class Outcome:
    """Of one picture: boxes (n, 4) in pixels. ``spared``: persons too small or too hidden to be asked for."""

    found: Floats
    missed: Floats
    spared: Floats
    right: Floats
    false: Floats

    @property
    def persons(self) -> int:
        return len(self.found) + len(self.missed)


@dataclass(frozen=True)
class Outcomes:
    """``found``: of each truth; ``hit``, ``false``: of each kept detection, neither where it fell on a
    person who is spared."""

    truth: Truth
    found: Bools
    detections: Detections
    hit: Bools
    false: Bools

    def of(self, image: int) -> Outcome:
        """``image``: its position in the truth's images."""
        mine, told = self.truth.image == image, self.detections.image == image
        counted = ~self.truth.ignore
        return Outcome(
            self.truth.box[mine & counted & self.found],
            self.truth.box[mine & counted & ~self.found],
            self.truth.box[mine & ~counted],
            self.detections.box[told & self.hit],
            self.detections.box[told & self.false],
        )

    def persons(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """How many are to be found in each image."""
        kept = self.truth.image[~self.truth.ignore]
        return np.bincount(kept, minlength=len(self.truth.images)).astype(np.int64)


def outcomes(sets: Sets, score: float) -> Outcomes:
    """As the audit matches (`audit.operating.matched`): the surest first, at half an overlap."""
    kept = sets.detections.select(sets.detections.score >= score)
    matched = operating.matched(sets.truth, kept, operating.OVERLAPS[:1])
    to, ignored = matched.truth[0, 0], matched.ignored[0, 0]
    found = np.zeros(len(sets.truth.ignore), dtype=bool)
    found[to[(to >= 0) & ~ignored]] = True
    return Outcomes(sets.truth, found, kept.select(matched.row), (to >= 0) & ~ignored, (to < 0) & ~ignored)
