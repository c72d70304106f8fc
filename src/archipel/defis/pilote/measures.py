"""The figures that a run states."""

from __future__ import annotations

import pandas as pd

from archipel.defis.pilote.tables import TOLERANCE

Measure = tuple[float | int | None, str, str]
"""Value (None: undefined), unit, reason where it is undefined."""


def measures(
    rates: pd.DataFrame, policies: pd.DataFrame, alerts: pd.DataFrame, rejected: int
) -> dict[str, Measure]:
    """Shares are between 0 and 1, rates in percent, gaps in points."""
    computed = rates["taux_calcule"].notna()
    published = rates["taux_publie"].notna()
    off = published & ~(rates["ecart"].abs() <= TOLERANCE)
    known = policies["taux"].dropna()
    return {
        "lignes": (len(rates), "1", ""),
        "territoires": (int(rates["territoire"].nunique()), "1", ""),
        "politiques": (int(rates["politique"].nunique()), "1", ""),
        "indicateurs": (int(rates["indicateur"].nunique()), "1", ""),
        "part_calculee": _share(int(computed.sum()), len(rates), "aucune ligne"),
        "mediane": _median(rates.loc[computed, "taux_calcule"], "aucun taux calculé"),
        "mediane_politiques": _median(known, "aucun taux de politique"),
        "nombre_alertes": (len(alerts), "1", ""),
        "taux_publies": (int(published.sum()), "1", ""),
        "part_reproduite": _share(int((published & ~off).sum()), int(published.sum()), "aucun taux publié"),
        "hors_tolerance": (int(off.sum()), "1", ""),
        "rejets": (rejected, "1", ""),
    }


def outside_tolerance(rates: pd.DataFrame) -> pd.DataFrame:
    """The rows whose published rate is not reproduced within 0.51 point, a missing one included."""
    off = rates["taux_publie"].notna() & ~(rates["ecart"].abs() <= TOLERANCE)
    columns = [
        "territoire", "politique", "indicateur", "valeur_initiale", "valeur", "cible", "taux_calcule",
        "taux_publie", "ecart",
    ]  # fmt: skip
    return rates.loc[off, columns].reset_index(drop=True)


def _share(part: int, whole: int, reason: str) -> Measure:
    return (part / whole, "1", "") if whole else (None, "1", reason)


def _median(values: pd.Series, reason: str) -> Measure:
    return (round(float(values.median()), 4), "%", "") if len(values) else (None, "%", reason)
