"""The execution « detection »: a detector over a folder of pictures, its results in COCO's form."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from archipel.defis.twincity.detectors.adapter import PERSON, Detector, Found, person_class
from archipel.defis.twincity.evaluation import Measure, Sets, figures
from archipel.defis.twincity.pictures import sheet
from archipel.defis.twincity.pictures.reading import listed, read_picture
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets import cocojson
from archipel.defis.twincity.sets.boxes import SYNTHETIC, Detections, Truth
from archipel.defis.twincity.sets.reading import FromFiles, Refused

SHOWN = 24
"""Pictures on the contact sheet."""
GENERATED = "generation.json"
"""What the execution « generation » leaves beside its pictures."""


@dataclass(frozen=True)
class Plan:
    """What is looked at. ``pictures``: file → image_id. ``categories``: the detector's classes that are
    kept → category_id. ``others``: pictures of the folder that the truth does not know."""

    folder: Path
    pictures: Mapping[Path, Any]
    categories: Mapping[int, Any]
    truth: Truth | None = None
    refused: tuple[Refused, ...] = ()
    others: int = 0

    @property
    def synthetic(self) -> bool:
        """Whether the truth says so of its images; without one, whether a generation left them."""
        if self.truth is not None:
            return self.truth.synthetic
        return any((folder / GENERATED).is_file() for folder in (self.folder, self.folder.parent))


@dataclass
class Run(FromFiles):
    """Filled picture after picture. ``seconds``: of the detector alone, a picture each."""

    plan: Plan
    unread: Refused
    found: dict[Any, Found] = field(default_factory=dict)
    sizes: dict[Any, tuple[str, int, int]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    tiles: list[Any] = field(default_factory=list)

    @property
    def refused(self) -> tuple[Refused, ...]:  # type: ignore[override]  # it grows with the run
        return (*self.plan.refused, self.unread)

    def accept(self, maximum: float) -> Run:
        """Itself. Raises `DataRefused` beyond this share of refused pictures, or of truth rows."""
        self.check_rows(maximum)
        return self


def plan(images: str, detector: Detector, truth: str | None = None) -> Plan:
    """Raises `DataRefused`: no picture, no class in common, a truth whose images are not all there."""
    folder = Path(images)
    files = listed(folder)
    if truth is None:
        person = person_class(detector.classes)
        if person is None:
            raise DataRefused(
                f"detecteur « {detector.name} » : aucune de ses classes n’est une personne "
                f"({', '.join(detector.classes[:10])})"
            )
        # From 0, in the order of names: so does the truth of a generation number its own.
        return Plan(folder, {path: at for at, path in enumerate(files)}, {person: 1})
    true, refused = cocojson.read_truth(Path(truth))
    named = {name: one for name, one in zip(true.files, true.images, strict=True) if name}
    found = {path: one for path in files if (one := _named(path, folder, named)) is not None}
    _demand_whole(Path(truth).name, folder.name, true, named, list(found.values()))
    kept = _categories(true, detector)
    return Plan(folder, found, kept, true, (refused,), others=len(files) - len(found))


def _demand_whole(source: str, folder: str, truth: Truth, named: Mapping[str, Any], found: list[Any]) -> None:
    """Raises `DataRefused` unless every image of the truth is found, once."""
    nameless = len(truth.images) - len(named)
    if nameless:
        raise DataRefused(f"« {source} » : {nameless} image(s) sans « file_name » à elle(s) seule(s)")
    absent = [name for name, one in named.items() if one not in set(found)]
    if absent:
        raise DataRefused(
            f"« {source} » : {len(absent)} image(s) de la vérité sur {len(truth.images)} ne sont pas dans "
            f"« {folder} » ; la première : « {absent[0]} »"
        )
    if len(set(found)) < len(found):
        raise DataRefused(f"« {folder} » : deux fichiers du même nom pour une image de « {source} »")


def _named(path: Path, folder: Path, named: Mapping[str, Any]) -> Any:
    whole = path.relative_to(folder).as_posix()
    return named.get(whole, named.get(path.name))


def _categories(truth: Truth, detector: Detector) -> dict[int, Any]:
    """Classes of the detector that the truth has, by name; a person is one whatever it is called."""
    known = {name.strip().lower(): at for at, name in enumerate(detector.classes)}
    person, kept = person_class(detector.classes), {}
    for one, name in truth.categories:
        called = name.strip().lower()
        alone = len(truth.categories) == 1 and called not in known
        at = person if called in PERSON or alone else known.get(called)
        if at is not None:
            kept[at] = one
    if not kept:
        raise DataRefused(
            f"detecteur « {detector.name} » : aucune classe de la vérité "
            f"({', '.join(name for _one, name in truth.categories)}) parmi les siennes "
            f"({', '.join(detector.classes[:10])})"
        )
    return kept


def detect(looked_at: Plan, detector: Detector, threshold: float) -> Run:
    """Every picture of the plan, in order; one that cannot be read is set apart."""
    run = Run(looked_at, Refused(looked_at.folder.name))
    shown = set(sheet.spread(len(looked_at.pictures), SHOWN))
    for at, (path, image) in enumerate(looked_at.pictures.items()):
        run.unread.total += 1
        name = path.relative_to(looked_at.folder).as_posix()
        try:
            picture = read_picture(path)
        except DataRefused as error:
            run.unread.refuse(at + 1, str(error))
            continue
        began = time.perf_counter()
        found = run.found[image] = detector.detect(picture, threshold, list(looked_at.categories))
        run.seconds.append(time.perf_counter() - began)
        run.sizes[image] = name, picture.shape[1], picture.shape[0]
        if at in shown:
            run.tiles.append(sheet.tile(picture, found.box, found.score, name))
    return run


def results(run: Run) -> list[dict[str, Any]]:
    """COCO's results: `image_id`, `category_id`, `bbox` in pixels of the original, `score`."""
    return [
        {
            "image_id": image,
            "category_id": run.plan.categories[int(category)],
            "bbox": [round(float(part), 3) for part in box],
            "score": float(score),
        }
        for image, found in run.found.items()
        for box, score, category in zip(found.box, found.score, found.category, strict=True)
    ]


