"""Tables that sum a check up: by rule, and beside what a synthetic country is known to hold."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from archipel.defis.champollion.engine.contracts import number
from archipel.defis.champollion.engine.days import day_of
from archipel.defis.champollion.law.codes import CDD
from archipel.defis.champollion.law.rules import RULES
from archipel.defis.champollion.messages import LAWFUL
from archipel.defis.champollion.reading.contracts import Read

SHOWN_DAYS, SHOWN_SITES = 731, 2000
"""Of a dashboard: what it draws, and a bound on what it carries."""


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
                "sans_l_autre_arrondi": int((own["autre_arrondi"] == LAWFUL).sum()),
                "dates_inferees": int(own["date_inferee"].sum()),
                "formule": rule.formula,
                "colonnes_lues": ", ".join(rule.reads),
            }
        )
    return pd.DataFrame(rows)


def warnings(read: Read) -> pd.DataFrame:
    """``ligne`` (none for a line of another file, which the reason names) and ``motif``."""
    return pd.DataFrame(read.warnings, columns=["ligne", "motif"]).astype({"ligne": "Int64"})


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


def _show(read: Read, sites: pd.DataFrame) -> None:
    """The view ``sites_montres``: the `SHOWN_SITES` establishments that come first."""
    first = sites["siret"].head(SHOWN_SITES).astype("int64")
    read.con.register("sites_montres", pa.table({"siret": pa.array(first, pa.int64())}))


def headcounts(read: Read, sites: pd.DataFrame, au: date) -> pd.DataFrame:
    """``siret, mois, autres``: contracts of other natures that run on the first day of each month of the
    `SHOWN_DAYS` before the check, at the `SHOWN_SITES` establishments that come first.
    """
    days = [day.date() for day in pd.date_range(au - timedelta(days=SHOWN_DAYS), au, freq="MS")]
    _show(read, sites)
    read.con.register("mois_montres", pa.table({"jour": pa.array(map(number, days), pa.int32())}))
    frame = read.con.execute(
        "SELECT siret, jour AS mois, count(*) AS autres FROM autres SEMI JOIN sites_montres USING (siret) "
        "JOIN mois_montres ON debut <= jour AND coalesce(fin, jour) >= jour GROUP BY ALL ORDER BY ALL"
    ).df()
    for name in ("sites_montres", "mois_montres"):
        read.con.unregister(name)
    frame["siret"] = frame["siret"].map("{:014d}".format)
    frame["mois"] = [day_of(day).isoformat() for day in frame["mois"]]
    return frame.astype({"siret": "str", "mois": "str"})


def shown_contracts(read: Read, sites: pd.DataFrame, au: date) -> pd.DataFrame:
    """What a dashboard draws: ``contrat_id, siret, titre, nature, motif, debut, fin`` of the contracts that
    ran in the `SHOWN_DAYS` before the check, of the `SHOWN_SITES` establishments that come first.

    Days are ISO texts; the end is the planned one where none is known, the check's day where neither is; no
    person.
    """
    _show(read, sites)
    frame = read.con.execute(
        "SELECT contrat_id, siret, titre, nature, motif, debut, "
        "greatest(debut, coalesce(fin, prevue, $au)) AS fin "
        "FROM contrats SEMI JOIN sites_montres USING (siret) "
        "WHERE debut <= $au AND coalesce(fin, prevue, $au) >= $debut "
        "ORDER BY siret, titre, debut, contrat_id",
        {"au": number(au), "debut": number(au - timedelta(days=SHOWN_DAYS))},
    ).df()
    read.con.unregister("sites_montres")
    names = dict(read.titles.values())
    frame["siret"] = frame["siret"].map("{:014d}".format)
    frame["titre"] = frame["titre"].map(names)
    for column in ("debut", "fin"):
        frame[column] = [day_of(day).isoformat() for day in frame[column]]
    return frame.astype("str")
