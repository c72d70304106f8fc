"""How well the number of people is told: MAE, RMSE, relative error, and GAME on a grid.

GAME(L): Guerrero-Gómez-Olmedo et al. 2015, the absolute errors of 4^L cells of an image summed, then the
mean over images. What crowd papers call « MSE » is the root of it.
"""

from __future__ import annotations

import numpy as np

from archipel.defis.twincity.sets.boxes import Floats, Ints


def errors(counted: Floats, true: Floats) -> dict[str, float | None]:
    """Of one count an image. ``nae``: relative error, over images where somebody is."""
    if not len(true):
        return {"mae": None, "rmse": None, "nae": None}
    off = np.abs(np.asarray(counted, dtype=float) - true)
    some = np.asarray(true) > 0
    return {
        "mae": float(off.mean()),
        "rmse": float(np.sqrt((off**2).mean())),
        "nae": float((off[some] / np.asarray(true, dtype=float)[some]).mean()) if some.any() else None,
    }


def cells(image: Ints, centre: Floats, sizes: Floats, level: int) -> Ints:
    """How many centres (n, 2; pixels) lie in each of 4^level equal cells: (images, 2^level, 2^level).

    ``sizes`` (images, 2): width and height. A centre outside its image counts in the nearest cell.
    """
    side = 2**level
    at = np.floor(centre / sizes[image] * side).astype(np.int64).clip(0, side - 1)
    flat = (image * side + at[:, 1]) * side + at[:, 0]
    return np.bincount(flat, minlength=len(sizes) * side * side).reshape(len(sizes), side, side)


def game(counted: Ints, true: Ints) -> float | None:
    """Of counts by cell (images, rows, columns). At one cell it is the MAE."""
    if not len(true):
        return None
    return float(np.abs(counted - true).sum(axis=(1, 2)).mean())
