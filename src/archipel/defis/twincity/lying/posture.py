"""Recall of lying people beside that of the others, at the operating points of the audit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from archipel.defis.twincity.audit import annotated
from archipel.defis.twincity.audit.annotated import Annotated
from archipel.defis.twincity.audit.attributes import Labels
from archipel.defis.twincity.audit.operating import Point
from archipel.defis.twincity.audit.proportions import holm
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.boxes import Ints

FIELD = "pose"
LYING, OTHERS = "couché", "autres postures"
WORDS = ("couché", "allongé", "lying")
"""Of `pose`, for who lies on the ground; `couché` is that of the scenes."""
GROUND, POSTURE = "au_sol", "posture"
GAPS = [
    "point", "score_min", "groupe_a", "groupe_b", "n_a", "n_b", "grappes_a", "grappes_b", "rappel_a",
    "rappel_b", "ecart", "bas", "haut", "p", "p_holm",
]  # fmt: skip


def by_posture(one: Annotated) -> Annotated:
    """The same with two conditions: `GROUND` (lying, or not) and `POSTURE` (lying first).

    Raises `DataRefused` where the truth tells no posture, or nobody who counts lies.
    """
    source = one.sets.refused[0].source
    told = next((label for label in one.labels if label.condition.field == FIELD), None)
    if told is None:
        raise DataRefused(
            f"« {source} » : aucune annotation ne porte « {FIELD} » ; attendu : la posture de "
            f"chaque personne, {', '.join(WORDS)} pour qui est au sol (celles de « generation » la portent)"
        )
    others = [group for group in told.groups if group.lower() not in WORDS]
    names = (LYING, *others)
    place = np.array([names.index(g) if g in others else 0 for g in told.groups], dtype=np.int64)
    code = np.where(told.person >= 0, place[told.person], -1)
    if not (code[one.counted] == 0).any():
        read = ", ".join(others) or "ces mots, pour des personnes à ignorer"
        raise DataRefused(
            f"« {source} » : personne n’est au sol parmi {int(one.counted.sum())} personnes à trouver ; "
            f"attendu dans « {FIELD} » : {', '.join(WORDS)} ; lu : {read}"
        )
    ground = Labels(replace(told.condition, name=GROUND), (LYING, OTHERS), np.minimum(code, 1), None)
    return replace(one, labels=(ground, Labels(told.condition, names, code, None)))


def gaps(one: Annotated, points: list[Point], drawn: Ints) -> pd.DataFrame:
    """`GAPS`: recall of lying people minus that of the others together, then of each posture; `grappes`: in
    how many scenes or images each group is. These comparisons of a point are one family of Holm's: other
    postures are not compared with each other."""
    frames = []
    for point in points:
        frame, weight = annotated.gap_table(one, annotated.counts(one, point), drawn)
        told = frame.join(weight)[frame["groupe_a"] == LYING]
        told = told.assign(p_holm=holm(told["p"].to_numpy(dtype=float)))
        frames.append(told.assign(point=point.name, score_min=point.score))
    return pd.concat(frames, ignore_index=True)[GAPS]


def lies(one: Annotated) -> Ints:
    """Of each image: 1 where somebody who counts lies, 0 where nobody does, −1 where it is not known (the
    posture of a box is not told, or who lies there need not be found)."""
    ground = next(label for label in one.labels if label.condition.name == GROUND).person
    image, size = one.sets.truth.image, len(one.sets.truth.images)
    sure = np.bincount(image[(ground == 0) & one.counted], minlength=size) > 0
    unsure = np.bincount(image[(ground < 0) | ((ground == 0) & ~one.counted)], minlength=size) > 0
    return np.where(sure, 1, np.where(unsure, -1, 0)).astype(np.int64)
