"""The series of the chosen territory: one small chart an indicator, with its target and its table."""

from __future__ import annotations

import pandas as pd

from archipel.defis.page.parts import note, root, section, table
from archipel.defis.page.words import figure, month_in_words, safe
from archipel.defis.pilote.tableau.curves import Point, curve
from archipel.defis.pilote.tableau.view import View

SHOWN = 6
"""Charts at most; the indicators with the most points come first."""


def series(view: View) -> str:
    """HTML of the series section; empty where the territory is not of the published level."""
    if not view.has_series:
        return ""
    names = {row["indicateur"]: row for row in view.of_territory(view.rates).to_dict("records")}
    frame = view.of_territory(view.published.series)
    frame = frame[frame["indicateur"].isin(list(names))]
    if view.policy is not None:
        frame = frame[frame["politique"] == view.policy]
    counts = (
        frame[frame["nature"] == "valeur"]
        .groupby("indicateur")
        .size()
        .sort_values(ascending=False, kind="stable")
    )
    charts = [
        _chart(rank, names[code], frame[frame["indicateur"] == code])
        for rank, code in enumerate(counts.index[:SHOWN])
    ]
    left = len(counts) - len(charts)
    more = f" Les {left} autres se voient en choisissant leur politique." if left > 0 else ""
    body = f'<div class="pil-grilles">{"".join(charts)}</div>' if charts else "<p>Aucune série connue.</p>"
    told = note(f"Trait bleu : valeurs connues. Tirets et losange orange : cible et son échéance.{more}")
    return root(section(f"Séries : {view.territory_name}", told + body))


def _chart(rank: int, row: dict[object, object], frame: pd.DataFrame) -> str:
    points = _points(frame, "valeur")
    target, initial = _points(frame, "cible"), _points(frame, "initiale")
    name, unit = str(row["indicateur_nom"]), str(row["unite"])
    last = points[-1]
    goal = (
        f" ; cible {figure(target[-1][1], 1)} en {month_in_words(target[-1][0])}"
        if target
        else " ; pas de cible publiée"
    )
    description = (
        f"{len(points)} valeurs, la dernière : {figure(last[1], 1)} en {month_in_words(last[0])}{goal}."
    )
    svg = curve(
        points,
        target[-1] if target else None,
        initial[0] if initial else None,
        name,
        description,
        key=f"pil-serie-{rank}",
    )
    rows = [(month_in_words(day), figure(value, 1), "valeur initiale") for day, value in initial]
    rows += [(month_in_words(day), figure(value, 1), "valeur") for day, value in points]
    rows += [(month_in_words(day), figure(value, 1), "cible") for day, value in target]
    return (
        f"<figure><figcaption>{safe(name)}<span>{safe(unit)} — {safe(description)}</span></figcaption>{svg}"
        + table(name, ("Date", unit or "Valeur", "Nature"), rows, "Voir la série en tableau")
        + "</figure>"
    )


def _points(frame: pd.DataFrame, nature: str) -> list[Point]:
    kept = frame[frame["nature"] == nature].sort_values("date")
    return [(str(day), float(value)) for day, value in zip(kept["date"], kept["valeur"], strict=True)]
