"""How well the number of people is told: MAE, RMSE, bias, relative error, and GAME on a grid.

GAME(L): Guerrero-Gómez-Olmedo et al. 2015, the absolute errors of 4^L cells of an image summed, then the
mean over images. What crowd papers call « MSE » is the root of it.
"""

from __future__ import annotations

import numpy as np

from archipel.defis.twincity.sets.boxes import Floats, Ints

Term = tuple[Floats, Floats]
"""What each image adds above and below the bar of a figure that is a quotient of sums over images."""


def terms(counted: Floats | Ints, true: Floats | Ints) -> dict[str, Term]:
    """Of one count an image. ``rmse`` is the root of its quotient; ``bias``: counted minus true; ``nae``:
    relative error, over images where somebody is."""
    off, one = np.asarray(counted, dtype=float) - true, np.ones(len(true))
    some = np.asarray(true) > 0
    relative = np.divide(np.abs(off), true, out=np.zeros_like(off), where=some)
    return {
        "mae": (np.abs(off), one),
        "rmse": (off**2, one),
        "bias": (off, one),
        "nae": (relative, some.astype(float)),
    }


def cells(image: Ints, centre: Floats, sizes: Floats, level: int) -> Ints:
    """How many centres (n, 2; pixels) lie in each of 4^level equal cells: (images, 2^level, 2^level).

    ``sizes`` (images, 2): width and height. A centre outside its image counts in the nearest cell.
    """
    side = 2**level
    at = np.floor(centre / sizes[image] * side).astype(np.int64).clip(0, side - 1)
    flat = (image * side + at[:, 1]) * side + at[:, 0]
    return np.bincount(flat, minlength=len(sizes) * side * side).reshape(len(sizes), side, side)


def cell_errors(counted: Ints, true: Ints) -> Floats:
    """Of counts by cell (images, rows, columns): what each image adds to GAME. At one cell it is its
    absolute error."""
    return np.asarray(np.abs(counted - true).sum(axis=(1, 2)), dtype=float)
