"""Establishment-months: what was known of each establishment on the eve of each month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from archipel.defis.champollion.law import codes
from archipel.defis.champollion.law.rules import LENGTH, RENEWALS, WAITING

YEAR, QUARTER = 12, 3
BRIEF = 7
"""Days: a contract under that is brief."""
NUMBERS = (
    "contrats_12m", "part_missions", "part_accroissement", "part_brefs", "duree_moyenne",
    "renouvellements_12m", "alertes_12m", "alertes_3m", "alertes_carence_12m", "alertes_duree_12m",
    "alertes_renouvellements_12m", "log_effectif",
)  # fmt: skip
SIZE, SECTOR = "log_effectif", "secteur"
CATEGORIES = (SECTOR, "departement")
"""``departement``: to judge the score by it, not to learn from."""
SEQUENCE = ("contrats", "missions", "accroissement", "finis", "brefs", "renouvellements", "alertes")
"""Counts of each month, as a network reads them one after another."""


@dataclass(frozen=True)
class Panel:
    """``frame``: one row an establishment and month, month by month: ``siret, siren, mois`` (rank from 0),
    `NUMBERS`, `CATEGORIES`, ``effectif``. ``sites``, ``months``: how many. ``monthly``: each of `SEQUENCE`,
    shape (sites, 12 + months), from twelve months before month 0.
    """

    frame: pd.DataFrame
    sites: int
    months: int
    monthly: Mapping[str, np.ndarray]

    @cached_property
    def month(self) -> np.ndarray:
        return self.frame["mois"].to_numpy()

    def before(self, name: str, kept: np.ndarray | slice = slice(None)) -> np.ndarray:
        """One of `SEQUENCE` over the twelve months before each row kept, the oldest first, (rows, 12)."""
        windows = np.lib.stride_tricks.sliding_window_view(self.monthly[name], YEAR, axis=1)
        month, site = np.divmod(np.arange(len(self.frame))[kept], self.sites)
        return windows[site, month]

    def rows(self, kept: np.ndarray) -> pd.DataFrame:
        """Those of ``frame`` (booleans), with a column for each of `SEQUENCE` and month before."""
        apart = {
            column: values
            for name in SEQUENCE
            for column, values in zip(month_columns(name), self.before(name, kept).T, strict=True)
        }
        frame = self.frame[kept]
        return pd.concat([frame, pd.DataFrame(apart, index=frame.index)], axis=1)


def month_columns(name: str) -> list[str]:
    """Of one of `SEQUENCE`, the oldest month first: ``alertes_m12`` … ``alertes_m01``."""
    return [f"{name}_m{lag:02d}" for lag in range(YEAR, 0, -1)]


def panel(
    contracts: pd.DataFrame, alerts: pd.DataFrame, directory: pd.DataFrame, first: date, months: int
) -> Panel:
    """Features of each month are sums over the twelve (or three) months before it, itself left out.

    A contract counts in the month it begins; how long it lasted and how often it was renewed, in the month it
    ends: neither is known before. ``contracts``: ``siret, nature, motif, debut, fin`` (days; null where there
    is no end) and ``renouvellements``. ``alerts``: ``siret, regle, jour`` (the day when it can be raised).
    ``directory``: ``siret, siren, secteur, departement, effectif``; its order is that of the sites.
    ``first``: day on which month 0 begins; months before it are read too where contracts tell them.
    """
    places = directory.reset_index(drop=True)
    rank = pd.Series(np.arange(len(places)), index=places["siret"])
    start = _month_of(np.array([(first - date(1970, 1, 1)).days]))[0] - YEAR
    width = months + YEAR
    known = contracts[contracts["siret"].isin(rank.index)]
    over = known[known["fin"].notna()]
    days = (over["fin"] - over["debut"] + 1).to_numpy(dtype=float)
    begun = {
        "contrats": np.ones(len(known)),
        "missions": (known["nature"] == codes.MISSION).to_numpy(dtype=float),
        "accroissement": (known["motif"] == codes.INCREASE).to_numpy(dtype=float),
    }
    ended = {
        "finis": np.ones(len(over)),
        "brefs": (days < BRIEF).astype(float),
        "jours": days,
        "renouvellements": over["renouvellements"].to_numpy(dtype=float),
    }
    grids: dict[str, np.ndarray] = {}
    for rows, day, counts in ((known, "debut", begun), (over, "fin", ended)):
        site, month = rank[rows["siret"]].to_numpy(), _month_of(rows[day].to_numpy(dtype="int64")) - start
        grids |= {name: _grid(site, month, values, len(places), width) for name, values in counts.items()}
    told = alerts[alerts["siret"].isin(rank.index)]
    where, when = rank[told["siret"]].to_numpy(), _month_of(told["jour"].to_numpy()) - start
    grids["alertes"] = _grid(where, when, np.ones(len(told)), len(places), width)
    for rule in (WAITING, LENGTH, RENEWALS):
        own = (told["regle"] == rule).to_numpy(dtype=float)
        grids[rule] = _grid(where, when, own, len(places), width)
    monthly = {name: grids[name].astype("float32") for name in SEQUENCE}
    return Panel(_frame(grids, places, months), len(places), months, monthly)


def _month_of(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype("int64")


def _grid(site: np.ndarray, month: np.ndarray, values: np.ndarray, sites: int, width: int) -> np.ndarray:
    """Sums by site and month, shape (sites, width)."""
    grid = np.zeros((sites, width))
    kept = (month >= 0) & (month < width)
    np.add.at(grid, (site[kept], month[kept]), values[kept])
    return grid


def _over(grid: np.ndarray, length: int, months: int) -> np.ndarray:
    """Sum over the ``length`` months before each, shape (sites, months)."""
    total = np.concatenate([np.zeros((len(grid), 1)), grid.cumsum(axis=1)], axis=1)
    ends = np.arange(YEAR, YEAR + months)
    return total[:, ends] - total[:, ends - length]


def _frame(grids: Mapping[str, np.ndarray], places: pd.DataFrame, months: int) -> pd.DataFrame:
    year = {name: _over(grid, YEAR, months) for name, grid in grids.items()}
    number, ended = np.maximum(year["contrats"], 1), np.maximum(year["finis"], 1)
    columns = {
        "contrats_12m": year["contrats"],
        "part_missions": year["missions"] / number,
        "part_accroissement": year["accroissement"] / number,
        "part_brefs": year["brefs"] / ended,
        "duree_moyenne": year["jours"] / ended,
        "renouvellements_12m": year["renouvellements"],
        "alertes_12m": year["alertes"],
        "alertes_3m": _over(grids["alertes"], QUARTER, months),
        "alertes_carence_12m": year[WAITING],
        "alertes_duree_12m": year[LENGTH],
        "alertes_renouvellements_12m": year[RENEWALS],
    }
    frame = pd.DataFrame({name: grid.T.ravel() for name, grid in columns.items()})
    frame["log_effectif"] = np.log(np.tile(places["effectif"].to_numpy(), months))
    for name in ("siret", "siren", "effectif", *CATEGORIES):
        frame[name] = np.tile(places[name].to_numpy(), months)
    frame["mois"] = np.repeat(np.arange(months), len(places))
    return frame
