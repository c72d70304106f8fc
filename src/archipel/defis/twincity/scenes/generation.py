"""Pictures by the thousand with their truth: in parallel, resumable after a kill with the same result.

A folder holds `images/`, `verites/` (one JSON a picture, written last: the picture is done), then
`verite.json` (COCO), `personnes.parquet` (one row a person) and `generation.json` (what was asked).
"""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.scenes import truth
from archipel.defis.twincity.scenes.counterfactual import counterfactual, exchangeable
from archipel.defis.twincity.scenes.description import SYNTHETIC, Scene, to_json
from archipel.defis.twincity.scenes.drawing.conditions import Conditions
from archipel.defis.twincity.scenes.drawing.sampling import sample
from archipel.defis.twincity.scenes.engines import engine, picture
from archipel.defis.twincity.scenes.rendered import Rendered
from archipel.defis.twincity.scenes.sensor import jpeg, png
from archipel.defis.twincity.sets.reading import read_json, shown

Progress = Callable[[int, int], None]
SWAPPED_LEAST = 0.5
"""A swapped person is one of whom at least this share is seen, in the scene before any exchange."""


@dataclass(frozen=True)
class Swap:
    """One picture a value: the attribute of one person of each scene takes each of them."""

    attribute: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Order:
    """What is asked. ``file``: « jpg » (the scene's own compression) or « png » (none)."""

    n: int
    seed: int
    bodies: Path
    size: tuple[int, int] = (1280, 720)
    conditions: Conditions = field(default_factory=Conditions)
    swap: Swap | None = None
    engine: str = "trame"
    samples: int = 2
    file: str = "jpg"

    def told(self) -> dict[str, Any]:
        """In JSON's types, without the folder of the bodies."""
        return {name: value for name, value in to_json(self).items() if name != "bodies"}


@dataclass(frozen=True)
class Report:
    """``made``: pictures of this call; the others were there. ``rate``: of those made, a second."""

    images: int
    made: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.made / self.seconds if self.seconds > 0 else 0.0


def generate(folder: Path, order: Order, workers: int = 2, progress: Progress | None = None) -> Report:
    """Makes what the folder lacks; one call at a time a folder.

    Raises `DataRefused` where the folder holds another order's pictures.
    """
    begun = time.monotonic()
    for one in ("images", "verites"):
        (folder / one).mkdir(parents=True, exist_ok=True)
    _same_order(folder, order)
    for left in (*folder.glob("images/.*"), *folder.glob("verites/.*")):
        left.unlink()  # half-written when an earlier call was killed
    waiting = [
        at for at in range(order.n) if not all(_is_made(folder, order, k) for k in _numbers(order, at))
    ]
    total = order.n * _variants(order)
    done = total - len(waiting) * _variants(order)
    for _ in _made(folder, order, waiting, workers):
        done += _variants(order)
        if progress:
            progress(done, total)
    seconds = time.monotonic() - begun
    _gathered(folder, order)
    return Report(total, len(waiting) * _variants(order), seconds)


def _made(folder: Path, order: Order, waiting: list[int], workers: int) -> Iterator[int]:
    if workers <= 1 or len(waiting) < 2:
        for at in waiting:
            _make(folder, order, at)
            yield at
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_alone) as pool:
        futures = [pool.submit(_make, folder, order, at) for at in waiting]
        try:
            for at, future in zip(waiting, futures, strict=True):
                future.result()
                yield at
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _alone() -> None:
    """One thread a process: the processes are the parallelism."""
    os.environ["LP_NUM_THREADS"] = "1"
    import cv2

    cv2.setNumThreads(1)


def _make(folder: Path, order: Order, at: int) -> None:
    """The pictures of scene ``at``: they depend on the order's seed and on ``at`` alone."""
    drawing = engine(order.engine, order.samples)
    base = scene_at(order, at)
    if order.swap is None:
        _write(folder, order, at, base, *picture(base, order.bodies, drawing), swapped=None)
        return
    person = swapped_person(base, picture(base, order.bodies, drawing)[1], order.swap.attribute)
    for number, value in zip(_numbers(order, at), order.swap.values, strict=True):
        other = base if person is None else counterfactual(base, person, order.swap.attribute, value)
        _write(folder, order, number, other, *picture(other, order.bodies, drawing), swapped=person)


def swapped_person(scene: Scene, drawn: Rendered, attribute: str) -> int | None:
    """One of those who are well seen, at random; else who is seen most. None where nobody can be."""
    able = [k for k, one in enumerate(scene.people) if exchangeable(one, attribute)]
    seen = [
        row["person"] for row in truth.person_truths(scene, drawn, 0)
        if not row["ignore"] and row["vis_ratio"] >= SWAPPED_LEAST and row["person"] in able
    ]  # fmt: skip
    if seen:
        return int(np.random.default_rng((scene.seed, 5)).choice(seen))
    return max(able, key=lambda k: drawn.people[k].visible, default=None)


