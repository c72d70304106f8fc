"""Persons of one image are not independent: the test, the intervals, and both tried on known gaps."""

from __future__ import annotations

import numpy as np
import pytest

from archipel.defis.twincity.audit import calibration, clustered
from archipel.defis.twincity.audit.clustered import Tally
from archipel.defis.twincity.audit.proportions import pooled_test
from archipel.defis.twincity.metrics.intervals import draws

FIRST, SECOND = np.array([0]), np.array([1])


def crowd(seed: int, images: int, people: int, recall: float, together: float, groups: int = 2) -> Tally:
    """Groups at random in every image; ``together``: correlation of an image's persons."""
    random = np.random.default_rng(seed)
    image = np.repeat(np.arange(images), people)
    strength = 1 / together - 1
    chance = random.beta(recall * strength, (1 - recall) * strength, images)[image]
    found = random.random(len(image)) < chance
    return clustered.tally(image, random.integers(0, groups, len(image)), found, images, groups)


def alone(n: int, found_a: int, found_b: int) -> Tally:
    """One person an image, ``n`` of each group."""
    found = np.r_[np.arange(n) < found_a, np.arange(n) < found_b]
    return clustered.tally(np.arange(2 * n), np.repeat([0, 1], n), found, 2 * n, 2)


def test_a_tally_leaves_out_who_is_in_no_group() -> None:
    told = clustered.tally(
        np.array([0, 0, 1, 1]), np.array([1, -1, 0, 1]), np.array([True, True, False, True]), 3, 2
    )
    assert told.n.tolist() == [[0, 1], [1, 1], [0, 0]]
    assert told.found.tolist() == [[0, 1], [0, 1], [0, 0]]


def test_with_one_person_an_image_the_score_test_is_the_pooled_one() -> None:
    p, design = clustered.score_test(alone(200, 180, 165), FIRST, SECOND)
    expected = pooled_test(*(np.array([float(one)]) for one in (180, 200, 165, 200)))
    assert p == pytest.approx(expected)
    assert design == pytest.approx([1.0])


def test_images_seen_twice_count_once() -> None:
    once = crowd(1, 80, 6, 0.8, 0.1)
    twice = Tally(2 * once.n, 2 * once.found)
    assert clustered.score_test(twice, FIRST, SECOND)[0] == pytest.approx(
        clustered.score_test(once, FIRST, SECOND)[0]
    )
    n, found = twice.totals
    assert (
        pooled_test(found[:1], n[:1], found[1:], n[1:])[0] < clustered.score_test(twice, FIRST, SECOND)[0][0]
    )


def test_intervals_are_those_of_the_resamples() -> None:
    told = crowd(2, 60, 5, 0.8, 0.1)
    drawn = draws(np.arange(60), 300, 0)
    low, high = clustered.gap_intervals(told, FIRST, SECOND, drawn)
    gaps = []
    for weight in drawn:
        n, found = weight @ told.n, weight @ told.found
        gaps.append(found[0] / n[0] - found[1] / n[1])
    assert (low[0], high[0]) == pytest.approx(tuple(np.quantile(gaps, [0.025, 0.975])))


def test_a_group_found_whole_is_not_certain() -> None:
    told = alone(10, 10, 10)
    low, high = clustered.gap_intervals(told, FIRST, SECOND, draws(np.arange(20), 100, 0))
    assert (low[0], high[0]) == pytest.approx((-0.2775, 0.2775), abs=5e-5)
    assert clustered.score_test(told, FIRST, SECOND)[0] == [1.0]


def test_a_group_without_any_false_alarm_is_not_certain() -> None:
    told = Tally(np.full((60, 1), 1.0), np.zeros((60, 1)))
    low, high = clustered.rate_intervals(told, draws(np.arange(60), 50, 0))
    # exp(−60 × rate) = 2.5 %
    assert (low[0], high[0]) == pytest.approx((0, 0.06148), abs=1e-5)
    whole = Tally(np.full((10, 1), 3.0), np.full((10, 1), 3.0))
    low, high = clustered.recall_intervals(whole, draws(np.arange(10), 50, 0))
    assert (low[0], high[0]) == pytest.approx((0.7225, 1), abs=5e-5)


def test_a_group_of_one_image_is_not_certain() -> None:
    told = crowd(5, 40, 6, 0.8, 0.1, groups=1)
    told = Tally(np.c_[told.n, np.eye(40, 1) * 10], np.c_[told.found, np.eye(40, 1) * 8])
    low, high = clustered.gap_intervals(told, FIRST, SECOND, draws(np.arange(40), 200, 0))
    assert low[0] < -0.15
    assert high[0] > 0.15


def test_an_empty_group_has_neither_interval_nor_p() -> None:
    told = Tally(np.array([[3.0, 0.0], [2.0, 0.0]]), np.array([[2.0, 0.0], [1.0, 0.0]]))
    low, high = clustered.gap_intervals(told, FIRST, SECOND, draws(np.arange(2), 50, 0))
    assert np.isnan([low[0], high[0], clustered.score_test(told, FIRST, SECOND)[0][0]]).all()


def test_a_planted_gap_is_that_gap() -> None:
    fair = calibration.without_bias(crowd(3, 300, 8, 0.85, 0.1, groups=4), 0)
    n, found = fair.totals
    assert np.ptp(found / n) < 1 / n.min()
    unfair = calibration.worse(fair, 2, 0.02, 1)
    lost = (found - unfair.totals[1]) / n
    assert lost == pytest.approx([0, 0, 0.02, 0], abs=1 / n.min())
    assert (unfair.found >= 0).all()


def test_intervals_cover_and_tests_do_not_cry_wolf() -> None:
    """A small edition of what `benchmarks/audit.py` measures: 200 resamples leave ± 3 points."""
    fair = calibration.without_bias(crowd(4, 150, 8, 0.85, 0.2, groups=3), 0)
    every = np.ones(3, dtype=bool)
    none = calibration.check(fair, 1, times=200, resamples=200).told(every)
    assert 0.91 <= none["couverture"] <= 0.98
    assert none["rejets"] <= 0.09
    found = calibration.check(calibration.worse(fair, 2, 0.10, 2), 1, times=200, resamples=200)
    touched = found.b == 2
    assert 0.91 <= found.told(touched)["couverture"] <= 0.98
    assert found.rejected[touched] == pytest.approx(found.power_clustered[touched], abs=0.12)
