"""Two proportions: published intervals, a test against its peer, and Holm's correction."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from archipel.defis.twincity.audit.proportions import holm, newcombe, pooled_test, wilson

NEWCOMBE = {
    (56, 70, 48, 80): (0.0524, 0.3339),
    (9, 10, 3, 10): (0.1705, 0.8090),
    (6, 7, 2, 7): (0.0582, 0.8062),
    (5, 56, 0, 29): (-0.0381, 0.1926),
    (0, 10, 0, 20): (-0.1611, 0.2775),
    (0, 10, 0, 10): (-0.2775, 0.2775),
    (10, 10, 0, 20): (0.6791, 1.0),
    (10, 10, 0, 10): (0.6075, 1.0),
}
"""Newcombe 1998, table II, method 10: found and number of each group → interval."""


def arrays(*values: float) -> list[np.ndarray]:
    return [np.array([one], dtype=float) for one in values]


@pytest.mark.parametrize(("counts", "expected"), NEWCOMBE.items(), ids=str)
def test_interval_of_newcombe(counts: tuple[int, ...], expected: tuple[float, float]) -> None:
    low, high = newcombe(*arrays(*counts))
    assert (low[0], high[0]) == pytest.approx(expected, abs=5e-5)


def test_interval_of_wilson() -> None:
    low, high = wilson(*arrays(81, 263))
    # Newcombe 1998 (Statistics in Medicine 17, 857–872), table I, method 3.
    assert (low[0], high[0]) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_the_interval_turns_with_the_groups() -> None:
    counts = np.random.default_rng(0).integers(1, 50, (2, 200)).astype(float)
    found = np.floor(counts * np.random.default_rng(1).random((2, 200)))
    low, high = newcombe(found[0], counts[0], found[1], counts[1])
    back = newcombe(found[1], counts[1], found[0], counts[0])
    gap = found[0] / counts[0] - found[1] / counts[1]
    assert low == pytest.approx(-back[1])
    assert ((low <= gap) & (gap <= high) & (low >= -1) & (high <= 1)).all()


def test_the_pooled_test_is_the_chi_square() -> None:
    random = np.random.default_rng(2)
    for _turn in range(50):
        (n_a, n_b), share = random.integers(20, 400, 2), random.uniform(0.1, 0.9)
        a, b = random.binomial(n_a, share), random.binomial(n_b, share)
        expected = chi2_contingency([[a, n_a - a], [b, n_b - b]], correction=False).pvalue
        assert pooled_test(*arrays(a, n_a, b, n_b))[0] == pytest.approx(expected, rel=1e-9)


def test_edges() -> None:
    assert pooled_test(*arrays(5, 5, 9, 9))[0] == 1
    assert pooled_test(*arrays(0, 5, 0, 9))[0] == 1
    assert np.isnan(pooled_test(*arrays(0, 0, 4, 9))[0])
    assert np.isnan(newcombe(*arrays(0, 0, 4, 9))).all()


def test_correction_of_holm() -> None:
    adjusted = holm(np.array([0.01, 0.04, np.nan, 0.03, 0.005]))
    assert adjusted == pytest.approx([0.03, 0.06, np.nan, 0.06, 0.02], nan_ok=True)
    assert holm(np.array([0.6, 0.9])).tolist() == [1.0, 1.0]
    assert holm(np.array([])).tolist() == []
