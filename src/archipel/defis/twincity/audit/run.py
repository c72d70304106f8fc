"""The execution « audit »: counts, or a truth with attributes and detections; then every table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from archipel.defis.twincity import evaluation
from archipel.defis.twincity.audit import annotated, clustered, counts, gaps, operating, paired
from archipel.defis.twincity.audit.annotated import Annotated
from archipel.defis.twincity.audit.proportions import wilson
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.reading import FromFiles, Refused

FEW_CLUSTERS = 40
"""Scenes or images, below which neither the resampling nor the test is to be relied on."""


@dataclass(frozen=True)
class Given(FromFiles):
    """One of two: the table of ``counts``, or one detector's ``annotated`` set."""

    refused: tuple[Refused, ...]
    counts: pd.DataFrame | None = None
    annotated: Annotated | None = None

    @property
    def synthetic(self) -> bool:
        return self.annotated is not None and self.annotated.synthetic

    def accept(self, maximum: float) -> Given:
        """Itself. Raises `DataRefused` when a file has more refused rows than this share, or nothing is
        left to compare."""
        self.check_rows(maximum)
        if self.counts is not None:
            counts.check(self.counts, self.refused[0].source)
        if self.annotated is not None:
            self.annotated.sets.accept(maximum)
        return self


@dataclass(frozen=True)
class Figures:
    """Of one detector at the point of the audit; None where counts alone do not tell."""

    recall: float | None = None
    fppi: float | None = None
    point: str = ""
    score: float | None = None
    persons: int | None = None
    images: int | None = None
    clusters: int | None = None


@dataclass(frozen=True)
class Audit:
    """``tables`` by the name of their file: `ecarts`, `puissance`, `conditions`, `non_calculables`;
    `sensibilite` and `paires`, of counts empty. ``independent``: nothing tells persons' images."""

    tables: Mapping[str, pd.DataFrame]
    figures: Mapping[str, Figures]
    independent: bool

    @property
    def gaps(self) -> pd.DataFrame:
        return self.tables["ecarts"]

    @property
    def pairs(self) -> pd.DataFrame:
        return self.tables["paires"]


def read(
    comptes: str | None,
    verite: str | None,
    detections: str | None,
    detecteur: str,
    categorie: str | None = None,
) -> Given:
    """Raises `DataRefused`: exactly one of the two ways must be given, whole."""
    named = {"comptes": comptes, "verite": verite, "detections": detections}
    told = [name for name, value in named.items() if value]
    if comptes and len(told) == 1:
        rows, refused = counts.read(Path(comptes))
        return Given((refused,), counts=rows)
    if verite and detections and len(told) == 2:
        if not detecteur.strip():
            raise DataRefused("detecteur : le nom du détecteur audité est attendu, reçu un texte vide")
        one = annotated.read(verite, detections, detecteur.strip(), categorie)
        return Given(one.sets.refused, annotated=one)
    raise DataRefused(
        "donner « comptes » seul, ou « verite » et « detections » ensemble ; reçu : "
        + (", ".join(told) or "aucun des trois")
    )


def audit(given: Given, score: float | None = None, seed: int = 0, times: int = clustered.RESAMPLES) -> Audit:
    """``score``: the least score of a detection that counts; the points of `operating` where None.
    ``times``: resamples of the intervals. Raises `DataRefused`."""
    if given.counts is not None:
        return of_counts(given.counts)
    if given.annotated is not None:
        return of_truth(given.annotated, evaluation.finite(score), seed, times)
    raise DataRefused("rien à auditer")


def of_counts(groups: pd.DataFrame) -> Audit:
    told = gaps.from_counts(groups)
    return Audit(
        {
            "ecarts": told,
            "puissance": gaps.power_table(told),
            "non_calculables": gaps.not_computed(groups, told),
            "conditions": _recalls(groups),
            "sensibilite": pd.DataFrame(columns=["point", "score_min", "iou", *gaps.COLUMNS]),
            "paires": pd.DataFrame(columns=paired.COLUMNS),
        },
        {name: Figures() for name in dict.fromkeys(groups["detecteur"])},
        independent=True,
    )


def _recalls(groups: pd.DataFrame) -> pd.DataFrame:
    """`annotated.CONDITIONS` as far as counts tell: recall by Wilson's interval, miss rate."""
    n, found = (groups[name].to_numpy(dtype=float) for name in ("n", "detectes"))
    low, high = wilson(found, n)
    recall = found / np.where(n > 0, n, np.nan)
    told = groups.assign(rappel=recall, rappel_bas=low, rappel_haut=high, oubli=1 - recall)
    return told.reindex(columns=annotated.CONDITIONS)


def of_truth(one: Annotated, score: float | None, seed: int, times: int) -> Audit:
    points = operating.points(one.judged, one.sets.detections, score)
    if not points:
        raise DataRefused(
            f"« {one.detector} » : aucun score ne laisse {operating.FPPI[-1]:g} fausse alerte par image ou "
            "moins ; donner « seuil »"
        )
    main, drawn = points[0], clustered.resamples(one.cluster, seed, times)
    tally = annotated.counts(one, main)
    told, weight = annotated.gap_table(one, tally, drawn)
    conditions = annotated.condition_table(one, points, drawn)
    whole = conditions.iloc[0]
    tables = {
        "ecarts": told,
        "puissance": gaps.power_table(told, weight),
        "non_calculables": _not_computed(one, gaps.not_computed(annotated.groups(one, tally), told)),
        "conditions": conditions,
        "sensibilite": annotated.sensitivity(one, points, drawn),
        "paires": paired.table(one.detector, one.swaps, one.judged.found_at(main.score), one.labels),
    }
    clusters = int(one.cluster.max(initial=-1)) + 1
    figures = Figures(
        float(whole["rappel"]),
        float(whole["fppi"]),
        main.name,
        main.score,
        int(whole["n"]),
        len(one.cluster),
        clusters,
    )
    return Audit(tables, {one.detector: figures}, independent=False)


def _not_computed(one: Annotated, pairs: pd.DataFrame) -> pd.DataFrame:
    """Conditions that the truth does not tell, persons whom it leaves out of one, and ``pairs``."""
    rows = [(name, "la vérité ne dit rien de cette condition") for name in one.silent]
    for label in one.labels:
        absent = int((label.person[one.counted] < 0).sum())
        if absent:
            rows.append((label.condition.name, f"{absent} personne(s) sans cette information"))
    told = pd.DataFrame(rows, columns=["condition", "motif"])
    told = told.assign(detecteur=one.detector, groupe_a="", groupe_b="")[gaps.NOT_COMPUTED]
    return pd.concat([told, pairs], ignore_index=True)
