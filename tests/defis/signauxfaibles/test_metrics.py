"""Measures by hand and beside scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, balanced_accuracy_score, fbeta_score, roc_auc_score

from archipel.defis.signauxfaibles import metrics


def test_thresholds_by_hand() -> None:
    """Scores .9 (yes), .8 (no), .7 (yes), .6 (no), .5 (yes).

    F0.5 at .9: 1.25 / (1 + .75) = .714; at .7: 2.5 / 3.75 = .667. F2 at .5: 15 / (5 + 12) = .882, at .7: 10 /
    15.
    """
    label, score = np.array([1, 0, 1, 0, 1], dtype=bool), np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    assert metrics.threshold(label, score, 0.5) == 0.9
    assert metrics.threshold(label, score, 2) == 0.5


def test_a_threshold_does_not_part_equal_scores() -> None:
    label, score = np.array([1, 0, 0, 0, 1], dtype=bool), np.array([0.9, 0.9, 0.9, 0.9, 0.2])
    assert metrics.threshold(label, score, 0.5) == 0.2


def test_calibration_error_by_hand() -> None:
    """Two bins of two: (.1, .3) with one of two, (.6, .8) with both: (|.4 − 1| + |1.4 − 2|) / 4 = .3."""
    label, score = np.array([1.0, 1, 0, 1]), np.array([0.8, 0.3, 0.1, 0.6])
    assert metrics.calibration_error(label, score, bins=2) == pytest.approx(0.3)
    assert metrics.calibration_error(np.array([0.0, 1]), np.array([0.0, 1]), bins=10) == 0


def test_measures_are_those_of_scikit_learn_whatever_firms_are_drawn() -> None:
    draw = np.random.default_rng(5)
    firm = np.repeat(np.arange(60), 5)
    score = draw.random(300).round(2)
    label = draw.random(300) < score**2
    weights = metrics.firm_weights(1, 60, 30)
    told = metrics.measure(label, score, firm, weights, 0.7, 0.4)
    assert (weights.shape, weights[0].min(), weights[0].max()) == ((31, 60), 1, 1)
    assert (weights.sum(1) == 60).all()
    for row in (0, 7, 30):
        weight = weights[row][firm]
        assert told["auc"][row] == pytest.approx(roc_auc_score(label, score, sample_weight=weight))
        assert told["precision_moyenne"][row] == pytest.approx(
            average_precision_score(label, score, sample_weight=weight)
        )
        for name, level, beta in (("rouge", 0.7, 0.5), ("orange", 0.4, 2)):
            alert = score >= level
            assert told[f"{name}_f"][row] == pytest.approx(
                fbeta_score(label, alert, beta=beta, sample_weight=weight)
            )
            assert told[f"{name}_exactitude_equilibree"][row] == pytest.approx(
                balanced_accuracy_score(label, alert, sample_weight=weight)
            )
    assert told["ece"][0] == pytest.approx(metrics.calibration_error(label, score))
    low, high = metrics.interval(told["auc"][1:])
    assert low < told["auc"][0] < high


def test_nothing_alerted_has_no_precision() -> None:
    told = metrics.measure(
        np.array([True, False]),
        np.array([0.2, 0.1]),
        np.arange(2),
        np.ones((1, 2), dtype=np.float32),
        0.9,
        0.15,
    )
    assert np.isnan(told["rouge_precision"][0])
    assert (told["rouge_rappel"][0], told["rouge_f"][0], told["orange_precision"][0]) == (0, 0, 1)
    assert all(np.isnan(metrics.interval(np.array([np.nan]))))
