"""The months in which a stretch of contracts is declared, and the faults of real declarations.

Missions are declared by agencies, for the site where they are done. Faults, each of a share of the contracts:
an end that nobody tells, a planned end that is wrong, a number that changes in between without a word, an end
told too early and then cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from archipel.defis.champollion.generation.contracts import Stretch
from archipel.defis.champollion.generation.country import AGENCY_IDCC
from archipel.defis.champollion.law.codes import END_CANCELLED, MISSION
from archipel.defis.champollion.reading.siret import siren_with_key, with_key

NORM = "2023.1"
AGENCIES = 40
FAULTS = ("sans fin", "prévue fausse", "numéro changé", "fin annulée")
MISSION_OVER, CDD_OVER = "032", "031"
"""Ends (S21.G00.62.002) at term."""


@dataclass(frozen=True)
class Declared:
    """``months``: rows of `reading.declarations`. ``names``: ``contrat_id`` → the name rebuilt from them."""

    months: pd.DataFrame
    names: dict[str, str]


def declared(one: Stretch, seed: int, part: int, faults: float) -> Declared:
    """One row a contract and month. ``faults``: share of contracts with one (0 to 1)."""
    draw = np.random.default_rng([seed, 3, part])
    contracts = one.contracts.reset_index(drop=True)
    size = len(contracts)
    fault = np.where(draw.random(size) < faults, draw.integers(0, len(FAULTS), size), -1)
    mission = (contracts["nature"] == MISSION).to_numpy()
    agencies = with_key(siren_with_key(99_000_000 + np.arange(AGENCIES)), np.full(AGENCIES, 11))
    employer = np.where(mission, agencies[draw.integers(0, AGENCIES, size)], contracts["siret"])
    start, end = contracts["debut"].to_numpy(), contracts["fin"].to_numpy()
    first, last = _month(start), _month(end)
    count = last - first + 1
    # A fault that wants a month before the last is not one in a contract of one month.
    fault = np.where((fault >= 2) & (count < 2), -1, fault)
    row = np.repeat(np.arange(size), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    ends = nth == count[row] - 1
    numbers = np.array([f"{part:05d}{rank:07d}" for rank in range(size)])
    frame = _frame(contracts, employer, mission, numbers, row, first[row] + nth)
    planned = contracts["prevue"].to_numpy()
    wrong = np.where(planned < 0, -1, np.maximum(planned + draw.integers(-20, 45, size), start))
    frame["date_fin_prevue"] = _dates(np.where(fault == 1, wrong, planned)[row])
    told = ends & (fault[row] != 0)
    frame["date_fin"] = _dates(np.where(told, end[row], -1))
    frame["motif_fin"] = np.where(told, np.where(mission[row], MISSION_OVER, CDD_OVER), "")
    early = (fault[row] == 3) & (nth == 0)
    cancelled = (fault[row] == 3) & (nth == 1) & ~told
    frame.loc[early, "date_fin"] = _dates(start[row][early])
    frame.loc[early, "motif_fin"] = CDD_OVER
    frame.loc[cancelled, "motif_fin"] = END_CANCELLED
    changed = (fault[row] == 2) & (nth == count[row] - 1)
    frame.loc[changed, "numero"] = frame.loc[changed, "numero"] + "B"
    days = pd.Series(start.astype("datetime64[D]")).dt.strftime("%Y%m%d")
    final = np.where(fault == 2, np.char.add(numbers, "B"), numbers)
    names = {
        name: f"{site:014d}-{number}-{day}"
        for name, site, number, day in zip(contracts["contrat_id"], employer, final, days, strict=True)
    }
    return Declared(frame, names)


def _month(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype("int64")


def _dates(days: np.ndarray) -> pd.Series:
    kept = pd.Series(days.astype("datetime64[D]").astype("datetime64[s]"))
    return kept.where(pd.Series(days >= 0)).astype("datetime64[s]").array


def _frame(
    contracts: pd.DataFrame,
    employer: np.ndarray,
    mission: np.ndarray,
    numbers: np.ndarray,
    row: np.ndarray,
    month: np.ndarray,
) -> pd.DataFrame:
    users = np.where(mission, _text(contracts["siret"].to_numpy()), "")
    return pd.DataFrame(
        {
            "norme": NORM,
            "mois": np.datetime_as_string(month.astype("datetime64[M]")),
            "siret": _text(employer)[row],
            "numero": numbers[row],
            "salarie_id": contracts["salarie_id"].to_numpy()[row],
            "poste": contracts["poste"].to_numpy()[row].astype(str),
            "nature": contracts["nature"].to_numpy()[row].astype(str),
            "motif": contracts["motif"].to_numpy()[row].astype(str),
            "idcc": np.where(mission, AGENCY_IDCC, contracts["idcc"])[row].astype(str),
            "date_debut": _dates(contracts["debut"].to_numpy()[row]),
            "siret_utilisateur": users[row].astype(str),
            "renouvellements": contracts["renouvellements"].to_numpy()[row],
        }
    )


def _text(sirets: np.ndarray) -> np.ndarray:
    return pd.Series(sirets).map("{:014d}".format).to_numpy()
