"""Firm-months of a synthetic country: what administrations see, and, apart, the true hazard behind it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from archipel.defis.signauxfaibles.economy import SECTORS, Cycle, cycle
from archipel.defis.signauxfaibles.refusal import DataRefused

SMALLEST_STAFF = 10
SHORTEST, LONGEST = 96, 240
"""Months: the turn of the cycle and a past before it; memory."""
BEFORE = 24
"""Months that run before the first one seen: debts are then what they ordinarily are."""
MEMORY = 0.96
"""Of a firm's difficulties, from one month to the next."""
SHOCK, OWN = 0.12, 0.9
SPREAD = 1.0
"""Standard deviation of the difficulties that `OWN` and `SHOCK` keep up."""
LOG_HAZARD, STEEPNESS = -7.6, 2.0
MOST = float(np.log(0.5))
"""Of the log of the hazard."""
DUE = 90_000
"""Cents of contributions a month and employee."""


@dataclass(frozen=True)
class Observed:
    """What is seen of n firms over m months; arrays (n, m) unless said. Cells outside a firm's life mean
    nothing.

    ``first``: number of the first month (`months.number`). ``siren``: (n,) text, with a wrong key on purpose:
    nobody's. ``sector``: (n,) rank in `SECTORS`. ``start``: (n,) column where the firm appears. ``entry``:
    (n,) column where it enters insolvency, m where it has not. ``headcount``: people. ``due`` and ``debt``:
    cents, of the month's contributions and of what is owed to URSSAF. ``delay``: days late with suppliers.
    ``partial``: share of hours in partial activity. ``plan``: months left of a payment deadline granted.
    """

    first: int
    siren: np.ndarray
    sector: np.ndarray
    start: np.ndarray
    entry: np.ndarray
    headcount: np.ndarray
    due: np.ndarray
    debt: np.ndarray
    delay: np.ndarray
    partial: np.ndarray
    plan: np.ndarray

    @property
    def months(self) -> int:
        return int(self.headcount.shape[1])


@dataclass(frozen=True)
class Truth:
    """What nobody sees. ``hazard``: (n, m) rate of entry in a month, along the path that the firm truly takes
    (beyond its entry too). Its log is ``calm``, (n, m), plus what passing difficulties, ``state`` (n, m), and
    debts add to it. ``lasting``: (n,) difficulties that do not pass. ``turn``: of the m months."""

    hazard: np.ndarray
    calm: np.ndarray
    state: np.ndarray
    lasting: np.ndarray
    turn: Cycle


def country(seed: int, firms: int, first: int, months: int) -> tuple[Observed, Truth]:
    """The same for the same arguments. Raises `DataRefused` for too short or too long a time.

    One firm in three appears after the first month; entry into insolvency in a month has the probability
    1 − exp(−hazard).
    """
    if not SHORTEST <= months <= LONGEST:
        raise DataRefused(
            f"debut, fin : {months} mois reçus ; de {SHORTEST} à {LONGEST} attendus, pour que l’économie "
            f"ait le "
            "temps de se retourner"
        )
    draw = np.random.default_rng([seed, 7])
    shares = np.array([one.share for one in SECTORS])
    # More than asked, since those that would have entered before the first month are not there to be seen.
    pool = firms + firms // 2
    sector = draw.choice(len(SECTORS), pool, p=shares / shares.sum())
    late = draw.random(pool) < 1 / 3
    start = np.where(late, draw.integers(1, months, pool), 0)
    turn = cycle(months + BEFORE)
    seen, hidden = _paths(draw, sector, turn)
    happens = draw.random((pool, months + BEFORE)) < -np.expm1(-hidden["hazard"])
    kept = np.argsort(happens[:, :BEFORE].any(1), kind="stable")[:firms]
    happens = happens[kept, BEFORE:] & (np.arange(months) > start[kept, None])
    entry = np.where(happens.any(1), happens.argmax(1), months)
    shown, true = ({name: cells[kept, BEFORE:] for name, cells in part.items()} for part in (seen, hidden))
    later = Cycle(*(getattr(turn, one.name)[BEFORE:] for one in fields(turn)))
    truth = Truth(true["hazard"], true["calm"], true["state"], true["lasting"][:, 0], later)
    return Observed(first, _sirens(draw, firms), sector[kept], start[kept], entry, **shown), truth


