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
    """One person. Masks are cut to the silhouette's rectangle in the picture, from (left, top) in pixels:
    ``mask`` what is visible, ``full_mask`` the whole silhouette. Areas in pixels: ``visible``, ``inside``
    (of the silhouette in the picture), ``whole`` (wherever it is)."""

    left: int
    top: int
    mask: Bools
    full_mask: Bools
    visible: float
    inside: float
    whole: float


@dataclass(frozen=True, eq=False)
class Rendered:
    """``image`` (h, w, 3) uint8 sRGB; in the scene's order ``people``, ``full_box`` px, ``distance`` m."""

    image: npt.NDArray[np.uint8]
    people: tuple[Seen, ...]
    full_box: npt.NDArray[np.float64]
    distance: npt.NDArray[np.float64]


def settled(
    image: npt.NDArray[np.uint8],
    who: npt.NDArray[np.int32],
    full: Sequence[FullMask],
    samples: int,
    parts: Assembly,
) -> Rendered:
    """From numbers and silhouettes by sample (``samples``² a pixel) to masks by pixel.

    A pixel is a person's when half of its samples are.
    """
    people = [_seen(number, who, one, samples) for number, one in enumerate(full, 1)]
    return Rendered(image, tuple(people), parts.full, parts.distance)


def _seen(number: int, who: npt.NDArray[np.int32], full: FullMask, samples: int) -> Seen:
    high, wide = full.mask.shape
    top, left = max(full.top, 0), max(full.left, 0)
    bottom, right = min(full.top + high, who.shape[0]), min(full.left + wide, who.shape[1])
    if bottom <= top or right <= left:
        nothing = np.zeros((0, 0), bool)
        return Seen(0, 0, nothing, nothing, 0.0, 0.0, float(full.mask.sum()) / samples**2)
    mine = who[top:bottom, left:right] == number
    shape = full.mask[top - full.top : bottom - full.top, left - full.left : right - full.left]
    areas = [float(one.sum()) / samples**2 for one in (mine, shape, full.mask)]
    mask, whole = (_halved(one, samples) for one in (mine, shape))
    return Seen(left // samples, top // samples, mask, whole, areas[0], areas[1], areas[2])


def _halved(mask: Bools, samples: int) -> Bools:
    rows, width = mask.shape[0] // samples, mask.shape[1] // samples
    count = sum(
        mask[down : rows * samples : samples, across : width * samples : samples].astype(np.uint8)
        for down in range(samples) for across in range(samples)
    )  # fmt: skip
    return np.asarray(2 * np.asarray(count) >= samples * samples)
