"""What the dashboard shows: a published run, and the firm that is looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from archipel.defis.signauxfaibles.refusal import DataRefused

TABLES = ("evaluation", "flatterie", "seuils", "fiabilite", "secteurs", "entreprises", "mois", "cycle")


@dataclass(frozen=True)
class View:
    """``tables``: by name, as the run left them. ``firm``: the one shown."""

    tables: Mapping[str, pd.DataFrame]
    result: Mapping[str, Any]
    firm: Mapping[str, Any]

    @cached_property
    def measures(self) -> dict[tuple[str, str, str], tuple[float, float, float]]:
        """(split, model, measure) → value and interval."""
        frame = self.tables["evaluation"].set_index(["decoupage", "modele", "mesure"])
        cells = frame[["valeur", "bas", "haut"]].itertuples(index=True, name=None)
        return {key: (value, low, high) for key, value, low, high in cells}

    @cached_property
    def metrics(self) -> dict[str, Any]:
        return {name: one["value"] for name, one in self.result["metrics"].items()}

    @cached_property
    def own_months(self) -> pd.DataFrame:
        every = self.tables["mois"]
        return every[every["siren"] == self.firm["siren"]].sort_values("mois")


def read(folder: Path, siren: str | None) -> View:
    """The published run. Raises `DataRefused` where there is none, or no such firm."""
    paths = {name: folder / f"{name}.parquet" for name in TABLES}
    for path in (*paths.values(), folder / "result.json"):
        if not path.is_file():
            raise DataRefused(f"aucun résultat publié : « {path.name} » manque ; lancer d’abord l’exécution")
    tables = {name: pd.read_parquet(path) for name, path in paths.items()}
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return View(tables, result, _firm(tables["entreprises"], siren))


def _firm(firms: pd.DataFrame, siren: str | None) -> dict[str, Any]:
    """The one asked for, else the one most at risk."""
    if firms.empty:
        raise DataRefused("le résultat publié ne suit aucune entreprise")
    found = firms if siren is None else firms[firms["siren"] == siren.replace(" ", "")]
    if found.empty:
        raise DataRefused(f"siren : « {(siren or '')[:40]} » absent du résultat publié")
    return {str(name): value for name, value in found.iloc[0].items()}
