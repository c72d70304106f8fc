"""An inventory of bridges: its columns, what each may hold, and the five classes.

Classes are those of IQOA (Image de la qualité des ouvrages d'art, ITSEOA): 1 good; 2 minor defects; 2E minor,
urgent upkeep; 3 structure altered; 3U gravely altered, urgent. An unknown value is missing, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

CLASSES = ("1", "2", "2E", "3", "3U")
SERIOUS = 3
"""Rank of the first class of « désordre structurel significatif ou majeur »: 3, then 3U."""

CHOICES: dict[str, tuple[str, ...]] = {
    "materiau": (
        "maconnerie", "beton_arme", "beton_precontraint", "acier", "mixte", "poutrelles_enrobees",
        "buse_metallique", "bois",
    ),
    "franchit": ("eau", "route", "voie_ferree", "autre"),
    "exposition": ("aucune", "salage", "littoral"),
}  # fmt: skip


@dataclass(frozen=True)
class Range:
    """Least and greatest value admitted, and their unit."""

    low: float
    high: float
    unit: str


YEARS = ("annee_construction", "dernier_entretien", "derniere_visite")
FIRST_YEAR = 1000
QUANTITIES = {
    "ouverture_m": Range(0.5, 5000, "m"),
    "longueur_m": Range(0.5, 10000, "m"),
    "largeur_m": Range(0.3, 100, "m"),
    "trafic_vj": Range(0, 300_000, "véhicules par jour"),
    "poids_lourds_pct": Range(0, 100, "%"),
}
FIELDS = (*CHOICES, *YEARS, *QUANTITIES)
"""What a model may read of a bridge."""

LABELS = {
    "materiau": "matériau",
    "franchit": "ce qui est franchi",
    "exposition": "exposition au sel",
    "annee_construction": "année de construction",
    "dernier_entretien": "dernier entretien",
    "derniere_visite": "dernière visite",
    "ouverture_m": "ouverture",
    "longueur_m": "longueur",
    "largeur_m": "largeur",
    "trafic_vj": "trafic",
    "poids_lourds_pct": "part de poids lourds",
}


def written(value: float) -> str:
    """A number as French writes it, without zeros that say nothing."""
    return f"{value:g}".replace(".", ",")


def ranks(classes: pd.Series) -> np.ndarray:
    """Classes (texts of `CLASSES`) → ranks 0 to 4; -1 where unknown."""
    return np.asarray(pd.Categorical(classes, categories=list(CLASSES)).codes, dtype=np.int64)