def scene_at(order: Order, at: int) -> Scene:
    """The description of scene ``at``, before any exchange: a picture's own, found again."""
    return sample(scene_seed(order.seed, at), order.conditions, order.size)


def scene_seed(seed: int, at: int) -> int:
    """Of scene ``at``: far apart for neighbours, and JSON-safe."""
    return int(np.random.SeedSequence((seed, at)).generate_state(1, np.uint64)[0] >> np.uint64(12))


def _write(
    folder: Path, order: Order, number: int, scene: Scene, image: Any, drawn: Any, swapped: int | None
) -> None:
    name = f"{number:06d}.{order.file}"
    row = truth.image_truth(scene, drawn, name, number)
    rows = truth.person_truths(scene, drawn, number)
    if order.swap is not None:
        row |= {
            "pair": number // _variants(order),
            "swapped": swapped,
            "attribute": order.swap.attribute,
        }
        for one in rows:
            one["swapped"] = int(one["person"] == swapped)
    _atomic(folder / "images" / name, jpeg(image, scene.sensor.jpeg) if order.file == "jpg" else png(image))
    told = {"donnees": SYNTHETIC, "image": row, "annotations": rows}
    _atomic(_truth_path(folder, number), json.dumps(told, ensure_ascii=False).encode())


def _atomic(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)


def _is_made(folder: Path, order: Order, number: int) -> bool:
    picture = folder / "images" / f"{number:06d}.{order.file}"
    return picture.exists() and _truth_path(folder, number).exists()


def _truth_path(folder: Path, number: int) -> Path:
    return folder / "verites" / f"{number:06d}.json"


def _variants(order: Order) -> int:
    return len(order.swap.values) if order.swap else 1


def _numbers(order: Order, at: int) -> list[int]:
    """Of the pictures of scene ``at``."""
    return list(range(at * _variants(order), (at + 1) * _variants(order)))


def _same_order(folder: Path, order: Order) -> None:
    path = folder / "generation.json"
    asked = order.told()
    if path.exists():
        found = _told(path).get("order")
        if not isinstance(found, dict):
            raise DataRefused(f"« {path.name} » : « order », la demande, attendu")
        differs = [name for name, value in asked.items() if found.get(name) != value]
        if differs:
            raise DataRefused(
                f"« {folder.name} » : contient les images d’une autre demande ({', '.join(differs)} diffère)"
                " ; choisir un dossier vide"
            )
        return
    _atomic(path, json.dumps({"donnees": SYNTHETIC, "order": asked}, ensure_ascii=False, indent=1).encode())


def _told(path: Path) -> dict[str, Any]:
    """What a file of the folder says. Raises `DataRefused` for one that was changed since: no kill leaves
    half of one."""
    told = read_json(path)
    if not isinstance(told, dict):
        raise DataRefused(f"« {path.name} » : groupe JSON attendu, reçu {shown(told)}")
    return told


def _gathered(folder: Path, order: Order) -> None:
    """The set's own files, from every picture's."""
    images, rows = [], []
    for number in range(order.n * _variants(order)):
        told = _told(_truth_path(folder, number))
        if not isinstance(told.get("image"), dict) or not isinstance(told.get("annotations"), list):
            raise DataRefused(
                f"« {_truth_path(folder, number).name} » : « image » et « annotations » attendus"
            )
        images.append(told["image"])
        rows += told["annotations"]
    for number, row in enumerate(rows, 1):
        row["id"] = number
    info = {
        "description": f"TwinCity : {SYNTHETIC}",
        "donnees": SYNTHETIC,
        "version": "1",
        "order": order.told(),
    }
    coco = {"info": info, "images": images, "annotations": rows, "categories": [truth.CATEGORY]}
    _atomic(folder / "verite.json", json.dumps(coco, ensure_ascii=False).encode())
    _atomic(folder / "personnes.parquet", person_table(images, rows).to_parquet(index=False))


def person_table(images: list[dict[str, Any]], rows: list[dict[str, Any]]) -> pd.DataFrame:
    """One row an annotation: its columns, then its image's under `image_…`; `donnees` says what they are."""
    of_image = {
        one["id"]: {f"image_{name}": value for name, value in one.items() if name != "donnees"}
        for one in images
    }
    flat = []
    for row in rows:
        one = {
            name: value
            for name, value in row.items()
            if name not in ("segmentation", "bbox", "full_bbox", "body", "ancestry", "iscrowd")
        }
        for name, box in (("", row["bbox"]), ("full_", row["full_bbox"])):
            one |= {
                f"{name}{side}": float(value) for side, value in zip(("x", "y", "w", "h"), box, strict=True)
            }
        one |= dict(zip(("african", "asian", "european"), row["body"]["ancestry"], strict=True))
        flat.append(one | of_image[row["image_id"]] | {"donnees": SYNTHETIC})
    return pd.DataFrame(flat)
