"""Recall by condition at the fixed operating points: one small figure a condition, and its table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from archipel.defis.page.parts import note, table
from archipel.defis.page.words import figure, known, safe
from archipel.defis.twincity.tableau import marks
from archipel.defis.twincity.tableau.publication import Audited
from archipel.defis.twincity.tableau.published import Evidence
from archipel.defis.twincity.tableau.words import absent, drawing, section
from archipel.defis.twincity.wording import between, percent

SHOWN = {
    "heure": "Heure",
    "meteo": "Météo",
    "inclinaison": "Inclinaison de la caméra",
    "distance": "Distance",
    "occultation": "Part cachée du corps",
    "posture": "Posture",
    "age": "Âge",
    "sexe": "Sexe",
    "corpulence": "Corpulence",
}
ORDERS = {
    "inclinaison": ("au-dessus de −10°", "−40° à −10°", "sous −40°"),
    "occultation": ("jusqu’à 10 %", "10 à 35 %", "plus de 35 %"),
    "meteo": ("clair", "pluie", "neige", "brouillard"),
    "posture": ("marche", "debout", "assis", "couché"),
    "age": ("enfant", "adulte", "âgé"),
    "corpulence": ("mince", "moyenne", "forte"),
}
"""Orders of reading, where that of the table is the alphabet's."""
_W, _LEFT, _RIGHT, _TOP = 420, 14, 16, 22
_HEAD, _STEP, _GAP = 18, 15, 7


def conditions(evidence: Evidence) -> str:
    """HTML of the section."""
    frame = evidence.conditions
    heading = "Selon les conditions"
    if frame is None:
        return section(heading, absent("« conditions.csv » n’est pas dans l’audit de référence."))
    points = list(dict.fromkeys(frame["point"]))
    blocks = []
    for rank, point in enumerate(points):
        rows = frame[frame["point"] == point]
        charts = [
            chart(rows[rows["condition"] == name], evidence.detectors, name, f"tcy-cond-{rank}-{name}")
            for name in SHOWN
            if (rows["condition"] == name).any()
        ]
        inner = f'<div class="tcy-grilles">{"".join(charts)}</div>'
        title = f"Réglage : {point}"
        blocks.append(
            f"<h3>{safe(title)}</h3>{inner}"
            if rank == 0
            else f"<details><summary>{safe(title)}</summary>{inner}</details>"
        )
    body = (
        "<p>Part des personnes trouvées (rappel), avec son intervalle à 95 %. Chaque détecteur garde un seul "
        "réglage pour toutes les conditions, comme en service ; <i>n</i> est le nombre de personnes à "
        "trouver.</p>"
        + marks.legend(evidence.detectors)
        + "".join(blocks)
        + note(f"Mesuré sur {evidence.origin}. Les intervalles tirent au sort des scènes entières.")
        + _table(frame, evidence.detectors)
    )
    return section(heading, body, synthetic=evidence.synthetic)


def ordered(frame: pd.DataFrame, condition: str) -> list[str]:
    """Groups of a condition as they are read."""
    groups = list(dict.fromkeys(frame["groupe"]))
    order = {name: at for at, name in enumerate(ORDERS.get(condition, ()))}
    return sorted(groups, key=lambda one: order.get(one, len(order)))


def chart(frame: pd.DataFrame, detectors: Sequence[Audited], condition: str, key: str) -> str:
    """A figure: groups from top to bottom, one mark and interval a detector in each."""
    groups = ordered(frame, condition)
    rows = {(row["groupe"], row["detecteur"]): row for row in frame.to_dict("records")}
    parts, told, y = [], [], float(_TOP)
    for group in groups:
        mine = [(at, rows[group, one.name]) for at, one in enumerate(detectors) if (group, one.name) in rows]
        most = max((int(row["n"]) for _at, row in mine if known(row["n"])), default=0)
        y += _HEAD
        parts.append(
            f'<text x="{_LEFT}" y="{y - 5:.0f}" class="arc-nom">{safe(group)}</text>'
            f'<text x="{_W - _RIGHT}" y="{y - 5:.0f}" class="tcy-n">n = {figure(most)}</text>'
        )
        for at, row in mine:
            parts.append(_line(marks.mark(at), row, detectors[at].title, y + _STEP / 2))
            told.append(f"{group}, {detectors[at].title} : {_said(row)}")
            y += _STEP
        y += _GAP
    title = f"Rappel selon : {SHOWN[condition].lower()}"
    grid = [_tick(share, y) for share in (0, 0.25, 0.5, 0.75, 1)]
    svg = drawing(key, (_W, y + 4), title, " ; ".join(told) + ".", [*grid, *parts])
    return f"<figure><figcaption>{safe(SHOWN[condition])}</figcaption>{svg}</figure>"


def _x(share: float) -> float:
    return _LEFT + share * (_W - _LEFT - _RIGHT)


def _tick(share: float, bottom: float) -> str:
    x = _x(share)
    anchor = "start" if share == 0 else "end" if share == 1 else "middle"
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 6}" y2="{bottom:.0f}" class="arc-grille"/>'
        f'<text x="{x:.1f}" y="{_TOP - 11}" class="arc-axe" text-anchor="{anchor}">{percent(share)}</text>'
    )


def _line(one: marks.Mark, row: dict[Any, Any], title: str, y: float) -> str:
    if not known(row["rappel"]):
        told = f"{safe(title)} : aucune personne à trouver"
        return f'<text x="{_LEFT}" y="{y + 4:.1f}" class="arc-axe">{told}</text>'
    reach = ""
    if known(row["rappel_bas"]) and known(row["rappel_haut"]):
        reach = (
            f'<line x1="{_x(row["rappel_bas"]):.1f}" x2="{_x(row["rappel_haut"]):.1f}" y1="{y:.1f}" '
            f'y2="{y:.1f}" stroke="{one.colour}" class="tcy-intervalle"/>'
        )
    return reach + marks.shape(one, _x(row["rappel"]), y, f"{title} : {_said(row)}")


def _said(row: dict[Any, Any]) -> str:
    reach = between(row["rappel_bas"], row["rappel_haut"])
    return f"{percent(row['rappel'])} ({reach}, n = {figure(row['n'])})"


def _table(frame: pd.DataFrame, detectors: Sequence[Audited]) -> str:
    titles = {one.name: one.title for one in detectors}
    names = {
        **SHOWN,
        "ensemble": "Ensemble",
        "nuit": "Nuit : après 21 h, avant 6 h",
        "hauteur": "Hauteur dans l’image",
    }
    cells = [
        (
            names[row["condition"]], row["groupe"], titles.get(row["detecteur"], row["detecteur"]),
            row["point"],
            figure(row["n"]), figure(row["detectes"]), percent(row["rappel"], 1),
            between(row["rappel_bas"], row["rappel_haut"], 1), figure(row["fppi"], 2),
        )
        for row in frame.to_dict("records")
        if row["condition"] in names
    ]  # fmt: skip
    headers = (
        "Condition", "Groupe", "Détecteur", "Réglage", "n", "Trouvées", "Rappel", "Intervalle à 95 %",
        "Fausses alertes par image",
    )  # fmt: skip
    return table("Rappel selon les conditions", headers, cells, "Voir toutes les conditions en tableau")
