"""From the fields of an inventory to what models compute with; an unknown field stays marked as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from archipel.defis.sosponts.bridges import CHOICES, YEARS


def quantities(bridges: pd.DataFrame, fields: Sequence[str], year: int) -> pd.DataFrame:
    """Numeric fields (n, f), years as a number of years before ``year``; NaN where unknown."""
    columns = {
        name: (year - bridges[name] if name in YEARS else bridges[name]).to_numpy(float)
        for name in fields
        if name not in CHOICES
    }
    return pd.DataFrame(columns, index=bridges.index)


def codes(bridges: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    """Fields with a list of values (n, f), as ranks in `CHOICES`; NaN where unknown."""
    columns = {}
    for name in fields:
        if name in CHOICES:
            found = np.asarray(pd.Categorical(bridges[name], categories=list(CHOICES[name])).codes, float)
            columns[name] = np.where(found < 0, np.nan, found)
    return pd.DataFrame(columns, index=bridges.index)


@dataclass(frozen=True)
class Design:
    """Columns of a linear predictor, scaled as the bridges that it was learnt on.

    A quantity gives its logarithm, the square of that, and a mark where unknown; age has a slope a material.
    """

    fields: tuple[str, ...]
    year: int
    centres: dict[str, float]
    scales: dict[str, float]

    @classmethod
    def learnt(cls, bridges: pd.DataFrame, fields: Sequence[str], year: int) -> Design:
        logs = np.log1p(quantities(bridges, fields, year))
        centres = {str(name): float(np.nan_to_num(logs[name].mean())) for name in logs}
        scales = {str(name): float(np.nan_to_num(logs[name].std())) or 1.0 for name in logs}
        return cls(tuple(fields), year, centres, scales)

    def matrix(self, bridges: pd.DataFrame) -> pd.DataFrame:
        """(n, columns), named; nothing is NaN."""
        parts: dict[str, np.ndarray] = {}
        logs = np.log1p(quantities(bridges, self.fields, self.year))
        for name, centre in self.centres.items():
            scaled = (logs[name].to_numpy() - centre) / self.scales[name]
            parts[name] = np.nan_to_num(scaled)
            parts[f"{name}²"] = np.nan_to_num(scaled**2)
            parts[f"{name} inconnu"] = np.isnan(scaled).astype(float)
        for name in codes(bridges, self.fields):
            for value in CHOICES[str(name)]:
                parts[f"{name}={value}"] = (bridges[name] == value).to_numpy(dtype=float, na_value=0.0)
        if {"materiau", "annee_construction"} <= set(self.fields):
            for value in CHOICES["materiau"]:
                slope = parts[f"materiau={value}"] * parts["annee_construction"]
                parts[f"annee_construction × {value}"] = slope
        return pd.DataFrame(parts, index=bridges.index)
