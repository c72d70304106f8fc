"""What is changed in a picture before it is learnt from: boxes go with their persons, nobody is hidden."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from archipel.defis.twincity.training.changes import (
    COVERED,
    FEWEST_PIXELS,
    NONE,
    Changes,
    seen,
    window,
    with_decoy,
)
from archipel.defis.twincity.training.examples import Example, drawn

SIZE = (320, 240)


@pytest.fixture
def examples(tmp_path: Path) -> list[Example]:
    """Grey pictures, each with one red person of 20 × 60 pixels."""
    made = []
    for number, (x, y) in enumerate(((30, 40), (200, 100), (120, 160))):
        picture = np.full((SIZE[1], SIZE[0], 3), 90, dtype=np.uint8)
        picture[y : y + 60, x : x + 20] = (250, 0, 0)
        path = tmp_path / f"{number}.png"
        assert cv2.imwrite(str(path), picture[..., ::-1])
        made.append(Example(path, np.array([[x, y, 20.0, 60.0]]), np.zeros(1, dtype=bool)))
    return made


def test_unchanged_is_the_whole_picture_stretched(examples: list[Example]) -> None:
    picture, box, spared = drawn(examples, 0, 160, NONE, (0,))
    assert picture.shape == (160, 160, 3)
    assert np.allclose(box, [[15, 40 * 160 / 240, 10, 40]])
    assert not spared.any()


@pytest.mark.parametrize("near", [0.0, 1.0])
def test_boxes_go_with_their_persons(examples: list[Example], near: float) -> None:
    only = Changes(near=near, colour=0, blur=0, noise=0, mosaic=0.3, decoys=0)
    for epoch in range(30):
        picture, box, spared = drawn(examples, epoch % 3, 192, only, (0, epoch))
        red = picture[..., 0].astype(int) - picture[..., 1] > 120
        for (x, y, w, h), hidden in zip(box.round().astype(int), spared, strict=True):
            if not hidden and w > 6 and h > 12:
                assert red[y + 2 : y + h - 2, x + 2 : x + w - 2].mean() > 0.9
            red[max(y - 2, 0) : y + h + 2, max(x - 2, 0) : x + w + 2] = False
        assert not red.any(), "somebody without a box"


def test_a_person_brought_near_is_whole_and_large() -> None:
    person = np.array([[200.0, 80.0, 24.0, 70.0]])
    random = np.random.default_rng(0)
    shares = []
    for _ in range(200):
        x, y, w, h = window(SIZE, person, Changes(near=1.0), random)
        assert 0 <= x <= x + w <= SIZE[0]
        assert 0 <= y <= y + h <= SIZE[1]
        assert x <= 201
        assert y <= 81
        assert x + w >= 223
        assert y + h >= 149
        shares.append(70 / h)
    assert min(shares) < 0.35
    assert max(shares) > 0.85


def test_nobody_too_small_is_brought_near() -> None:
    person = np.array([[200.0, 80.0, 8.0, FEWEST_PIXELS - 1.0]])
    kept = [window(SIZE, person, Changes(near=1.0), np.random.default_rng(one)) for one in range(50)]
    assert min(h for *_, h in kept) > 0.3 * SIZE[1]


def test_decoys_hide_nobody_and_show_nobody() -> None:
    other = np.full((200, 200, 3), 200, dtype=np.uint8)
    taken = np.array([[90.0, 90.0, 8.0, 12.0]])
    other[90:102, 90:98] = 0
    box, spared = np.array([[40.0, 40.0, 40.0, 60.0]]), np.zeros(1, dtype=bool)
    put = 0
    for number in range(100):
        random = np.random.default_rng(number)
        given, covered = (np.full((160, 160, 3), 100, dtype=np.uint8), box, spared), np.zeros(1)
        for _ in range(6):
            given, covered = with_decoy(given, covered, other, taken, random)
        changed = (given[0] != 100).any(axis=2)
        put += changed.any()
        assert changed[40:100, 40:80].mean() <= COVERED
        # What is dark in the other picture is its person.
        assert not (changed & (given[0].max(axis=2) < 20)).any()
    assert put > 80


def test_another_camera_keeps_the_size_and_the_same_draw_is_the_same() -> None:
    given = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    one, same, other = (seen(given, Changes(), np.random.default_rng(at)) for at in (1, 1, 2))
    assert one.shape == given.shape
    assert one.dtype == np.uint8
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
