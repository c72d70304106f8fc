"""Which detection found which truth: COCO's greedy rule, for all images and thresholds at once.

In each image and class, detections choose in the order of their scores. One takes the free truth that it
overlaps most, at the threshold or above; a truth that counts goes before one that is ignored; a crowd is
never used up. (pycocotools, `COCOeval.evaluateImg`; Caltech's and CityPersons' rule is the same, with every
ignored truth taken as a crowd.)

The choice of an image's d-th detection depends on those before it, not on other images: so the d-th
detections of many images choose together, in arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.sets.boxes import Bools, Detections, Floats, Ints, Truth, overlaps

CELLS = 4_000_000
"""Largest array of one batch, in cells."""
ALMOST_ONE = 1 - 1e-10
"""COCO's own cap of a threshold, so that equal boxes overlap « enough » at 1."""


@dataclass(frozen=True)
class Matches:
    """One row a kept detection, in the order of image, class, descending score.

    ``row``: its position in the detections. ``truth``: position of the truth that it found, −1 for none,
    of shape (criteria, thresholds, rows). ``ignored``: neither right nor wrong, of the same shape.
    """

    row: Ints
    rank: Ints
    truth: Ints
    ignored: Bools


def match(
    truth: Truth,
    detections: Detections,
    thresholds: Sequence[float],
    ignored: Bools,
    *,
    crowd: Bools | None = None,
    most: int = 100,
) -> Matches:
    """``ignored`` (criteria, truths): what need not be found, once a criterion (an area range, a subset).

    ``crowd`` (truths): what several detections may fall in, the truth's own by default. ``most``: how many
    detections of an image and class are kept, the best first.
    """
    crowd = truth.crowd if crowd is None else crowd
    order, rank = best_first(detections)
    order, rank = order[rank < most], rank[rank < most]
    key_d = _keys(detections, truth)[order]
    found = np.full((len(ignored), len(thresholds), len(order)), -1, dtype=np.int64)
    limits = np.minimum(np.asarray(thresholds, dtype=np.float64), ALMOST_ONE)
    for batch in _batches(key_d, _keys(truth, truth), cells=len(ignored) * len(limits)):
        _choose(batch, order, truth, detections, limits, ignored, crowd, found)
    # One more truth, of no interest, is what −1 points at.
    spared = np.pad(ignored, ((0, 0), (0, 1)))
    return Matches(order, rank, found, spared[np.arange(len(ignored))[:, None, None], found])


def best_first(detections: Detections) -> tuple[Ints, Ints]:
    """Positions in the order of image, class, descending score; each one's rank in its image and class."""
    order = np.lexsort((-detections.score, detections.category, detections.image))
    image, category = detections.image[order], detections.category[order]
    new = np.r_[True, (image[1:] != image[:-1]) | (category[1:] != category[:-1])][: len(order)]
    starts = np.flatnonzero(new)
    return order, np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))


def _keys(rows: Truth | Detections, truth: Truth) -> Ints:
    return rows.image * max(len(truth.categories), 1) + rows.category


@dataclass(frozen=True)
class _Batch:
    """Positions (in the sorted rows) of detections and truths of some groups, −1 where there is none.

    Groups stand in the order of falling numbers of detections. A group's truths stand last first: of two
    that are overlapped equally the later in the file is chosen, as pycocotools does, and `argmax` takes
    the first that it meets.
    """

    detections: Ints
    truths: Ints


def _batches(key_d: Ints, key_t: Ints, cells: int) -> Iterator[_Batch]:
    order_t = np.argsort(key_t, kind="stable")
    groups, first_d, count_d = np.unique(key_d, return_index=True, return_counts=True)
    sorted_t = key_t[order_t]
    first_t = np.searchsorted(sorted_t, groups, "left")
    count_t = np.searchsorted(sorted_t, groups, "right") - first_t
    wanted = np.flatnonzero(count_t)
    wanted = wanted[np.lexsort((-count_d[wanted], count_t[wanted]))]
    at = 0
    while at < len(wanted):
        widest = count_t[wanted[at:]]
        fits = np.arange(1, len(widest) + 1) * widest * cells <= CELLS
        size = max(int(fits.sum()), 1)
        these = wanted[at : at + size]
        these = these[np.argsort(-count_d[these], kind="stable")]
        at += size
        d = np.arange(count_d[these].max())
        g = np.arange(count_t[these].max())
        detections = np.where(d < count_d[these, None], first_d[these, None] + d, -1)
        back = count_t[these, None] - 1 - g
        truths = np.where(back >= 0, order_t[np.maximum(first_t[these, None] + back, 0)], -1)
        yield _Batch(detections, truths)


def _choose(
    batch: _Batch,
    order: Ints,
    truth: Truth,
    detections: Detections,
    limits: Floats,
    ignored: Bools,
    crowd: Bools,
    found: Ints,
) -> None:
    """Fill ``found`` for the detections of one batch, the best of every group first."""
    exists = batch.truths >= 0
    spared = ignored[:, batch.truths].transpose(1, 0, 2)[:, :, None, :]  # (groups, criteria, 1, truths)
    crowds = (crowd[batch.truths] & exists)[:, None, None, :]
    shape = (len(batch.truths), len(ignored), len(limits), batch.truths.shape[1])
    free = np.broadcast_to(exists[:, None, None, :], shape).copy()
    boxes = truth.box[batch.truths]
    for column in batch.detections.T:
        n = int((column >= 0).sum())
        if not n:
            break
        overlap = overlaps(detections.box[order[column[:n]]][:, None, :], boxes[:n], crowds[:n, 0, 0])
        chosen, some = _best(overlap, free[:n], spared[:n], limits)
        g, c, t = np.nonzero(some)
        m = chosen[g, c, t]
        found[c, t, column[g]] = batch.truths[g, m]
        free[g, c, t, m] = crowds[g, 0, 0, m]


def _best(overlap: Floats, free: Bools, spared: Bools, limits: Floats) -> tuple[npt.NDArray[np.intp], Bools]:
    """Per group, criterion and threshold: the position of the truth chosen, and whether there is one."""
    # Ranks, not overlaps: to add a bonus to an overlap would round two near ones to a tie.
    width = overlap.shape[1]
    by_overlap = np.argsort(-overlap, axis=1, kind="stable")
    worth = np.empty_like(by_overlap)
    np.put_along_axis(worth, by_overlap, np.arange(width, 0, -1)[None, :], axis=1)
    enough = overlap[:, None, None, :] >= limits[:, None]
    value = worth[:, None, None, :] + np.where(spared, 0, width)
    value = np.where(free & enough, value, 0)
    chosen = value.argmax(axis=3)
    return chosen, np.take_along_axis(value, chosen[..., None], 3)[..., 0] > 0
