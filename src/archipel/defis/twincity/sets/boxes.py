"""What is known of a set of images (`Truth`) and what a detector says of them (`Detections`).

Boxes are (n, 4) float64 arrays of x, y, width, height in pixels, the origin at the image's top left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SYNTHETIC = "données synthétiques"
"""What the scenes' truth says of each image, in `donnees`."""


class _Rows:
    """Columns of equal length, one row a box; what has another length is of the set as a whole."""

    def select(self, kept: Bools | Ints) -> Self:
        """The rows that ``kept`` names (a mask, or positions), of the same images."""
        columns = {
            column.name: getattr(self, column.name)[kept]
            for column in fields(self)  # type: ignore[arg-type]  # the subclasses are dataclasses
            if column.metadata.get("row", True)
        }
        return replace(self, **columns)  # type: ignore[type-var]  # the same


def _whole(**kwargs: Any) -> Any:
    return field(metadata={"row": False}, **kwargs)


@dataclass(frozen=True)
class Truth(_Rows):
    """``image`` and ``category`` are positions in ``images`` and ``categories``. ``files``: the names of the
    images, "" for one that has none. ``about``: all that the file says of each image; empty where it has no
    list of them.

    ``crowd``: a region, which any number of detections may fall in. ``ignore``: a box that need not be
    found (every crowd is one). ``area`` in px² is the segmentation's where it is known. ``visible``:
    share of the full body that is seen, 0 to 1. ``height`` (px) is the box's: of the body in CityPersons,
    of what is seen in TwinCity's scenes.
    """

    image: Ints
    category: Ints
    box: Floats
    area: Floats
    crowd: Bools
    ignore: Bools
    visible: Floats
    images: tuple[Any, ...] = _whole()
    categories: tuple[tuple[int, str], ...] = _whole()
    has_visibility: bool = _whole(default=False)
    files: tuple[str, ...] = _whole(default=())
    about: tuple[Mapping[str, Any], ...] = _whole(default=())

    @property
    def synthetic(self) -> bool:
        """Whether the truth says so of its images."""
        return any(SYNTHETIC in str(row.get("donnees", "")).lower() for row in self.about)

    @property
    def height(self) -> Floats:
        return self.box[:, 3]


@dataclass(frozen=True)
class Detections(_Rows):
    """``image`` and ``category`` are positions in the truth's; rows of one image keep the file's order."""

    image: Ints
    category: Ints
    box: Floats
    score: Floats

    @property
    def area(self) -> Floats:
        return self.box[:, 2] * self.box[:, 3]


def overlaps(detected: Floats, true: Floats, crowd: Bools) -> Floats:
    """Intersection over union of boxes, broadcast over all but the last axis; over the detection's own
    area where the truth is a ``crowd`` (COCO). No pixel is added: edges are continuous."""
    width = np.minimum(detected[..., 2] + detected[..., 0], true[..., 2] + true[..., 0]) - np.maximum(
        detected[..., 0], true[..., 0]
    )
    height = np.minimum(detected[..., 3] + detected[..., 1], true[..., 3] + true[..., 1]) - np.maximum(
        detected[..., 1], true[..., 1]
    )
    common = np.where((width > 0) & (height > 0), width * height, 0.0)
    own = detected[..., 2] * detected[..., 3]
    union = np.where(crowd, own, own + true[..., 2] * true[..., 3] - common)
    return np.divide(common, union, out=np.zeros_like(common), where=union > 0)
