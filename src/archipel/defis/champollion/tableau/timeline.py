"""Two drawings of an establishment: its contracts in time, job by job, and how many run each month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from archipel.defis.champollion.law.codes import CDD, MISSION, MOTIVES
from archipel.defis.page.parts import note, scrolling
from archipel.defis.page.words import day, safe

WIDTH, LEFT, ROW, TOP, MOST, LABEL = 1100, 210, 26, 26, 12, 52
"""Pixels; jobs drawn, those with most alerts first; pixels of a month’s name."""
NATURES = {CDD: ("chp-cdd", "CDD"), MISSION: ("chp-mission", "mission d’intérim")}


def months(first: date, last: date) -> list[date]:
    """First days of months between two days."""
    found, year, month = [], first.year, first.month
    while date(year, month, 1) <= last:
        found.append(date(year, month, 1))
        year, month = year + month // 12, month % 12 + 1
    return found


class Scale:
    """Days to pixels."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.days = first, max((last - first).days, 1)

    def __call__(self, when: date) -> float:
        share = min(max((when - self.first).days / self.days, 0), 1)
        return LEFT + share * (WIDTH - LEFT - 10)


def contracts(own: pd.DataFrame, alerts: pd.DataFrame, first: date, last: date) -> str:
    """Time line: one row a job, one bar a contract, a red outline where it is an alert."""
    alerted = alerts.groupby("contrat_id")["regle"].agg(", ".join).to_dict()
    shown = own[(own["fin"] >= first.isoformat()) & (own["debut"] <= last.isoformat())]
    order = (
        shown.assign(alerte=shown["contrat_id"].isin(alerted))
        .groupby("titre")["alerte"].agg(["sum", "size"])
        .sort_values(["sum", "size"], ascending=False)
    )  # fmt: skip
    jobs = list(order.index[:MOST])
    scale, height = Scale(first, last), TOP + ROW * len(jobs) + 8
    parts = [_years(first, last, scale, height)]
    for rank, job in enumerate(jobs):
        top = TOP + rank * ROW
        parts.append(f'<text class="arc-nom" x="0" y="{top + 16}">{safe(str(job)[:32])}</text>')
        parts += [
            _bar(row, scale, top, alerted.get(row["contrat_id"], ""))
            for row in shown[shown["titre"] == job].to_dict("records")
        ]
    told = f"Contrats par poste, du {day(first.isoformat())} au {day(last.isoformat())}"
    hidden = len(order) - len(jobs)
    more = note(f"{hidden} postes de plus ne sont pas dessinés.") if hidden > 0 else ""
    return scrolling(told, (WIDTH, height), "".join(parts)) + _legend() + more


def _years(first: date, last: date, scale: Scale, height: int) -> str:
    parts = []
    quarters = [month for month in months(first, last) if month.month in (1, 4, 7, 10) and month >= first]
    for month in quarters:
        x = scale(month)
        name = f"{month:%m/%Y}"
        parts.append(
            f'<line class="arc-grille" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{height}"/>'
            f'<text class="arc-axe" x="{min(x + 3, WIDTH - LABEL):.1f}" y="14">{name}</text>'
        )
    return "".join(parts)


def _bar(row: dict[str, str], scale: Scale, top: int, broken: str) -> str:
    begin, end = date.fromisoformat(row["debut"]), date.fromisoformat(row["fin"])
    x, width = scale(begin), max(scale(end) - scale(begin), 1.5)
    kind, name = NATURES[row["nature"]]
    motive = MOTIVES.get(row["motif"], "sans motif")
    told = f"{name}, {motive}, du {day(row['debut'])} au {day(row['fin'])}"
    told += f" ; alerte : {broken}" if broken else ""
    outline = (
        f'<rect class="chp-alerte" x="{x - 1.5:.1f}" y="{top + 2.5}" width="{width + 3:.1f}" height="19"/>'
        if broken
        else ""
    )
    return (
        f'<g><title>{safe(told)}</title><rect class="{kind}" x="{x:.1f}" y="{top + 5}" width="{width:.1f}" '
        f'height="14"/>{outline}</g>'
    )


def _legend() -> str:
    alert = _key("chp-alerte", "infraction potentielle", 'x="1" y="1" width="18" height="12"')
    return f'<ul class="arc-legende">{"".join(_key(*one) for one in NATURES.values())}{alert}</ul>'


def _key(kind: str, name: str, size: str = 'width="20" height="14"') -> str:
    return f'<li><svg viewBox="0 0 20 14" aria-hidden="true"><rect class="{kind}" {size}/></svg>{name}</li>'


OTHERS = f'<ul class="arc-legende">{_key("chp-autre", "autres contrats (CDI…), que rien ne juge ici")}</ul>'


Stock = tuple[date, int, int, int]
"""First day of a month; CDDs, missions and contracts of other natures that run on it."""


def stock(own: pd.DataFrame, others: Mapping[str, int], first: date, last: date) -> list[Stock]:
    """``others``: by ISO first day of the month."""
    rows = []
    for month in months(first, last):
        now = own[(own["debut"] <= month.isoformat()) & (own["fin"] >= month.isoformat())]
        cdd, mission = (int((now["nature"] == nature).sum()) for nature in (CDD, MISSION))
        rows.append((month, cdd, mission, others.get(month.isoformat(), 0)))
    return rows


def headcount(rows: list[Stock]) -> str:
    """Stacked bars, a month each."""
    height, base = 180, 150
    highest = max((sum(counts) for _month, *counts in rows), default=0) or 1
    step = (WIDTH - 50) / max(len(rows), 1)
    parts = []
    for value in sorted({0, highest // 2, highest}):
        y = base - value / highest * 130
        parts.append(
            f'<line class="arc-grille" x1="40" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="arc-axe" x="32" y="{y + 4:.1f}" text-anchor="end">{value}</text>'
        )
    for rank, (month, cdd, mission, other) in enumerate(rows):
        x, low = 42 + rank * step, float(base)
        told = f"{month:%m/%Y} : {cdd} CDD, {mission} missions" + (f", {other} autres" if other else "")
        parts.append(f"<g><title>{told}</title>")
        for count, kind in ((cdd, "chp-cdd"), (mission, "chp-mission"), (other, "chp-autre")):
            size = count / highest * 130
            low -= size
            parts.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{low:.1f}" width="{step * 0.8:.1f}" '
                f'height="{size:.1f}"/>'
            )
        parts.append("</g>")
        if month.month == 1:
            parts.append(f'<text class="arc-axe" x="{x:.1f}" y="{base + 18}">{month.year}</text>')
    label = "Contrats en cours au premier de chaque mois, par nature"
    return scrolling(label, (WIDTH, height), "".join(parts))
