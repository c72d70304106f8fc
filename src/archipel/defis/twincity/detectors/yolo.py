"""Darknet's networks, run by OpenCV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from archipel.defis.twincity.darknet import weights
from archipel.defis.twincity.darknet.network import read_network
from archipel.defis.twincity.detectors.adapter import Found, centred
from archipel.defis.twincity.detectors.names import names_of
from archipel.defis.twincity.detectors.suppression import suppressed
from archipel.defis.twincity.pictures.reading import Pixels
from archipel.defis.twincity.refusal import DataRefused

OVERLAP = 0.45
"""Of the suppression."""


@dataclass(frozen=True)
class DarknetDetector:
    """Pictures are red first, divided by 255, stretched to the network's size; a box's score is its class's
    own. OpenCV's last layer tells no score below 0.2."""

    name: str
    classes: Sequence[str]
    size: tuple[int, int]
    network: Any
    outputs: Sequence[str]

    def detect(self, picture: Pixels, threshold: float, wanted: Sequence[int]) -> Found:
        height, width = picture.shape[:2]
        self.network.setInput(cv2.dnn.blobFromImage(picture, 1 / 255, self.size))
        rows = np.concatenate(self.network.forward(self.outputs)).astype(np.float64)
        box = centred(rows[:, 0] * width, rows[:, 1] * height, rows[:, 2] * width, rows[:, 3] * height)
        # A box may be of several classes: one row each.
        row, category = np.nonzero(rows[:, 5:] >= threshold)
        every = Found(box[row], rows[row, 5 + category], category.astype(np.int64))
        return suppressed(every, wanted, OVERLAP)


def read_darknet(description: Path) -> DarknetDetector:
    """A `.cfg` with its `.weights` beside it. Raises `DataRefused`."""
    network = read_network(description)
    path = weights.beside(description)
    weights.read_weights(path, network)
    try:
        loaded = cv2.dnn.readNetFromDarknet(str(description), str(path))
        made = DarknetDetector(
            description.stem,
            names_of(description, network.classes),
            (network.width, network.height),
            loaded,
            loaded.getUnconnectedOutLayersNames(),
        )
        # What does not hold together is said by the first picture only.
        made.detect(np.zeros((network.height, network.width, 3), dtype=np.uint8), 1.0, [0])
    except cv2.error as error:
        raise DataRefused(
            f"« {description.name} » : OpenCV ne sait pas faire tourner ce réseau ({error.err})"
        ) from None
    return made
