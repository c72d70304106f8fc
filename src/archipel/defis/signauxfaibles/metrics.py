"""Measures of a risk score, their intervals by drawing firms, and thresholds. Everything here is pure.

Average precision and ROC AUC are those of scikit-learn (ties together). F-beta: van Rijsbergen 1979.
Calibration error: mean gap between what is foreseen and what happens over bins of equal numbers of rows.
"""

from __future__ import annotations

import numpy as np

RED, ORANGE = 0.5, 2.0
"""Betas of the public method: red favours precision, orange recall."""
BINS = 10
CHUNK = 20
"""Draws worked out at a time: memory."""
MEASURES = (
    "auc", "precision_moyenne", "ece", "rouge_precision", "rouge_rappel", "rouge_f",
    "rouge_exactitude_equilibree",
    "orange_precision", "orange_rappel", "orange_f", "orange_exactitude_equilibree", "prevu", "observe",
)  # fmt: skip


def f_beta(hits: np.ndarray, alerts: np.ndarray, positives: np.ndarray, beta: float) -> np.ndarray:
    """(1 + β²) hits / (alerts + β² positives)."""
    with np.errstate(invalid="ignore"):
        return (1 + beta**2) * hits / (alerts + beta**2 * positives)


def threshold(label: np.ndarray, score: np.ndarray, beta: float) -> float:
    """The score s for which alerts « score ≥ s » have the greatest F-beta; the highest such s."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(label[order])
    last = np.append(np.diff(score[order]) != 0, True)
    alerts = np.arange(1, len(score) + 1)
    value = f_beta(hits[last], alerts[last], label.sum(), beta)
    return float(score[order][last][np.argmax(value)])


def calibration_bins(score: np.ndarray, bins: int = BINS) -> tuple[np.ndarray, np.ndarray]:
    """Rows in order of score, and where each bin begins among them: bins of equal numbers, give or take
    one."""
    bins = min(bins, len(score))
    return np.argsort(score, kind="stable"), np.arange(bins) * len(score) // bins


def calibration_error(label: np.ndarray, score: np.ndarray, bins: int = BINS) -> float:
    return float(_calibration(label, score, np.ones((1, len(score))), bins)[0])


def _calibration(label: np.ndarray, score: np.ndarray, weight: np.ndarray, bins: int = BINS) -> np.ndarray:
    order, begins = calibration_bins(score, bins)
    gap = np.add.reduceat(weight[:, order] * (score - label)[order], begins, axis=1)
    return np.abs(gap).sum(1) / weight.sum(1)


def firm_weights(seed: int, firms: int, draws: int) -> np.ndarray:
    """(1 + draws, firms): how often each firm is drawn, with replacement; first row all ones."""
    draw = np.random.default_rng([seed, 13])
    drawn = draw.multinomial(firms, np.full(firms, 1 / firms), draws)
    return np.vstack([np.ones((1, firms), dtype=int), drawn]).astype(np.float32)


def measure(
    label: np.ndarray, score: np.ndarray, firm: np.ndarray, weights: np.ndarray, red: float, orange: float
) -> dict[str, np.ndarray]:
    """`MEASURES`, each (1 + draws,): the value, then that of each draw.

    ``firm``: (rows,) column of ``weights``. NaN where a draw has no positive, no negative or no alert to
    speak of.
    """
    parts = [
        _chunk(label.astype(float), score, weights[at : at + CHUNK][:, firm], red, orange)
        for at in range(0, len(weights), CHUNK)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in MEASURES}


def _chunk(
    label: np.ndarray, score: np.ndarray, weight: np.ndarray, red: float, orange: float
) -> dict[str, np.ndarray]:
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0, True)
    positive = np.cumsum((weight * label)[:, order], axis=1, dtype=np.float64)[:, last]
    negative = np.cumsum((weight * (1 - label))[:, order], axis=1, dtype=np.float64)[:, last]
    found, total = positive[:, -1], weight.sum(1, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = np.diff(positive, axis=1, prepend=0)
        share = positive / (positive + negative)
        wrong = np.diff(negative, axis=1, prepend=0)
        values = {
            "auc": (wrong * (positive - gain / 2)).sum(1) / (found * negative[:, -1]),
            "precision_moyenne": (np.nan_to_num(share) * gain).sum(1) / found,
            "ece": _calibration(label, score, weight),
            "prevu": weight @ score / total,
            "observe": found / total,
        }
        for name, level, beta in (("rouge", red, RED), ("orange", orange, ORANGE)):
            alert = score >= level
            hits, alerts = weight @ (label * alert), weight @ alert.astype(float)
            recall = hits / found
            values[f"{name}_precision"] = hits / alerts
            values[f"{name}_rappel"] = recall
            values[f"{name}_f"] = f_beta(hits, alerts, found, beta)
            spared = 1 - (alerts - hits) / (total - found)
            values[f"{name}_exactitude_equilibree"] = (recall + spared) / 2
    return values


def interval(draws: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of draws; NaN where none is defined."""
    known = draws[~np.isnan(draws)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)
