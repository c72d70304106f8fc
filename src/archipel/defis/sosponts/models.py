"""Models of the class of a bridge: probabilities (n, 5) that sum to one, whatever is unknown of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from archipel.defis.sosponts.bridges import CLASSES
from archipel.defis.sosponts.features import Design, codes, quantities

RIDGE = 1.0
GROWING = ("annee_construction", "dernier_entretien", "derniere_visite", "trafic_vj", "poids_lourds_pct")
"""Quantities (years: how long ago) with which a bridge, all else equal, is never said to be better."""


class Model(Protocol):
    """Of a bridge whose fields an inventory gives."""

    def probabilities(self, bridges: pd.DataFrame) -> np.ndarray:
        """(n, 5), of `bridges.CLASSES`."""
        ...


Fit = Callable[[pd.DataFrame, np.ndarray, Sequence[str], int, int], Model]
"""bridges, ranks (n,), fields read, year, seed → model."""


@dataclass(frozen=True)
class Majority:
    """Shares of the classes, for any bridge: the baseline that reads nothing."""

    shares: np.ndarray

    def probabilities(self, bridges: pd.DataFrame) -> np.ndarray:
        return np.tile(self.shares, (len(bridges), 1))


def fit_majority(
    bridges: pd.DataFrame, ranks: np.ndarray, fields: Sequence[str], year: int, seed: int
) -> Majority:
    return Majority(np.bincount(ranks, minlength=len(CLASSES)) / len(ranks))


@dataclass(frozen=True)
class CumulativeLogit:
    """P(class ≤ k) = logistic(threshold k - x·slopes) (McCullagh, 1980): one slope a column."""

    design: Design
    thresholds: np.ndarray
    slopes: np.ndarray

    def probabilities(self, bridges: pd.DataFrame) -> np.ndarray:
        damage = self.design.matrix(bridges).to_numpy() @ self.slopes
        below = expit(self.thresholds[None, :] - damage[:, None])
        return between(below)

    def as_json(self) -> dict[str, Any]:
        """All that is needed to compute it elsewhere: scaling, slopes by column, thresholds."""
        empty = pd.DataFrame({name: [None] for name in self.design.fields}, dtype=object)
        columns = self.design.matrix(empty).columns
        return {
            "modele": "logit cumulatif",
            "classes": list(CLASSES),
            "annee": self.design.year,
            "centres_log1p": self.design.centres,
            "echelles_log1p": self.design.scales,
            "seuils": self.thresholds.tolist(),
            "pentes": dict(zip(columns, self.slopes.tolist(), strict=True)),
        }


def between(below: np.ndarray) -> np.ndarray:
    """P(class ≤ k) (n, K-1), never falling with k → probabilities (n, K)."""
    count = len(below)
    return np.diff(np.column_stack([np.zeros(count), below, np.ones(count)]), axis=1)


def fit_logit(
    bridges: pd.DataFrame, ranks: np.ndarray, fields: Sequence[str], year: int, seed: int
) -> CumulativeLogit:
    """Penalised maximum likelihood (half `RIDGE` × squared slopes, thresholds free)."""
    design = Design.learnt(bridges, fields, year)
    thresholds, slopes = cumulative_likelihood(design.matrix(bridges).to_numpy(), ranks, len(CLASSES), RIDGE)
    return CumulativeLogit(design, thresholds, slopes)


def cumulative_likelihood(
    matrix: np.ndarray, ranks: np.ndarray, classes: int, ridge: float
) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds (classes - 1,), rising, and slopes (columns,) that maximise the penalised likelihood.

    Thresholds are the first one and the logarithms of the gaps, so that they rise. A class that no bridge has
    keeps a gap of almost nothing.
    """
    edges = classes - 1
    shares = np.cumsum(np.bincount(ranks, minlength=classes) + 0.5)[:-1]
    start = np.log(shares / (len(ranks) + classes / 2 - shares))
    first = np.concatenate([start[:1], np.log(np.diff(start)), np.zeros(matrix.shape[1])])

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        gaps = np.exp(values[1:edges])
        thresholds = values[0] + np.concatenate([[0.0], gaps.cumsum()])
        slopes = values[edges:]
        damage = matrix @ slopes
        high = np.concatenate([thresholds, [np.inf]])[ranks] - damage
        low = np.concatenate([[-np.inf], thresholds])[ranks] - damage
        above, under = expit(high), expit(low)
        share = np.maximum(above - under, 1e-12)
        d_high, d_low = above * (1 - above) / share, under * (1 - under) / share
        to_threshold = np.bincount(ranks, weights=d_high, minlength=classes)[:edges]
        to_threshold -= np.bincount(ranks, weights=d_low, minlength=classes)[1:]
        to_gap = to_threshold[::-1].cumsum()[::-1]
        gradient = np.concatenate(
            [to_gap[:1], to_gap[1:] * gaps, -matrix.T @ (d_high - d_low) - ridge * slopes]
        )
        return float(-np.log(share).sum() + ridge / 2 * slopes @ slopes), -gradient

    found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 2000, "maxfun": 5000})
    gaps = np.exp(found.x[1:edges])
    return found.x[0] + np.concatenate([[0.0], gaps.cumsum()]), found.x[edges:]


@dataclass(frozen=True)
class OrdinalBoosting:
    """One boosting a step, P(class > k | class ≥ k): the sequential model (Tutz, 1991).

    Its steps are multiplied, so that what they say of one bridge never contradicts itself, and no class that
    was seen is impossible.
    """

    fields: tuple[str, ...]
    year: int
    steps: tuple[HistGradientBoostingClassifier | float, ...]

    def probabilities(self, bridges: pd.DataFrame) -> np.ndarray:
        matrix = _matrix(bridges, self.fields, self.year)
        passed = np.column_stack(
            [
                np.full(len(matrix), step) if isinstance(step, float) else step.predict_proba(matrix)[:, 1]
                for step in self.steps
            ]
        )
        return between(1 - np.cumprod(passed, axis=1))


def fit_boosting(
    bridges: pd.DataFrame, ranks: np.ndarray, fields: Sequence[str], year: int, seed: int
) -> OrdinalBoosting:
    """Each step is learnt from the bridges that reach it; one that none or all of them pass is a constant."""
    matrix, coded = _matrix(bridges, fields, year), set(codes(bridges, fields))
    steps: list[HistGradientBoostingClassifier | float] = []
    for edge in range(len(CLASSES) - 1):
        reached = ranks >= edge
        passed = ranks[reached] > edge
        if passed.all() or not passed.any():
            steps.append(float(passed.any()))
            continue
        part = matrix[reached]
        # Nothing is learnt from what is known of none of them; the library stops on it.
        part = part.fillna({name: 0.0 for name in part if part[name].isna().all()})
        steps.append(
            HistGradientBoostingClassifier(
                learning_rate=0.12,
                max_iter=100,
                max_leaf_nodes=8,
                min_samples_leaf=30,
                l2_regularization=1.0,
                early_stopping=False,
                categorical_features=[name in coded for name in matrix],
                monotonic_cst=[int(name in GROWING) for name in matrix],
                random_state=seed,
            ).fit(part, passed)
        )
    return OrdinalBoosting(tuple(fields), year, tuple(steps))


def _matrix(bridges: pd.DataFrame, fields: Sequence[str], year: int) -> pd.DataFrame:
    return pd.concat([codes(bridges, fields), quantities(bridges, fields, year)], axis=1)