def image_table(run: Run) -> pd.DataFrame:
    """`image_id`, `fichier`, `largeur`, `hauteur`, `detections`, one row a picture."""
    rows = [(image, *run.sizes[image], len(found.box)) for image, found in run.found.items()]
    return pd.DataFrame(rows, columns=["image_id", "fichier", "largeur", "hauteur", "detections"])


def measures(run: Run) -> dict[str, Measure]:
    """What was done and how fast; with a truth, `evaluation.figures` of the pictures that were read."""
    seconds = np.array(run.seconds)
    values: dict[str, Measure] = {
        "images": (len(run.found), "images", ""),
        "images_hors_verite": (run.plan.others, "images", ""),
        "detections": (sum(len(found.box) for found in run.found.values()), "boîtes", ""),
        "temps_median": (
            float(np.median(seconds)) * 1000 if len(seconds) else None,
            "ms",
            "aucune image lue",
        ),
    }
    return figures(_sets(run, run.plan.truth)) | values if run.plan.truth is not None else values


def _sets(run: Run, truth: Truth) -> Sets:
    position = {image: at for at, image in enumerate(one for one in truth.images if one in run.found)}
    image = np.array([position.get(one, -1) for one in truth.images], dtype=np.int64)[truth.image]
    read = image >= 0
    kept = [at for at, one in enumerate(truth.images) if one in run.found]
    true = replace(
        truth.select(read),
        image=image[read],
        images=tuple(position),
        files=tuple(truth.files[at] for at in kept),
        about=tuple(truth.about[at] for at in kept),
    )
    kind = {one: at for at, (one, _name) in enumerate(truth.categories)}
    rows = [(position[one], found) for one, found in run.found.items()]
    detections = Detections(
        np.repeat([at for at, _found in rows], [len(found.box) for _at, found in rows]).astype(np.int64),
        np.array(
            [kind[run.plan.categories[int(c)]] for _at, found in rows for c in found.category], dtype=np.int64
        ),
        np.concatenate([np.zeros((0, 4)), *(found.box for _at, found in rows)]),
        np.concatenate([np.zeros(0), *(found.score for _at, found in rows)]),
    )
    return Sets(true, detections, run.plan.refused, mot=False)


def contact_sheet(run: Run, detector: Detector) -> bytes:
    """A JPEG file; it says when the pictures are synthetic."""
    title = f"{detector.name} : {len(run.tiles)} images sur {len(run.found)}"
    return sheet.sheet(run.tiles, f"{title} ({SYNTHETIC})" if run.plan.synthetic else title)
