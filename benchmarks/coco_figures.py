"""COCO's figures of random sets: how long they take beside pycocotools, and that they are equal.

PYTHONPATH=tests .venv/bin/python benchmarks/coco_figures.py
"""

from __future__ import annotations

import json
import tempfile
from functools import partial
from pathlib import Path

from measure import keep, seconds

from archipel.defis.twincity.metrics import coco
from archipel.defis.twincity.sets import cocojson
from support.detectionsets import pycocotools_figures, random_sets

TIMES = 3
SIZES = {"1 000 images": 1000, "5 000 images": 5000}


def main() -> None:
    for label, images in SIZES.items():
        truth, found = random_sets(1, images=images, classes=3, people=12, stray=30)
        with tempfile.TemporaryDirectory() as scratch:
            paths = Path(scratch, "truth.json"), Path(scratch, "found.json")
            for path, told in zip(paths, (truth, found), strict=True):
                path.write_text(json.dumps(told), encoding="utf-8")
            true, _refused = cocojson.read_truth(paths[0])
            detections, _refused, _others = cocojson.read_detections(paths[1], true)
        ours = list(coco.evaluate(true, detections).figures().values())
        apart = max(
            abs(a - b) for a, b in zip(ours, pycocotools_figures(truth, found), strict=True) if a is not None
        )
        rows = {
            "archipel": seconds(partial(coco.evaluate, true, detections), TIMES),
            "pycocotools (peer)": seconds(partial(pycocotools_figures, truth, found), TIMES),
        }
        keep(f"COCO figures, {label}, {len(found)} boxes", rows, ["pycocotools (peer)"], "archipel")
        print(f"  largest difference of the twelve figures: {apart:.1e}")


if __name__ == "__main__":
    main()
