"""Alerts as an inspector reads them: article, days counted, what is inferred, what to check on site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from archipel.defis.champollion.engine.days import day_of
from archipel.defis.champollion.law import codes, months
from archipel.defis.champollion.law.rules import (
    BAN,
    LENGTH,
    MISSING_MOTIVE,
    MOTIVE,
    PROJECT,
    RENEWALS,
    RULES,
    WAITING,
    in_force,
)  # fmt: skip

COLUMNS = (
    "regle", "article", "siret", "poste", "contrat_id", "contrat_precedent_id", "date", "unite", "attendu",
    "observe", "autre_arrondi", "date_inferee", "message", "nature", "motif", "date_debut", "date_fin",
    "premier_jour_licite", "accord", "postes_fusionnes", "a_verifier",
)  # fmt: skip
AT_ONCE = 20_000
"""Alerts: as Python's own objects, each weighs some kilobytes."""
REPEATED = ("article", "accord", "postes_fusionnes", "a_verifier")
Titles = Mapping[tuple[int, int], tuple[str, ...]]
Calendars = Mapping[Any, tuple[np.ndarray, np.ndarray]]
"""Days, and how many were open until each, by the calendar's number."""
ALERT, LAWFUL = "alerte", "conforme"
BY_THE_END = (LENGTH, BAN)
"""Rules that look at the day on which the contract itself ends."""
LEAD, CHECKS = "Infraction potentielle", " À vérifier sur place : "
AFTER_MISSION = (
    "mission suivie d’un CDD : pas de requalification pour ce seul motif (Cass. soc., 27 sept. 2023)"
)


def alerts_frame(found: pd.DataFrame, titles: Titles, opening: pd.DataFrame, au: date) -> pd.DataFrame:
    """One row an alert (`COLUMNS`), sorted. ``found``: `engine.alerts.alerts`, collected.

    ``titles``: site and number of a merged title → titles as typed there.
    ``opening``: `engine.days.opening_days`. ``au``: day of the check.
    """
    calendars = {
        name: (part["jour"].to_numpy(), part["rang_ouvert"].to_numpy())
        for name, part in opening.groupby("calendrier")
    }
    parts = [
        _part(found.iloc[first : first + AT_ONCE], titles, calendars, au)
        for first in range(0, max(len(found), 1), AT_ONCE)
    ]
    order = ["siret", "poste", "date", "contrat_id", "regle"]
    return joined(parts).sort_values(order, kind="stable").reset_index(drop=True)


def joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One after the other; what is repeated from one alert to the next is kept once."""
    for name in REPEATED:
        every = sorted(set[str]().union(*(part[name].cat.categories for part in parts)))
        parts = [part.assign(**{name: part[name].cat.set_categories(every)}) for part in parts]
    return pd.concat(parts, ignore_index=True)


def _part(found: pd.DataFrame, titles: Titles, calendars: Calendars, au: date) -> pd.DataFrame:
    broken = found.to_dict("records")
    lawful = _first_lawful(broken, calendars)
    rows = [_told(row, day, titles, au) for row, day in zip(broken, lawful, strict=True)]
    # The same kinds whether or not there is a row: parts are put together.
    kinds = {**dict.fromkeys(COLUMNS, "str"), **dict.fromkeys(REPEATED, "category"), "date_inferee": "bool"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds)


def _first_lawful(broken: Iterable[Mapping[Any, Any]], calendars: Calendars) -> list[str]:
    """The first day on which the contract could have begun, as far as the waiting period is concerned."""
    told = []
    for row in broken:
        if row["regle"] != WAITING:
            told.append("")
            continue
        days, ranks = calendars[row["calendrier"]]
        reached = ranks[int(row["depuis"]) - int(days[0])] + int(row["attendu"])
        place = int(np.searchsorted(ranks, reached))
        told.append(day_of(days[place] + 1).isoformat() if place < len(days) else "")
    return told


def _told(row: Mapping[Any, Any], lawful: str, titles: Titles, au: date) -> dict[str, Any]:
    rule = RULES[row["regle"]]
    start, end = day_of(row["debut"]), None if pd.isna(row["fin_lue"]) else day_of(row["fin_lue"])
    expected, observed = _figures(row)
    unwritten = rule.name == MOTIVE and not row["motif"]
    words = {
        "attendu": expected,
        "observe": (observed or "aucun").replace(".", ","),
        "precedent": row["precedent_id"],
        "duree": "" if pd.isna(row["prec_jours"]) else _days(int(row["prec_jours"])),
        "fin": "" if rule.name != WAITING else f"{day_of(row['depuis']):%d/%m/%Y}",
    }
    finding = "aucun motif de recours n’est déclaré" if unwritten else rule.finding.format(**words)
    article = _article(row, rule.name, start)
    inferred = bool(row["inferee"])
    merged = titles[int(row["siret"]), int(row["titre"])]
    checks = [*rule.checks, *_more(row)]
    said = [f"{LEAD} ({article}) : {finding}.", *_precisely(row, lawful, end, au)]
    message = f"{' '.join(said)}{CHECKS}{' ; '.join(checks)}."
    return {
        "regle": rule.name,
        "article": article,
        "siret": f"{int(row['siret']):014d}",
        "poste": row["poste"],
        "contrat_id": row["contrat_id"],
        "contrat_precedent_id": row["precedent_id"] if rule.name == WAITING else "",
        "date": day_of(row["jour"]).isoformat(),
        "unite": rule.unit,
        "attendu": expected,
        "observe": observed,
        "autre_arrondi": ALERT if row["autre"] else LAWFUL,
        "date_inferee": inferred,
        "message": message,
        "nature": row["nature"],
        "motif": row["motif"],
        "date_debut": start.isoformat(),
        "date_fin": end.isoformat() if end else "",
        "premier_jour_licite": lawful,
        "accord": row["accord"],
        "postes_fusionnes": " | ".join(merged),
        "a_verifier": " ; ".join(checks),
    }


def _precisely(row: Mapping[Any, Any], lawful: str, end: date | None, au: date) -> Iterator[str]:
    """Sentences on the days that were counted, and on what set them."""
    if lawful:
        yield f"Premier jour possible : {pd.Timestamp(lawful):%d/%m/%Y}."
    elif row["regle"] == WAITING:
        yield "Le premier jour possible est au-delà du calendrier compté (quatre ans)."
    if row["accord"]:
        yield f"Accord de branche : {row['accord']}."
    if row["inferee"]:
        yield "Une date est déduite ou prévue, non déclarée."
    if row["regle"] in BY_THE_END and end and end > au:
        yield f"La fin, au {end:%d/%m/%Y}, est à venir au jour du contrôle : elle peut changer."


def _days(number: int) -> str:
    return f"{number} jour{'s' if number > 1 else ''}"


def _figures(row: Mapping[Any, Any]) -> tuple[str, str]:
    """What was expected and what is observed, as the columns tell them."""
    rule = row["regle"]
    if rule == MOTIVE:
        return "cas de recours", row["motif"]
    expected = "" if pd.isna(row["attendu"]) else str(int(row["attendu"]))
    if rule == LENGTH:
        return expected, f"{months.length(day_of(row['debut']), day_of(row['jusqu_au'])):.2f}"
    if rule == BAN:
        return expected, f"{months.elapsed(day_of(row['depuis']), day_of(row['debut'])):.2f}"
    return expected, "" if pd.isna(row["observe"]) else str(int(row["observe"]))


def _article(row: Mapping[Any, Any], rule: str, start: Any) -> str:
    nature = row["nature"]
    if rule == MOTIVE and not row["motif"]:
        return MISSING_MOTIVE[nature]
    if nature == codes.CDD and row["motif"] == codes.PROJECT and rule in (LENGTH, RENEWALS):
        return in_force(PROJECT, start)
    # The delay follows the contract that expired: its own chapter of the code.
    chapter = row["precedent_nature"] if rule == WAITING else nature
    if row["accord"] and rule in (LENGTH, RENEWALS, WAITING):
        # What a branch may agree on is in the article before the one that stands in for it.
        return RULES[rule].articles[chapter][0][1]
    return RULES[rule].article(chapter, start)


def _more(row: Mapping[Any, Any]) -> list[str]:
    more = []
    if row["regle"] == WAITING:
        if not row["precedent_rupture"]:
            more.append("rupture anticipée du contrat précédent à l’initiative du salarié")
        if row["precedent_nature"] == codes.MISSION and row["nature"] == codes.CDD:
            more.append(AFTER_MISSION)
        if not row["motif"]:
            more.append("le motif de ce contrat, non déclaré, pourrait l’en dispenser")
    return more
