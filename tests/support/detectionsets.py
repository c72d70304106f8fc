"""Truths and detections made for a test: at random in COCO's own form, with what pycocotools says of them,
or from rows of a few numbers."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from archipel.defis.twincity.sets.boxes import Detections, Truth

Told = dict[str, Any]
Row = Sequence[float]


def random_sets(
    seed: int, *, images: int = 40, classes: int = 3, people: int = 8, stray: int = 12, decimals: int = 1
) -> tuple[Told, list[Told]]:
    """Crowds, doubles, strays, detections of every size; ``decimals`` of the scores: few make ties."""
    random = np.random.default_rng(seed)
    identifiers = sorted(random.choice(10_000, images, replace=False).tolist())
    truth: list[Told] = []
    found: list[Told] = []

    def detect(image: int, category: int, box: Any) -> None:
        score = round(float(random.random()), decimals)
        found.append({"image_id": image, "category_id": category, "bbox": list(box), "score": score})

    for image in identifiers:
        for _ in range(int(random.integers(0, people))):
            box = _box(random)
            category = int(random.integers(1, classes + 1))
            truth.append(
                {
                    "id": len(truth) + 1,
                    "image_id": image,
                    "category_id": category,
                    "bbox": box,
                    "area": box[2] * box[3] * float(random.uniform(0.5, 1)),
                    "iscrowd": int(random.random() < 0.15),
                }
            )
            for _again in range(int(random.integers(0, 4))):
                detect(image, category, (np.array(box) + random.integers(-6, 7, 4)).clip(1).tolist())
        for _ in range(int(random.integers(0, stray))):
            detect(image, int(random.integers(1, classes + 1)), _box(random))
    random.shuffle(found)  # type: ignore[arg-type]  # a list of dicts is a sequence
    told = {
        "images": [{"id": one, "width": 640, "height": 640} for one in identifiers],
        "annotations": truth,
        "categories": [{"id": one, "name": f"classe {one}"} for one in range(1, classes + 1)],
    }
    return told, found


def _box(random: np.random.Generator) -> list[float]:
    return [*random.uniform(0, 400, 2).round().tolist(), *random.uniform(5, 200, 2).round().tolist()]


def pycocotools_figures(truth: Told, found: list[Told]) -> list[float]:
    """The twelve, −1 where no truth counts."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        judge = COCOeval(coco, coco.loadRes([dict(one) for one in found]), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return list(map(float, judge.stats))


def made(
    truths: Sequence[Row],
    found: Sequence[Row] = (),
    *,
    images: int = 1,
    visible: Sequence[float] | None = None,
    ignore: Sequence[bool] | None = None,
) -> tuple[Truth, Detections]:
    """Rows of (image, x, y, w, h) and of (image, x, y, w, h, score), of one class, as a truth and what was
    found. ``visible`` and ``ignore``: one value a truth. ``images``: how many there are."""
    true = np.array(truths, dtype=float).reshape(-1, 5)
    rows = np.array(found, dtype=float).reshape(-1, 6)
    spared = np.array([False] * len(true) if ignore is None else ignore, dtype=bool)
    return Truth(
        true[:, 0].astype(np.int64),
        np.zeros(len(true), dtype=np.int64),
        true[:, 1:],
        true[:, 3] * true[:, 4],
        spared,
        spared,
        np.array([1.0] * len(true) if visible is None else visible, dtype=float),
        images=tuple(range(images)),
        categories=((1, "personne"),),
        has_visibility=visible is not None,
    ), Detections(rows[:, 0].astype(np.int64), np.zeros(len(rows), dtype=np.int64), rows[:, 1:5], rows[:, 5])
