"""What the gate of models reads: the audit of a score, and its card as far as figures can write it.

Its gaps are of calibration, between sectors and between sizes (`groups.gaps`).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from archipel.defis.champollion.score.study import Study

MODEL = "champollion-ciblage"


def audit(study: Study, name: str, sha256: str | None = None) -> dict[str, Any]:
    """``audit.json``. ``sha256``: of the model's file."""
    ours = study.figures[study.figures["qui"] == "score"].set_index("mesure")
    measures = {
        mesure: {
            "valeur": round(row["valeur"], 6),
            "bas": round(row["bas"], 6),
            "haut": round(row["haut"], 6),
        }
        for mesure, row in ours.to_dict("index").items()
    }
    own = {"ecarts": study.gaps, **measures} | ({"sha256": sha256} if sha256 else {})
    return {"version": 1, "donnees_synthetiques": True, "detecteurs": {name: own}}


def card(study: Study, name: str, day: date) -> dict[str, Any]:
    """``carte.json``: what only a person knows is empty, and the gate refuses an empty text by its name."""
    rows = study.figures[study.figures["qui"] == "score"]
    return {
        "modele": MODEL,
        "version": name,
        "date": day.isoformat(),
        "responsable": "",
        "detecteur": name,
        "usage": "",
        "limites": "",
        "interdits": "",
        "ethique": "",
        "donnees": [{"nom": "pays synthétique de Champollion", "licence": "MIT", "synthetique": True}],
        "donnees_synthetiques": True,
        "metriques": [
            {
                "nom": row["mesure"], "jeu": "entreprises tenues à l’écart, derniers mois",
                "valeur": round(row["valeur"], 6), "bas": round(min(row["bas"], row["valeur"]), 6),
                "haut": round(max(row["haut"], row["valeur"]), 6),
            }
            for row in rows.to_dict("records")
        ],
    }  # fmt: skip


def measures(study: Study) -> dict[str, tuple[Any, str]]:
    """The figures of ``result.json``."""
    ours = study.figures[study.figures["qui"] == "score"].set_index("mesure")["valeur"]
    units = {"lift": "fois", "benefice_net": "€ par établissement et mois"}
    told = {name: (float(value), units.get(str(name), "1")) for name, value in ours.items()}
    shares = study.selection.set_index("methode")["valeur"]
    for name, method in (("naif", "naïve"), ("corrige", "corrigée"), ("vrai", "vérité")):
        told[f"taux_{name}"] = (float(shares[method]), "1")
    return {str(name): value for name, value in told.items()}
