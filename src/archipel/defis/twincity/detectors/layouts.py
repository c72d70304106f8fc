"""What an ONNX detector's outputs mean: each layout turned into boxes, scores and classes.

Boxes come out as (n, 4) of x, y, width, height, as shares of the network's input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from archipel.defis.twincity.detectors.adapter import Found, centred
from archipel.defis.twincity.sets.boxes import Floats

Outputs = Sequence[tuple[str, Any]]
"""Name and array of each output."""
Size = tuple[int, int]
"""Width and height of the network's input, in pixels."""
FEW = 1000
"""Rows of a network that has suppressed its own doubles; a grid has more."""


@dataclass(frozen=True)
class Layout:
    """``fits`` looks at names and shapes alone. ``red_first``: the order of colours that such networks are
    trained with. ``suppressed``: whether doubles are gone already."""

    name: str
    shape: str
    fits: Callable[[Outputs], bool]
    decode: Callable[[Outputs, Size, float], Found]
    classes: Callable[[Outputs], int]
    red_first: bool = True
    suppressed: bool = False


def recognised(outputs: Outputs) -> Layout | None:
    if not all(isinstance(array, np.ndarray) and array.dtype.kind in "fiu" for _name, array in outputs):
        return None
    return next((layout for layout in LAYOUTS if layout.fits(outputs)), None)


def _single(outputs: Outputs, dimensions: int) -> Any:
    """The only output, when it is of one picture and has so many dimensions."""
    if len(outputs) != 1:
        return None
    array = outputs[0][1]
    return array if array.ndim == dimensions and array.shape[0] == 1 and array.size else None


def _by_name(outputs: Outputs) -> dict[str, Any]:
    return {name.lower().rpartition("/")[2].split(":")[0]: array for name, array in outputs}


def _named_fits(outputs: Outputs) -> bool:
    told = _by_name(outputs)
    if not {"boxes", "scores", "labels"} <= set(told):
        return False
    return bool(told["boxes"].size == 4 * told["scores"].size == 4 * told["labels"].size)


def _named(outputs: Outputs, size: Size, threshold: float) -> Found:
    told = _by_name(outputs)
    corners = told["boxes"].reshape(-1, 4).astype(np.float64) / np.tile(size, 2)
    return _likely(_cornered(corners), told["scores"].reshape(-1), told["labels"].reshape(-1), threshold)


def _ended_fits(outputs: Outputs) -> bool:
    if len(outputs) != 1 or outputs[0][1].ndim != 3:
        return False
    # None at all is an answer: nothing was found.
    one, rows, columns = outputs[0][1].shape
    return bool(one == 1 and rows <= FEW and columns == 6)


def _ended(outputs: Outputs, size: Size, threshold: float) -> Found:
    rows = outputs[0][1][0].astype(np.float64)
    return _likely(_cornered(rows[:, :4] / np.tile(size, 2)), rows[:, 4], rows[:, 5], threshold)


def _grid_fits(outputs: Outputs) -> bool:
    grid = _single(outputs, 4)
    return grid is not None and grid.shape[1] >= 6


def _grid(outputs: Outputs, _size: Size, threshold: float) -> Found:
    grid = outputs[0][1][0].astype(np.float64)
    _channels, rows, columns = grid.shape
    down, across = np.mgrid[:rows, :columns]
    width, height = _logistic(grid[3]), _logistic(grid[4])
    centre_x, centre_y = (np.tanh(grid[1]) + across) / columns, (np.tanh(grid[2]) + down) / rows
    box = centred(*(part.reshape(-1) for part in (centre_x, centre_y, width, height)))
    score = grid[0] ** 0.6 * grid[5:] ** 0.4
    return _several(box, score.reshape(len(score), -1).T, threshold)


def _rows_fits(outputs: Outputs) -> bool:
    rows = _single(outputs, 3)
    return rows is not None and rows.shape[1] > rows.shape[2] >= 6


def _rows(outputs: Outputs, size: Size, threshold: float) -> Found:
    rows = outputs[0][1][0].astype(np.float64)
    box = centred(*(rows[:, :4] / np.tile(size, 2)).T)
    return _several(box, rows[:, 5:] * rows[:, 4:5], threshold)


def _columns_fits(outputs: Outputs) -> bool:
    columns = _single(outputs, 3)
    return columns is not None and columns.shape[2] > columns.shape[1] >= 5


def _columns(outputs: Outputs, size: Size, threshold: float) -> Found:
    rows = outputs[0][1][0].astype(np.float64).T
    return _several(centred(*(rows[:, :4] / np.tile(size, 2)).T), rows[:, 4:], threshold)


def _several(box: Floats, score: Floats, threshold: float) -> Found:
    """``score`` (boxes, classes): a row for each class that a box may be of."""
    row, category = np.nonzero(score >= threshold)
    return Found(box[row], score[row, category], category.astype(np.int64))


def _likely(box: Floats, score: Any, category: Any, threshold: float) -> Found:
    kept = score >= threshold
    return Found(box[kept], score[kept].astype(np.float64), category[kept].astype(np.int64))


def _cornered(corners: Floats) -> Floats:
    return np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)


def _logistic(values: Floats) -> Floats:
    return 1 / (1 + np.exp(-values))


def _no_count(_outputs: Outputs) -> int:
    return 0


LAYOUTS = (
    Layout("boites", "boxes (n, 4), scores (n), labels (n)", _named_fits, _named, _no_count, suppressed=True),
    Layout("fini", f"(1, {FEW} au plus, 6)", _ended_fits, _ended, _no_count, suppressed=True),
    Layout(
        "grille", "(1, 5 + classes, h, l)", _grid_fits, _grid, lambda o: o[0][1].shape[1] - 5, red_first=False
    ),
    Layout("lignes", "(1, n, 5 + classes)", _rows_fits, _rows, lambda o: o[0][1].shape[2] - 5),
    Layout("colonnes", "(1, 4 + classes, n)", _columns_fits, _columns, lambda o: o[0][1].shape[1] - 4),
)
"""torchvision and DETR; networks exported with their suppression; FastestDet; YOLOv5 to v7; YOLOv8 and on."""
