"""Sizes and power computed beforehand, and that tests keep what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from archipel.defis.twincity.audit import power
from archipel.defis.twincity.audit.proportions import pooled_test

SIZES = {(0.10, 0.15): 686, (0.10, 0.12): 3841, (0.05, 0.07): 2212, (0.30, 0.35): 1376}
"""Miss rates → persons per group, at 80 % power and 5 %."""


@pytest.mark.parametrize(("shares", "size"), SIZES.items(), ids=str)
def test_persons_per_group(shares: tuple[float, float], size: int) -> None:
    found = power.group_size(*shares)
    assert round(found) == size
    assert power.of_groups(*shares, found, found) == pytest.approx(0.8, abs=1e-3)
    assert power.of_groups(*shares, 2 * found, 2 * found, design=2) == pytest.approx(0.8, abs=1e-3)


def test_the_power_of_groups_is_how_often_the_test_rejects() -> None:
    random = np.random.default_rng(0)
    a, b, n, m, times = 0.85, 0.90, 500, 700, 20_000
    found = random.binomial(n, a, times).astype(float), random.binomial(m, b, times).astype(float)
    p = pooled_test(found[0], np.full(times, float(n)), found[1], np.full(times, float(m)))
    assert (p < 0.05).mean() == pytest.approx(power.of_groups(a, b, n, m), abs=0.015)


def test_pairs_and_the_reverse() -> None:
    # Connor 1987's formula by hand: ((1.959964 √.1 + .841621 √(.1 − .02²)) / .02)²
    assert power.pairs(0.02, 0.10) == pytest.approx(1959.0, abs=1)
    for gap, discordant in ((0.02, 0.10), (0.03, 0.05), (0.05, 0.30)):
        n = power.pairs(gap, discordant)
        assert power.of_pairs(n, gap, discordant) == pytest.approx(0.8, abs=1e-3)
        assert power.smallest_paired_gap(n, discordant) == pytest.approx(gap, rel=1e-2)
    assert power.pairs(0.02, 0.05) < power.group_size(0.10, 0.12)
    assert power.smallest_paired_gap(4, 0.1) is None


def test_the_power_of_pairs_is_how_often_mcnemar_rejects() -> None:
    random = np.random.default_rng(1)
    n, gap, discordant, times = 1000, 0.03, 0.10, 20_000
    one, other, _same = random.multinomial(
        n, [(discordant + gap) / 2, (discordant - gap) / 2, 1 - discordant], times
    ).T
    z = np.abs(one - other) / np.sqrt(one + other)
    assert (z > 1.959964).mean() == pytest.approx(power.of_pairs(n, gap, discordant), abs=0.015)


def test_the_smallest_gap_is_the_one_that_has_the_power() -> None:
    gap = power.smallest_gap(0.9, 4000, 3000, design=1.5)
    assert gap is not None
    assert power.gap_power(0.9, 4000, 3000, gap, design=1.5) == pytest.approx(0.8)
    assert power.smallest_gap(0.5, 1, 1) is None
    assert power.gap_power(0.5, 0, 100) == 0


@pytest.mark.parametrize(("gap", "discordant"), [(0.0, 0.1), (0.2, 0.1), (0.1, 1.5)])
def test_what_cannot_be_is_refused(gap: float, discordant: float) -> None:
    with pytest.raises(ValueError, match="discordant"):
        power.pairs(gap, discordant)
    with pytest.raises(ValueError, match="two different"):
        power.group_size(0.1, 0.1)
