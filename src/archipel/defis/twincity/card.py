"""The card of a model, as far as figures can write it: a person says the rest before it passes the gate.

    {"modele", "version", "date", "responsable", "detecteur", "usage", "limites", "interdits", "ethique",
     "donnees": [{"nom", "licence", "synthetique"}], "donnees_synthetiques": bool,
     "metriques": [{"nom", "jeu", "valeur", "bas", "haut"}]}

What only a person knows is empty, and the gate refuses an empty text with its name (Mitchell et al., Model
Cards for Model Reporting, 2019).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

MODEL = "twincity-pietons"
Figure = tuple[str, str, float, float, float]
"""Name, set, value, low, high."""


def draft(
    detector: str, day: date, figures: Iterable[Figure], sets: Sequence[tuple[str, bool]] = ()
) -> dict[str, Any]:
    """``sets``: what it learnt from, and whether that is synthetic; where nobody told, one row to fill."""
    rows = [
        {"nom": name, "licence": "", "synthetique": synthetic} for name, synthetic in sets or [("", False)]
    ]
    names = ("nom", "jeu", "valeur", "bas", "haut")
    return {
        "modele": MODEL,
        "version": detector,
        "date": day.isoformat(),
        "responsable": "",
        "detecteur": detector,
        "usage": "",
        "limites": "",
        "interdits": "",
        "ethique": "",
        "donnees": rows,
        "donnees_synthetiques": any(row["synthetique"] for row in rows),
        "metriques": [dict(zip(names, one, strict=True)) for one in figures],
    }
