"""What a renderer returns: the picture, and of each person what is seen and what there is to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.scenes.assembly import Assembly

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FullMask:
    """A silhouette in samples, from (left, top) of the picture; either may be outside of it."""

    left: int
    top: int
    mask: Bools


@dataclass(frozen=True, eq=False)
class Seen:
    """One person: ``mask`` of visible pixels (h, w), samples seen, samples in the picture, all samples.

    ``full_mask``: of the whole silhouette as far as it is in the picture.
    """

    number: int
    mask: Bools
    full_mask: Bools
    visible: float
    inside: float
    whole: float


@dataclass(frozen=True, eq=False)
class Rendered:
    """``image`` (h, w, 3) uint8 sRGB; ``people`` in the scene's order; areas in pixels."""

    image: npt.NDArray[np.uint8]
    people: tuple[Seen, ...]
    full_box: npt.NDArray[np.float64]
    distance: npt.NDArray[np.float64]


def settled(
    image: npt.NDArray[np.uint8], who: npt.NDArray[np.int32], full: Sequence[FullMask], samples: int, parts: Assembly
) -> Rendered:
    """From numbers and silhouettes by sample (``samples``² a pixel) to masks by pixel.

    A pixel is a person's when half of its samples are, and of two who share it the one at more of them.
    """
    rows, width = image.shape[:2]
    people = []
    for number, silhouette in enumerate(full, 1):
        high, wide = silhouette.mask.shape
        top, left = max(silhouette.top, 0), max(silhouette.left, 0)
        bottom = min(silhouette.top + high, rows * samples)
        right = min(silhouette.left + wide, width * samples)
        mask, whole_mask = np.zeros((rows, width), bool), np.zeros((rows, width), bool)
        visible = inside = 0
        if bottom > top and right > left:
            mine = who[top:bottom, left:right] == number
            shape = silhouette.mask[
                top - silhouette.top : bottom - silhouette.top, left - silhouette.left : right - silhouette.left
            ]
            visible, inside = int(mine.sum()), int(shape.sum())
            at = slice(top // samples, bottom // samples), slice(left // samples, right // samples)
            mask[at], whole_mask[at] = (_halved(one, samples) for one in (mine, shape))
        share = samples * samples
        people.append(
            Seen(number, mask, whole_mask, visible / share, inside / share, float(silhouette.mask.sum()) / share)
        )
    return Rendered(image, tuple(people), parts.full, parts.distance)


def _halved(mask: Bools, samples: int) -> Bools:
    rows, width = mask.shape[0] // samples, mask.shape[1] // samples
    count = mask[: rows * samples, : width * samples].reshape(rows, samples, width, samples).sum(axis=(1, 3))
    return np.asarray(2 * count >= samples * samples)
