"""What is changed in a picture before it is learnt from: what it shows, what stands in it, how it is seen."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from archipel.defis.twincity.pictures.reading import Pixels
from archipel.defis.twincity.sets.boxes import Floats

Shown = tuple[Pixels, Floats, np.ndarray]
"""A picture, its boxes (n, 4) in its pixels (x, y, width, height), and which are spared (n,)."""
TALLEST = 0.95
"""Share of the picture's height that a person who is brought near takes at most."""
FEWEST_PIXELS = 36
"""Height below which nobody is brought near: there is nothing to see."""
COVERED = 0.3
"""Share of a person that decoys may cover, all together."""


@dataclass(frozen=True)
class Changes:
    """How much a picture is changed. Zero everywhere and whole: only stretched to the size."""

    crop: float = 0.5
    """Least side of the crop, as a share of the picture's."""
    near: float = 0.5
    """Share of the crops that bring one person near."""
    colour: float = 0.5
    blur: float = 0.2
    """Share of the pictures that are blurred, or lose resolution."""
    noise: float = 8.0
    """Largest standard deviation, of 255."""
    mosaic: float = 0.25
    """Share of the pictures that are made of four."""
    decoys: int = 6
    """Pieces of other pictures without anybody, at most: what is not a street of ours is not a person."""


NONE = Changes(crop=1.0, near=0.0, colour=0.0, blur=0.0, noise=0.0, mosaic=0.0, decoys=0)


def window(
    size: tuple[int, int], persons: Floats, changes: Changes, random: np.random.Generator
) -> tuple[int, int, int, int]:
    """Left, top, width and height of the part of a picture of ``size`` (width, height) that is kept."""
    width, height = size
    if changes.crop >= 1:
        return 0, 0, width, height
    # Photographs are wider than high: a square makes people of theirs slender.
    stretch = float(np.exp(random.uniform(-0.2, 0.5) / 2))
    tall = persons[persons[:, 3] >= FEWEST_PIXELS]
    if len(tall) and random.random() < changes.near:
        left, top, w, h = tall[int(random.integers(len(tall)))]
        side = h / np.exp(random.uniform(np.log(0.3), np.log(TALLEST)))
        around = max(side * stretch**2 * width / height, 1.1 * w)
        wide, high = min(round(around), width), min(round(side), height)
        x = _beside(left, left + w, wide, width, random)
        return x, _beside(top, top + h, high, height, random), wide, high
    share = random.uniform(changes.crop, 1.0)
    wide, high = (round(min(s * share * by, s)) for s, by in ((width, stretch), (height, 1 / stretch)))
    return int(random.integers(0, width - wide + 1)), int(random.integers(0, height - high + 1)), wide, high


def _beside(low: float, high: float, length: int, whole: int, random: np.random.Generator) -> int:
    """Where a part of ``length`` begins so that it holds from ``low`` to ``high``, or as much as it can."""
    first, last = max(0.0, high - length), min(low, whole - length)
    at = random.uniform(min(first, last), max(first, last))
    return int(np.clip(round(at), 0, whole - length))


def with_decoy(
    given: Shown, covered: Floats, other: Pixels, taken: Floats, random: np.random.Generator
) -> tuple[Shown, Floats]:
    """A piece of the picture ``other``, without any of its persons ``taken``, turned, coloured and put
    somewhere; what was given where it would hide too much of somebody. ``covered`` (n,): pixels of each box
    that earlier pieces hide, and, in the answer, with this one."""
    picture, box, spared = given
    piece = _piece(other, taken, random)
    if piece is None:
        return given, covered
    size = picture.shape[0]
    w, h = (int(size * np.exp(random.uniform(np.log(0.06), np.log(0.5)))) for _ in range(2))
    x, y = int(random.integers(0, size - w + 1)), int(random.integers(0, size - h + 1))
    hidden = covered + _common(box, x, y, w, h)
    if (hidden > COVERED * box[:, 2:].prod(axis=1)).any():
        return given, covered
    put = cv2.resize(np.rot90(piece, int(random.integers(4))), (w, h), interpolation=cv2.INTER_AREA)
    put = (put * np.exp(random.normal(0, 0.35, 3))).clip(0, 255).astype(np.uint8)
    if random.random() < 0.4:
        mask = np.zeros((h, w, 1), dtype=np.uint8)
        cv2.ellipse(mask, (w // 2, h // 2), (w // 2, h // 2), 0, 0, 360, 1, -1)
        put = np.where(mask, put, picture[y : y + h, x : x + w])
    picture[y : y + h, x : x + w] = put
    return (picture, box, spared), hidden


def _piece(other: Pixels, taken: Floats, random: np.random.Generator) -> Pixels | None:
    height, width = other.shape[:2]
    w, h = (max(8, int(side * random.uniform(0.1, 0.5))) for side in (width, height))
    x, y = int(random.integers(0, width - w + 1)), int(random.integers(0, height - h + 1))
    return None if _common(taken, x, y, w, h).any() else other[y : y + h, x : x + w]


def _common(box: Floats, x: int, y: int, w: int, h: int) -> Floats:
    """Pixels that each box has in common with one."""
    near, far = np.maximum(box[:, :2], [x, y]), np.minimum(box[:, :2] + box[:, 2:], [x + w, y + h])
    return np.asarray((far - near).clip(0).prod(axis=1))


def seen(picture: Pixels, changes: Changes, random: np.random.Generator) -> Pixels:
    """The same through another camera: light, colours, sharpness, noise."""
    if random.random() < changes.blur:
        if random.random() < 0.5:
            picture = cv2.GaussianBlur(picture, (0, 0), float(random.uniform(0.4, 1.4)))
        else:
            size = picture.shape[0]
            small = int(size * random.uniform(0.4, 0.9))
            picture = cv2.resize(
                cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA), (size, size)
            )
    if changes.colour:
        picture = _coloured(picture, changes.colour, random)
    if changes.noise:
        level = random.uniform(0, changes.noise)
        noisy = picture + random.standard_normal(picture.shape, dtype=np.float32) * np.float32(level)
        picture = noisy.clip(0, 255).astype(np.uint8)
    return picture


def _coloured(picture: Pixels, strength: float, random: np.random.Generator) -> Pixels:
    """Light, contrast, tint, saturation; some in grey, some with colours exchanged."""
    if random.random() < strength / 4:
        picture = picture[..., random.permutation(3)]
    given = picture.astype(np.float32)
    grey = given.mean(axis=2, keepdims=True)
    saturation = 0.0 if random.random() < strength / 5 else random.uniform(1 - strength, 1 + 1.5 * strength)
    given = grey + (given - grey) * np.float32(saturation)
    middle = np.float32(grey.mean())
    given = middle + (given - middle) * np.float32(np.exp(random.uniform(-strength, strength)))
    gain = np.float32(np.exp(random.uniform(-strength, strength)))
    tint = np.exp(random.normal(0, strength / 6, 3)).astype(np.float32)
    coloured = 255 * (given.clip(0, 255) / 255) ** gain * tint
    return np.asarray(coloured.clip(0, 255).astype(np.uint8))
