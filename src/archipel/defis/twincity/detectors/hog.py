"""The floor: histograms of oriented gradients and a linear SVM (Dalal and Triggs, CVPR 2005), in OpenCV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from archipel.defis.twincity.detectors.adapter import Found
from archipel.defis.twincity.pictures.reading import Pixels

SHRINK = np.array([0.2, 0.1])
"""Share of the width and height of a window that is not the person, on both sides together."""
SMALLEST = (64, 128)
"""Pixels of the window: a smaller picture holds nobody."""


@dataclass(frozen=True)
class HogDetector:
    """``stride`` and ``padding`` in pixels; ``margin``: least signed distance to the SVM's plane. A score is
    the logistic of that distance: 0.5 on the plane."""

    name: str = "hog"
    margin: float = -0.5
    stride: int = 4
    padding: int = 16

    @property
    def classes(self) -> Sequence[str]:
        return ("person",)

    def detect(self, picture: Pixels, threshold: float, wanted: Sequence[int]) -> Found:
        window = cv2.HOGDescriptor()
        window.setSVMDetector(cv2.HOGDescriptor.getDefaultPeopleDetector())
        if (
            picture.shape[1] + 2 * self.padding < SMALLEST[0]
            or picture.shape[0] + 2 * self.padding < SMALLEST[1]
        ):
            return Found(np.zeros((0, 4)), np.zeros(0), np.zeros(0, dtype=np.int64))
        boxes, margins = window.detectMultiScale(
            cv2.cvtColor(picture, cv2.COLOR_RGB2BGR),
            hitThreshold=self.margin,
            winStride=(self.stride, self.stride),
            padding=(self.padding, self.padding),
        )
        box = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
        score = 1 / (1 + np.exp(-np.asarray(margins, dtype=np.float64).reshape(-1)))
        box[:, :2] += box[:, 2:] * SHRINK / 2
        box[:, 2:] *= 1 - SHRINK
        order = np.argsort(-score, kind="stable")
        order = order[score[order] >= threshold] if 0 in wanted else order[:0]
        return Found(box[order], score[order], np.zeros(len(order), dtype=np.int64))


BEST = HogDetector()
DEFAULT = HogDetector("hog-rapide", margin=0.0, stride=8, padding=0)
