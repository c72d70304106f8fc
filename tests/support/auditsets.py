"""Truths with attributes, and what a detector of known recall finds in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Told = dict[str, Any]
Recall = Callable[[Told, Told], float]
"""(person, image) → chance of being found."""

SIZE = 640
STEP = 64
WEATHERS = ("clair", "pluie", "neige")
POSES = ("debout", "marche", "assis", "couché")


def street(
    seed: int,
    recall: Recall,
    *,
    images: int = 120,
    people: int = 8,
    together: float = 0.0,
    alarms: float = 0.5,
) -> tuple[Told, list[Told]]:
    """A COCO truth of ``images`` with ``people`` each, none overlapping, and detections with scores from
    0.5 to 1; ``alarms`` false ones an image, from 0 to 1. ``together``: standard deviation of what an image
    adds to the chance of all its persons."""
    random = np.random.default_rng(seed)
    told: Told = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "personne"}]}
    found: list[Told] = []
    for number in range(1, images + 1):
        image = _image(random, number)
        told["images"].append(image)
        shift = random.normal(0, together) if together else 0.0
        cells = random.permutation((SIZE // STEP) ** 2)
        for cell in cells[:people]:
            person = _person(random, len(told["annotations"]) + 1, number, int(cell))
            told["annotations"].append(person)
            if random.random() < np.clip(recall(person, image) + shift, 0, 1):
                found.append(detection(random, person["bbox"], number, 0.5))
        for cell in cells[people : people + random.poisson(alarms)]:
            found.append(detection(random, _box(int(cell)), number, 0.0))
    return told, found


def with_twins(
    told: Told, found: list[Told], seed: int, recall: Recall, *, swapped: int = 1, tone: int = 10
) -> None:
    """Add to each image its counterfactual: ``swapped`` persons of tone 1 there have ``tone`` here, all else
    equal. The others keep what was said of them."""
    random = np.random.default_rng(seed)
    for image in list(told["images"]):
        image |= {"pair": f"p{image['id']}", "variant": "a"}
        twin = {**image, "id": image["id"] + 100_000, "variant": "b"}
        told["images"].append(twin)
        people = [one for one in told["annotations"] if one["image_id"] == image["id"]]
        seen = {tuple(one["bbox"]) for one in found if one["image_id"] == image["id"]}
        for at, person in enumerate(people):
            if at < swapped:
                person["monk"] = 1
            copy = {**person, "id": person["id"] + 1_000_000, "image_id": twin["id"]}
            told["annotations"].append(copy)
            hit = tuple(person["bbox"]) in seen
            if at < swapped:
                copy["monk"] = tone
                hit = random.random() < recall(copy, twin)
            if hit:
                found.append(detection(random, copy["bbox"], twin["id"], 0.5))


def laid_down(told: Told, found: list[Told]) -> None:
    """Who lies is as wide as one lies, in the truth and where found; in every other image nobody does."""
    wide = {}
    for person in told["annotations"]:
        if person["pose"] == "couché" and person["image_id"] % 2:
            person["pose"] = "debout"
        if person["pose"] == "couché":
            x, y, _width, _height = person["bbox"]
            wide[person["image_id"], x, y] = person["bbox"] = person["full_bbox"] = [x, y, 54.0, 24.0]
    for one in found:
        one["bbox"] = wide.get((one["image_id"], *one["bbox"][:2]), one["bbox"])


def detection(random: np.random.Generator, box: list[float], image: int, least: float) -> Told:
    score = round(float(random.uniform(least, 1)), 6)
    return {"image_id": image, "category_id": 1, "bbox": list(box), "score": score}


def _box(cell: int) -> list[float]:
    row, column = divmod(cell, SIZE // STEP)
    return [column * STEP + 8.0, row * STEP + 2.0, 24.0, 60.0]


def _image(random: np.random.Generator, number: int) -> Told:
    hour = float(random.integers(0, 24))
    return {
        "id": number,
        "width": SIZE,
        "height": SIZE,
        "file_name": f"{number}.png",
        "hour": hour,
        "night": bool(hour < 6 or hour > 21),
        "weather": str(random.choice(WEATHERS)),
        "pitch_deg": float(random.uniform(-70, 0)),
        "scene": f"s{number}",
        "pair": None,
        "variant": None,
    }


def _person(random: np.random.Generator, number: int, image: int, cell: int) -> Told:
    hidden = float(random.uniform(0, 0.8))
    return {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "bbox": _box(cell),
        "full_bbox": _box(cell),
        "vis_ratio": 1 - hidden,
        "occlusion": hidden,
        "distance_m": float(random.uniform(2, 60)),
        "pose": str(random.choice(POSES)),
        "monk": int(random.integers(1, 11)),
        "age": str(random.choice(("enfant", "jeune", "age"))),
        "sex": str(random.choice(("femme", "homme"))),
        "body": str(random.choice(("mince", "moyenne", "forte"))),
    }
