"""What the dashboard shows: a published run seen for a policy, a level and a territory."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from archipel.defis.pilote import territories
from archipel.defis.pilote.refusal import DataRefused


@dataclass(frozen=True)
class Published:
    """The tables of a published run."""

    rates: pd.DataFrame
    policies: pd.DataFrame
    alerts: pd.DataFrame
    series: pd.DataFrame
    contours: Mapping[str, Any]
    result: Mapping[str, Any]


def read_published(folder: Path) -> Published:
    """The run published in ``folder``. Raises `DataRefused` when there is none."""
    tables = [folder / f"{name}.parquet" for name in ("taux", "politiques", "alertes", "series")]
    for path in (*tables, folder / "contours.json", folder / "result.json"):
        if not path.is_file():
            raise DataRefused(f"aucun résultat publié : « {path.name} » manque ; lancer d’abord l’exécution")
    rates, policies, alerts, series = (pd.read_parquet(path) for path in tables)
    contours = json.loads((folder / "contours.json").read_text(encoding="utf-8"))
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return Published(rates, policies, alerts, series, contours, result)


@dataclass(frozen=True)
class View:
    """``policy``: None for all. ``level``: the one shown. ``base``: the one of the published run.

    ``territory``: (level, code) chosen.
    """

    published: Published
    policy: str | None
    base: str
    level: str
    territory: tuple[str, str]

    @cached_property
    def policy_name(self) -> str:
        if self.policy is None:
            return "Toutes les politiques"
        rows = self.published.policies
        names = rows.loc[rows["politique"] == self.policy, "politique_nom"]
        return str(names.iloc[0]) if len(names) else self.policy

    @cached_property
    def policies(self) -> pd.DataFrame:
        return self._kept(self.published.policies)

    @cached_property
    def rates(self) -> pd.DataFrame:
        return self._kept(self.published.rates)

    @cached_property
    def alerts(self) -> pd.DataFrame:
        return self._kept(self.published.alerts)

    @cached_property
    def own_rates(self) -> dict[str, float]:
        """Territory of the published level → its rate: of the policy, or the median of its policies."""
        known = self.policies.dropna(subset=["taux"])
        return {str(code): float(rate) for code, rate in known.groupby("territoire")["taux"].median().items()}

    @cached_property
    def ranking(self) -> list[tuple[str, str, float]]:
        """(code, name, rate) of the level shown, the highest first, then by name."""
        groups: dict[str, list[float]] = {}
        for code, rate in self.own_rates.items():
            upper = code if self.level == self.base else territories.parent(self.base, code, self.level)
            groups.setdefault(upper, []).append(rate)
        rows = [
            (code, territories.name_of(self.level, code), statistics.median(rates))
            for code, rates in groups.items()
        ]
        return sorted(rows, key=lambda row: (-row[2], row[1]))

    @cached_property
    def median(self) -> float | None:
        """Median of the ranking, in percent; None where no rate is known."""
        return statistics.median(rate for _c, _n, rate in self.ranking) if self.ranking else None

    @cached_property
    def by_departement(self) -> dict[str, float | None]:
        """Département → rate of the territory of the level shown that holds it."""
        rate = {code: value for code, _name, value in self.ranking}
        return {
            code: rate.get(code if self.level == "dept" else territories.parent("dept", code, self.level))
            for code in territories.DEPARTEMENTS
        }

    @property
    def grouped(self) -> bool:
        """Whether the level shown is coarser than the published one: medians of its members."""
        return self.level != self.base

    @property
    def territory_name(self) -> str:
        level, code = self.territory
        name = territories.name_of(level, code)
        return name if level == "nat" else f"{name} ({code})"

    @property
    def has_series(self) -> bool:
        return self.territory[0] == self.base

    def of_territory(self, frame: pd.DataFrame) -> pd.DataFrame:
        level, code = self.territory
        return frame[(frame["maille"] == level) & (frame["territoire"] == code)]

    def _kept(self, frame: pd.DataFrame) -> pd.DataFrame:
        kept = frame[frame["maille"] == self.base]
        return kept if self.policy is None else kept[kept["politique"] == self.policy]


def position(ranking: list[tuple[str, str, float]], rate: float) -> int:
    """Rank of a rate, 1 for the highest; equal rates share it."""
    return 1 + sum(other > rate for _code, _name, other in ranking)


def view(published: Published, policy: str | None, level: str | None, territory: str) -> View:
    """The view of the parameters; empty for a policy that the published file does not follow at its level.

    Raises `DataRefused` for a level or a territory that is not there.
    """
    levels = [one for one in territories.LEVELS if one in set(published.rates["maille"])]
    base = levels[0]
    shown = level or base
    if territories.LEVELS.index(shown) < territories.LEVELS.index(base):
        raise DataRefused(
            f"maille : « {shown} » refusée : le résultat publié est à la maille "
            f"{territories.LEVEL_NAMES[base]}"
        )
    return View(published, policy, base, shown, _territory(territory, base))


def _territory(code: str, base: str) -> tuple[str, str]:
    """A code of the platform (``35``, ``R53``, ``FRANCE``, a commune ``35238``) at a level shown."""
    if code == territories.NATION:
        return "nat", code
    if code.startswith("R") and territories.known("reg", code[1:]):
        return "reg", code[1:]
    holder = code[: 3 if code.startswith("97") else 2]
    commune = len(code) == 5 and code[len(holder) :].isdecimal()
    if territories.known("dept", holder) and (code == holder or commune):
        return (base, holder) if base == "dept" else (base, territories.parent("dept", holder, base))
    raise DataRefused(f"territoire : « {code} » inconnu")
