"""What is known of each establishment: contracts, alerts, how long one job is held by such contracts."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pandas as pd

from archipel.defis.champollion.engine.contracts import number
from archipel.defis.champollion.law import codes
from archipel.defis.champollion.law.rules import ALWAYS, NEVER_DECIDED, RULES

YEAR = 365
NINE = 9
"""Months. What waits for a hired employee, or is urgent safety work, lasts no longer (L1242-8-1)."""


def table(
    con: duckdb.DuckDBPyConnection, alerts: pd.DataFrame, au: date, *, knows_dismissals: bool
) -> pd.DataFrame:
    """One row an establishment with fixed-term contracts or missions that are judged.

    ``con`` has the table ``periodes`` (`NINE` months among them), as the check left it.

    ``jours_du_poste_le_plus_pourvu``: of the 365 days to the check, how many its most filled job was held by
    such a contract, whoever held it.
    """
    frame = con.execute(
        _QUERY, {"debut": number(au - timedelta(days=YEAR - 1)), "au": number(au), "toujours": number(ALWAYS)}
    ).df()
    counts = alerts.assign(siret=alerts["siret"].astype("int64")).pivot_table(
        index="siret", columns="regle", values="contrat_id", aggfunc="count", fill_value=0
    )
    counts = counts.reindex(columns=list(RULES), fill_value=0).add_prefix("alertes_")
    frame = frame.merge(counts, left_on="siret", right_index=True, how="left")
    columns = list(counts.columns)
    frame[columns] = frame[columns].fillna(0).astype("int64")
    frame.insert(1, "alertes", frame[columns].sum(axis=1))
    frame["a_verifier"] = [
        _to_check(row, knows_dismissals or bool(row["dits"])) for row in frame.to_dict("records")
    ]
    frame["siret"] = frame["siret"].map("{:014d}".format)
    frame = frame.drop(columns="dits")
    # The same kinds whether or not there is a row: parts are put together.
    return frame.astype({"siret": "str", "a_verifier": "str"})


def ordered(sites: pd.DataFrame) -> pd.DataFrame:
    """Those with most alerts first."""
    by = ["alertes", "contrats", "siret"]
    return sites.sort_values(by, ascending=[False, False, True]).reset_index(drop=True)


def _to_check(row: dict[str, object], knows_dismissals: bool) -> str:
    told = list(NEVER_DECIDED)
    if row["plus_de_neuf_mois"]:
        told.insert(
            0,
            f"contrats de plus de neuf mois ({row['plus_de_neuf_mois']}) : attente d’un CDI, travaux urgents",
        )
    if not knows_dismissals and row["accroissements"]:
        told.insert(0, "licenciements économiques récents (L1242-5, L1251-9)")
    return " ; ".join(told)


_QUERY = f"""
WITH vus AS (
  SELECT siret, titre, nature, motif, debut, coalesce(fin, prevue, $au) AS fin, coalesce(fin, prevue) AS lue
  FROM contrats WHERE debut BETWEEN $toujours AND $au
), an AS (
  SELECT siret, titre, greatest(debut, $debut) AS debut, least(fin, $au) AS fin FROM vus
  WHERE debut <= $au AND fin >= $debut
), neufs AS (
  SELECT siret, titre, fin, greatest(debut, coalesce(max(fin) OVER avant + 1, debut)) AS debut
  FROM an WINDOW avant AS (
    PARTITION BY siret, titre ORDER BY debut, fin ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  )
), pourvus AS (
  SELECT siret, max(jours) AS jours FROM (
    SELECT siret, titre, sum(greatest(fin - debut + 1, 0)) AS jours FROM neufs GROUP BY siret, titre
  ) GROUP BY siret
)
SELECT siret, count(*) AS contrats,
  count(*) FILTER (nature = '{codes.CDD}') AS cdd, count(*) FILTER (nature = '{codes.MISSION}') AS missions,
  count(DISTINCT titre) AS postes,
  count(*) FILTER (motif = '{codes.INCREASE}') AS accroissements,
  count(*) FILTER (motif IN ('{codes.REPLACEMENT}', '{codes.INCREASE}') AND lue > dernier)
    AS plus_de_neuf_mois,
  round(avg(lue - debut + 1), 1) AS duree_moyenne_jours,
  coalesce(any_value(pourvus.jours), 0)::BIGINT AS jours_du_poste_le_plus_pourvu,
  siret IN (FROM sites_dits) AS dits
FROM vus LEFT JOIN pourvus USING (siret)
LEFT JOIN periodes ON periodes.jour = vus.debut AND periodes.mois = {NINE}
GROUP BY siret
"""
