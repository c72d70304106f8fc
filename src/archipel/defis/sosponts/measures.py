"""How well classes and probabilities of ordinal classes are told: pure, on ranks 0 to 4.

Intervals of what a confusion matrix gives are bootstrapped on its cells: drawing the bridges again with
replacement draws the cells from a multinomial, which is the same law.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from archipel.defis.sosponts.bridges import CLASSES, SERIOUS

DRAWS = 2000
BINS = 10


def confusion(truth: np.ndarray, told: np.ndarray, classes: int = len(CLASSES)) -> np.ndarray:
    """Counts (classes, classes): true rank in rows, told rank in columns."""
    return np.bincount(truth * classes + told, minlength=classes**2).reshape(classes, classes)


def quadratic_kappa(counts: np.ndarray) -> np.ndarray:
    """Cohen's kappa with quadratic weights (Cohen, 1968), of (..., k, k) counts: (...).

    NaN where it is not defined: all bridges of one class, all said so.
    """
    counts = np.asarray(counts, dtype=float)
    k = counts.shape[-1]
    weights = np.subtract.outer(np.arange(k), np.arange(k)) ** 2
    total = counts.sum(axis=(-1, -2))
    rows, columns = counts.sum(axis=-1), counts.sum(axis=-2)
    chance = (rows[..., :, None] * columns[..., None, :] * weights).sum(axis=(-1, -2))
    seen = (counts * weights).sum(axis=(-1, -2)) * total
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance > 0, 1 - seen / chance, np.nan)


def mean_error(counts: np.ndarray) -> np.ndarray:
    """Mean absolute error, in classes, of (..., k, k) counts."""
    k = counts.shape[-1]
    gaps = np.abs(np.subtract.outer(np.arange(k), np.arange(k)))
    return (counts * gaps).sum(axis=(-1, -2)) / counts.sum(axis=(-1, -2))


def recall(counts: np.ndarray, ranks: slice = slice(SERIOUS, None)) -> np.ndarray:
    """Share of bridges of true rank in ``ranks`` that are told at least `SERIOUS`; NaN where none is."""
    own = np.asarray(counts, dtype=float)[..., ranks, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        return own[..., SERIOUS:].sum(axis=(-1, -2)) / own.sum(axis=(-1, -2))


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % bootstrap interval; NaN where it is not defined."""

    value: float
    low: float
    high: float


def interval(
    counts: np.ndarray, measure: Callable[[np.ndarray], np.ndarray], seed: int, draws: int = DRAWS
) -> Interval:
    """``measure`` of the counts, and the percentiles 2.5 and 97.5 over the bridges drawn again."""
    value = float(measure(counts))
    total = int(counts.sum())
    if not total or np.isnan(value):
        return Interval(value, np.nan, np.nan)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(total, (counts / total).ravel(), size=draws).reshape(draws, *counts.shape)
    low, high = np.nanpercentile(measure(drawn), [2.5, 97.5])
    return Interval(value, float(low), float(high))


def told_ranks(probabilities: np.ndarray) -> np.ndarray:
    """The median class (n,) of (n, 5) probabilities: what errs least, in classes."""
    return np.minimum((probabilities.cumsum(axis=1) < 0.5).sum(axis=1), probabilities.shape[1] - 1)


def serious(probabilities: np.ndarray) -> np.ndarray:
    """Probability (n,) of a significant or major disorder."""
    return probabilities[:, SERIOUS:].sum(axis=1)


def ranked_score(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Ranked probability score (n,) (Epstein, 1969), unnormalised: 0 is perfect; proper, and ordinal."""
    reached = truth[:, None] <= np.arange(probabilities.shape[1] - 1)[None, :]
    return ((probabilities.cumsum(axis=1)[:, :-1] - reached) ** 2).sum(axis=1)


@dataclass(frozen=True)
class Bin:
    """Bridges of neighbouring risk: how many, mean probability told, share that really are."""

    count: int
    told: float
    seen: float


def reliability(truth: np.ndarray, told: np.ndarray, bins: int = BINS) -> list[Bin]:
    """Equal-mass bins of the probability ``told`` (n,) that ``truth`` (n, booleans) holds.

    Bridges told alike are never parted, so there may be fewer bins.
    """
    order = np.argsort(told, kind="stable")
    values = told[order]
    cuts = (np.arange(1, bins) * len(told)) // bins
    first = np.unique(np.searchsorted(values, values[cuts])) if len(told) else np.array([], dtype=int)
    parts = [part for part in np.split(order, first) if len(part)]
    return [Bin(len(part), float(told[part].mean()), float(truth[part].mean())) for part in parts]


def calibration_error(truth: np.ndarray, told: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error: mean gap of the bins, weighted by their bridges."""
    found = reliability(truth, told, bins)
    return sum(one.count * abs(one.told - one.seen) for one in found) / len(truth)


def recall_at(truth: np.ndarray, told: np.ndarray, share: float) -> float:
    """Share of ``truth`` among the ``share`` of bridges told most at risk; ties count as drawn at random."""
    if not truth.any():
        return float("nan")
    kept = share * len(told)
    values, place = np.unique(-told, return_inverse=True)
    sizes = np.bincount(place, minlength=len(values))
    hits = np.bincount(place, weights=truth, minlength=len(values))
    before = np.concatenate([[0.0], sizes.cumsum()[:-1]])
    taken = np.clip((kept - before) / sizes, 0, 1)
    return float((hits * taken).sum() / truth.sum())
