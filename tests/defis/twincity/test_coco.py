"""COCO's figures are pycocotools' own, crowds, ties and empty classes included."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archipel.defis.twincity.metrics import coco
from archipel.defis.twincity.sets import cocojson
from support.detectionsets import Told, pycocotools_figures, random_sets


def ours(folder: Path, truth: Told, found: list[Told]) -> list[float]:
    (folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    (folder / "found.json").write_text(json.dumps(found), encoding="utf-8")
    true, _refused = cocojson.read_truth(folder / "truth.json")
    detections, _refused, _others = cocojson.read_detections(folder / "found.json", true)
    figures = coco.evaluate(true, detections).figures()
    assert tuple(figures) == coco.FIGURES
    return [-1.0 if value is None else value for value in figures.values()]


@pytest.mark.parametrize("seed", range(12))
def test_the_twelve_figures_are_pycocotools(seed: int, tmp_path: Path) -> None:
    truth, found = random_sets(
        seed, images=5 + 4 * seed, people=1 + seed % 9, stray=3 + 5 * seed, decimals=1 + seed % 3
    )
    assert ours(tmp_path, truth, found) == pytest.approx(pycocotools_figures(truth, found), abs=1e-9)


def test_more_detections_than_count_are_cut_by_class_and_image(tmp_path: Path) -> None:
    truth, found = random_sets(3, images=6, classes=1, people=12, stray=400)
    assert len(found) > 250
    assert ours(tmp_path, truth, found) == pytest.approx(pycocotools_figures(truth, found), abs=1e-9)


def test_a_batch_may_hold_any_number_of_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    truth, found = random_sets(5)
    whole = ours(tmp_path, truth, found)
    monkeypatch.setattr("archipel.defis.twincity.metrics.matching.CELLS", 1)
    assert ours(tmp_path, truth, found) == whole


def test_no_detection_finds_nothing(tmp_path: Path) -> None:
    truth, _found = random_sets(7)
    assert ours(tmp_path, truth, []) == [0.0] * 12


def test_a_size_without_truth_has_no_figure(tmp_path: Path) -> None:
    truth = {
        "images": [{"id": 1}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 200, 200]}],
        "categories": [{"id": 1, "name": "personne"}],
    }
    found = [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 200, 200], "score": 0.5}]
    figures = dict(zip(coco.FIGURES, ours(tmp_path, truth, found), strict=True))
    assert figures["ap"] == figures["ap_large"] == pytest.approx(1.0)
    assert figures["ap_small"] == figures["ar_medium"] == -1.0
