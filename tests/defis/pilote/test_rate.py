"""The advancement rate: its rule in both directions, its bounds, its rounding."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.defis.pilote.rate import advancement_rate

anything = st.floats(allow_nan=False, allow_infinity=False)
decimals = st.integers(0, 4)
directions = st.booleans()
quick = settings(deadline=None, max_examples=60)


@pytest.mark.parametrize(
    ("initial", "value", "target", "rate"),
    [
        (0, 0, 10, 0.0),
        (0, 5, 10, 50.0),
        (0, 10, 10, 100.0),
        (60, 67, 100, 17.5),
        (-10, -4, 10, 30.0),
        (0.1, 0.2, 0.4, 33.33),
    ],
)
def test_a_rising_indicator_goes_from_its_initial_value_to_its_target(
    initial: float, value: float, target: float, rate: float
) -> None:
    assert advancement_rate(initial, value, target, falling=False) == rate


@pytest.mark.parametrize(
    ("initial", "value", "target", "rate"),
    [(10, 10, 0, 0.0), (10, 5, 0, 50.0), (10, 0, 0, 100.0), (4.3, 4.1, 3, 15.38), (10, 6, -10, 20.0)],
)
def test_a_falling_indicator_goes_down_to_its_target(
    initial: float, value: float, target: float, rate: float
) -> None:
    assert advancement_rate(initial, value, target, falling=True) == rate


@pytest.mark.parametrize(
    ("initial", "value", "target", "falling", "rate"),
    [
        (0, -3, 10, False, 0.0),
        (0, 25, 10, False, 100.0),
        (10, 12, 0, True, 0.0),
        (10, -5, 0, True, 100.0),
        (0, 1e300, 1e-300, False, 100.0),
        (0, -1e300, 1e-300, False, 0.0),
    ],
)
def test_a_rate_stays_within_0_and_100(
    initial: float, value: float, target: float, falling: bool, rate: float
) -> None:
    assert advancement_rate(initial, value, target, falling=falling) == rate


@pytest.mark.parametrize(
    ("initial", "value", "target", "falling", "rate"),
    [
        (10, 10, 10, False, 100.0),
        (10, 11, 10, False, 100.0),
        (10, 9.99, 10, False, 0.0),
        (10, 10, 10, True, 100.0),
        (10, 9, 10, True, 100.0),
        (10, 10.01, 10, True, 0.0),
    ],
)
def test_an_initial_value_that_is_the_target_divides_nothing(
    initial: float, value: float, target: float, falling: bool, rate: float
) -> None:
    assert advancement_rate(initial, value, target, falling=falling) == rate


@pytest.mark.parametrize(
    ("initial", "value", "target", "falling", "rate"),
    [
        (100, 90, 90, False, 100.0),
        (100, 95, 90, False, 100.0),
        (100, 89.9, 90, False, 0.0),
        (80, 90, 90, True, 100.0),
        (80, 85, 90, True, 100.0),
        (80, 90.1, 90, True, 0.0),
    ],
)
def test_an_initial_value_beyond_the_target_leaves_all_or_nothing(
    initial: float, value: float, target: float, falling: bool, rate: float
) -> None:
    assert advancement_rate(initial, value, target, falling=falling) == rate


@pytest.mark.parametrize("absent", [None, math.nan])
@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("falling", [False, True])
def test_a_missing_value_gives_no_rate(absent: float | None, position: int, falling: bool) -> None:
    values: list[float | None] = [0.0, 5.0, 10.0]
    values[position] = absent
    assert advancement_rate(*values, falling=falling) is None


@pytest.mark.parametrize(
    ("value", "decimals", "rate"),
    [
        (1, 0, 33.0),
        (1, 1, 33.3),
        (1, 2, 33.33),
        (2, 4, 66.6667),
        (0.015, 0, 1.0),
        (0.01485, 0, 0.0),
        (0.01485, 2, 0.5),
        (2.9999, 0, 100.0),
        (2.9999, 2, 100.0),
        (2.9999, 4, 99.9967),
    ],
)
def test_a_rate_is_rounded_half_up_to_the_asked_decimals(value: float, decimals: int, rate: float) -> None:
    assert advancement_rate(0, value, 3, falling=False, decimals=decimals) == rate


def test_rounding_is_that_of_the_written_decimal_not_of_its_binary_neighbour() -> None:
    # 1.005 is stored a little below: rounded as a float, it would give 1.0.
    assert advancement_rate(0, 1.005, 100, falling=False) == 1.01


@quick
@given(anything, anything, anything, directions, decimals)
def test_a_rate_is_always_between_0_and_100(
    initial: float, value: float, target: float, falling: bool, decimals: int
) -> None:
    rate = advancement_rate(initial, value, target, falling=falling, decimals=decimals)
    assert rate is not None
    assert 0 <= rate <= 100
    assert round(rate, decimals) == rate


@quick
@given(anything, anything, anything, anything, decimals)
def test_a_better_value_never_lowers_the_rate(
    initial: float, one: float, other: float, target: float, decimals: int
) -> None:
    low, high = sorted((one, other))
    for falling, worse, better in ((False, low, high), (True, high, low)):
        before = advancement_rate(initial, worse, target, falling=falling, decimals=decimals)
        after = advancement_rate(initial, better, target, falling=falling, decimals=decimals)
        assert before is not None
        assert after is not None
        assert before <= after


@quick
@given(anything, anything, anything, decimals)
def test_falling_is_rising_in_a_mirror(initial: float, value: float, target: float, decimals: int) -> None:
    down = advancement_rate(initial, value, target, falling=True, decimals=decimals)
    up = advancement_rate(-initial, -value, -target, falling=False, decimals=decimals)
    assert down == up


ordinary = st.decimals(-100_000, 100_000, places=2).map(float)


@quick
@given(ordinary, ordinary, ordinary, directions, decimals)
def test_a_rate_is_the_exact_share_of_the_way_to_half_its_last_decimal(
    initial: float, value: float, target: float, falling: bool, decimals: int
) -> None:
    start, now, goal = (Fraction(repr(number)) for number in (initial, value, target))
    if (start <= goal) if falling else (start >= goal):
        reached = now <= goal if falling else now >= goal
        exact = Fraction(100 if reached else 0)
    else:
        exact = min(Fraction(100), max(Fraction(0), 100 * (now - start) / (goal - start)))
    rate = advancement_rate(initial, value, target, falling=falling, decimals=decimals)
    assert rate is not None
    assert abs(Fraction(repr(rate)) - exact) <= Fraction(1, 2 * 10**decimals)
