"""The audit of one detector from a truth whose images and persons carry attributes, and its detections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from archipel.defis.twincity import evaluation
from archipel.defis.twincity.audit import attributes, clustered, gaps, operating, paired
from archipel.defis.twincity.audit.attributes import Labels
from archipel.defis.twincity.audit.clustered import Tally
from archipel.defis.twincity.audit.operating import Judged, Point
from archipel.defis.twincity.evaluation import Sets
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets import units
from archipel.defis.twincity.sets.boxes import Bools, Floats, Ints
from archipel.defis.twincity.sets.reading import Refused, read_json

CONDITIONS = [
    *gaps.KEY, "groupe", "point", "score_min", "iou", "images", "n", "detectes", "rappel", "rappel_bas",
    "rappel_haut", "oubli", "fppi", "fppi_bas", "fppi_haut",
]  # fmt: skip
WHOLE = "ensemble"
"""The condition of which the whole set is the only group."""


@dataclass(frozen=True)
class Annotated:
    """A truth with labels, judged. ``cluster``: what each image is drawn with; ``silent``: conditions that
    the truth does not tell."""

    detector: str
    sets: Sets
    labels: tuple[Labels, ...]
    silent: tuple[str, ...]
    cluster: Ints
    judged: Judged
    swaps: paired.Swaps

    @property
    def synthetic(self) -> bool:
        return self.sets.truth.synthetic

    @property
    def counted(self) -> Bools:
        return ~self.sets.truth.ignore


def read(truth: str, detections: str, detector: str, category: str | None = None) -> Annotated:
    """Raises `DataRefused`."""
    sets = evaluation.read(truth, detections)
    if sets.mot:
        raise DataRefused(
            f"« {Path(truth).name} » : vérité COCO attendue : ceux de MOTChallenge n’ont pas d’attributs"
        )
    told = read_json(Path(truth))
    bad = {row["ligne"] for row in sets.refused[0].rows}
    rows = [(line, row) for line, row in enumerate(told["annotations"], 1) if line not in bad]
    if category is not None:
        sets = evaluation.of_category(sets, category)
        rows = [(line, row) for line, row in rows if row["category_id"] == sets.truth.categories[0][0]]
    persons = [row for _line, row in rows]
    placed = {row["id"]: line for line, row in enumerate(told["images"], 1)}
    images = sets.truth.about
    wrong: attributes.Wrong = {}
    boxes = attributes.full_boxes(persons, wrong)
    labels, silent = attributes.read(persons, images, sets.truth.image, boxes[:, 3], wrong)
    lines = {
        "annotation": [line for line, _row in rows],
        "image": [placed[one] for one in sets.truth.images],
    }
    sets = replace(sets, refused=(_refused(sets.refused[0], wrong, lines), *sets.refused[1:]))
    cluster = units.clusters(images)
    swaps = paired.swaps(images, persons, sets.truth.image, boxes, ~sets.truth.ignore, labels, cluster)
    judged = operating.judge(sets.truth, sets.detections)
    return Annotated(detector, sets, tuple(labels), tuple(silent), cluster, judged, swaps)


def _refused(truth: Refused, wrong: attributes.Wrong, lines: dict[str, list[int]]) -> Refused:
    """The truth's refused rows with those of ``wrong``; ``lines``: where in the file's lists each stands."""
    both = Refused(truth.source, truth.total + len(lines["image"]), list(truth.rows))
    for (what, at), reasons in wrong.items():
        both.refuse(lines[what][at], f"{what} : {' ; '.join(reasons)}")
    return both


@dataclass(frozen=True)
class Columns:
    """Groups of all conditions side by side, the whole set first."""

    names: tuple[tuple[str, str], ...]
    person: tuple[Ints, ...]
    image: tuple[Ints | None, ...]
    first: tuple[int, ...]


def columns(set_: Annotated) -> Columns:
    truth = set_.sets.truth
    whole = np.zeros(len(truth.image), dtype=np.int64), np.zeros(len(truth.images), dtype=np.int64)
    names = [(WHOLE, WHOLE)] + [(one.condition.name, group) for one in set_.labels for group in one.groups]
    sizes = [1] + [len(one.groups) for one in set_.labels]
    return Columns(
        tuple(names),
        (whole[0], *(one.person for one in set_.labels)),
        (whole[1], *(one.image for one in set_.labels)),
        tuple(np.cumsum([0, *sizes]).tolist()),
    )


def counts(set_: Annotated, point: Point, overlap: int = 0) -> Tally:
    """Persons to be found and found, by cluster and by group of `columns`."""
    kept, told = set_.counted, columns(set_)
    cluster = set_.cluster[set_.sets.truth.image[kept]]
    found = set_.judged.found_at(point.score, overlap)[kept]
    size = int(set_.cluster.max(initial=-1)) + 1
    parts = [
        clustered.tally(cluster, code[kept], found, size, end - start)
        for code, start, end in zip(told.person, told.first, told.first[1:], strict=False)
    ]
    return clustered.beside(parts)


def false_alarms(set_: Annotated, point: Point, overlap: int = 0) -> Tally:
    """Images (``n``) and false positives (``found``) by cluster and group; nought where the group is not
    of images: a false positive is nobody's."""
    told = columns(set_)
    wrong = set_.judged.wrong_at(point.score, overlap)
    size = int(set_.cluster.max(initial=-1)) + 1
    parts = []
    for code, start, end in zip(told.image, told.first, told.first[1:], strict=False):
        if code is None:
            empty = np.zeros((size, end - start))
            parts.append(Tally(empty, empty))
            continue
        images = clustered.tally(set_.cluster, code, np.ones(len(code), dtype=bool), size, end - start)
        cell = set_.cluster * (end - start) + code
        alarms = np.bincount(
            cell[code >= 0], weights=wrong[code >= 0].astype(float), minlength=size * (end - start)
        )
        parts.append(Tally(images.n, alarms.astype(float).reshape(size, end - start)))
    return clustered.beside(parts)


