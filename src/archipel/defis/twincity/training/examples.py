"""Pictures and boxes to learn from, changed a little at each reading.

What is drawn at random depends on (seed, epoch, position) alone: a training that goes on after a kill reads
what it would have read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from archipel.defis.twincity.pictures.reading import Pixels, read_picture
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets import cocojson
from archipel.defis.twincity.sets.boxes import Floats, Truth
from archipel.defis.twincity.training.changes import Changes, Shown, seen, window, with_decoy

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


def read_examples(folder: Path, truth: Path) -> list[Example]:
    """Every picture of a COCO truth. Raises `DataRefused` when one is not there."""
    return examples_of(cocojson.read_truth(truth)[0], folder, truth.name)


def examples_of(true: Truth, folder: Path, source: str) -> list[Example]:
    """``source``: the truth's file, for what is told. Raises `DataRefused` when a picture is not there."""
    hidden = true.ignore | (true.visible < LEAST_VISIBLE)
    examples = []
    for at, image in enumerate(true.images):
        path = folder / true.files[at]
        if not path.is_file():
            raise DataRefused(f"« {source} » : l’image {image} n’est pas dans « {folder.name} »")
        mine = true.image == at
        examples.append(Example(path, true.box[mine], hidden[mine]))
    return examples


def drawn(
    examples: Sequence[Example], at: int, size: int, changes: Changes, seed: tuple[int, ...]
) -> tuple[Pixels, Floats, np.ndarray]:
    """One picture (size, size, 3), its boxes in its pixels, and which are spared."""
    random = np.random.default_rng((*seed, at))
    if random.random() >= changes.mosaic:
        whole = _cropped(examples[at], size, changes, random)
    else:
        chosen = [examples[one] for one in (at, *random.integers(0, len(examples), 3))]
        whole = _of_four(chosen, size, changes, random)
    covered = np.zeros(len(whole[1]))
    for _ in range(int(random.integers(0, changes.decoys + 1))):
        other = examples[int(random.integers(0, len(examples)))]
        whole, covered = with_decoy(whole, covered, read_picture(other.path), other.box, random)
    picture, box, spared = whole
    return seen(picture, changes, random), box, spared


def _of_four(chosen: list[Example], size: int, changes: Changes, random: np.random.Generator) -> Shown:
    half = size // 2
    picture = np.zeros((size, size, 3), dtype=np.uint8)
    boxes, spared = [], []
    for quarter, one in enumerate(chosen):
        part, box, hidden = _cropped(one, half, changes, random)
        x, y = quarter % 2 * half, quarter // 2 * half
        picture[y : y + half, x : x + half] = part
        boxes.append(box + np.array([x, y, 0, 0]))
        spared.append(hidden)
    return picture, np.concatenate(boxes), np.concatenate(spared)


def _cropped(example: Example, size: int, changes: Changes, random: np.random.Generator) -> Shown:
    """A random part, stretched to a square; half of them mirrored."""
    picture = read_picture(example.path)
    height, width = picture.shape[:2]
    x, y, w, h = window((width, height), example.box[~example.spared], changes, random)
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
