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
    """``tables``: by name, as the run left them. ``firm``: the one shown.

    ``unmet``: what was asked for and is not there, as the page tells it in its place.
    """

    tables: Mapping[str, pd.DataFrame]
    result: Mapping[str, Any]
    firm: Mapping[str, Any]
    unmet: str = ""

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
    """The published run. Raises `DataRefused` where there is none.

    A firm that is not in it is told, and the one most at risk is shown.
    """
    paths = {name: folder / f"{name}.parquet" for name in TABLES}
    for path in (*paths.values(), folder / "result.json"):
        if not path.is_file():
            raise DataRefused(f"aucun résultat publié : « {path.name} » manque ; lancer d’abord l’exécution")
    tables = {name: pd.read_parquet(path) for name, path in paths.items()}
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    firms = tables["entreprises"]
    if firms.empty:
        raise DataRefused("le résultat publié ne suit aucune entreprise")
    # As the page shows it: by threes, with narrow spaces.
    wanted = "".join((siren or "").split())
    found, unmet = firms[firms["siren"] == wanted], ""
    if wanted and found.empty:
        unmet = f"Aucune entreprise suivie du SIREN « {wanted[:40]} » : la plus à risque est montrée."
    shown = firms if found.empty else found
    return View(tables, result, {str(name): value for name, value in shown.iloc[0].items()}, unmet)
