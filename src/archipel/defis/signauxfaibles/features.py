"""What is known of a firm at a month, by theme. Nothing reads a later month (a test changes them all)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archipel.defis.signauxfaibles.economy import EXCLUDED, SECTORS
from archipel.defis.signauxfaibles.generation import Observed

THEMES = {
    "effectif": "Effectif",
    "dettes": "Dettes à l’URSSAF",
    "paiement": "Retards de paiement",
    "activite_partielle": "Activité partielle",
    "delais": "Délais de paiement accordés",
    "secteur": "Secteur d’activité",
}
RELATIVE = (
    "effectif_variation_12",
    "dettes_mois",
    "dettes_moyenne_12",
    "paiement_jours",
    "activite_partielle_part",
)
"""Also told as a rank among the firms of the same month: what a measure of support lifts for all, it
hides."""


@dataclass(frozen=True)
class Features:
    """``values``: (rows, p) float32. ``themes``: (p,) key of `THEMES`. ``public``: (p,) in the baseline
    too."""

    names: tuple[str, ...]
    themes: np.ndarray
    public: np.ndarray
    values: np.ndarray


def build(seen: Observed, kept: np.ndarray, firm: np.ndarray, month: np.ndarray) -> Features:
    """Of the rows (``firm``, ``month``), ranks taken among ``kept`` (n, m) cells of the month."""
    cells = _cells(seen)
    columns = {name: cell[firm, month] for name, cell in cells.items()}
    own = len(columns)
    for name in RELATIVE:
        columns[f"{name}_rang"] = _rank(cells[name], kept)[firm, month]
    ranked = len(columns) - own
    for rank, sector in enumerate(SECTORS):
        if sector.section not in EXCLUDED:
            columns[f"secteur_{sector.section}"] = seen.sector[firm] == rank
    names = tuple(columns)
    public = np.ones(len(names), dtype=bool)
    public[own : own + ranked] = False
    themes = np.array([next(key for key in THEMES if name.startswith(key)) for name in names])
    values = np.column_stack([np.asarray(column, dtype=np.float32) for column in columns.values()])
    return Features(names, themes, public, values)


def _cells(seen: Observed) -> dict[str, np.ndarray]:
    """(n, m) each; before the firm appeared, its first month stands for those that lack."""
    ratio = seen.debt / seen.due
    size = np.log(seen.headcount)
    in_plan = (seen.plan > 0).astype(float)
    start = seen.start
    return {
        "effectif_log": size,
        "effectif_variation_3": size - _ago(size, start, 3),
        "effectif_variation_12": size - _ago(size, start, 12),
        "dettes_mois": ratio,
        "dettes_variation_3": ratio - _ago(ratio, start, 3),
        "dettes_moyenne_12": _mean(ratio, start, 12),
        "paiement_jours": seen.delay,
        "paiement_moyenne_6": _mean(seen.delay, start, 6),
        "activite_partielle_part": seen.partial,
        "activite_partielle_moyenne_12": _mean(seen.partial, start, 12),
        "delais_mois_restants": seen.plan,
        "delais_part_12": _mean(in_plan, start, 12),
    }


def _ago(values: np.ndarray, start: np.ndarray, lag: int) -> np.ndarray:
    column = np.maximum(np.arange(values.shape[1]) - lag, np.minimum(start[:, None], values.shape[1] - 1))
    return np.take_along_axis(values, column, axis=1)


def _mean(values: np.ndarray, start: np.ndarray, window: int) -> np.ndarray:
    """Of the last months, this one included, as far as the firm goes back."""
    total = np.cumsum(values, axis=1)
    month = np.arange(values.shape[1])
    before = np.maximum(month - window, start[:, None] - 1)
    past = np.where(before >= 0, np.take_along_axis(total, np.maximum(before, 0), axis=1), 0)
    return (total - past) / np.maximum(month - before, 1)


def _rank(values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Share of the kept firms of the month that lie strictly below, ties counted half; NaN elsewhere."""
    result = np.full(values.shape, np.nan)
    for month in range(values.shape[1]):
        there = kept[:, month]
        own = values[there, month]
        if len(own):
            order = np.sort(own)
            below = np.searchsorted(order, own, "left") + np.searchsorted(order, own, "right")
            result[there, month] = below / (2 * len(own))
    return result
