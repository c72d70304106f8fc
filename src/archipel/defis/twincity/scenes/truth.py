"""What is true of a picture, as the renderer knows it: COCO's annotations with more, and rows for a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.scenes.description import SYNTHETIC, Person, Scene
from archipel.defis.twincity.scenes.light import sun_of
from archipel.defis.twincity.scenes.rendered import Rendered, Seen

CATEGORY = {"id": 1, "name": "personne"}
LEAST_HEIGHT, LEAST_SHARE = 8, 0.1
"""A person seen over fewer rows of pixels, or of whose body less is seen, need not be found (« ignore »).
Who has not one visible pixel has no annotation."""


def image_truth(scene: Scene, drawn: Rendered, name: str, number: int) -> dict[str, Any]:
    """COCO's `images` row: size, file, and the conditions under their French names' values."""
    elevation, azimuth = sun_of(scene)
    seen = scene.camera
    shown = sum(1 for one in drawn.people if one.mask.any())
    return {
        "id": number, "file_name": name, "width": seen.width, "height": seen.rows, "donnees": SYNTHETIC,
        "seed": scene.seed, "date": scene.moment.day.isoformat(), "hour": scene.moment.hour,
        "night": scene.moment.night, "sun_elevation": round(elevation, 2), "sun_azimuth": round(azimuth, 2),
        "weather": scene.weather.kind, "weather_strength": scene.weather.strength,
        "clouds": scene.weather.clouds, "street": scene.street.kind, "pitch": seen.pitch, "yaw": seen.yaw,
        "camera_height": seen.height, "focal": seen.focal, "noise": scene.sensor.noise,
        "blur": scene.sensor.blur, "jpeg": scene.sensor.jpeg, "exposure": scene.sensor.exposure,
        "people": len(scene.people), "people_seen": shown,
    }  # fmt: skip


def person_truths(scene: Scene, drawn: Rendered, image: int) -> list[dict[str, Any]]:
    """COCO's `annotations`, one a person with a visible pixel, without their `id`."""
    rows = []
    for at, (person, seen) in enumerate(zip(scene.people, drawn.people, strict=True)):
        box = _bounds(seen)
        if box is None:
            continue
        full = [round(float(one), 2) for one in drawn.full_box[at]]
        share = min(1.0, seen.visible / max(seen.whole, 1e-9))
        rows.append({
            "image_id": image, "category_id": CATEGORY["id"], "iscrowd": 0,
            "ignore": int(box[3] < LEAST_HEIGHT or share < LEAST_SHARE), "bbox": box,
            "area": int(seen.mask.sum()),
            "segmentation": run_lengths(seen, scene.camera.rows, scene.camera.width),
            "full_bbox": full, "vis_ratio": round(share, 4),
            "occlusion": round(1 - min(1.0, seen.visible / max(seen.inside, 1e-9)), 4),
            "truncation": round(1 - min(1.0, seen.inside / max(seen.whole, 1e-9)), 4),
            "full_area": round(seen.whole, 2), "distance_m": round(float(drawn.distance[at]), 2),
            "person": at, **_described(person),
        })  # fmt: skip
    return rows


def _described(person: Person) -> dict[str, Any]:
    return {
        "pose": person.pose.kind, "monk": person.monk, "age": person.age, "sex": person.sex,
        "body": {
            "height_m": person.height, "weight": round(person.weight, 3), "ancestry": list(person.ancestry),
        },
        "heading": person.heading, "top": person.top.kind, "bottom": person.bottom.kind,
        "coat": person.coat.kind if person.coat else "", "hair": person.hair,
        "hat": person.hat.kind if person.hat else "", "bag": person.bag.kind if person.bag else "",
    }  # fmt: skip


def _bounds(seen: Seen) -> list[int] | None:
    """x, y, width, height of the visible pixels; None without one."""
    if not seen.mask.any():
        return None
    columns, rows = np.flatnonzero(seen.mask.any(axis=0)), np.flatnonzero(seen.mask.any(axis=1))
    return [
        int(seen.left + columns[0]), int(seen.top + rows[0]),
        int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1),
    ]  # fmt: skip


def run_lengths(seen: Seen, rows: int, columns: int) -> dict[str, Any]:
    """The visible mask as COCO's compressed run lengths, column after column."""
    padded = np.zeros((seen.mask.shape[0] + 2, seen.mask.shape[1]), np.int8)
    padded[1:-1] = seen.mask
    change = np.diff(padded, axis=0).T
    column, start = np.nonzero(change == 1)
    _, stop = np.nonzero(change == -1)
    first = (seen.left + column) * rows + seen.top
    edges = np.stack([first + start, first + stop], axis=1).ravel()
    # A run that ends at the foot of a column goes on at the head of the next.
    joined = np.flatnonzero(edges[1:-1:2] == edges[2::2])
    edges = np.delete(edges, np.concatenate([2 * joined + 1, 2 * joined + 2]))
    counts = np.diff(np.concatenate([[0], edges, [rows * columns]]))
    if counts[-1] == 0:
        counts = counts[:-1]
    return {"size": [rows, columns], "counts": _packed(counts)}


def _packed(counts: npt.NDArray[np.int64]) -> str:
    """As `rleToString` of cocodataset/cocoapi (maskApi.c): differences to two before, five bits a letter."""
    letters = []
    for at, count in enumerate(counts):
        value = int(count - counts[at - 2]) if at > 2 else int(count)
        while True:
            part = value & 0x1F
            value >>= 5
            more = value != -1 if part & 0x10 else value != 0
            letters.append(chr((part | 0x20 if more else part) + 48))
            if not more:
                break
    return "".join(letters)
