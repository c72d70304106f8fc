"""Detectors on the one picture that TwinCity's authors published, and on scenes of ours that show the same.

    PYTHONPATH=src:tests <environment vision>/bin/python benchmarks/authors.py PICTURE SET DETECTOR…

PICTURE: « Snapshot-2023-06-01_094139 » of twin-city/pedestrian-detection-sensitivity-analysis, 1707 × 960.
SET: « comme-eux » of `scenes.py`. The boxes of their picture were drawn by hand for this. One picture of ten
people says little: its figures have no interval, ours have.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from measure import record
from training import outcome

from archipel.defis.twincity.metrics import intervals
from archipel.defis.twincity.metrics.missrate import Scored
from archipel.defis.twincity.training import course
from archipel.defis.twincity.training.examples import Example

WIDTH = 1280
"""Of the copy of their picture on which the corners were read."""
PEOPLE = np.array([
    [506, 0, 546, 88], [571, 18, 608, 118], [693, 95, 736, 206], [733, 160, 789, 287], [502, 288, 555, 417],
    [597, 307, 645, 436], [667, 330, 731, 480], [662, 505, 723, 658], [1145, 611, 1204, 720],
])  # fmt: skip
CUT = np.array(
    [[540, 0, 582, 55], [622, 0, 638, 13], [655, 0, 672, 8], [731, 0, 750, 15], [1248, 170, 1280, 205]]
)
"""Cut by the edge, or too hidden to be asked for."""
SCORE = 0.3
RESAMPLES = 2000


def theirs(path: Path) -> Example:
    corners = np.concatenate([PEOPLE, CUT]) * 1707 / WIDTH
    box = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    return Example(path, box, np.arange(len(box)) >= len(PEOPLE))


def figures(found: Scored) -> dict[str, Any]:
    every, sure = np.ones(found.images, dtype=np.int64), found.score >= SCORE
    told: dict[str, Any] = {
        "images": found.images,
        "persons": int(found.truths.sum()),
        "ap50": round(intervals.average_precision(found, every), 3),
        "recall": round(float((found.hit & sure).sum() / found.truths.sum()), 3),
        "false_positives_per_image": round(float((~found.hit & sure).sum() / found.images), 2),
    }
    if found.images > 1:
        drawn = intervals.draws(np.arange(found.images), RESAMPLES, 0)
        told["ap50_interval"] = intervals.interval(found, intervals.average_precision, drawn)
    return told


def main(picture: Path, scenes: Path, names: list[str]) -> None:
    ours = course.read_set(scenes)
    told = {
        Path(name).stem: {
            "authors": figures(outcome(name, [theirs(picture)])),
            "ours": figures(outcome(name, ours)),
        }
        for name in names
    }
    record("twincity beside the authors' render", {"score": SCORE, **told})
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
