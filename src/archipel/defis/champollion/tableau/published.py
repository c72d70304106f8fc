"""What the dashboard shows: a published run, and the establishment that is looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from archipel.defis.champollion.refusal import DataRefused
from archipel.defis.champollion.summary import SHOWN_SITES

TABLES = ("alertes", "etablissements", "contrats", "regles")


@dataclass(frozen=True)
class View:
    """``site``: the establishment shown. ``departement``: None for all of them.

    ``others``: `summary.headcounts`, empty where the run left none.
    ``unmet``: what was asked for and is not there, as the page tells it in its place.
    """

    alerts: pd.DataFrame
    sites: pd.DataFrame
    contracts: pd.DataFrame
    rules: pd.DataFrame
    result: Mapping[str, Any]
    site: Mapping[str, Any]
    departement: str | None
    others: pd.DataFrame
    unmet: str = ""

    @cached_property
    def own_alerts(self) -> pd.DataFrame:
        return self.alerts[self.alerts["siret"] == self.site["siret"]].sort_values("date", ascending=False)

    @cached_property
    def own_contracts(self) -> pd.DataFrame:
        return self.contracts[self.contracts["siret"] == self.site["siret"]]

    @cached_property
    def own_others(self) -> dict[str, int]:
        """First day of a month → contracts of other natures that run on it; empty where none is known."""
        own = self.others[self.others["siret"] == self.site["siret"]]
        return {str(month): int(count) for month, count in zip(own["mois"], own["autres"], strict=True)}

    @cached_property
    def drawn(self) -> bool:
        """Whether this establishment's contracts were kept, if it has any."""
        return self.site["siret"] in set(self.sites["siret"].head(SHOWN_SITES))

    @cached_property
    def shown_sites(self) -> pd.DataFrame:
        every = self.sites
        return every if self.departement is None else every[every["departement"] == self.departement]


def read(folder: Path, siret: str | None, departement: str | None) -> View:
    """The published run. Raises `DataRefused` where there is none.

    An establishment or a département that is not in it is told, and what is shown without it is shown.
    """
    paths = [folder / f"{name}.parquet" for name in TABLES]
    for path in (*paths, folder / "result.json"):
        if not path.is_file():
            raise DataRefused(f"aucun résultat publié : « {path.name} » manque ; lancer d’abord l’exécution")
    alerts, sites, contracts, rules = (pd.read_parquet(path) for path in paths)
    if sites.empty:
        raise DataRefused("le résultat publié n’a aucun établissement : aucun contrat court n’y est jugé")
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    unmet = []
    if departement is not None and departement not in set(sites["departement"]):
        unmet.append(f"Aucun établissement du département « {departement} » : tous les autres sont montrés.")
        departement = None
    # As the page shows it: by threes, with narrow spaces.
    wanted = "".join((siret or "").split())
    if wanted and wanted not in set(sites["siret"]):
        unmet.append(f"Aucun établissement du SIRET « {wanted[:40]} » : le plus alerté est montré.")
        wanted = ""
    site = _site(sites, wanted, departement)
    extra = folder / "effectifs.parquet"
    others = pd.read_parquet(extra) if extra.is_file() else pd.DataFrame(columns=["siret", "mois", "autres"])
    return View(alerts, sites, contracts, rules, result, site, departement, others, " ".join(unmet))


def _site(sites: pd.DataFrame, siret: str, departement: str | None) -> dict[str, Any]:
    """The one asked for, else (an empty text) the one with most alerts."""
    kept = sites
    if siret:
        kept = sites[sites["siret"] == siret]
    elif departement is not None:
        kept = sites[sites["departement"] == departement]
    return {str(name): value for name, value in kept.iloc[0].items()}
