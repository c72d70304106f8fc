"""`audit.json`, which the gate of models reads: what was measured, no threshold.

    {"version": 1, "donnees_synthetiques": bool,
     "detecteurs": {name: {
        "ecarts": [row], "pires_ecarts": [row], "pire_ecart": row | null, "paires": [row],
        "puissance_3_points": float | null, "rappel": float | null, "fppi": float | null,
        "point": str | null, "score_min": float | null, "scenes": int | null, "sha256": str | absent}}}

A row is `condition, groupe_a, groupe_b, n_a, n_b, ecart, bas, haut, p_holm, puissance_3_points`; shares, from
−1 to 1 (0.02 is two points). `ecarts`: every comparison that could be computed; `pires_ecarts`: of each
condition the one of largest |ecart|; `pire_ecart`: of all. `paires`: the same row of counterfactual pairs,
with `paires` for n. `puissance_3_points`: the least over `ecarts`, at 5 % before correction. Null: not known,
never 0. `scenes`: or images of no scene. `sha256`: of the detector's file, as it was told.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from archipel.defis.twincity.audit import gaps
from archipel.defis.twincity.audit.run import Audit, Figures
from archipel.defis.twincity.refusal import DataRefused

VERSION = 1
ROW = [
    "condition",
    "groupe_a",
    "groupe_b",
    "n_a",
    "n_b",
    "ecart",
    "bas",
    "haut",
    "p_holm",
    "puissance_3_points",
]
PAIRED = [*ROW[:3], "paires", "scenes", *ROW[5:]]


def document(audit: Audit, sha256: str | None = None, *, synthetic: bool) -> dict[str, Any]:
    """``sha256``: of the file of the one detector. Raises `DataRefused` where there are several."""
    if sha256 and len(audit.figures) > 1:
        raise DataRefused(f"empreinte : un seul détecteur attendu, les comptes en ont {len(audit.figures)}")
    judged = {name: _detector(audit, name, figures) for name, figures in audit.figures.items()}
    if sha256:
        judged = {name: one | {"sha256": sha256} for name, one in judged.items()}
    return {"version": VERSION, "donnees_synthetiques": synthetic, "detecteurs": judged}


def _detector(audit: Audit, name: str, figures: Figures) -> dict[str, Any]:
    powers = audit.tables["puissance"][[*gaps.PAIR, "puissance_3_points"]]
    known = audit.gaps[audit.gaps["ecart"].notna()].merge(powers, on=gaps.PAIR)
    known = known[known["detecteur"] == name]
    largest = known.loc[known["ecart"].abs().sort_values(ascending=False, kind="stable").index]
    worst = _rows(largest.drop_duplicates("condition"), ROW)
    pairs = audit.pairs[audit.pairs["detecteur"] == name]
    return {
        "ecarts": _rows(known, ROW),
        "pires_ecarts": worst,
        "pire_ecart": worst[0] if worst else None,
        "paires": _rows(pairs, PAIRED),
        "puissance_3_points": float(known["puissance_3_points"].min()) if len(known) else None,
        "rappel": figures.recall,
        "fppi": figures.fppi,
        "point": figures.point or None,
        "score_min": figures.score,
        "scenes": figures.clusters,
    }


def _rows(frame: pd.DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    told = frame[columns].astype(object)
    return told.where(told.notna(), None).to_dict("records")


def measures(audit: Audit, refused: int) -> dict[str, tuple[float | int | None, str, str]]:
    """What `result.json` tells: value (None: not defined), unit, reason."""
    known = audit.gaps[audit.gaps["ecart"].notna()]
    sure = int((known["p_holm"] < 0.05).sum())
    told: dict[str, tuple[float | int | None, str, str]] = {
        "detecteurs": (len(audit.figures), "détecteurs", ""),
        "comparaisons": (len(known), "comparaisons", ""),
        "ecarts_etablis": (sure, "comparaisons", ""),
        "non_calculables": (len(audit.tables["non_calculables"]), "lignes", ""),
        "pire_ecart": (
            float(known["ecart"].abs().max()) if len(known) else None, "1", "aucune comparaison calculée",
        ),
        "paires_comparees": (len(audit.pairs), "comparaisons", ""),
        "lignes_refusees": (refused, "lignes", ""),
    }  # fmt: skip
    if not audit.independent:
        (one,) = audit.figures.values()
        told |= {
            "rappel": (one.recall, "1", "aucune personne à trouver"),
            "fppi": (one.fppi, "fausses alertes par image", ""),
        }
    return told
