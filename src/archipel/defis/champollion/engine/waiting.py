"""The waiting period between two contracts on one job (L1244-3-1, L1251-36-1)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from archipel.defis.champollion.engine.contracts import (
    BY_BRANCH,
    ENDED_BY_EMPLOYEE,
    EXEMPT,
    SUPPLETIVE,
    Check,
    in_force,
)
from archipel.defis.champollion.engine.found import found
from archipel.defis.champollion.law import codes, rules

_CLASSES, _LENGTHS, _CALENDARS, _BRANCHES = 4, 1 << 17, 1 << 20, 1 << 17
"""Bounds of what is packed in one number; no contract lasts 358 years (`reading.contracts.LATEST`), and a
branch has five digits at most."""


def before(table: ir.Table, *, branches: bool) -> ir.Table:
    """``rang, debut, debut_deduit, exempte, exempte_loi, calendrier``, and of the contract of the same job
    with the latest end before it begins: ``prec_fin``, ``prec_jours``, ``prec_classe``, ``prec_mission``,
    ``prec_inferee``, and ``prec_idcc`` (0 for none) where ``branches`` must be known.

    Beginnings and ends stand in one order of days, a day's beginnings first: the greatest end met is the one
    wanted, whatever runs meanwhile. Where several end together, the one that asks most, then the longest,
    then a mission, then one whose dates are inferred. One number holds what must be known of either
    (negative: a beginning), so that a running maximum is all there is to compute, over narrow rows: no
    contract is compared with another.
    """
    ended = table.filter(table.fin_lue.notnull())
    length = ibis.least(ibis.greatest(ended.jours, 1), _LENGTHS - 1).cast("int64")
    end = (ended.fin_lue.cast("int64") * _CLASSES + ended.classe) * _LENGTHS + length
    known = (ended.nature == codes.MISSION).cast("int64") * 2 + ended.inferee.cast("int64")
    if branches:
        # Whatever else was typed would spill over what is packed beside it.
        named = ended.idcc.re_search("^[0-9]{1,5}$")
        branch = ibis.ifelse(named, ended.idcc, "0").try_cast("int64").fill_null(0)
        known = known * _BRANCHES + branch
    many = 4 * _BRANCHES if branches else 4
    own = table.debut_deduit.cast("int64") * 2 + table.exempte.cast("int64")
    own = own + table.exempte_loi.cast("int64") * 4
    start = (table.rang * 8 + own) * _CALENDARS + table.calendrier
    events = ibis.union(
        table.select("siret", "titre", cle=table.debut * 2, code=-1 - start),
        ended.select("siret", "titre", cle=ended.fin_lue * 2 + 1, code=end * many + known),
    )
    window = ibis.window(group_by=["siret", "titre"], order_by="cle", rows=(None, 0))
    met = events.mutate(fin=events.code.max().over(window))
    met = met.filter(met.code < 0, met.fin >= 0)
    start, end = -1 - met.code, met.fin // many
    flags = met.fin // (many // 4)
    return met.select(
        rang=start // _CALENDARS // 8,
        debut=met.cle // 2,
        exempte=start // _CALENDARS % 2 == 1,
        debut_deduit=start // _CALENDARS // 2 % 2 == 1,
        exempte_loi=start // _CALENDARS // 4 % 2 == 1,
        calendrier=(start % _CALENDARS).cast("int32"),
        prec_inferee=flags % 2 == 1,
        prec_mission=flags // 2 % 2 == 1,
        prec_idcc=met.fin % (many // 4),
        prec_jours=(end % _LENGTHS).cast("int32"),
        prec_classe=(end // _LENGTHS % _CLASSES).cast("int32"),
        prec_fin=(end // _LENGTHS // _CLASSES).cast("int32"),
    )


def waiting(table: ir.Table, opening: ir.Table, check: Check, agreements: ir.Table | None) -> ir.Table:
    """A contract that begins before the opening days due since the last one on its job are over.

    ``agreements``: whose fractions replace the law's, for the branch and the nature of the contract that
    expired (L1244-3, L1251-36), on the day that the next one begins.
    """
    pairs = before(table, branches=agreements is not None)
    due = pairs.filter(
        pairs.prec_classe != ENDED_BY_EMPLOYEE, ~((pairs.prec_classe == EXEMPT) & pairs.exempte)
    )
    due = _fractions(due, agreements)
    long = due.prec_jours >= due.seuil
    share = due.prec_jours * ibis.ifelse(long, due.num_long, due.num_court)
    parts = ibis.ifelse(long, due.den_long, due.den_court)
    due = due.mutate(plancher=share // parts, plafond=(share + parts - 1) // parts)
    since = opening.select(calendrier="calendrier", prec_fin="jour", ouverts_avant="rang_ouvert")
    until = opening.select(calendrier="calendrier", veille="jour", ouverts_apres="rang_ouvert")
    due = due.inner_join(since, ["calendrier", "prec_fin"]).mutate(veille=due.debut - 1)
    due = due.inner_join(until, ["calendrier", "veille"])
    observed = due.ouverts_apres - due.ouverts_avant
    asked, other = (due.plafond, due.plancher) if check.up else (due.plancher, due.plafond)
    due = due.mutate(vus=observed, demande=asked, demande_autrement=other)
    kept = due.filter(due.vus < due.demande)
    return found(
        kept, rules.WAITING, expected=kept.demande, observed=kept.vus,
        other=kept.vus < kept.demande_autrement,
        inferred=kept.prec_inferee | kept.debut_deduit, since=kept.prec_fin, before_days=kept.prec_jours,
        before_class=kept.prec_classe, before_mission=kept.prec_mission, before_inferred=kept.prec_inferee,
        agreement=kept.accord,
    )  # fmt: skip


def _fractions(due: ir.Table, agreements: ir.Table | None) -> ir.Table:
    if agreements is None:
        return due.mutate(accord=ibis.literal(""), **SUPPLETIVE)
    due = due.mutate(
        nature=ibis.ifelse(due.prec_mission, codes.MISSION, codes.CDD), idcc=due.prec_idcc.cast("string")
    )
    joined = in_force(due, agreements)
    long = joined.prec_jours >= ibis.coalesce(joined.b_seuil, SUPPLETIVE["seuil"])
    share = ibis.ifelse(long, joined.b_num_long, joined.b_num_court)
    # It is named where it changes something: the fraction, its threshold, or who is exempt.
    unlike = long != (joined.prec_jours >= SUPPLETIVE["seuil"])
    spared = joined.prec_classe.isin([EXEMPT, BY_BRANCH]) & joined.exempte_loi
    own = joined.b_texte.notnull() & (unlike | share.notnull() | spared)
    return joined.mutate(
        accord=ibis.ifelse(own, joined.b_texte, ""),
        **{name: ibis.coalesce(joined[f"b_{name}"], value) for name, value in SUPPLETIVE.items()},
    )
