"""What every detector is: a name, classes, and boxes for a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from archipel.defis.twincity.detectors.names import COCO
from archipel.defis.twincity.pictures.reading import Pixels
from archipel.defis.twincity.sets.boxes import Floats, Ints

PERSON = ("person", "pedestrian", "body", "human", "personne", "piéton", "pieton")
"""What detectors call a person."""


@dataclass(frozen=True)
class Found:
    """``box`` (n, 4): x, y, width, height in pixels of the original; ``score`` (n,); ``category`` (n,):
    position in the detector's classes. The surest first."""

    box: Floats
    score: Floats
    category: Ints


class Detector(Protocol):
    """``threshold``: the least score of what is told, 0 to 1. ``wanted``: positions of the classes that are
    looked for."""

    @property
    def name(self) -> str: ...

    @property
    def classes(self) -> Sequence[str]: ...

    def detect(self, picture: Pixels, threshold: float, wanted: Sequence[int]) -> Found: ...


def person_class(classes: Sequence[str]) -> int | None:
    """Position of the class that is a person; the only class of a detector that has one, unless its name is
    that of something else."""
    if len(classes) == 1 and classes[0].strip().lower() not in COCO[1:]:
        return 0
    return next((at for at, name in enumerate(classes) if name.strip().lower() in PERSON), None)


def centred(centre_x: Floats, centre_y: Floats, width: Floats, height: Floats) -> Floats:
    """Boxes (n, 4) of x, y, width, height from their centres."""
    return np.stack([centre_x - width / 2, centre_y - height / 2, width, height], axis=1)
