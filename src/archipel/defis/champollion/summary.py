"""Tables that sum a check up: by rule, and beside what a synthetic country is known to hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from archipel.defis.champollion.engine.days import day_of
from archipel.defis.champollion.law.codes import CDD
from archipel.defis.champollion.law.rules import RULES


def rules(alerts: pd.DataFrame) -> pd.DataFrame:
    """One row a rule, as the law has them: alerts, sites, those that the other rounding would not raise."""
    rows = []
    for name, rule in RULES.items():
        own = alerts[alerts["regle"] == name]
        rows.append(
            {
                "regle": name,
                "titre": rule.title,
                "articles": ", ".join(sorted(set(own["article"]))) or rule.articles[CDD][-1][1],
                "alertes": len(own),
                "etablissements": own["siret"].nunique(),
                "sans_l_autre_arrondi": int((own["autre_arrondi"] == "conforme").sum()),
                "dates_inferees": int(own["date_inferee"].sum()),
                "formule": rule.formula,
                "colonnes_lues": ", ".join(rule.reads),
            }
        )
    return pd.DataFrame(rows)


def against_planted(alerts: pd.DataFrame, planted: Path) -> pd.DataFrame:
    """One row a rule: abuses planted, found, missed, and alerts that are none of them."""
    known = pd.read_parquet(planted)
    truth = set(known[["regle", "contrat_id"]].itertuples(index=False, name=None))
    found = set(alerts[["regle", "contrat_id"]].itertuples(index=False, name=None))
    rows = []
    for name in RULES:
        true, told = ({one for one in every if one[0] == name} for every in (truth, found))
        rows.append(
            {
                "regle": name,
                "mis": len(true),
                "retrouves": len(true & told),
                "manques": len(true - told),
                "en_trop": len(told - true),
            }
        )
    return pd.DataFrame(rows)


def recall_and_precision(comparison: pd.DataFrame) -> dict[str, tuple[Any, str]]:
    """Of all rules together; None where there is nothing to find, or nothing was found."""
    hits, missed, more = (int(comparison[name].sum()) for name in ("retrouves", "manques", "en_trop"))
    return {
        "rappel": (hits / (hits + missed) if hits + missed else None, "1"),
        "precision": (hits / (hits + more) if hits + more else None, "1"),
    }


def with_directory(sites: pd.DataFrame, directory: Path) -> pd.DataFrame:
    """Establishments with their sector, département and headcount."""
    known = pd.read_parquet(directory)[["siret", "naf", "secteur", "departement", "effectif"]]
    return sites.merge(known, on="siret", how="left")


def shown_contracts(con: duckdb.DuckDBPyConnection, merged: dict[str, tuple[int, str]]) -> pd.DataFrame:
    """What a dashboard draws of each contract: ``contrat_id, siret, titre, nature, motif, debut, fin``.

    Days are ISO texts; the end is the planned one where none is known; no person.
    """
    frame = con.execute(
        "SELECT contrat_id, siret, titre, nature, motif, debut, coalesce(fin, prevue, debut) AS fin "
        "FROM contrats ORDER BY siret, titre, debut, contrat_id"
    ).df()
    names = dict(merged.values())
    frame["siret"] = frame["siret"].map("{:014d}".format)
    frame["titre"] = frame["titre"].map(names)
    for column in ("debut", "fin"):
        frame[column] = [day_of(day).isoformat() for day in frame[column]]
    return frame
