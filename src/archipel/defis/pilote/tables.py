"""The tables of a run: a rate per territory and indicator, with the reason where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from archipel.defis.pilote import territories
from archipel.defis.pilote.rate import advancement_rate, is_missing
from archipel.defis.pilote.refusal import DataRefused
from archipel.defis.pilote.structure import FALLING, RISING, Structure

RATE_COLUMNS = (
    "territoire", "territoire_nom", "maille", "zone", "politique", "politique_nom", "indicateur",
    "indicateur_nom", "unite", "sens", "origine_sens", "valeur_initiale", "date_initiale", "valeur",
    "date_valeur", "cible", "date_cible", "taux_calcule", "taux_publie", "ecart", "motif",
    "taux_precedent", "niveau_source",
)  # fmt: skip
TOLERANCE = 0.51
"""Points. Published rates are whole numbers: half a point of rounding, and a hundredth of ours."""

_ABSENT = {"valeur_initiale": "valeur initiale absente", "valeur": "valeur absente", "cible": "cible absente"}


def of_policy(records: pd.DataFrame, policy: str | None) -> pd.DataFrame:
    """The records of one policy; None keeps all. Raises `DataRefused` when none is left."""
    if records.empty:
        raise DataRefused(
            "aucune ligne n’est utilisable : toutes sont refusées, le détail est dans rejets.csv"
        )
    if policy is None:
        return records
    kept = records[records["politique"] == policy]
    if kept.empty:
        there = ", ".join(sorted(set(records["politique"])))
        raise DataRefused(f"politique : « {policy} » absente de ce fichier (présentes : {there})")
    return kept


def rates_table(
    records: pd.DataFrame,
    structure: Structure,
    directions: Mapping[str, str] | None = None,
    decimals: int = 2,
) -> pd.DataFrame:
    """One row a territory and indicator (`RATE_COLUMNS`); ``motif`` says why a rate is missing, else "".

    ``ecart``: computed less published rate, in points. ``origine_sens``: where the direction comes from
    (paramètre, structure, or cible: an indicator unknown to the structure goes from its initial value
    towards its target).
    """
    rows = [_rated(row, structure, directions or {}, decimals) for row in records.to_dict("records")]
    frame = pd.DataFrame(rows, columns=list(RATE_COLUMNS))
    for column in (
        "valeur_initiale",
        "valeur",
        "cible",
        "taux_calcule",
        "taux_publie",
        "ecart",
        "taux_precedent",
    ):
        frame[column] = pd.to_numeric(frame[column]).astype("float64")
    return frame


def _rated(
    row: dict[Any, Any], structure: Structure, directions: Mapping[str, str], decimals: int
) -> dict[str, Any]:
    policy, indicator = row["politique"], row["indicateur"]
    direction, origin = _direction(row, structure, directions)
    rate = previous = None
    if direction:
        falling = direction == FALLING
        initial, target = row["valeur_initiale"], row["cible"]
        rate = advancement_rate(initial, row["valeur"], target, falling=falling, decimals=decimals)
        before = row["valeur_precedente"] if _earlier(row) else None
        previous = advancement_rate(initial, before, target, falling=falling, decimals=decimals)
    published = row["taux_publie"]
    compared = rate is not None and not is_missing(published)
    return {
        **{column: row.get(column) for column in RATE_COLUMNS if column in row},
        "territoire_nom": territories.name_of(row["maille"], row["territoire"]),
        "zone": territories.zone(row["maille"], row["territoire"]),
        "politique_nom": structure.policies.get(policy, policy),
        "indicateur_nom": structure.name(policy, indicator),
        "unite": structure.unit(policy, indicator),
        "sens": direction,
        "origine_sens": origin,
        "taux_calcule": rate,
        "taux_precedent": previous,
        "ecart": round(rate - published, 4) if compared and rate is not None else None,
        "motif": "" if rate is not None else _reason(row, direction),
    }


def _earlier(row: Mapping[Any, Any]) -> bool:
    """Whether the previous value comes first: old files of the barometer date some after the latest one."""
    before, now = row["date_precedente"], row["date_valeur"]
    return not (isinstance(before, str) and isinstance(now, str) and before >= now)


def _direction(row: Mapping[Any, Any], structure: Structure, given: Mapping[str, str]) -> tuple[str, str]:
    policy, indicator = row["politique"], row["indicateur"]
    if indicator in given:
        return given[indicator], "paramètre"
    known = structure.indicators.get((policy, indicator)) or structure.find(indicator)
    if known:
        return known.direction, "structure"
    initial, target = row["valeur_initiale"], row["cible"]
    if is_missing(initial) or is_missing(target) or initial == target:
        return "", ""
    return (RISING if target > initial else FALLING), "cible"


def _reason(row: Mapping[Any, Any], direction: str) -> str:
    if row.get("reserve"):
        return str(row["reserve"])
    absent = [text for column, text in _ABSENT.items() if is_missing(row[column])]
    if not absent and not direction:
        return "sens de l’indicateur inconnu : à donner par le paramètre « orientation »"
    return " ; ".join(absent)


def not_computed(rates: pd.DataFrame) -> pd.DataFrame:
    """The rows without a rate, with their reason."""
    columns = [
        "territoire",
        "territoire_nom",
        "politique",
        "politique_nom",
        "indicateur",
        "indicateur_nom",
        "motif",
    ]
    return rates.loc[rates["motif"] != "", columns].reset_index(drop=True)


def within(series: pd.DataFrame, day: date | None) -> pd.DataFrame:
    """The points known at ``day``; all where there is no date."""
    return series if day is None else series[series["date"] <= day.isoformat()]


def series_table(records: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """Every known point in time: ``nature`` is initiale, valeur or cible; one point a date and nature."""
    key = ["maille", "territoire", "politique", "indicateur"]
    parts = [
        records[[*key, day, value]].set_axis([*key, "date", "valeur"], axis=1).assign(nature=nature)
        for day, value, nature in (
            ("date_initiale", "valeur_initiale", "initiale"),
            ("date_precedente", "valeur_precedente", "valeur"),
            ("date_valeur", "valeur", "valeur"),
            ("date_cible", "cible", "cible"),
        )
    ]
    wanted = records[key].drop_duplicates()
    full = series.merge(wanted, on=key).assign(nature="valeur")
    frame = pd.concat([*(part for part in (*parts, full) if len(part))], ignore_index=True)
    frame = frame.dropna(subset=["date", "valeur"]).drop_duplicates([*key, "date", "nature"], keep="last")
    return frame.sort_values([*key, "nature", "date"]).reset_index(drop=True)
