"""What the notebook « generation » asks for, shows and counts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from archipel.defis.twincity.pictures import sheet
from archipel.defis.twincity.pictures.reading import read_picture
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.scenes import engines
from archipel.defis.twincity.scenes.counterfactual import AFOOT_OR_LYING
from archipel.defis.twincity.scenes.description import SYNTHETIC
from archipel.defis.twincity.scenes.drawing.conditions import from_mapping
from archipel.defis.twincity.scenes.generation import Order, Report, Swap, generate

SHOWN = 24
DRAWN, TRACED = 40, 6
"""Scenes of a run that nobody told how many: drawn by the rasteriser, or by the path tracer, which takes over
a minute of a processor for each."""
SMALL = (448, 336)
"""Pixels of a picture to learn from."""
NUMBERS: dict[str, tuple[Callable[[str], float], int, int]] = {"monk": (int, 1, 10), "age": (float, 5, 95)}
"""Attributes whose values are numbers: kind, least and most."""
WORDS = {"pose": AFOOT_OR_LYING, "sex": ("femme", "homme")}
"""The others, and what they may be."""

Measure = tuple[float | int | None, str, str]
"""Value (None: undefined), unit, reason where it is undefined."""


def order(
    count: int,
    seed: int,
    bodies: Path,
    size: tuple[int, int],
    engine: str | None,
    conditions: dict[str, Any],
    exchange: tuple[str | None, list[str]],
) -> Order:
    """``engine``: of `engines.ENGINES`; None for the fast one where it can draw. Raises `DataRefused` for
    conditions that are none, or half an exchange."""
    attribute, values = exchange
    if bool(attribute) != bool(values):
        raise DataRefused("echange et valeurs vont ensemble : un attribut, et les valeurs qu’il prend")
    if len(set(values)) < len(values):
        raise DataRefused(f"valeurs : chacune une fois attendue, reçu {', '.join(values)}")
    swap = Swap(attribute, tuple(_typed(attribute, one) for one in values)) if attribute else None
    engine = engine or engines.here()
    return Order(count, seed, bodies, size, from_mapping(conditions), swap, engine, engines.SAMPLES[engine])


def count(given: int | None) -> int:
    """The given one; else what ends within minutes on two cores: 40, or `TRACED` where scenes are traced."""
    if given is not None:
        return given
    return DRAWN if engines.here() == "trame" else TRACED


def seed(given: int | None, today: date) -> int:
    """The given one; else the day's, `20261126`: a schedule then draws other scenes each time."""
    return int(f"{today:%Y%m%d}") if given is None else given


def _typed(attribute: str, value: str) -> Any:
    """Raises `DataRefused` for what no person can be."""
    if attribute in WORDS:
        if value not in WORDS[attribute]:
            accepted = ", ".join(WORDS[attribute])
            raise DataRefused(f"valeurs : {accepted} attendus pour « {attribute} », reçu « {value} »")
        return value
    kind, low, high = NUMBERS[attribute]
    try:
        told = kind(value)
    except ValueError:
        raise DataRefused(f"valeurs : nombre attendu pour « {attribute} », reçu « {value} »") from None
    if not low <= told <= high:
        raise DataRefused(f"valeurs : de {low} à {high} attendu pour « {attribute} », reçu « {value} »")
    return told


def resumed(before: Path | None, folder: Path) -> Path:
    """``folder``, with what an interrupted attempt left in ``before``. Raises `DataRefused`."""
    if before is not None:
        if not (before / "generation.json").is_file():
            raise DataRefused(f"reprise : « {before.name} » n’est pas le dossier « jeu » d’une génération")
        shutil.copytree(before, folder, dirs_exist_ok=True)
    return folder


def given_or_made(given: str | None, count: int, seed: int, bodies: Path, folder: Path) -> Path:
    """The set that was given; else ``folder``, filled with small scenes."""
    if given is not None:
        return Path(given)
    generate(folder, order(count, seed, bodies, SMALL, None, {}, (None, [])), progress=shown())
    return folder


def shown() -> Callable[[int, int], None]:
    """A progress bar."""
    bar = tqdm(unit="image", mininterval=2.0)

    def told(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return told


def contact_sheet(folder: Path) -> bytes:
    """Of a set: a JPEG file, its truths' boxes drawn."""
    told = json.loads((folder / "verite.json").read_text(encoding="utf-8"))
    boxes: dict[int, list[list[float]]] = {}
    for one in told["annotations"]:
        if not one["ignore"]:
            boxes.setdefault(one["image_id"], []).append(one["bbox"])
    paths = [folder / "images" / one["file_name"] for one in told["images"]]
    tiles = []
    for at in sheet.spread(len(paths), SHOWN):
        box = np.array(boxes.get(told["images"][at]["id"], []), dtype=float).reshape(-1, 4)
        tiles.append(sheet.tile(read_picture(paths[at]), box, np.ones(len(box)), paths[at].name))
    return sheet.sheet(tiles, f"TwinCity : {SYNTHETIC}")


def measures(folder: Path, report: Report) -> dict[str, Measure]:
    told = json.loads((folder / "verite.json").read_text(encoding="utf-8"))
    return {
        "images": (report.images, "images", ""),
        "images_faites": (report.made, "images", ""),
        "personnes": (sum(not one["ignore"] for one in told["annotations"]), "personnes", ""),
        "images_par_seconde": (report.rate if report.made else None, "images/s", "rien n’était à faire"),
    }
