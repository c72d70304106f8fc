"""Weights of the indicators of a policy, and the rate of a policy in a territory.

Source: DITP-pilotage/pilote-2, ``int_ponderation_reelle.sql`` and ``compute_ta_ch.sql``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from archipel.defis.pilote.rate import clamped, is_missing


def real_weights(declared: Mapping[str, float], applicable: Collection[str]) -> dict[str, float]:
    """Weights in percent, renormalised over the indicators that apply to the territory.

    An indicator that does not apply weighs 0. All weigh 0 when the declared weights of those that apply
    sum to 0.
    """
    kept = {name: weight if name in applicable else 0.0 for name, weight in declared.items()}
    total = sum(kept.values())
    return {name: 100 * weight / total if total else 0.0 for name, weight in kept.items()}


def policy_rate(
    rates: Mapping[str, float | None], weights: Mapping[str, float], *, decimals: int = 2
) -> float | None:
    """Rate of a policy in percent, from its indicators' rates and their real weights.

    The expected indicators are those that weigh something. None where one of them has no rate (never a
    partial sum), and where none is expected.
    """
    expected = [name for name, weight in weights.items() if weight > 0]
    if not expected or any(is_missing(rates.get(name)) for name in expected):
        return None
    terms = (Decimal(repr(float(rates[name] or 0))) * Decimal(repr(weights[name])) for name in expected)
    return clamped(sum(terms, Decimal(0)) / 100, decimals)
