"""Pictures and boxes to learn from, changed a little at each reading.

What is drawn at random depends on (seed, epoch, position) alone: a training that goes on after a kill reads
what it would have read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from archipel.defis.twincity.pictures.reading import Pixels, read_picture
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets import cocojson
from archipel.defis.twincity.sets.boxes import Floats

LEAST_VISIBLE = 0.3
"""Share of a body below which nobody is asked to find it."""
SMALLEST = 6
"""Pixels of height, after the crop, below which the same."""


@dataclass(frozen=True)
class Example:
    """A picture's file; ``box`` (n, 4): x, y, width, height in its pixels; ``spared`` (n,): boxes that are
    neither to be found nor to be left."""

    path: Path
    box: Floats
    spared: np.ndarray


@dataclass(frozen=True)
class Changes:
    """How much a picture is changed. Zero everywhere: only stretched to the size."""

    crop: float = 0.5
    """Least side of the crop, as a share of the picture's."""
    colour: float = 0.4
    blur: float = 0.2
    """Share of the pictures that are blurred, or lose resolution."""
    noise: float = 8.0
    """Largest standard deviation, of 255."""
    mosaic: float = 0.3
    """Share of the pictures that are made of four."""


NONE = Changes(crop=1.0, colour=0.0, blur=0.0, noise=0.0, mosaic=0.0)


def read_examples(folder: Path, truth: Path) -> list[Example]:
    """Every picture of a COCO truth. Raises `DataRefused` when one is not there."""
    true, _refused = cocojson.read_truth(truth)
    hidden = true.ignore | (true.visible < LEAST_VISIBLE)
    examples = []
    for at, image in enumerate(true.images):
        path = folder / true.files[at]
        if not path.is_file():
            raise DataRefused(f"« {truth.name} » : l’image {image} n’est pas dans « {folder.name} »")
        mine = true.image == at
        examples.append(Example(path, true.box[mine], hidden[mine]))
    return examples


def drawn(
    examples: list[Example], at: int, size: int, changes: Changes, seed: tuple[int, ...]
) -> tuple[Pixels, Floats, np.ndarray]:
    """One picture (size, size, 3), its boxes in its pixels, and which are spared."""
    random = np.random.default_rng((*seed, at))
    if random.random() >= changes.mosaic:
        return _seen(_cropped(examples[at], size, changes, random), changes, random)
    others = [at, *random.integers(0, len(examples), 3).tolist()]
    half = size // 2
    picture = np.zeros((size, size, 3), dtype=np.uint8)
    boxes, spared = [], []
    for quarter, one in enumerate(others):
        part, box, hidden = _cropped(examples[one], half, changes, random)
        x, y = quarter % 2 * half, quarter // 2 * half
        picture[y : y + half, x : x + half] = part
        boxes.append(box + np.array([x, y, 0, 0]))
        spared.append(hidden)
    return _seen((picture, np.concatenate(boxes), np.concatenate(spared)), changes, random)


def _cropped(
    example: Example, size: int, changes: Changes, random: np.random.Generator
) -> tuple[Pixels, Floats, np.ndarray]:
    """A random part, stretched to a square; half of them mirrored."""
    picture = read_picture(example.path)
    height, width = picture.shape[:2]
    share = random.uniform(changes.crop, 1.0)
    stretch = np.exp(random.uniform(-0.2, 0.2)) if changes.crop < 1 else 1.0
    w, h = (round(min(side * share * by, side)) for side, by in ((width, stretch), (height, 1 / stretch)))
    x, y = int(random.integers(0, width - w + 1)), int(random.integers(0, height - h + 1))
    part = cv2.resize(picture[y : y + h, x : x + w], (size, size), interpolation=cv2.INTER_AREA)
    corner = (example.box[:, :2] - [x, y]) * [size / w, size / h]
    far = corner + example.box[:, 2:] * [size / w, size / h]
    whole = np.maximum(np.prod(far - corner, axis=1), 1e-9)
    corner, far = corner.clip(0, size), far.clip(0, size)
    left = np.prod(far - corner, axis=1) / whole
    spared = example.spared | (left < LEAST_VISIBLE) | (far[:, 1] - corner[:, 1] < SMALLEST)
    box = np.concatenate([corner, far - corner], axis=1)
    kept = left > 0
    if changes.crop < 1 and random.random() < 0.5:
        part = part[:, ::-1]
        box[:, 0] = size - box[:, 0] - box[:, 2]
    return np.ascontiguousarray(part), box[kept], spared[kept]


def _seen(
    given: tuple[Pixels, Floats, np.ndarray], changes: Changes, random: np.random.Generator
) -> tuple[Pixels, Floats, np.ndarray]:
    """The same through another camera: light, colours, sharpness, noise."""
    picture, box, spared = given
    if random.random() < changes.blur:
        if random.random() < 0.5:
            picture = cv2.GaussianBlur(picture, (0, 0), float(random.uniform(0.4, 1.4)))
        else:
            size = picture.shape[0]
            small = int(size * random.uniform(0.4, 0.9))
            picture = cv2.resize(
                cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA), (size, size)
            )
    seen = picture.astype(np.float32)
    if changes.colour:
        gain = np.exp(random.uniform(-changes.colour, changes.colour))
        tint = np.exp(random.normal(0, changes.colour / 4, 3)).astype(np.float32)
        grey = seen.mean(axis=2, keepdims=True)
        seen = grey + (seen - grey) * np.float32(random.uniform(1 - changes.colour * 1.5, 1 + changes.colour))
        seen = 255 * (seen.clip(0, 255) / 255) ** np.float32(gain) * tint
    if changes.noise:
        level = random.uniform(0, changes.noise)
        seen = seen + random.standard_normal(seen.shape, dtype=np.float32) * np.float32(level)
    return seen.clip(0, 255).astype(np.uint8), box, spared
