"""The two figures that a run leaves: the map and the ranking, as SVG files that stand alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from archipel.defis.pilote import territories
from archipel.defis.pilote.tableau.bars import Bar, bars
from archipel.defis.pilote.tableau.choropleth import choropleth
from archipel.defis.pilote.tableau.page import STYLE


def map_file(contours: Mapping[str, Any], policies: pd.DataFrame) -> str:
    """The map of the territories' rates (median of their policies), as a whole SVG document."""
    ranked = _ranked(policies)
    level = str(policies["maille"].iloc[0])
    rates = {
        code: ranked.get(code if level == "dept" else territories.parent("dept", code, level))
        for code in territories.DEPARTEMENTS
    }
    title = "Taux d’avancement des politiques prioritaires"
    told = "Carte de France par département ; médiane des taux de politique ; hachures : non calculable."
    return _alone(choropleth(contours, rates, title, told))


def bars_file(policies: pd.DataFrame) -> str:
    """All territories ranked by the median of their policies, as a whole SVG document."""
    level = str(policies["maille"].iloc[0])
    order = sorted(_ranked(policies).items(), key=lambda item: (-item[1], item[0]))
    rows = [
        Bar(f"{rank}. {territories.name_of(level, code)}", rate) for rank, (code, rate) in enumerate(order, 1)
    ]
    told = "Barres horizontales de 0 à 100 %, du plus haut au plus bas ; médiane des taux de politique."
    return _alone(bars(rows, "Classement des territoires", told, key="pil-rang"))


def _ranked(policies: pd.DataFrame) -> dict[str, float]:
    known = policies.dropna(subset=["taux"])
    level = policies["maille"].iloc[0]
    medians = known[known["maille"] == level].groupby("territoire")["taux"].median()
    return {str(code): float(rate) for code, rate in medians.items()}


def _alone(svg: str) -> str:
    """With its name space and its style inside."""
    sheet = STYLE.replace("<style>", "<style>svg{font-family:system-ui,Arial,sans-serif;background:#fff}")
    head, _bracket, body = svg.partition(">")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head} xmlns="http://www.w3.org/2000/svg">{sheet}{body}\n'
    )
