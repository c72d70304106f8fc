"""Masks as COCO writes them, boxes from masks, and what a sensor does to pixels."""

from __future__ import annotations

import numpy as np
import pytest

from archipel.defis.twincity.scenes.description import Camera, Sensor
from archipel.defis.twincity.scenes.drawing.conditions import Conditions
from archipel.defis.twincity.scenes.drawing.sampling import sample
from archipel.defis.twincity.scenes.gl import masks
from archipel.defis.twincity.scenes.rendered import FullMask, Rendered, Seen, settled
from archipel.defis.twincity.scenes.sensor import exposed
from archipel.defis.twincity.scenes.truth import image_truth, person_truths, run_lengths

ROWS, WIDTH = 60, 90


def seen(mask: np.ndarray, left: int, top: int) -> Seen:
    area = float(mask.sum())
    return Seen(left, top, mask, mask, area, area, 2 * area)


@pytest.mark.parametrize("seed", range(12))
def test_run_lengths_are_those_of_coco(seed: int) -> None:
    from pycocotools import mask as reference

    draw = np.random.default_rng(seed)
    rows, width = int(draw.integers(1, ROWS)), int(draw.integers(1, 40))
    left, top = int(draw.integers(0, WIDTH - width)), int(draw.integers(0, ROWS - rows))
    if seed % 3 == 0:
        rows, top = ROWS, 0  # runs go on from one column to the next
    mask = draw.random((rows, width)) < (0.02, 0.5, 0.98, 1.0)[seed % 4]
    whole = np.zeros((ROWS, WIDTH), np.uint8)
    whole[top : top + rows, left : left + width] = mask
    told = run_lengths(seen(mask, left, top), ROWS, WIDTH)
    assert told["counts"] == reference.encode(np.asfortranarray(whole))["counts"].decode()


def test_truth_of_a_hidden_a_cut_and_a_small_person() -> None:
    scene = sample(1, Conditions(people=(3, 3), streets=(("place", 1.0),)), (WIDTH, ROWS))
    assert len(scene.people) == 3
    tall = np.ones((30, 10), bool)
    hidden = np.zeros((30, 10), bool)
    people = (
        Seen(0, 5, tall, tall, 150.0, 300.0, 600.0),
        Seen(20, 5, hidden, tall, 0.0, 300.0, 300.0),
        Seen(40, 5, np.ones((4, 2), bool), np.ones((4, 2), bool), 8.0, 8.0, 8.0),
    )
    boxes = np.array([(-10, 5, 20, 30), (20, 5, 10, 30), (40, 5, 2, 4.0)])
    drawn = Rendered(np.zeros((ROWS, WIDTH, 3), np.uint8), people, boxes, np.array([3.0, 4, 5]))
    first, small = person_truths(scene, drawn, 9)
    assert first["bbox"] == [0, 5, 10, 30]
    assert first["full_bbox"] == [-10, 5, 20, 30]
    assert (first["occlusion"], first["truncation"], first["vis_ratio"]) == (0.5, 0.5, 0.25)
    assert (first["ignore"], small["ignore"]) == (0, 1)
    assert (first["person"], small["person"]) == (0, 2)
    assert first["distance_m"] == 3
    assert image_truth(scene, drawn, "a.jpg", 9)["people_seen"] == 2
    assert image_truth(scene, drawn, "a.jpg", 9)["donnees"] == "données synthétiques"


def test_pixels_from_samples() -> None:
    who = np.zeros((8, 8), np.int32)
    who[2:6, 2:5] = 1  # two samples wide, then one
    full = np.ones((6, 6), bool)
    parts = type("Parts", (), {"full": np.zeros((1, 4)), "distance": np.zeros(1)})
    found = settled(np.zeros((4, 4, 3), np.uint8), who, [FullMask(-2, 0, full)], 2, parts)  # type: ignore[arg-type]  # its boxes alone are read
    one = found.people[0]
    assert (one.left, one.top) == (0, 0)
    assert one.mask.tolist() == [[False, False], [False, True], [False, True]]
    assert one.full_mask.all()
    assert (one.visible, one.inside, one.whole) == (2.0, 6.0, 9.0)


def test_a_perfect_sensor_changes_nothing_and_noise_is_the_seeds() -> None:
    image = np.random.default_rng(0).integers(0, 256, (ROWS, WIDTH, 3)).astype(np.uint8)
    assert (exposed(image, Sensor(0, 0, 0, 90), 1) == image).all()
    noisy = exposed(image, Sensor(6, 0, 0, 90), 1)
    assert (noisy == exposed(image, Sensor(6, 0, 0, 90), 1)).all()
    assert (noisy != exposed(image, Sensor(6, 0, 0, 90), 2)).any()
    grey = np.full((200, 200, 3), 128, np.uint8)
    assert exposed(grey, Sensor(6, 0, 0, 90), 1).std() == pytest.approx(6, rel=0.05)


def test_movement_blurs_along_itself() -> None:
    image = np.zeros((41, 41, 3), np.uint8)
    image[20, 20] = 255
    spread = exposed(image, Sensor(0, 9, 0, 90), 1)[..., 0] > 0
    assert spread.sum(axis=1).max() >= 8
    assert spread.sum(axis=0).max() <= 1


@pytest.mark.parametrize(
    "box",
    [
        (100.0, -300.0, 1500.0, 5000.0),
        (-3800.0, 100.0, 11000.0, 90.0),
        (300.0, 20.0, 40.0, 90.0),
        (5000, 0, 9, 9),
    ],
)
@pytest.mark.parametrize("size", [(3840, 2160), (1280, 720)])
def test_a_silhouette_is_never_cut_within_the_picture(box: tuple[float, ...], size: tuple[int, int]) -> None:
    left, top, right, bottom = masks._rectangle(box, Camera(0, 0, 1.6, 0, 0, 35, *size), 2)
    assert right - left <= masks.SHEET
    assert bottom - top <= masks.SHEET
    x, y, width, height = box
    if right > left:
        assert left <= 2 * max(x, 0)
        assert top <= 2 * max(y, 0)
        assert right >= 2 * min(x + width, size[0])
        assert bottom >= 2 * min(y + height, size[1])
    else:
        assert x > 2 * size[0]
