"""Firm-months to learn from and to judge on: who is concerned, what is known of their future, which part they
are in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archipel.defis.signauxfaibles.economy import EXCLUDED, SECTORS
from archipel.defis.signauxfaibles.generation import (
    MEMORY,
    MOST,
    SMALLEST_STAFF,
    SPREAD,
    STEEPNESS,
    Observed,
    Truth,
    unpaid,
    weight,
)
from archipel.defis.signauxfaibles.refusal import DataRefused

TESTED_FIRMS = 1 / 3
LEAST_PAST = 24
"""Months of learning rows that a forward split asks for."""


@dataclass(frozen=True)
class Split:
    """Masks over rows. No firm is in both."""

    name: str
    train: np.ndarray
    test: np.ndarray


def concerned(seen: Observed) -> np.ndarray:
    """(n, m): the firm exists, is not in proceedings, has 10 people or more, and its section is not O or
    P."""
    month = np.arange(seen.months)
    alive = (month >= seen.start[:, None]) & (month < seen.entry[:, None])
    left_out = np.array([one.section in EXCLUDED for one in SECTORS])[seen.sector]
    return alive & (seen.headcount >= SMALLEST_STAFF) & ~left_out[:, None]


def labels(entry: np.ndarray, months: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, m) entry into insolvency in the ``horizon`` months after each month, and (m,) whether it is known.

    It is known only where those months are all over, even for a firm that entered before: to keep such rows
    would count the entries of the last months and not those that did not enter.
    """
    month = np.arange(months)
    label = (entry[:, None] > month) & (entry[:, None] <= month + horizon) & (entry[:, None] < months)
    return label, month + horizon <= months - 1


def cut(months: int, horizon: int, tested: int) -> int:
    """Column at which the forward split stands: what came after it is unknown to who learns there.

    Tests take the ``tested`` months from there whose horizon is over. Raises `DataRefused` where too little
    past is left.
    """
    column = months - horizon - tested
    if column - horizon < LEAST_PAST:
        raise DataRefused(
            f"horizon, mois_essai : {horizon} et {tested} mois sur {months} ne laissent que "
            f"{max(column - horizon, 0)} mois d’apprentissage ; au moins {LEAST_PAST} attendus"
        )
    return column


def tested_firms(seed: int, firms: int) -> np.ndarray:
    """(n,) those drawn at random to be judged on, in every split."""
    order = np.random.default_rng([seed, 11]).permutation(firms)
    return order < round(firms * TESTED_FIRMS)


def splits(
    firm: np.ndarray, month: np.ndarray, known: np.ndarray, tested: np.ndarray, at: int, horizon: int
) -> dict[str, Split]:
    """``firm``, ``month``: columns of each row. ``known``: (m,) as `labels` gives it. ``at``: as `cut` gives
    it.

    ``hasard``: firms at random, the same years. ``memes_lignes``: the same learning, judged on the rows of
    ``temps``. ``temps``: learnt from rows whose label was known at the cut, judged from there on.
    """
    judged, usable = tested[firm], known[month]
    past, after = month + horizon <= at, month >= at
    return {
        "hasard": Split("hasard", ~judged & usable, judged & usable),
        "memes_lignes": Split("memes_lignes", ~judged & usable, judged & usable & after),
        "temps": Split("temps", ~judged & usable & past, judged & usable & after),
    }


def path_oracle(truth: Truth, horizon: int) -> np.ndarray:
    """(n, m) true probability of entry in the months after, given the path that the firm will take.

    NaN where the horizon goes beyond the last month.
    """
    total = np.cumsum(truth.hazard, axis=1)
    result = np.full(total.shape, np.nan)
    result[:, :-horizon] = -np.expm1(total[:, :-horizon] - total[:, horizon:])
    return result


def date_oracle(
    seen: Observed, truth: Truth, firm: np.ndarray, month: np.ndarray, horizon: int
) -> np.ndarray:
    """(rows,) probability for who knows the true law and state of the month, and nothing of the months after.

    The state goes back towards 0 as `MEMORY` says, debts follow it, the economy is held; five nodes of Gauss
    and Hermite stand for the shocks to come, which drift one way.
    """
    calm, state, lasting = truth.calm[firm, month], truth.state[firm, month], truth.lasting[firm]
    ratio = seen.debt[firm, month] / seen.due[firm, month]
    exposure = np.array([one.exposure for one in SECTORS])[seen.sector[firm]]
    turn = truth.turn
    deferred = 0.25 * turn.support[month] * exposure
    nodes, shares = np.polynomial.hermite_e.hermegauss(5)
    spared = np.zeros(len(firm))
    for node, share in zip(nodes, shares / shares.sum(), strict=True):
        total, owed = np.zeros(len(firm)), ratio
        for step in range(1, horizon + 1):
            fades = MEMORY**step
            later = fades * state + node * SPREAD * np.sqrt(1 - fades**2)
            owed = owed * (1 - turn.recovery[month]) + np.minimum(unpaid(later + lasting) + deferred, 1)
            log_hazard = calm + turn.debt[month] * weight(owed) + STEEPNESS * later
            total += np.exp(np.minimum(log_hazard, MOST))
        spared += share * np.exp(-total)
    return 1 - spared
