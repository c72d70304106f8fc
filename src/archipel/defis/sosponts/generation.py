"""Synthetic inventories of municipal bridges whose every class comes from a known latent damage.

Class = how many of `THRESHOLDS` the damage passes; damage = `wear` (a known function of the true fields) plus
a standard logistic noise. What an inventory then hides (unknown years, traffic not counted) the truth keeps.
Shares of materials, dates and sizes are assumptions of ours; the shares of classes are near those of the
Programme national ponts (Cerema, 2024: 26 % good, 25 % significant or major disorder).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from archipel.defis.sosponts.bridges import CHOICES, CLASSES, FIELDS

THRESHOLDS = np.array([6.068, 8.521, 9.762, 12.321])
"""On the scale of the damage. Set once, on two million bridges, for 26, 33, 16, 19 and 6 %."""

# material: (share, first and last year built, wear over fifty years, base, sensitivity to salt, to scour)
MATERIALS: dict[str, tuple[float, int, int, float, float, float, float]] = {
    "maconnerie": (0.38, 1720, 1935, 0.45, 0.2, 0.1, 0.8),
    "beton_arme": (0.33, 1920, 2020, 1.6, 0.0, 1.0, 0.3),
    "beton_precontraint": (0.07, 1952, 2022, 1.5, -0.2, 1.0, 0.2),
    "acier": (0.06, 1880, 2020, 1.2, 0.2, 0.8, 0.3),
    "mixte": (0.03, 1965, 2022, 1.3, -0.1, 0.8, 0.2),
    "poutrelles_enrobees": (0.06, 1890, 1975, 0.9, 0.1, 0.6, 0.3),
    "buse_metallique": (0.05, 1965, 2012, 3.0, 0.2, 1.1, 0.7),
    "bois": (0.02, 1960, 2022, 3.2, 0.3, 0.2, 0.3),
}
CONTRAST = 2.0
"""Known damage beside the noise: with it an oracle reaches a quadratic kappa of about two thirds."""
INJECTION_MASTERED = 1975
"""Ducts of prestressed decks built before are often ill filled."""

UNKNOWN = {
    "materiau": 0.01, "franchit": 0.01, "exposition": 0.05, "annee_construction": 0.12,
    "dernier_entretien": 0.35, "derniere_visite": 0.08, "ouverture_m": 0.02, "longueur_m": 0.02,
    "largeur_m": 0.03, "trafic_vj": 0.25, "poids_lourds_pct": 0.4,
}  # fmt: skip
"""Share of bridges whose field the inventory does not know; three times as often for a year of masonry."""


@dataclass(frozen=True)
class Inventory:
    """``bridges``: `FIELDS` as an inventory has them, ``pont_id``, ``classe``. ``wear``: true, (n,)."""

    bridges: pd.DataFrame
    wear: np.ndarray

    def __len__(self) -> int:
        return len(self.bridges)

    def take(self, rows: np.ndarray) -> Inventory:
        return Inventory(self.bridges.iloc[rows].reset_index(drop=True), self.wear[rows])


def inventory(count: int, seed: int, year: int) -> Inventory:
    """``count`` bridges as they stand in ``year``; same arguments, same bridges."""
    rng = np.random.default_rng([seed, count])
    true = _fields(count, rng, year)
    damage = wear(true, year)
    classes = np.searchsorted(THRESHOLDS, damage + rng.logistic(size=count))
    known = _hidden(true, rng)
    known.insert(0, "pont_id", [f"P{number:06d}" for number in range(1, count + 1)])
    known["classe"] = np.array(CLASSES)[classes]
    return Inventory(known, damage)


def wear(bridges: pd.DataFrame, year: int) -> np.ndarray:
    """The known part of the damage (n,). ``bridges``: `FIELDS`, all of them known.

    Never less for an older bridge, more salt, more traffic, a longer neglect, all else equal.
    """
    made = {name: np.array([row[at] for row in MATERIALS.values()]) for at, name in enumerate(_MADE, 3)}
    material = pd.Categorical(bridges["materiau"], categories=list(MATERIALS)).codes
    own = {name: values[material] for name, values in made.items()}
    built = bridges["annee_construction"].to_numpy(float)
    age = year - built
    salt = bridges["exposition"].map({"aucune": 0.0, "salage": 0.8, "littoral": 1.5}).to_numpy(float)
    water = (bridges["franchit"] == "eau").to_numpy(float)
    lorries = bridges["poids_lourds_pct"].to_numpy(float)
    traffic = np.log1p(bridges["trafic_vj"].to_numpy(float) / 100) * (1 + lorries / 20)
    opening = bridges["ouverture_m"].to_numpy(float)
    spans = np.log(bridges["longueur_m"].to_numpy(float) / opening)
    neglected = year - bridges["dernier_entretien"].to_numpy(float)
    unseen = np.minimum(year - bridges["derniere_visite"].to_numpy(float), 12) / 12
    early = (bridges["materiau"] == "beton_precontraint").to_numpy() & (built < INJECTION_MASTERED)
    return CONTRAST * (
        own["base"]
        + own["wear"] * (age / 50) ** 0.8
        + own["salt"] * salt * np.minimum(age / 40, 1.5)
        + own["scour"] * water
        + 0.2 * traffic
        + 0.3 * np.log(opening / 5)
        + 0.2 * spans
        + 1.8 * (1 - np.exp(-neglected / 15))
        + 0.6 * unseen
        + 0.8 * early
    )


_MADE = ("wear", "base", "salt", "scour")


def probabilities(damage: np.ndarray) -> np.ndarray:
    """The true probabilities of the five classes (n, 5): what an oracle knows, and no model."""
    below = expit(THRESHOLDS[None, :] - damage[:, None])
    edges = np.column_stack([np.zeros(len(damage)), below, np.ones(len(damage))])
    return np.diff(edges, axis=1)


def _fields(count: int, rng: np.random.Generator, year: int) -> pd.DataFrame:
    rows = list(MATERIALS.values())
    shares = np.array([row[0] for row in rows])
    material = rng.choice(len(rows), size=count, p=shares / shares.sum())
    first, last = (np.array([row[at] for row in rows])[material] for at in (1, 2))
    built = np.minimum(first + np.floor((last - first + 1) * rng.beta(2.2, 1.6, count)), year).astype(int)
    age = year - built
    opening = np.clip(rng.lognormal(np.log(5.5), 0.75, count), 2, 400)
    width = np.clip(rng.lognormal(np.log(5.5), 0.35, count), 1.5, 30)
    traffic = np.round(np.clip(rng.lognormal(np.log(180), 1.2, count) * (width / 5.5) ** 2, 0, 40_000))
    # A municipality that looks after its bridges visits them too.
    care = rng.beta(1.6, 2.4, count)
    neglected = np.minimum(np.floor(rng.exponential(8 + 50 * (1 - care))), age).astype(int)
    unseen = np.minimum(np.floor(rng.exponential(2 + 9 * (1 - care))), age).astype(int)
    return pd.DataFrame(
        {
            "materiau": np.array(list(MATERIALS))[material],
            "franchit": rng.choice(CHOICES["franchit"], size=count, p=[0.7, 0.12, 0.05, 0.13]),
            "exposition": rng.choice(CHOICES["exposition"], size=count, p=[0.55, 0.38, 0.07]),
            "annee_construction": built,
            "dernier_entretien": year - neglected,
            "derniere_visite": year - unseen,
            "ouverture_m": np.round(opening, 2),
            "longueur_m": np.round(opening * (1.05 + rng.exponential(0.35, count)) + 0.5, 2),
            "largeur_m": np.round(width, 2),
            "trafic_vj": traffic,
            "poids_lourds_pct": np.round(25 * rng.beta(1.4, 6, count), 1),
        }
    )


def _hidden(true: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    known = true.copy()
    old = (true["materiau"] == "maconnerie").to_numpy()
    for name in FIELDS:
        share = np.full(len(true), UNKNOWN[name])
        if name == "annee_construction":
            share[old] *= 3
        kept = known[name] if name in CHOICES else known[name].astype(float)
        known[name] = kept.mask(rng.random(len(true)) < share)
    return known