def condition_table(set_: Annotated, points: list[Point], drawn: Ints) -> pd.DataFrame:
    """`CONDITIONS`: recall and miss rate of each group at each point and overlap, with intervals; false
    positives per image where the group is of images. An empty cell is not defined."""
    told = columns(set_)
    frames = []
    for point in points:
        for overlap, iou in enumerate(operating.OVERLAPS):
            tally, alarms = counts(set_, point, overlap), false_alarms(set_, point, overlap)
            n, found = tally.totals
            images, wrong = alarms.totals
            low, high = clustered.recall_intervals(tally, drawn)
            fewest, most = clustered.rate_intervals(alarms, drawn)
            recall = _over(found, n)
            frame = pd.DataFrame(told.names, columns=["condition", "groupe"]).assign(
                detecteur=set_.detector, point=point.name, score_min=point.score, iou=iou,
                images=pd.array(np.where(images > 0, images, np.nan), dtype="Int64"),
                n=n.astype(np.int64), detectes=found.astype(np.int64), rappel=recall, rappel_bas=low,
                rappel_haut=high, oubli=1 - recall,
                fppi=_over(wrong, images), fppi_bas=fewest, fppi_haut=most,
            )  # fmt: skip
            frames.append(frame[CONDITIONS])
    return pd.concat(frames, ignore_index=True)


def groups(set_: Annotated, tally: Tally) -> pd.DataFrame:
    """Counts of each group, as `gaps` takes them; the whole set is no group to compare."""
    n, found = tally.totals
    frame = pd.DataFrame(columns(set_).names, columns=["condition", "groupe"])
    frame = frame.assign(detecteur=set_.detector, n=n.astype(np.int64), detectes=found.astype(np.int64))
    return frame.iloc[1:].reset_index(drop=True)


def gap_table(set_: Annotated, tally: Tally, drawn: Ints) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of gaps between groups of each condition, and of each row what `gaps.power_table` wants."""
    told = groups(set_, tally)
    pairs = gaps.paired_groups(told)
    at = {(c, g): k for k, (c, g) in enumerate(columns(set_).names)}
    a, b = (
        np.array(
            [at[key] for key in zip(pairs["condition"], pairs[f"groupe_{one}"], strict=True)], dtype=np.int64
        )
        for one in "ab"
    )
    low, high = clustered.gap_intervals(tally, a, b, drawn)
    p, design = clustered.score_test(tally, a, b)
    weight = {"grappes_a": tally.held[a], "grappes_b": tally.held[b], "effet_grappes": design}
    return gaps.completed(pairs, low, high, p), pd.DataFrame(weight)


def sensitivity(set_: Annotated, points: list[Point], drawn: Ints) -> pd.DataFrame:
    """The gaps at the other points and overlaps, each with a family of its own: do they depend on them?"""
    frames = []
    for k, point in enumerate(points):
        for overlap, iou in enumerate(operating.OVERLAPS):
            if k or overlap:
                frame, _weight = gap_table(set_, counts(set_, point, overlap), drawn)
                frames.append(frame.assign(point=point.name, score_min=point.score, iou=iou))
    return pd.concat(frames, ignore_index=True)[["point", "score_min", "iou", *gaps.COLUMNS]]


def _over(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.full_like(below, np.nan), where=below > 0)
