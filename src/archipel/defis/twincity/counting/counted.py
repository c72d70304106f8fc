"""People of each image and the detections that count, and the score from which they are counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archipel.defis.twincity.audit import operating
from archipel.defis.twincity.evaluation import Sets, of_one_class
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets import units
from archipel.defis.twincity.sets.boxes import Bools, Detections, Floats, Ints, Truth

LARGEST = 1_000_000
"""Pixels of a side: more is no image's."""


@dataclass(frozen=True)
class Counted:
    """``true``, ``unit``, ``development``: one value an image, see `units`. ``found``: the detections that
    count. ``set_apart``: how many lay on a box that need not be found."""

    sets: Sets
    true: Ints
    unit: Ints
    development: Bools
    found: Detections
    set_apart: int

    @property
    def measured(self) -> Bools:
        return ~self.development

    def at(self, score: float) -> Ints:
        """How many are counted in each image."""
        kept = self.found.score >= score
        return np.bincount(self.found.image[kept], minlength=len(self.true))


def of_sets(sets: Sets) -> Counted:
    """Raises `DataRefused` where there are several classes, or too few images to choose in some and measure
    in others."""
    truth = of_one_class(sets).truth
    true = np.bincount(truth.image[~truth.ignore], minlength=len(truth.images))
    unit = units.of_images(truth)
    found = without_spared(truth, sets.detections)
    apart = len(sets.detections.box) - len(found.box)
    return Counted(sets, true, unit, units.development(truth, unit), found, apart)


def without_spared(truth: Truth, detections: Detections) -> Detections:
    """Nobody is counted, in truth or by the detector, where a truth is ignored: small, hidden, a crowd."""
    # Best first: the detections above a score are matched the same without the others.
    matched = operating.matched(truth, detections, operating.OVERLAPS[:1], most=None)
    return detections.select(np.sort(matched.row[~matched.ignored[0, 0]]))


def best_score(counted: Counted) -> float:
    """The score at which the mean absolute error is least on the development images; of several the highest.

    Raises `DataRefused` where nothing was detected there.
    """
    mine = counted.found.select(counted.development[counted.found.image])
    if not len(mine.box):
        raise DataRefused("aucune détection dans les images de réglage : le seuil ne peut y être choisi")
    order = np.argsort(-mine.score, kind="stable")
    image, score = mine.image[order], mine.score[order]
    # One detection more brings its image nearer while it has fewer than its people, then farther.
    change = np.where(_rank(image) < counted.true[image], -1, 1)
    last = np.r_[score[1:] != score[:-1], True]
    error = np.cumsum(change)[last]
    return float(score[last][error.argmin()])


def _rank(image: Ints) -> Ints:
    """How many rows of the same image stand before each."""
    order = np.argsort(image, kind="stable")
    _images, start, size = np.unique(image[order], return_index=True, return_counts=True)
    rank = np.empty(len(image), dtype=np.int64)
    rank[order] = np.arange(len(image)) - np.repeat(start, size)
    return rank


def sizes(truth: Truth, given: tuple[int | None, int | None]) -> Floats | None:
    """(images, 2): width and height, of the truth, else ``given``; None where one is not known.

    Raises `DataRefused` when only one of the two is given.
    """
    width, height = given
    if (width is None) != (height is None):
        raise DataRefused(f"largeur et hauteur vont ensemble, reçu {width} et {height}")
    rows = truth.about or ({},) * len(truth.images)
    told = np.array(
        [[_size(row.get("width"), width), _size(row.get("height"), height)] for row in rows], dtype=float
    )
    return None if np.isnan(told).any() else told


def _size(told: object, given: int | None) -> float:
    if isinstance(told, int | float) and 0 < told <= LARGEST:
        return float(told)
    return float("nan") if given is None else float(given)
