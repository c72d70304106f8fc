"""An alarm « somebody lies on the ground » of a whole image, from the shape of its boxes alone.

It rings where a detection of at least some score is at least some number of times as wide as high. Both
numbers are chosen on the development images, for the greatest sensitivity + specificity − 1 (Youden 1950),
which does not depend on how often somebody lies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from archipel.defis.twincity.audit import clustered
from archipel.defis.twincity.sets.boxes import Bools, Detections, Floats, Ints

RATIOS = (2.0, 1.5, 1.25, 1.0, 0.8, 0.6)
"""Width over height; of two that do as well, the first is taken, and of two scores the higher."""
ONE_IN = (2, 10, 100, 1_000, 10_000)
"""Somebody lies in one image in so many."""
FIGURES = ("sensibilite", "specificite", "precision")


@dataclass(frozen=True)
class Rule:
    ratio: float
    score: float

    def rings(self, detections: Detections, images: int) -> Bools:
        """(images)."""
        return np.asarray(surest_wide(detections, images, self.ratio) >= self.score)


def surest_wide(detections: Detections, images: int, ratio: float) -> Floats:
    """(images): the highest score of a box that is so wide; −∞ without one."""
    width, height = detections.box[:, 2], detections.box[:, 3]
    wide = (width >= ratio * height) & (width > 0)
    best = np.full(images, -np.inf)
    np.maximum.at(best, detections.image[wide], detections.score[wide])
    return best


def choose(detections: Detections, lies: Ints, development: Bools) -> Rule | None:
    """``lies`` (images): 1, 0, or −1 where it is not known. None where no such image has, or all have,
    somebody lying, or no box is wide."""
    found, most = None, -np.inf
    some, nobody = development & (lies == 1), development & (lies == 0)
    if not some.any() or not nobody.any():
        return None
    for ratio in RATIOS:
        best = surest_wide(detections, len(lies), ratio)
        scores = np.unique(best[(some | nobody) & (best > -np.inf)])
        if not len(scores):
            continue
        worth = _reached(best[some], scores) - _reached(best[nobody], scores)
        at = len(worth) - 1 - int(worth[::-1].argmax())
        if worth[at] > most:
            found, most = Rule(ratio, float(scores[at])), worth[at]
    return found


def _reached(best: Floats, scores: Floats) -> Floats:
    """Share of the images whose best score reaches each of ``scores``."""
    return np.asarray(1 - np.searchsorted(np.sort(best), scores, side="left") / len(best))


def judged(rings: Bools, lies: Ints, unit: Ints, drawn: Ints) -> pd.DataFrame:
    """`mesure` (`FIGURES`), `n`, `k`, `valeur`, `bas`, `haut`, of images of which it is known; intervals over
    units, by Wilson's where all resamples would say the same. Empty (NaN) where n is 0."""
    size = drawn.shape[1]
    true, zero = lies == 1, np.zeros(int((lies >= 0).sum()), dtype=np.int64)
    known = lies >= 0
    of, right = (true, ~true, rings), (rings, ~rings, true)
    tally = clustered.beside(
        [
            clustered.tally(unit[known], np.where(who[known], zero, -1), hit[known], size, 1)
            for who, hit in zip(of, right, strict=True)
        ]
    )
    n, k = tally.totals
    low, high = clustered.recall_intervals(tally, drawn)
    value = np.divide(k, n, out=np.full_like(n, np.nan), where=n > 0)
    told = {"n": n.astype(int), "k": k.astype(int), "valeur": value, "bas": low, "haut": high}
    return pd.DataFrame({"mesure": FIGURES, **told})


def youden(rings: Bools, lies: Ints, unit: Ints, drawn: Ints) -> tuple[float, float, float]:
    """Sensitivity + specificity − 1, low, high: how much more often it rings where somebody lies, both
    drawn together. NaN where one of the two is not defined."""
    group = np.where(lies == 1, 0, np.where(lies == 0, 1, -1))
    tally = clustered.tally(unit, group, rings, drawn.shape[1], 2)
    n, k = tally.totals
    if not n.all():
        return (np.nan,) * 3
    first, second = np.array([0]), np.array([1])
    low, high = clustered.gap_intervals(tally, first, second, drawn)
    return float(k[0] / n[0] - k[1] / n[1]), float(low[0]), float(high[0])


def by_prevalence(figures: pd.DataFrame) -> pd.DataFrame:
    """`une_image_sur`, `prevalence`, `precision`, `bas`, `haut`: how many alarms would be right were somebody
    lying so often. The ends take sensitivity and specificity both at their low or both at their high end:
    wider than 95 %."""
    told = figures.set_index("mesure")
    share = 1 / np.array(ONE_IN, dtype=float)
    frame = pd.DataFrame({"une_image_sur": ONE_IN, "prevalence": share})
    for name, end in (("precision", "valeur"), ("bas", "bas"), ("haut", "haut")):
        frame[name] = precision(told.loc["sensibilite", end], told.loc["specificite", end], share)
    return frame


def precision(sensitivity: float, specificity: float, prevalence: Floats) -> Floats:
    """Bayes: of the alarms, the share that is right."""
    right, wrong = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    return np.divide(right, right + wrong, out=np.full_like(prevalence, np.nan), where=right + wrong > 0)
