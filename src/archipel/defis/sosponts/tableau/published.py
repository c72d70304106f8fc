"""What the dashboard shows: a published run, one of its models, some of Montpellier's bridges."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from archipel.defis.sosponts.refusal import DataRefused

TABLES = ("evaluation", "fiabilite", "confusion", "importance", "ponts")


@dataclass(frozen=True)
class View:
    """``model``: whose matrix and curve are shown. ``shown``: bridges of the scale and index asked for."""

    tables: Mapping[str, pd.DataFrame]
    result: Mapping[str, Any]
    model: str
    shown: pd.DataFrame

    @property
    def bridges(self) -> pd.DataFrame:
        """Montpellier's; ``lecture`` is empty where nothing is read."""
        return self.tables["ponts"]

    @cached_property
    def chosen(self) -> Mapping[str, Any]:
        """The evaluation of the model that the run chose."""
        frame = self.tables["evaluation"]
        return {str(name): value for name, value in frame[frame["retenu"]].iloc[0].items()}

    @cached_property
    def title(self) -> str:
        frame = self.tables["evaluation"]
        return str(frame.loc[frame["modele"] == self.model, "titre"].iloc[0])

    def of_model(self, name: str) -> pd.DataFrame:
        frame = self.tables[name]
        return frame[frame["modele"] == self.model]


def read(folder: Path, model: str | None, scale: str, index: str | None) -> View:
    """The run published in ``folder``. Raises `DataRefused` where there is none.

    ``model``: the chosen one when None. ``scale``: « toutes » or one of the file. ``index``: all when None.
    """
    paths = {name: folder / f"{name}.parquet" for name in TABLES}
    for path in (*paths.values(), folder / "result.json"):
        if not path.is_file():
            raise DataRefused(f"aucun résultat publié : « {path.name} » manque ; lancer d’abord l’exécution")
    tables = {name: pd.read_parquet(path) for name, path in paths.items()}
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    known = list(tables["evaluation"]["modele"])
    if model is not None and model not in known:
        raise DataRefused(f"modele : « {model} » absent du résultat publié (présents : {', '.join(known)})")
    shown = tables["ponts"] = tables["ponts"].assign(lecture=tables["ponts"]["lecture"].fillna(""))
    if scale != "toutes":
        shown = shown[shown["echelle"].str.lower() == scale]
    if index is not None:
        shown = shown[shown["indice"] == index]
    return View(tables, result, model or str(result["modele"]), shown)
