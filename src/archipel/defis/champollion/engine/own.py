"""Rules that a contract breaks, or not, by itself: motive, term, renewals, total length, ban."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from archipel.defis.champollion.engine.contracts import Check, number
from archipel.defis.champollion.engine.found import found
from archipel.defis.champollion.law import codes, rules
from archipel.defis.champollion.law.limits import BAN_MONTHS, BRIEF_MONTHS

SHORTEST_MONTH = 28
"""Days."""


def motive(table: ir.Table) -> ir.Table:
    """No motive, or one that does not open this nature of contract."""
    return found(table.filter(~table.permis), rules.MOTIVE)


def term(table: ir.Table) -> ir.Table:
    """No planned end, though the motive wants one."""
    return found(table.filter(table.permis, table.terme_requis, table.prevue.isnull()), rules.TERM)


def renewals(table: ir.Table) -> ir.Table:
    kept = table.filter(table.renouvellements > table.renouv_max)
    return found(
        kept, rules.RENEWALS, expected=kept.renouv_max, observed=kept.renouvellements,
        agreement=kept.accord_renouv,
    )  # fmt: skip


def length(table: ir.Table, spans: ir.Table, check: Check) -> ir.Table:
    """Longer than its limit, renewals included; one in progress is judged by its planned end, else as of now.

    ``date``: the first day beyond the limit.
    """
    limited = table.filter(table.mois_max.notnull(), table.prevue.notnull() | table.borne)
    end = ibis.coalesce(limited.fin_lue, ibis.literal(number(check.au), "int32"))
    # No month is shorter than 28 days: who is under that is not looked up.
    long = limited.mutate(terme=end).filter(end - limited.debut >= limited.mois_max * SHORTEST_MONTH - 1)
    joined = long.inner_join(spans, [long.debut == spans.jour, long.mois_max == spans.mois])
    over = joined.filter(joined.terme > joined.dernier)
    return found(
        over, rules.LENGTH, day=over.dernier + 1, expected=over.mois_max, observed_until=over.terme,
        agreement=over.accord_mois,
    )  # fmt: skip


def ban(table: ir.Table, dismissals: ir.Table, spans: ir.Table) -> ir.Table:
    """A temporary increase on a job, in the six months after an economic dismissal on it.

    ``dismissals``: ``siret, titre``, and the days ``licencie`` and ``interdit``, the last of the six months.
    Three months at most without renewal are allowed.
    """
    asked = table.filter(table.motif == codes.INCREASE)
    joined = asked.inner_join(dismissals, ["siret", "titre"])
    within = joined.filter(joined.debut >= joined.licencie, joined.debut <= joined.interdit)
    latest = within.group_by("rang").aggregate(licencie=within.licencie.max())
    asked = asked.inner_join(latest, "rang")
    brief = spans.filter(spans.mois == BRIEF_MONTHS).select("jour", bref="dernier")
    asked = asked.inner_join(brief, asked.debut == brief.jour)
    allowed = (asked.renouvellements == 0) & (asked.fin_lue <= asked.bref).fill_null(False)
    kept = asked.filter(~allowed)
    return found(kept, rules.BAN, expected=BAN_MONTHS, since=kept.licencie)
