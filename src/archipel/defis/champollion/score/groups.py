"""The score by sector, size and département: whom it sends inspectors to, and where it is wrong.

Gaps are of calibration: by how much a group's probabilities are told too high, less the same of another. A
score that is right on the whole and wrong by sector would send inspectors to the wrong places.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from archipel.defis.champollion.score import evaluation
from archipel.defis.champollion.score.evaluation import Judged

SMALLEST = 5
"""Establishments: a group of fewer is not told."""
ENOUGH = 20
"""Rows inspected, below which a group has no precision."""
RESAMPLES = 300
SIZES = ((0, 9, "moins de 10"), (10, 49, "10 à 49"), (50, 10**9, "50 et plus"))


def size_of(staff: pd.Series) -> pd.Series:
    names = [name for _low, _high, name in SIZES]
    return pd.cut(staff, [-1, *(high for _low, high, _name in SIZES)], labels=names).astype(str)


def gaps(rows: pd.DataFrame, judged: Judged, seed: int) -> Iterator[dict[str, Any]]:
    """One for each pair of sectors, and of sizes: ``ecart`` and its interval over firms, in shares.

    ``n_a``, ``n_b``: establishments. Groups of fewer than five are left out.
    """
    draw = np.random.default_rng([seed, 14])
    firms, place = np.unique(judged.siren, return_inverse=True)
    drawn = draw.multinomial(len(firms), np.full(len(firms), 1 / len(firms)), RESAMPLES)
    off = judged.score - judged.found
    for condition, names in (("taille", size_of(rows["effectif"])), ("secteur", rows["secteur"])):
        told = {}
        for name in sorted(names.unique()):
            own = (names == name).to_numpy()
            count = rows["siret"][own].nunique()
            if count < SMALLEST:
                continue
            total = np.bincount(place[own], weights=off[own], minlength=len(firms))
            size = np.bincount(place[own], minlength=len(firms))
            told[name] = (count, off[own].mean(), _means(drawn @ total, drawn @ size))
        for a, b in combinations(told, 2):
            gap = told[a][1] - told[b][1]
            low, high = np.nanpercentile(told[a][2] - told[b][2], [2.5, 97.5])
            yield {
                "condition": condition, "groupe_a": a, "groupe_b": b, "n_a": told[a][0], "n_b": told[b][0],
                "ecart": round(float(gap), 6), "bas": round(min(float(low), float(gap)), 6),
                "haut": round(max(float(high), float(gap)), 6),
            }  # fmt: skip


def _means(total: np.ndarray, size: np.ndarray) -> np.ndarray:
    """NaN of a resample that has none of the group's firms: it says nothing of it."""
    return np.divide(total, size, out=np.full(len(size), np.nan), where=size > 0)


def by_group(rows: pd.DataFrame, judged: Judged, capacity: float, seed: int) -> pd.DataFrame:
    """By sector, size and département: who is inspected, and how often for nothing; never by a person."""
    share = evaluation.taken(judged, capacity)
    told = []
    for condition, names in (
        ("secteur", rows["secteur"]),
        ("taille", size_of(rows["effectif"])),
        ("departement", rows["departement"]),
    ):  # fmt: skip
        for name in sorted(names.unique()):
            own = (names == name).to_numpy()
            count = int(rows["siret"][own].nunique())
            if count < SMALLEST:
                continue
            part = judged.kept(own, share)
            chosen = float(share[own].sum())
            enough = chosen >= ENOUGH
            low, high = evaluation.interval(part, evaluation.base_rate, seed, 200) if enough else (None, None)
            told.append(
                {
                    "condition": condition, "groupe": name, "etablissements": count,
                    "part_controlee": chosen / own.sum(), "taux_vrai": float(judged.found[own].mean()),
                    "score_moyen": float(judged.score[own].mean()),
                    "precision": evaluation.base_rate(part) if enough else None, "bas": low, "haut": high,
                }
            )  # fmt: skip
    return pd.DataFrame(told)
