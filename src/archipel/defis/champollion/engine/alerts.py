"""All rules at once, the same expressions whatever runs them: what is broken, then what it is called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import ibis
import ibis.expr.types as ir

from archipel.defis.champollion.engine import own
from archipel.defis.champollion.engine.contracts import COLUMNS, Check, judged
from archipel.defis.champollion.engine.found import COLUMNS as FOUND
from archipel.defis.champollion.engine.waiting import waiting
from archipel.defis.champollion.law import codes


@dataclass(frozen=True)
class Tables:
    """What is judged (`contracts.COLUMNS`) and what is looked up (`contracts.limits_frame`, `days`).

    ``agreements``, ``dismissals``: None where none is known.
    """

    contracts: ir.Table
    law: ir.Table
    opening: ir.Table
    spans: ir.Table
    agreements: ir.Table | None = None
    dismissals: ir.Table | None = None


SCHEMAS = {
    "contrats": COLUMNS,
    "loi": {
        "nature": "string", "motif": "string", "periode": "int32", "permis": "boolean",
        "terme_requis": "boolean", "borne": "boolean", "mois_max": "int32", "renouv_max": "int32",
        "exempte": "boolean", "branche": "boolean",
    },
    "ouverture": dict.fromkeys(("calendrier", "jour", "rang_ouvert"), "int32"),
    "periodes": dict.fromkeys(("jour", "mois", "dernier"), "int32"),
    "accords": {
        "idcc": "string", "nature": "string", "du": "int32", "au": "int32", "texte": "string",
        **dict.fromkeys(
            ("mois_max", "renouv_max", "seuil", "num_court", "den_court", "num_long", "den_long"), "int32"
        ),
        "motifs_exclus": "string",
    },
    "licencies": {"siret": "int64", "titre": "int32", "licencie": "int32", "interdit": "int32"},
}  # fmt: skip
"""Tables by the names that the queries give them."""


PRECEDING = ("precedent_id", "precedent_nature", "precedent_rupture")
"""What is told of the contract before; ``precedent_rupture``: why it ended, empty where that is not told."""


def named(*, agreed: bool, dismissed: bool) -> Tables:
    """The tables of `SCHEMAS`, wherever they are: of no engine yet."""
    known = {name: ibis.table(schema, name=name) for name, schema in SCHEMAS.items()}
    return Tables(
        known["contrats"], known["loi"], known["ouverture"], known["periodes"],
        known["accords"] if agreed else None, known["licencies"] if dismissed else None,
    )  # fmt: skip


@dataclass(frozen=True)
class Queries:
    """SQL over the tables of `SCHEMAS`. ``broken`` makes the table ``trouves``, which ``named`` reads: kept
    between, or an engine works it out twice."""

    broken: str
    named: str


@cache
def queries(check: Check, dialect: str, *, agreed: bool, dismissed: bool) -> Queries:
    """``dialect``: « duckdb », « pyspark »."""
    tables = named(agreed=agreed, dismissed=dismissed)
    kept = ibis.table(FOUND, name="trouves")
    told = (broken(tables, check), alerts(tables, kept, check))
    return Queries(*(str(ibis.to_sql(one, dialect=dialect)) for one in told))


def broken(tables: Tables, check: Check) -> ir.Table:
    """One row a contract and rule that it breaks (`found.COLUMNS`)."""
    table = judged(tables.contracts, tables.law, tables.agreements, check)
    parts = [
        own.motive(table),
        own.term(table),
        own.renewals(table),
        own.length(table, tables.spans, check),
        waiting(table, tables.opening, check, tables.agreements),
    ]
    if tables.dismissals is not None:
        parts.append(own.ban(table, tables.dismissals, tables.spans))
    return ibis.union(*parts)


def alerts(tables: Tables, found: ir.Table, check: Check) -> ir.Table:
    """Those of `broken`, with the contract's own columns and the one before's (`PRECEDING`)."""
    # Only the jobs concerned are looked at again.
    jobs = tables.contracts.semi_join(found, "rang").select("siret", "titre").distinct()
    near = tables.contracts.semi_join(jobs, ["siret", "titre"])
    table = judged(near, tables.law, tables.agreements, check)
    wanted = table.select(
        "rang", "contrat_id", "siret", "titre", "poste", "nature", "motif", "debut", "fin_lue",
        "renouvellements", "calendrier",
    )  # fmt: skip
    told = wanted.inner_join(found, "rang")
    keys = ["siret", "titre", "depuis", "prec_jours", "prec_classe", "prec_mission", "prec_inferee"]
    asked = told.filter(told.prec_jours.notnull()).select(*keys).distinct()
    past = table.select(
        "siret", "titre", depuis=table.fin_lue, prec_jours=table.jours, prec_classe=table.classe,
        prec_mission=table.nature == codes.MISSION, prec_inferee=table.inferee,
        precedent_id=table.contrat_id, precedent_nature=table.nature, precedent_rupture=table.rupture,
    )  # fmt: skip
    past = past.inner_join(asked, keys)
    past = past.group_by(keys).aggregate(
        precedent_id=past.precedent_id.min(),
        precedent_nature=past.precedent_nature.argmin(past.precedent_id),
        precedent_rupture=past.precedent_rupture.argmin(past.precedent_id),
    )
    return told.left_join(past, keys).select(*told.columns, *PRECEDING)
