"""Real weights of indicators, and the rate of a policy."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.defis.pilote.weights import policy_rate, real_weights

names = st.sampled_from("abcdef")
weight = st.floats(0, 100)
quick = settings(deadline=None, max_examples=60)


def test_equal_weights_share_a_hundred() -> None:
    assert real_weights(dict.fromkeys("abcd", 1.0), "abcd") == dict.fromkeys("abcd", 25.0)


def test_an_indicator_that_does_not_apply_leaves_its_weight_to_the_others() -> None:
    declared = {"a": 50.0, "b": 30.0, "c": 20.0}
    assert real_weights(declared, {"a", "b", "c"}) == declared
    assert real_weights(declared, {"a", "b"}) == {"a": 62.5, "b": 37.5, "c": 0.0}
    assert real_weights(declared, {"c"}) == {"a": 0.0, "b": 0.0, "c": 100.0}


def test_all_weigh_nothing_where_none_applies_or_those_that_do_weigh_zero() -> None:
    assert real_weights({"a": 3.0, "b": 1.0}, ()) == {"a": 0.0, "b": 0.0}
    assert real_weights({"a": 0.0, "b": 0.0}, "ab") == {"a": 0.0, "b": 0.0}
    assert real_weights({"a": 0.0, "b": 5.0}, "a") == {"a": 0.0, "b": 0.0}
    assert real_weights({}, ()) == {}


@quick
@given(st.dictionaries(names, weight), st.sets(names))
def test_real_weights_sum_to_a_hundred_and_keep_their_proportions(
    declared: dict[str, float], applicable: set[str]
) -> None:
    real = real_weights(declared, applicable)
    assert set(real) == set(declared)
    total = sum(one for name, one in declared.items() if name in applicable)
    assert math.isclose(sum(real.values()), 100 if total else 0, abs_tol=1e-9)
    for name, one in declared.items():
        expected = 100 * one / total if name in applicable and total else 0
        assert math.isclose(real[name], expected, rel_tol=1e-9, abs_tol=1e-12)


def test_the_rate_of_a_policy_is_the_weighted_mean_of_its_indicators() -> None:
    weights = real_weights({"a": 3.0, "b": 1.0}, "ab")
    assert policy_rate({"a": 40.0, "b": 80.0}, weights) == 50.0
    thirds = real_weights(dict.fromkeys("abc", 1.0), "abc")
    assert policy_rate({"a": 0.0, "b": 0.0, "c": 100.0}, thirds) == 33.33
    assert policy_rate({"a": 0.0, "b": 0.0, "c": 100.0}, thirds, decimals=0) == 33.0
    assert policy_rate({"a": 100.0, "b": 100.0, "c": 100.0}, thirds) == 100.0


@pytest.mark.parametrize("absent", [{"a": 40.0, "b": None}, {"a": 40.0, "b": math.nan}, {"a": 40.0}])
def test_a_policy_has_no_rate_unless_every_expected_indicator_has_one(
    absent: dict[str, float | None],
) -> None:
    assert policy_rate(absent, {"a": 50.0, "b": 50.0}) is None


def test_an_indicator_that_weighs_nothing_is_not_expected() -> None:
    assert policy_rate({"a": 40.0, "b": None}, {"a": 100.0, "b": 0.0}) == 40.0


def test_a_policy_without_any_expected_indicator_has_no_rate() -> None:
    assert policy_rate({"a": 40.0}, {"a": 0.0}) is None
    assert policy_rate({"a": 40.0}, {}) is None


rate = st.floats(0, 100).map(lambda number: round(number, 2))


@quick
@given(st.dictionaries(names, st.tuples(rate, st.floats(0.01, 100)), min_size=1), st.integers(0, 4))
def test_a_policy_is_never_ahead_of_its_best_indicator_nor_behind_its_worst(
    indicators: dict[str, tuple[float, float]], decimals: int
) -> None:
    rates = {name: one for name, (one, _weight) in indicators.items()}
    weights = real_weights({name: weight for name, (_rate, weight) in indicators.items()}, indicators)
    found = policy_rate(rates, weights, decimals=decimals)
    assert found is not None
    slack = 0.5 * 10**-decimals + 1e-9
    assert min(rates.values()) - slack <= found <= max(rates.values()) + slack
    for name in rates:
        assert policy_rate({**rates, name: None}, weights, decimals=decimals) is None
