"""Rates of the policies in each territory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from archipel.defis.pilote.rate import is_missing
from archipel.defis.pilote.structure import Structure
from archipel.defis.pilote.weights import policy_rate, real_weights

POLICY_COLUMNS = (
    "territoire", "territoire_nom", "maille", "zone", "politique", "politique_nom", "taux",
    "indicateurs_attendus", "indicateurs_calcules", "date", "motif",
)  # fmt: skip


def policies_table(
    rates: pd.DataFrame,
    structure: Structure,
    weights: Mapping[str, float] | None = None,
    decimals: int = 2,
) -> pd.DataFrame:
    """One row a territory and policy (`POLICY_COLUMNS`); ``date`` is the latest of its indicators.

    Expected: the indicators of the policy for which the structure expects a target at that level, and
    those that carry one in that territory. ``weights`` (0 to 100) default to equal ones; a weight of 0
    takes an indicator out. The rate is missing as soon as one expected indicator has none.
    """
    groups: dict[tuple[str, str, str], list[dict[Any, Any]]] = {}
    for row in rates.to_dict("records"):
        groups.setdefault((row["maille"], row["territoire"], row["politique"]), []).append(row)
    rows = [
        _one(policy, level, group, structure, weights or {}, decimals)
        for (level, _territory, policy), group in groups.items()
    ]
    frame = pd.DataFrame(rows, columns=list(POLICY_COLUMNS))
    return frame.astype({"taux": "float64"})


def _one(
    policy: str,
    level: str,
    rows: list[dict[Any, Any]],
    structure: Structure,
    weights: Mapping[str, float],
    decimals: int,
) -> dict[str, Any]:
    expected = {one.id for one in structure.of_policy(policy) if level in one.targets}
    expected |= {row["indicateur"] for row in rows if not is_missing(row["cible"])}
    real = real_weights({name: weights.get(name, 1.0) for name in expected}, expected)
    found = {row["indicateur"]: row["taux_calcule"] for row in rows}
    weighed = [name for name, weight in real.items() if weight > 0]
    absent = sorted(name for name in weighed if is_missing(found.get(name)))
    days = [
        row["date_valeur"]
        for row in rows
        if row["indicateur"] in weighed and isinstance(row["date_valeur"], str)
    ]
    rate = policy_rate(found, real, decimals=decimals)
    motif = ""
    if not expected:
        motif = "aucune cible pour cette politique à cette maille"
    elif not weighed:
        motif = "poids nuls"
    elif absent:
        motif = f"indicateur attendu sans taux : {', '.join(absent)}"
    first = rows[0]
    return {
        **{name: first[name] for name in POLICY_COLUMNS[:6]},
        "taux": rate,
        "indicateurs_attendus": len(weighed),
        "indicateurs_calcules": len(weighed) - len(absent),
        "date": max(days, default=None) if rate is not None else None,
        "motif": motif,
    }