def _sirens(draw: np.random.Generator, firms: int) -> np.ndarray:
    body = draw.choice(90_000_000, firms, replace=False) + 10_000_000
    digits = body[:, None] // 10 ** np.arange(8)[None, :] % 10
    # The key is beside the last of the eight digits, which is therefore doubled.
    doubled = np.where(np.arange(8) % 2 == 0, digits * 2, digits)
    luhn = (doubled // 10 + doubled % 10).sum(1)
    wrong = ((10 - luhn % 10) % 10 + 1 + draw.integers(0, 9, firms)) % 10
    return np.array([f"{number:08d}{key}" for number, key in zip(body, wrong, strict=True)])


def _paths(
    draw: np.random.Generator, sector: np.ndarray, turn: Cycle
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Month after month, all firms at once: what is seen, and what is not."""
    firms, months = len(sector), len(turn.level)
    exposure = np.array([one.exposure for one in SECTORS])[sector]
    lasting = draw.normal(0, 0.6, firms)
    state, shock = draw.normal(0, 1, firms), np.zeros(len(SECTORS))
    size = np.log(SMALLEST_STAFF + 2) + draw.exponential(0.9, firms)
    debt, plan = np.zeros(firms), np.zeros(firms)
    seen = {
        name: np.zeros((firms, months)) for name in ("headcount", "due", "debt", "delay", "partial", "plan")
    }
    calm, owed, states = (np.zeros((firms, months)) for _ in range(3))
    fixed = LOG_HAZARD + np.array([one.lift for one in SECTORS])[sector] + STEEPNESS * lasting
    for month in range(months):
        support = turn.support[month]
        shock = 0.9 * shock + np.sqrt(1 - 0.9**2) * draw.normal(0, 1, len(SECTORS))
        noise = draw.normal(0, 1, (firms, 4))
        chance = draw.random((firms, 3))
        kick = OWN * noise[:, 0] + SHOCK * shock[sector]
        state = MEMORY * state + np.sqrt(1 - MEMORY**2) * kick + 0.02 * support * exposure
        trouble = state + lasting
        size = size - 0.004 * trouble - 0.002 + 0.012 * noise[:, 1]
        staff = np.maximum(1, np.rint(np.exp(size)))
        due = staff * DUE
        missed = unpaid(trouble, 0.6 * noise[:, 2])
        missed = np.clip(missed + 0.5 * support * exposure * (chance[:, 0] < 0.5), 0, 1)
        debt = debt * (1 - turn.recovery[month] - 0.06 * (plan > 0)) + missed * due
        ratio = debt / due
        plan = np.maximum(plan - 1, 0)
        granted = (ratio > 1) & (plan == 0) & (chance[:, 1] < 0.08 + 0.2 * support)
        plan = np.where(granted, 12 + np.floor(12 * chance[:, 2]), plan)
        partial = 0.3 * _logistic(1.8 * (trouble + 0.5 * shock[sector] - 2.2))
        partial = partial + 0.4 * support * exposure * chance[:, 2]
        seen["headcount"][:, month], seen["due"][:, month], seen["plan"][:, month] = staff, due, plan
        seen["debt"][:, month] = np.where(debt < due / 50, 0, np.rint(debt))
        seen["delay"][:, month] = np.rint(np.maximum(0, 9 * (trouble - 0.2) + 7 * noise[:, 3]))
        seen["partial"][:, month] = np.where(partial < 0.03, 0, np.minimum(partial, 1)).round(4)
        states[:, month] = state
        calm[:, month] = fixed - 0.1 * (size - 3) + turn.level[month]
        owed[:, month] = turn.debt[month] * weight(ratio)
    hazard = np.exp(np.minimum(calm + owed + STEEPNESS * states, MOST))
    steady = np.repeat(lasting[:, None], months, axis=1)
    return seen, {"hazard": hazard, "calm": calm, "state": states, "lasting": steady}


def unpaid(trouble: np.ndarray, noise: np.ndarray | float = 0.0) -> np.ndarray:
    """Share of a month's contributions that difficulties leave unpaid."""
    share = _logistic(2.2 * (trouble - 1.8) + noise)
    return np.where(share < 0.06, 0, share)


def weight(ratio: np.ndarray) -> np.ndarray:
    """Of a debt, in months of contributions, in the log of the hazard: three months count one, nine the
    most."""
    return np.minimum(ratio, 9) / 3


def _logistic(value: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-value))
