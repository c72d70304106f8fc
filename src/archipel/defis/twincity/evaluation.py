"""The execution « evaluation »: a truth and a detector's results, the figures and their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from archipel.defis.twincity.metrics import coco, intervals, missrate, motchallenge
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets import cocojson, units
from archipel.defis.twincity.sets import motchallenge as motfiles
from archipel.defis.twincity.sets.boxes import Detections, Truth
from archipel.defis.twincity.sets.reading import FromFiles, Refused, is_json

RESAMPLES = 1000
NO_TRUTH = "aucune boîte à trouver dans cette tranche"
NOT_FOUND = "aucune boîte trouvée"
MOT_UNITS = {"tp": "boîtes", "fp": "boîtes", "fn": "boîtes", "far": "fausses alertes par image"}

Measure = tuple[float | int | None, str, str]
"""Value (None: undefined), unit, reason where it is undefined."""


INTERVALS: dict[str, intervals.Figure] = {
    "ap50": intervals.average_precision,
    "lamr": intervals.miss_rate,
    "rappel_0.1_fppi": intervals.recall_at(0.1),
}


@dataclass(frozen=True)
class Sets(FromFiles):
    """``others``: detections of classes that the truth has not; ``left_out``: truth rows that never count."""

    truth: Truth
    detections: Detections
    refused: tuple[Refused, ...]
    mot: bool
    others: int = 0
    left_out: int = 0

    def accept(self, maximum: float) -> Sets:
        """Itself. Raises `DataRefused` when a file has more refused rows than this share, or holds nothing
        to be found."""
        self.check_rows(maximum)
        if self.truth.ignore.all():
            raise DataRefused(f"« {self.refused[0].source} » : ensemble vide, aucune boîte à trouver")
        return self


def read(truth: str, detections: str, category: str | None = None) -> Sets:
    """Two COCO files, or two of MOTChallenge. Raises `DataRefused`."""
    paths = Path(truth), Path(detections)
    json = [is_json(path) for path in paths]
    if json[0] != json[1]:
        kinds = " et ".join(
            f"« {path.name} » ({'COCO' if one else 'MOTChallenge'})"
            for path, one in zip(paths, json, strict=True)
        )
        raise DataRefused(f"vérité et détections du même format attendues, reçu {kinds}")
    if json[0]:
        true, bad_truth = cocojson.read_truth(paths[0])
        found, bad_found, others = cocojson.read_detections(paths[1], true)
        sets = Sets(true, found, (bad_truth, bad_found), mot=False, others=others)
    else:
        true, found, bad, left_out = motfiles.read(*paths)
        true, found = motchallenge.without_distractors(true, found)
        sets = Sets(true, found, tuple(bad), mot=True, left_out=left_out)
    return sets if category is None else of_category(sets, category)


def of_category(sets: Sets, wanted: str) -> Sets:
    """The same with one class, named by its number or its name. Raises `DataRefused`."""
    truth = sets.truth
    at = [k for k, (one, name) in enumerate(truth.categories) if wanted in (str(one), name)]
    if not at:
        known = ", ".join(f"{one} ({name})" for one, name in truth.categories)
        raise DataRefused(f"categorie : « {wanted} » n’est pas une classe de la vérité ; classes : {known}")
    kept = truth.select(truth.category == at[0])
    found = sets.detections.select(sets.detections.category == at[0])
    kept = replace(kept, category=np.zeros_like(kept.category), categories=(truth.categories[at[0]],))
    return replace(sets, truth=kept, detections=replace(found, category=np.zeros_like(found.category)))


def of_one_class(sets: Sets) -> Sets:
    """The same. Raises `DataRefused` where the truth has several classes: each would be taken for people."""
    if len(sets.truth.categories) > 1:
        known = ", ".join(f"{one} ({name})" for one, name in sets.truth.categories)
        raise DataRefused(
            f"« {sets.refused[0].source} » : {len(sets.truth.categories)} classes, et « categorie » est "
            f"vide ; donner celle des personnes : {known}"
        )
    return sets


def finite(score: float | None) -> float | None:
    """The same. Raises `DataRefused` for a least score that is no number."""
    if score is not None and not math.isfinite(score):
        raise DataRefused(f"seuil : nombre fini attendu, reçu {score}")
    return score


def figures(sets: Sets) -> dict[str, Measure]:
    """Every figure: COCO's twelve, the log-average miss rate (CityPersons' four subsets too where the truth
    says what is visible), MOTChallenge's for its files, and what was counted."""
    truth, found = sets.truth, sets.detections
    shares: dict[str, float | None] = dict(coco.evaluate(truth, found).figures())
    shares["lamr"] = missrate.log_average_miss_rate(truth, found)
    counts: dict[str, int] = {}
    if truth.has_visibility:
        for name, subset in missrate.CITYPERSONS.items():
            shares[f"lamr_{name}"] = missrate.log_average_miss_rate(truth, found, subset)
            counts[f"n_{name}"] = int((~subset.spares(truth)).sum())
    values: dict[str, Measure] = {name: (value, "1", NO_TRUTH) for name, value in shares.items()}
    if sets.mot:
        for name, figure in motchallenge.count(truth, found).figures().items():
            values[name] = figure, MOT_UNITS.get(name, "1"), NOT_FOUND if name == "modp" else NO_TRUTH
    counts["boites"] = int((~truth.ignore).sum())
    counts["detections"] = len(found.box)
    counts["detections_autres_classes"] = sets.others
    counts["verite_ecartee"] = sets.left_out
    values["images"] = len(truth.images), "images", ""
    return values | {name: (count, "boîtes", "") for name, count in counts.items()}


def interval_table(sets: Sets, seed: int, times: int = RESAMPLES) -> pd.DataFrame:
    """`mesure`, `classe`, `valeur`, `bas`, `haut`: AP at 0.5, miss rate and recall at 0.1 false positive an
    image, class by class, with 95 % intervals over images. Those of a scene or a pair, or that follow each
    other in a sequence, are drawn together (`units.of_images`); no interval (NaN) of too few such units."""
    truth, found = sets.truth, sets.detections
    unit = units.of_images(truth)
    few = len(np.unique(unit)) < units.LEAST_CLUSTERS
    drawn = intervals.draws(unit, 0 if few else times, seed)
    once = np.ones(len(truth.images), dtype=np.int64)
    rows = []
    for k, (_one, name) in enumerate(truth.categories):
        mine = truth.select(truth.category == k), found.select(found.category == k)
        outcome = missrate.scored(*mine)
        if not outcome.truths.sum():
            continue
        for figure, compute in INTERVALS.items():
            low, high = intervals.interval(outcome, compute, drawn)
            rows.append((figure, name, compute(outcome, once), low, high))
    frame = pd.DataFrame(rows, columns=["mesure", "classe", "valeur", "bas", "haut"])
    return frame.astype({"bas": float, "haut": float})
