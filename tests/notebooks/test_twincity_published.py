"""Figures that others published, found again on their data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from archipel.defis.twincity import evaluation
from archipel.defis.twincity.evaluation import Sets
from archipel.defis.twincity.metrics import coco, missrate, voc
from archipel.defis.twincity.sets import cocojson
from archipel.defis.twincity.sets.boxes import Detections, Truth
from archipel.defis.twincity.sets.motchallenge import read_rows
from support.realdata import real_data

TOY = Path(__file__).parent / "donnees" / "voc-ap-toy"
DETECTORS = {
    "frrcnn_vgg16": {"ap": 0.2307, "ap50": 0.5653, "ar100": 0.2925, "lamr": 0.6859},
    "acf_public": {"ap": 0.2305, "ap50": 0.5865, "ar100": 0.3228, "lamr": 0.6916},
}


def toy(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Image of each row, and its numbers."""
    lines = [
        (at, list(map(float, line.split()[1:])))
        for at, path in enumerate(sorted((TOY / kind).glob("*.txt")))
        for line in path.read_text().splitlines()
    ]
    return np.array([at for at, _ in lines]), np.array([numbers for _, numbers in lines])


def test_average_precision_of_the_worked_example() -> None:
    image, box = toy("groundtruths")
    none, zero = np.zeros(len(box), dtype=bool), np.zeros(len(box), dtype=np.int64)
    area, seen = box[:, 2] * box[:, 3], np.ones(len(box))
    truth = Truth(
        image, zero, box, area, none, none, seen, images=tuple(range(7)), categories=((1, "objet"),)
    )
    image, row = toy("detections")
    found = Detections(image, np.zeros(len(row), dtype=np.int64), row[:, 1:], row[:, 0])
    recall, precision = voc.curve(truth, found, overlap=0.3)
    assert round(100 * voc.every_point(recall, precision), 2) == 24.57
    assert round(100 * voc.eleven_points(recall, precision), 2) == 26.84


def test_truths_of_the_four_subsets_of_citypersons() -> None:
    truth, refused = cocojson.read_truth(real_data("citypersons-val") / "evaluation_val_gt.json")
    assert not refused.rows
    assert truth.has_visibility
    assert len(truth.images) == 500
    counted = {name: int((~subset.spares(truth)).sum()) for name, subset in missrate.CITYPERSONS.items()}
    assert counted == {"reasonable": 1579, "reasonable_small": 351, "heavy": 735, "all": 2875}


@pytest.mark.parametrize("detector", DETECTORS)
def test_public_detections_of_mot15(detector: str) -> None:
    sequences = sorted(real_data("mot15-train").glob(f"*/det/det_{detector}.txt*"))
    whole = joined([read_sequence(path) for path in sequences])
    figures = coco.evaluate(whole.truth, whole.detections).figures()
    figures["lamr"] = missrate.log_average_miss_rate(whole.truth, whole.detections)
    published = DETECTORS[detector]
    assert {name: figures[name] for name in published} == pytest.approx(published, abs=1.01e-4)


def test_distractors_of_mot20_do_not_count() -> None:
    path = real_data("crowd-gt") / "MOT20-01" / "gt.txt.gz"
    rows, refused = read_rows(path)
    sets = evaluation.read(str(path), str(path))
    figures = evaluation.figures(sets)
    assert not refused.rows
    # The truth against itself: each of the 19 870 that count is found, no distractor is a false alarm.
    assert (figures["tp"][0], figures["fn"][0]) == (19_870, 0)
    assert figures["fp"][0] == int((rows[:, 7] == 11).sum())
    assert figures["images"][0] == 429
    assert figures["modp"][0] == pytest.approx(1)


def read_sequence(detections: Path) -> Sets:
    (truth,) = (detections.parents[1] / "gt").glob("gt.txt*")
    return evaluation.read(str(truth), str(detections))


def joined(sequences: list[Sets]) -> Sets:
    """Several sequences as one set of images."""
    begins = np.cumsum([0, *(len(one.truth.images) for one in sequences)])
    truths = [replace(s.truth, image=s.truth.image + n) for s, n in zip(sequences, begins, strict=False)]
    found = [
        replace(s.detections, image=s.detections.image + n) for s, n in zip(sequences, begins, strict=False)
    ]
    columns = ("image", "category", "box", "area", "crowd", "ignore", "visible")
    return replace(
        sequences[0],
        truth=replace(
            truths[0],
            images=tuple(range(int(begins[-1]))),
            **{name: np.concatenate([getattr(one, name) for one in truths]) for name in columns},
        ),
        detections=Detections(
            *(
                np.concatenate([getattr(one, name) for one in found])
                for name in ("image", "category", "box", "score")
            )
        ),
    )
