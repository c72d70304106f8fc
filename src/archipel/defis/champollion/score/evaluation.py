"""What a score is worth at inspection capacity, with intervals over firms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

RESAMPLES = 500
BINS = 10


@dataclass(frozen=True)
class Judged:
    """Rows judged: what each is told to be, what it is, whose, when.

    ``weight``: how many rows each stands for. ``month``: whose capacity it is taken from (a rank from 0).
    """

    score: np.ndarray
    found: np.ndarray
    siren: np.ndarray
    weight: np.ndarray
    month: np.ndarray

    @classmethod
    def of(
        cls, score: np.ndarray, found: np.ndarray, siren: np.ndarray, month: np.ndarray | None = None
    ) -> Judged:
        month = np.zeros(len(score), int) if month is None else month - month.min()
        return cls(score, found.astype(float), siren, np.ones(len(score)), month)

    def kept(self, rows: np.ndarray, weight: np.ndarray) -> Judged:
        """Some of the rows (booleans), each standing for ``weight`` of them."""
        return Judged(self.score[rows], self.found[rows], self.siren[rows], weight[rows], self.month[rows])


@dataclass(frozen=True)
class Costs:
    """Euros. ``inspection``: one visit; ``finding``: what a finding is worth to the people concerned."""

    inspection: float = 900.0
    finding: float = 6000.0


Figure = Callable[[Judged], float]


def taken(judged: Judged, capacity: float) -> np.ndarray:
    """Share of each row's weight that the capacity takes, the highest scores of its month first.

    ``capacity``: a share of the rows of each month: visits that were not made are not made up for later.
    """
    order = np.lexsort((-judged.score, judged.month))
    weight, month = judged.weight[order], judged.month[order]
    total = np.bincount(month, weights=weight)
    before = np.cumsum(weight) - weight - (np.cumsum(total) - total)[month]
    share = np.zeros(len(order))
    share[order] = np.clip(capacity * total[month] - before, 0, weight)
    return share


def precision(judged: Judged, capacity: float) -> float:
    share = taken(judged, capacity)
    return float((share * judged.found).sum() / share.sum())


def recall(judged: Judged, capacity: float) -> float:
    reached = (taken(judged, capacity) * judged.found).sum()
    return ratio(float(reached), float((judged.weight * judged.found).sum()))


def base_rate(judged: Judged) -> float:
    """NaN where no weight is left: a resample may have none of a small group's firms."""
    return ratio(float((judged.weight * judged.found).sum()), float(judged.weight.sum()))


def lift(judged: Judged, capacity: float) -> float:
    """Times as many findings as inspections drawn at random would make."""
    return ratio(precision(judged, capacity), base_rate(judged))


def ratio(one: float, other: float) -> float:
    """NaN where the other is nil: a resample may find nothing at all."""
    return one / other if other else float("nan")


def net_benefit(judged: Judged, capacity: float, costs: Costs) -> float:
    """Euros an establishment-month at that capacity: what is found there is worth, less what visits cost."""
    return capacity * (costs.finding * precision(judged, capacity) - costs.inspection)


def calibration_error(judged: Judged, bins: int = BINS) -> float:
    """Mean gap between what is told and what is found, over bins of equal weight."""
    table = reliability(judged, bins)
    return float(np.average((table["prevu"] - table["constate"]).abs(), weights=table["poids"]))


def reliability(judged: Judged, bins: int = BINS) -> pd.DataFrame:
    """``prevu, constate, poids`` of each bin of equal weight, lowest scores first."""
    order = np.argsort(judged.score, kind="stable")
    weight = judged.weight[order]
    place = np.minimum((np.cumsum(weight) - weight / 2) / weight.sum() * bins, bins - 1).astype(int)
    total = np.bincount(place, weights=weight, minlength=bins)
    told = np.bincount(place, weights=weight * judged.score[order], minlength=bins)
    seen = np.bincount(place, weights=weight * judged.found[order], minlength=bins)
    kept = total > 0
    return pd.DataFrame(
        {"prevu": told[kept] / total[kept], "constate": seen[kept] / total[kept], "poids": total[kept]}
    )


def log_loss(judged: Judged) -> float:
    told = np.clip(judged.score, 1e-6, 1 - 1e-6)
    lost = -np.where(judged.found > 0, np.log(told), np.log(1 - told))
    return float(np.average(lost, weights=judged.weight))


def brier(judged: Judged) -> float:
    return float(np.average((judged.score - judged.found) ** 2, weights=judged.weight))


def roc_auc(judged: Judged) -> float:
    """Chance that a finding is told higher than what is none, ties counting a half."""
    order = np.argsort(judged.score, kind="stable")
    score, weight = judged.score[order], judged.weight[order]
    good, bad = weight * judged.found[order], weight * (1 - judged.found[order])
    group = np.concatenate([[0], np.cumsum(np.diff(score) > 0)])
    good, bad = np.bincount(group, weights=good), np.bincount(group, weights=bad)
    below = np.cumsum(bad) - bad
    return float((good * (below + bad / 2)).sum() / (good.sum() * bad.sum()))


def interval(judged: Judged, figure: Figure, seed: int = 0, times: int = RESAMPLES) -> tuple[float, float]:
    """95 % interval, by firms drawn with replacement: rows of one firm are not independent."""
    draw = np.random.default_rng([seed, 12])
    values = [figure(replace(judged, weight=weight)) for weight in _resampled(judged, draw, times)]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def _resampled(judged: Judged, draw: np.random.Generator, times: int) -> Iterator[np.ndarray]:
    """Weights of the rows, each time as often as their firm was drawn."""
    firms, place = np.unique(judged.siren, return_inverse=True)
    for _turn in range(times):
        yield judged.weight * draw.multinomial(len(firms), np.full(len(firms), 1 / len(firms)))[place]


def ratio_interval(ours: Judged, theirs: Judged, figure: Figure, seed: int = 0) -> tuple[float, float]:
    """Of a figure's ratio between two scores of the same rows, the same firms drawn for both."""
    return _paired(ours, theirs, lambda one, other: ratio(figure(one), figure(other)), seed)


def difference_interval(ours: Judged, theirs: Judged, figure: Figure, seed: int = 0) -> tuple[float, float]:
    """Of a figure's difference, ours less theirs, likewise."""
    return _paired(ours, theirs, lambda one, other: figure(one) - figure(other), seed)


def _paired(
    ours: Judged, theirs: Judged, compared: Callable[[Judged, Judged], float], seed: int
) -> tuple[float, float]:
    draw = np.random.default_rng([seed, 13])
    values = [
        compared(replace(ours, weight=weight), replace(theirs, weight=weight))
        for weight in _resampled(ours, draw, RESAMPLES)
    ]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
