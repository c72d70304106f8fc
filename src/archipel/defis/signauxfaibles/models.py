"""The public method and ours: learning, calibration and thresholds, from learning rows only.

Public: `signaux-faibles/documentation`, algorithme-evaluation.md (2024): a forest of 100 trees, 9 deep, the
root of the features at each node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from archipel.defis.signauxfaibles.features import Features
from archipel.defis.signauxfaibles.metrics import ORANGE, RED, threshold
from archipel.defis.signauxfaibles.refusal import DataRefused

FOLDS = {"public": 2, "archipel": 3}
"""Of firms, for scores that thresholds and calibration may be learnt from."""
LEAST = 20
"""Entries into insolvency that learning asks for."""
TINY = 1e-6
RECENT = 6
"""Months that say whether the economy has turned."""
PRIOR = 10
"""Entries, as foreseen, that the last months are weighed against."""
KEPT = 0.5
"""Share of a surprise, in logs, that is taken to last: a surge of six months is not one of eighteen."""


@dataclass(frozen=True)
class Learnt:
    """``slope``, ``level``: calibration of the log odds. ``pace``: what the last months say of the economy, a
    factor of the cumulated hazard (1: as in the years learnt). ``crossed``: log losses of the candidates."""

    name: str
    estimator: Any
    columns: np.ndarray
    slope: float
    level: float
    red: float
    orange: float
    pace: float
    crossed: dict[str, float]

    def predict(self, values: np.ndarray) -> np.ndarray:
        """(rows,) probability; ``values``: (rows, p), all features."""
        raw = self.estimator.predict_proba(values[:, self.columns])[:, 1]
        return _paced(_calibrated(raw, self.slope, self.level), self.pace)


def public(features: Features, label: np.ndarray, firm: np.ndarray, seed: int) -> Learnt:
    """The forest, uncalibrated, on the public features; its thresholds from firms that it had not learnt."""
    _enough(label)
    columns = np.flatnonzero(features.public)
    values = features.values[:, columns]
    forest = RandomForestClassifier(100, max_depth=9, max_features="sqrt", random_state=seed)
    score = _crossed(forest, values, label, firm, FOLDS["public"], seed)
    levels = threshold(label, score, RED), threshold(label, score, ORANGE)
    return Learnt("forêt", forest.fit(values, label), columns, 1.0, 0.0, *levels, 1.0, {})


def ours(features: Features, label: np.ndarray, firm: np.ndarray, seed: int) -> Learnt:
    """Whichever of a logistic regression and boosting has the lower log loss on firms not learnt;
    calibrated."""
    _enough(label)
    columns = np.arange(features.values.shape[1])
    scores, losses = {}, {}
    for name, candidate in _candidates(seed).items():
        scores[name] = _crossed(candidate, features.values, label, firm, FOLDS["archipel"], seed)
        losses[name] = float(log_loss(label, np.clip(scores[name], TINY, 1 - TINY)))
    best = min(losses, key=lambda name: losses[name])
    odds = log_odds(scores[best])[:, None]
    fitted = LogisticRegression(C=1e6).fit(odds, label)
    slope, level = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    score = _calibrated(scores[best], slope, level)
    levels = threshold(label, score, RED), threshold(label, score, ORANGE)
    estimator = _candidates(seed)[best].fit(features.values, label)
    return Learnt(best, estimator, columns, slope, level, *levels, 1.0, losses)


def pace(probability: np.ndarray, entered: np.ndarray, horizon: int) -> float:
    """Entries of the last `RECENT` months over those foreseen, for firms as they were that many months ago.

    A factor of the cumulated hazard, drawn towards 1 by `PRIOR` entries, then to the power `KEPT`.
    ``probability``: over ``horizon`` months. ``entered``: whether each did in `RECENT`.
    """
    foreseen = -np.expm1(np.log1p(-np.minimum(probability, 1 - TINY)) * RECENT / horizon)
    return float(((entered.sum() + PRIOR) / (foreseen.sum() + PRIOR)) ** KEPT)


def _candidates(seed: int) -> dict[str, Any]:
    shaped = QuantileTransformer(n_quantiles=200, output_distribution="normal", random_state=seed)
    return {
        "logistique": make_pipeline(shaped, StandardScaler(), LogisticRegression(C=0.1, max_iter=500)),
        "boosting": HistGradientBoostingClassifier(
            max_iter=120, learning_rate=0.06, max_leaf_nodes=15, min_samples_leaf=100, l2_regularization=5.0,
            early_stopping=False, random_state=seed,
        ),
    }  # fmt: skip


def _crossed(
    estimator: Any, values: np.ndarray, label: np.ndarray, firm: np.ndarray, folds: int, seed: int
) -> np.ndarray:
    """Scores of each row by a model that learnt none of its firm's."""
    names, place = np.unique(firm, return_inverse=True)
    fold = (np.random.default_rng([seed, 17]).permutation(len(names)) % folds)[place]
    score = np.zeros(len(label))
    for one in range(folds):
        held = fold == one
        if label[~held].min() == label[~held].max():
            raise DataRefused("apprentissage : trop peu d’entrées en défaillance ; augmenter « entreprises »")
        score[held] = estimator.fit(values[~held], label[~held]).predict_proba(values[held])[:, 1]
    return score


def _enough(label: np.ndarray) -> None:
    found = int(label.sum())
    if found < LEAST:
        raise DataRefused(
            f"apprentissage : {found} lignes suivies d’une défaillance, au moins {LEAST} attendues ; "
            f"augmenter "
            "« entreprises »"
        )


def log_odds(score: np.ndarray) -> np.ndarray:
    """Of probabilities kept off 0 and 1."""
    kept = np.clip(score, TINY, 1 - TINY)
    return np.log(kept / (1 - kept))


def _calibrated(score: np.ndarray, slope: float, level: float) -> np.ndarray:
    if (slope, level) == (1.0, 0.0):
        return score
    return 1 / (1 + np.exp(-(slope * log_odds(score) + level)))


def _paced(score: np.ndarray, factor: float) -> np.ndarray:
    return score if factor == 1.0 else -np.expm1(np.log1p(-np.minimum(score, 1 - TINY)) * factor)
