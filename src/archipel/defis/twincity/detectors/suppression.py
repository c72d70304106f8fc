"""Of several boxes on one person, the surest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from archipel.defis.twincity.detectors.adapter import Found


def suppressed(found: Found, wanted: Sequence[int], overlap: float) -> Found:
    """The boxes of the classes ``wanted`` that no surer one of their class overlaps more than ``overlap``
    (non-maximum suppression), the surest first. What has no size, or no place, is no box."""
    mine = np.isin(found.category, np.asarray(wanted, dtype=np.int64))
    mine &= (
        np.isfinite(found.box).all(axis=1) & np.isfinite(found.score) & (found.box[:, 2:] >= 0).all(axis=1)
    )
    box, score, category = found.box[mine], found.score[mine], found.category[mine]
    if not len(box):
        return Found(box, score, category)
    # Its types ask for lists, which it would copy.
    batched: Any = cv2.dnn.NMSBoxesBatched
    kept = np.asarray(batched(box, score, category, 0.0, overlap), dtype=np.int64).reshape(-1)
    kept = kept[np.argsort(-score[kept], kind="stable")]
    return Found(box[kept], score[kept], category[kept])
