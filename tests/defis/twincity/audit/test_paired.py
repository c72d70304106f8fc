"""Counterfactual pairs: McNemar with one swapped person a scene, a test robust to scenes otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from archipel.defis.twincity.audit import paired, power
from archipel.defis.twincity.audit.attributes import Condition, Labels


def sums(only_a: int, only_b: int, neither: int = 0) -> np.ndarray:
    return np.r_[np.ones(only_a), -np.ones(only_b), np.zeros(neither)]


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 0), (5, 0), (9, 3), (10, 14), (12, 12)])
def test_few_pairs_are_judged_by_the_binomial(only_a: int, only_b: int) -> None:
    p, name = paired.compared(sums(only_a, only_b, 300), alone=True)
    expected = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    assert (p, name) == (pytest.approx(expected), "McNemar exact")


def test_many_pairs_are_judged_by_mcnemar() -> None:
    p, name = paired.compared(sums(40, 20, 100), alone=True)
    assert (p, name) == (pytest.approx(2 * norm.sf(20 / np.sqrt(60))), "McNemar")


def test_scenes_are_drawn_whole() -> None:
    told = np.r_[np.full(20, 3.0), np.full(10, -3.0)]
    p, name = paired.compared(told, alone=False)
    # As 20 and 10 pairs, not as 60 and 30.
    assert p == pytest.approx(paired.compared(sums(20, 10), alone=True)[0])
    assert name == "score par scène"
    few = paired.compared(np.array([2.0, 2.0, 1.0, -1.0]), alone=False)
    # Six of the sixteen choices of signs give |±2 ±2 ±1 ±1| ≥ 4.
    assert few == (pytest.approx(6 / 16), "signes des scènes, exact")


def test_false_alarms_with_several_swapped_persons_a_scene() -> None:
    random = np.random.default_rng(0)
    rejected = 0
    for _turn in range(2000):
        # Each scene favours one side or the other, as a whole: pairs of a scene are not independent.
        lean = random.choice([0.1, -0.1], 100)[:, None]
        told = random.random((100, 6))
        differences = np.where(told < 0.1 + lean / 2, 1, np.where(told > 0.9 + lean / 2, -1, 0))
        rejected += paired.compared(differences.sum(axis=1).astype(float), alone=False)[0] < 0.05
    assert rejected / 2000 == pytest.approx(0.05, abs=0.015)


def test_interval_of_bonett_and_price() -> None:
    low, high = paired.interval(sums(12, 4, 84), np.ones(100))
    p12, p21 = 13 / 102, 5 / 102
    half = 1.959964 * np.sqrt((p12 + p21 - (p12 - p21) ** 2) / 102)
    assert (low, high) == pytest.approx((p12 - p21 - half, p12 - p21 + half))


def test_intervals_cover_with_several_swapped_persons_a_scene() -> None:
    random = np.random.default_rng(1)
    held = 0
    for _turn in range(1000):
        lean = random.choice([0.1, -0.1], 80)[:, None]
        told = random.random((80, 5))
        differences = np.where(told < 0.15 + lean / 2, 1, np.where(told > 0.9 + lean / 2, -1, 0))
        low, high = paired.interval(differences.sum(axis=1).astype(float), np.full(80, 5.0))
        held += low <= 0.05 <= high
    assert held / 1000 == pytest.approx(0.95, abs=0.025)


def test_power_after_correction_is_that_of_the_strictest_step() -> None:
    """Two comparisons of 900 pairs, one person a scene: each at 2.5 %."""
    random = np.random.default_rng(2)
    n, groups = 900, np.arange(1, 3).repeat(900)
    rows = np.arange(4 * n)
    told = paired.Swaps(
        np.zeros(2 * n, dtype=int), np.zeros(2 * n, dtype=int), groups, rows[: 2 * n], rows[2 * n :],
        rows[: 2 * n],
    )  # fmt: skip
    tone = Condition("teint", "monk", False, lambda value, _field: str(value))
    label = Labels(tone, ("Monk 1", "Monk 2", "Monk 3"), np.zeros(0, dtype=int), None)
    frame = paired.table("x", told, random.random(4 * n) < 0.8, [label])
    assert list(frame.columns) == paired.COLUMNS
    assert len(frame) == 2
    for row in frame.to_dict("records"):
        apart = (row["trouve_a_seul"] + row["trouve_b_seul"]) / n
        for name, alpha in (("puissance_3_points", 0.05), ("puissance_apres_correction", 0.025)):
            assert row[name] == pytest.approx(power.of_pairs(n, power.GAP, apart, alpha))
    assert (frame["puissance_apres_correction"] < frame["puissance_3_points"]).all()
