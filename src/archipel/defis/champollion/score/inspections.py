"""Inspections of the synthetic country: what one would find, and which were made in the past.

What an inspection finds on site (a lasting job held by contracts that end, an unwritten contract…) is not in
the declarations: it is drawn, from a risk that what is declared tells in part. Past inspections were not made
at random: they followed an old rule and tip-offs, which come more often where there is something to find. A
tenth are drawn among everybody.

There are two truths. One follows the sums of the last year, as the score's own features do. The other
follows the months themselves (what is recent, what quickens), thresholds and crossed effects, and hides more.

Each was written, and committed, before any model was fitted to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from archipel.defis.champollion.generation.country import SECTORS
from archipel.defis.champollion.score.panel import Panel

Truth = Literal["annuelle", "rythme"]
BASE: dict[Truth, float] = {"annuelle": -3.3, "rythme": -3.3}
UNSEEN: dict[Truth, float] = {"annuelle": 0.3, "rythme": 0.6}
"""Spread of what makes an establishment risky and that nothing declared shows, in logits."""
HALF_LIFE = 2.0
"""Months after which an alert tells half as much, where the months themselves count."""
STEADY = 4
"""Months in a row with brief contracts that end, from which they are a habit."""
CAPACITY = 0.03
"""Share of establishments inspected a month."""
RANDOM_ARM = 0.1
"""Of the inspections."""
TIPS, TIPS_WHERE_FOUND = 0.02, 0.10


@dataclass(frozen=True)
class Inspections:
    """Arrays of the panel's rows. ``risk``: true probability; ``found``: what an inspection finds, or would.

    ``inspected``: whether it was; ``chance``: the probability with which it was drawn, known to who drew;
    ``at_random``: drawn in the random arm.
    """

    risk: np.ndarray
    found: np.ndarray
    inspected: np.ndarray
    chance: np.ndarray
    at_random: np.ndarray


def true_risk(panel: Panel, seed: int, truth: Truth = "annuelle") -> np.ndarray:
    """What is declared, the sector, the size, and a part that is seen nowhere."""
    draw = np.random.default_rng([seed, 10])
    frame = panel.frame
    lifts = {one.name: one.lift for one in SECTORS}
    unseen = np.tile(draw.normal(0, UNSEEN[truth], panel.sites), panel.months)
    logit = (
        BASE[truth]
        + 0.9 * frame["secteur"].map(lifts).to_numpy()
        + 0.45 * (frame["log_effectif"].to_numpy() - 2.6)
        + (_yearly(panel) if truth == "annuelle" else _rhythm(panel))
        + unseen
    )
    return np.asarray(1 / (1 + np.exp(-logit)))


def _yearly(panel: Panel) -> np.ndarray:
    frame = panel.frame
    return np.asarray(
        1.1 * np.log1p(frame["alertes_12m"].to_numpy())
        + 1.2 * frame["part_accroissement"].to_numpy()
        + 0.8 * frame["part_brefs"].to_numpy()
    )


def _rhythm(panel: Panel) -> np.ndarray:
    """Recent alerts, contracts that quicken, a habit of brief ones, increases of activity in a small firm."""
    frame, contracts = panel.frame, panel.before("contrats")
    fading = 0.5 ** (np.arange(contracts.shape[1])[::-1] / HALF_LIFE)
    pace = np.log1p(contracts[:, -3:].sum(axis=1)) - np.log1p(contracts[:, :-3].sum(axis=1) / 3)
    habit = (panel.before("brefs")[:, -STEADY:] > 0).all(axis=1)
    small = frame["effectif"].to_numpy() < 50
    return np.asarray(
        1.6 * np.log1p(panel.before("alertes") @ fading)
        + 0.9 * np.clip(pace, -2, 2)
        + 0.8 * habit
        + 1.5 * frame["part_accroissement"].to_numpy() * small
    )


def inspections(panel: Panel, seed: int, truth: Truth = "annuelle") -> Inspections:
    """The same for the same seed."""
    draw = np.random.default_rng([seed, 11])
    risk = true_risk(panel, seed, truth)
    found = draw.random(len(risk)) < risk
    tip = draw.random(len(risk)) < np.where(found, TIPS_WHERE_FOUND, TIPS)
    frame = panel.frame
    old_rule = 0.5 * (frame["log_effectif"].to_numpy() - 2.6) + 0.15 * frame["contrats_12m"].to_numpy() ** 0.5
    wish = np.exp(old_rule + 2.5 * tip)
    total = np.bincount(panel.month, weights=wish, minlength=panel.months)
    aimed = np.minimum(
        wish / total[panel.month] * panel.sites * CAPACITY * (1 - RANDOM_ARM), 0.9
    )  # fmt: skip
    by_lot = CAPACITY * RANDOM_ARM
    at_random = draw.random(len(risk)) < by_lot
    inspected = at_random | (draw.random(len(risk)) < aimed)
    chance = 1 - (1 - by_lot) * (1 - aimed)
    return Inspections(risk, found, inspected, chance, at_random)
