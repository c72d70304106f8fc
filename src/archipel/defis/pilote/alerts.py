"""Alerts of PILOTE: late on the median of its level, going down, no rate though a target exists.

Source: DITP-pilotage/pilote-2, ``src/server/domain/alerte/Alerte.ts``; the gap is the rate of the
territory less the median of the territories of its level, for the same policy.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

GAP, DOWN, NO_RATE = "écart", "baisse", "sans taux"
ALERT_COLUMNS = (
    "type", "territoire", "territoire_nom", "maille", "politique", "politique_nom", "indicateur",
    "indicateur_nom", "taux", "reference", "ecart", "message",
)  # fmt: skip


def is_late(gap: float, threshold: float) -> bool:
    """Whether a gap (points, negative when behind) is below the threshold, itself excluded."""
    return gap < threshold


def alerts_table(rates: pd.DataFrame, policies: pd.DataFrame, threshold: float = -10.0) -> pd.DataFrame:
    """One row an alert (`ALERT_COLUMNS`). ``reference``: the median, or the previous rate, in percent.

    A level of a single territory has no median to be behind.
    """
    parts = [_late(policies, threshold), _down(rates), _without(rates)]
    rows = [row for part in parts for row in part]
    frame = pd.DataFrame(rows, columns=list(ALERT_COLUMNS))
    return frame.astype(dict.fromkeys(("taux", "reference", "ecart"), "float64"))


def _late(policies: pd.DataFrame, threshold: float) -> list[dict[str, Any]]:
    known = policies[policies["taux"].notna()]
    groups = known.groupby(["maille", "politique"])["taux"]
    known = known.assign(reference=groups.transform("median"), compared=groups.transform("size"))
    rows = []
    for row in known[known["compared"] > 1].to_dict("records"):
        gap = round(row["taux"] - row["reference"], 4)
        if is_late(gap, threshold):
            message = f"{_fr(-gap)} points de retard sur la médiane ({_fr(row['reference'])} %)"
            rows.append(_alert(GAP, row, row["taux"], row["reference"], gap, message))
    return rows


def _down(rates: pd.DataFrame) -> list[dict[str, Any]]:
    falling = rates[rates["taux_calcule"] < rates["taux_precedent"]]
    rows = []
    for row in falling.to_dict("records"):
        before, now = row["taux_precedent"], row["taux_calcule"]
        message = f"le taux passe de {_fr(before)} % à {_fr(now)} %"
        rows.append(_alert(DOWN, row, now, before, round(now - before, 4), message))
    return rows


def _without(rates: pd.DataFrame) -> list[dict[str, Any]]:
    without = rates[rates["cible"].notna() & rates["taux_calcule"].isna()]
    return [_alert(NO_RATE, row, None, None, None, row["motif"]) for row in without.to_dict("records")]


def _fr(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def _alert(
    kind: str,
    row: dict[Any, Any],
    rate: float | None,
    reference: float | None,
    gap: float | None,
    message: str,
) -> dict[str, Any]:
    named = {name: row.get(name, "") for name in ALERT_COLUMNS[1:8]}
    return {"type": kind, **named, "taux": rate, "reference": reference, "ecart": gap, "message": message}
