"""The columns that every rule reads, and what the law says of each contract."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from archipel.defis.champollion.law import codes
from archipel.defis.champollion.law.limits import LONG_FROM, MOST_RENEWALS, Limit, limits
from archipel.defis.champollion.law.rules import PERIODS, TWO_RENEWALS

COLUMNS = {
    "rang": "int64", "contrat_id": "string", "siret": "int64", "titre": "int32", "poste": "string",
    "idcc": "string", "nature": "string", "motif": "string", "debut": "int32", "prevue": "int32",
    "fin": "int32", "statut": "string", "renouvellements": "int32", "rupture": "string",
    "calendrier": "int32", "debut_deduit": "boolean",
}  # fmt: skip
"""Of the table ``contracts``: one row a contract of nature 02 or 03.

``rang``: unique. ``titre``: the job's title, merged, as a number. ``debut``, ``prevue``, ``fin``: days, both
ends included, null where unknown. ``calendrier``: which days its establishment opens. No text is null.
``debut_deduit``: its first day is not declared, a mission having moved here in the course of a month.
"""
EPOCH = date(1970, 1, 1)


def number(day: date) -> int:
    """Days since 1 January 1970."""
    return (day - EPOCH).days


def limits_frame() -> pd.DataFrame:
    """The law's table, one row a nature, motive and ``periode`` (rank of its state of the law, from 0)."""
    names = {
        "nature": "nature", "motive": "motif", "since": "periode", "allowed": "permis",
        "needs_term": "terme_requis", "bounded": "borne", "months": "mois_max", "renewals": "renouv_max",
        "exempt": "exempte", "branch": "branche",
    }  # fmt: skip
    rows = [astuple(one) for one in limits()]
    frame = pd.DataFrame(rows, columns=[names[field.name] for field in fields(Limit)])
    frame["periode"] = frame["periode"].map(PERIODS.index).astype("int32")
    return frame.astype({"mois_max": "Int32", "renouv_max": "Int32"})


@dataclass(frozen=True)
class Check:
    """``au``: day of the check; contracts that begin later are not judged.

    ``up``: whether fractions of a day are rounded up.
    """

    au: date
    up: bool = True


def judged(contracts: ir.Table, law: ir.Table, agreements: ir.Table | None, check: Check) -> ir.Table:
    """Contracts begun by the day of the check, each with its limits: the branch's, or the law's.

    Adds ``fin_lue`` (declared or inferred end, else the planned one), ``inferee`` (whether either day is),
    ``jours`` (its length, both ends included) and the columns of `limits_frame` and of `agreements`.
    """
    first, *later = (number(day) for day in PERIODS)
    begun = contracts.filter(contracts.debut <= number(check.au), contracts.debut >= first)
    period = ibis.literal(0, "int32")
    for rank, day in enumerate(later, 1):
        period = ibis.ifelse(begun.debut >= day, ibis.literal(rank, "int32"), period)
    end = ibis.coalesce(begun.fin, begun.prevue)
    table = begun.mutate(
        periode=period,
        fin_lue=end,
        inferee=begun.fin.isnull() | (begun.statut == codes.INFERRED) | begun.debut_deduit,
        jours=end - begun.debut + 1,
    )
    table = table.inner_join(law, ["nature", "motif", "periode"])
    # The law of 17 August 2015 (article 55) holds for contracts in progress too.
    running = ibis.coalesce(table.fin_lue, number(check.au)) >= number(TWO_RENEWALS)
    once = (table.renouv_max == MOST_RENEWALS - 1) & running
    table = table.mutate(
        renouv_max=ibis.ifelse(once, ibis.literal(MOST_RENEWALS, "int32"), table.renouv_max),
        exempte_loi=table.exempte,
    )
    table = _agreed(table, agreements)
    return table.mutate(
        classe=ibis.cases(
            (table.rupture.isin(sorted(codes.ENDED_BY_EMPLOYEE)), ENDED_BY_EMPLOYEE),
            (table.exempte, EXEMPT),
            (table.exempte_loi, BY_BRANCH),
            else_=NOT_EXEMPT,
        ).cast("int32")
    )


ENDED_BY_EMPLOYEE, EXEMPT, NOT_EXEMPT, BY_BRANCH = range(4)
"""What an expired contract asks of the next: nothing; a delay unless both are exempt; a delay; a delay, since
its branch does not exempt what the law does."""

SUPPLETIVE = {
    "seuil": ibis.literal(LONG_FROM, "int32"),
    "num_court": ibis.literal(1, "int32"),
    "den_court": ibis.literal(2, "int32"),
    "num_long": ibis.literal(1, "int32"),
    "den_long": ibis.literal(3, "int32"),
}
"""The delay of L1244-3-1 and L1251-36-1: a half of a contract under fourteen days, else a third."""


def _agreed(table: ir.Table, agreements: ir.Table | None) -> ir.Table:
    """The branch's own limits in the place of the law's, where it has any on the day the contract begins."""
    if agreements is None:
        return table.mutate(accord_mois=ibis.literal(""), accord_renouv=ibis.literal(""))
    joined = in_force(table, agreements)
    spared = joined.b_motifs_exclus.contains(ibis.literal(" ") + joined.motif + " ")
    return joined.mutate(
        mois_max=ibis.ifelse(_replaces(joined, "mois_max"), joined.b_mois_max, joined.mois_max),
        accord_mois=ibis.ifelse(_replaces(joined, "mois_max"), joined.b_texte, ""),
        renouv_max=ibis.ifelse(_replaces(joined, "renouv_max"), joined.b_renouv_max, joined.renouv_max),
        accord_renouv=ibis.ifelse(_replaces(joined, "renouv_max"), joined.b_texte, ""),
        exempte=ibis.coalesce(spared & (joined.motif != ""), joined.exempte),
    )


def in_force(table: ir.Table, agreements: ir.Table) -> ir.Table:
    """The agreement of each one's branch and nature on its first day, in columns ``b_…``; null for none."""
    own = agreements.rename({f"b_{name}": name for name in agreements.columns})
    return table.left_join(
        own,
        [
            table.idcc == own.b_idcc,
            table.nature == own.b_nature,
            table.debut >= own.b_du,
            table.debut <= own.b_au,
        ],
    )


def _replaces(joined: ir.Table, limit: str) -> ir.BooleanValue:
    """Whether the branch has a limit of its own, and the law has one for this motive and lets it."""
    return joined[limit].notnull() & joined.branche & joined[f"b_{limit}"].notnull()
