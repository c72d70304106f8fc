"""Measures beside hand-computed cases and scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, mean_absolute_error

from archipel.defis.sosponts import measures


def test_kappa_by_hand() -> None:
    """Three classes, four bridges; true ones 2, 1, 1 of each, told ones 1, 1, 2."""
    truth, told = np.array([0, 0, 1, 2]), np.array([0, 2, 2, 1])
    counts = measures.confusion(truth, told, 3)
    assert counts.tolist() == [[1, 0, 1], [0, 0, 1], [0, 1, 0]]
    # Seen: 4 + 1 + 1 = 6. By chance: (2·(0·1 + 1·1 + 4·2) + 1·(1 + 0 + 2) + 1·(4 + 1 + 0)) / 4 = 26 / 4.
    assert measures.quadratic_kappa(counts) == pytest.approx(1 - 6 / 6.5)
    assert measures.mean_error(counts) == pytest.approx((0 + 2 + 1 + 1) / 4)


@pytest.mark.parametrize("seed", range(5))
def test_kappa_and_error_beside_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 5, 300)
    told = np.clip(truth + rng.integers(-2, 3, 300), 0, 4)
    counts = measures.confusion(truth, told)
    wanted = cohen_kappa_score(truth, told, weights="quadratic", labels=list(range(5)))
    assert measures.quadratic_kappa(counts) == pytest.approx(wanted, abs=1e-12)
    assert measures.mean_error(counts) == pytest.approx(mean_absolute_error(truth, told))


def test_kappa_where_it_has_no_meaning() -> None:
    """One class, and said so: nothing to agree by, no kappa. A constant answer agrees by chance alone."""
    one = np.zeros(9, dtype=int)
    assert np.isnan(measures.quadratic_kappa(measures.confusion(one, one)))
    assert measures.quadratic_kappa(measures.confusion(np.arange(5), np.ones(5, dtype=int))) == 0


def test_recall_of_the_worst_classes() -> None:
    counts = measures.confusion(np.array([3, 3, 3, 4, 4, 0]), np.array([3, 2, 4, 3, 1, 4]))
    assert measures.recall(counts) == pytest.approx(3 / 5)
    assert measures.recall(counts, slice(3, 4)) == pytest.approx(2 / 3)
    assert np.isnan(measures.recall(measures.confusion(np.array([0]), np.array([4]))))


def test_the_interval_is_that_of_the_bridges_drawn_again() -> None:
    """The cells drawn from a multinomial, beside a plain bootstrap that draws bridges."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, 200)
    told = np.clip(truth + rng.integers(-1, 2, 200), 0, 4)
    found = measures.interval(measures.confusion(truth, told), measures.quadratic_kappa, 1)
    plain = []
    for _turn in range(1000):
        drawn = rng.integers(0, 200, 200)
        plain.append(measures.quadratic_kappa(measures.confusion(truth[drawn], told[drawn])))
    assert found.low < found.value < found.high
    assert (found.low, found.high) == pytest.approx(np.percentile(plain, [2.5, 97.5]), abs=0.01)
    missing = measures.interval(np.zeros((5, 5), dtype=int), measures.quadratic_kappa, 1)
    assert np.isnan([missing.value, missing.low, missing.high]).all()


def test_calibration_by_hand() -> None:
    """Two bins of two: told .1 and .3 (none is), .6 and .8 (one is): (2·|.2 - 0| + 2·|.7 - .5|) / 4."""
    truth = np.array([True, False, False, False])
    told = np.array([0.8, 0.1, 0.6, 0.3])
    assert measures.calibration_error(truth, told, bins=2) == pytest.approx(0.2)
    low, high = measures.reliability(truth, told, bins=2)
    assert (low.count, low.told, low.seen) == (2, pytest.approx(0.2), 0)
    assert (high.count, high.told, high.seen) == (2, pytest.approx(0.7), 0.5)


def test_bridges_told_alike_share_a_bin() -> None:
    truth = np.arange(100) < 25
    assert [one.count for one in measures.reliability(truth, np.full(100, 0.25))] == [100]
    assert measures.calibration_error(truth, np.full(100, 0.25)) == pytest.approx(0)
    parts = measures.reliability(truth, np.repeat([0.1, 0.9], [70, 30]))
    assert [(one.count, one.told) for one in parts] == [(70, pytest.approx(0.1)), (30, pytest.approx(0.9))]


def test_the_class_told_is_the_median() -> None:
    given = np.array([[0.5, 0.5, 0, 0, 0], [0.4, 0.05, 0.1, 0.4, 0.05], [0, 0, 0, 0.2, 0.8]])
    assert measures.told_ranks(given).tolist() == [0, 2, 4]
    assert measures.serious(given) == pytest.approx([0, 0.45, 1])


def test_the_ranked_score_by_hand() -> None:
    sure = np.array([[0, 0, 1.0, 0, 0]])
    assert measures.ranked_score(np.array([2]), sure) == pytest.approx([0])
    assert measures.ranked_score(np.array([4]), sure) == pytest.approx([2])
    even = np.full((1, 5), 0.2)
    assert measures.ranked_score(np.array([0]), even) == pytest.approx([0.64 + 0.36 + 0.16 + 0.04])


def test_visits_go_to_those_told_most_at_risk() -> None:
    truth = np.array([True, False, True, False])
    told = np.array([0.9, 0.8, 0.2, 0.1])
    assert measures.recall_at(truth, told, 0.25) == 0.5
    assert measures.recall_at(truth, told, 0.75) == 1
    assert measures.recall_at(truth, np.full(4, 0.3), 0.25) == pytest.approx(0.25)
    assert np.isnan(measures.recall_at(np.zeros(4, dtype=bool), told, 0.5))
