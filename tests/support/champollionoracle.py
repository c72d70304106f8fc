"""The law on one job, day by day: slow, plain, and sharing no code with what it judges.

It reads rows as the file of contracts has them (texts), and walks through days with `datetime` alone. What it
takes from the law is written here a second time, from the articles.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction

ONE = timedelta(days=1)
FIXED = ["01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25"]
# Easter Sundays as almanacs print them.
EASTERS = {
    2015: "04-05", 2016: "03-27", 2017: "04-16", 2018: "04-01", 2019: "04-21", 2020: "04-12", 2021: "04-04",
    2022: "04-17", 2023: "04-09", 2024: "03-31", 2025: "04-20", 2026: "04-05", 2027: "03-28", 2028: "04-16",
    2029: "04-01", 2030: "04-21",
}  # fmt: skip


def closed(day: date) -> bool:
    if f"{day:%m-%d}" in FIXED:
        return True
    sunday = date.fromisoformat(f"{day.year}-{EASTERS[day.year]}")
    return (day - sunday).days in (1, 39, 50)


def opening_days(after: date, before: date, weekdays: frozenset[int]) -> int:
    """Strictly between two days, counted one by one."""
    count, day = 0, after + ONE
    while day < before:
        count += day.weekday() in weekdays and not closed(day)
        day += ONE
    return count


def too_long(start: date, end: date, months: int) -> bool:
    """Walks month by month from the first day; article 641 of the code of civil procedure."""
    year, month = start.year, start.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    after = (date(year + (month == 12), month % 12 + 1, 1) - ONE).day
    last = date(year, month, after) if start.day > after else date(year, month, start.day) - ONE
    return end > last


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def alerts(
    rows: Iterable[Mapping[str, str]],
    au: date,
    up: bool = True,
    weekdays: frozenset[int] = frozenset(range(5)),
    dismissals: Iterable[tuple[str, str, date]] = (),
) -> set[tuple[str, str, str]]:
    """(rule, contract, contract before) of every alert; since 24 September 2017, no branch agreement."""
    jobs: dict[tuple[str, str], list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        start = _day(row["date_debut"])
        if row["nature"] in ("02", "03") and start and start <= au:
            jobs[row["siret"], row["poste"]].append(row)
    found: set[tuple[str, str, str]] = set()
    for job, contracts in jobs.items():
        gone = [day for siret, title, day in dismissals if (siret, title) == job]
        for row in contracts:
            found |= {(rule, row["contrat_id"], "") for rule in _own(row, au, gone)}
            found |= _after(row, contracts, up, weekdays)
    return found


def _own(row: Mapping[str, str], au: date, gone: list[date]) -> set[str]:
    nature, motive = row["nature"], row["motif"]
    start, planned, end = (_day(row[name]) for name in ("date_debut", "date_fin_prevue", "date_fin"))
    assert start
    renewed = int(row["renouvellements"] or 0)
    broken = set()
    only_cdd, only_mission = {"04", "06", "14"}, {"15"}
    lawful = motive and motive not in (only_mission if nature == "02" else only_cdd)
    if not lawful:
        broken.add("motif")
    imprecise = {"01", "03", "04", "05", "06", "07", "08", "14"}
    if lawful and motive not in imprecise and planned is None:
        broken.add("terme")
    employment_policy = nature == "02" and motive in {"09", "10", "11"}
    project = nature == "02" and motive == "06"
    if not employment_policy and renewed > (0 if project else 2):
        broken.add("renouvellements")
    if motive == "13":
        most = 24
    elif project or (nature == "03" and motive == "11"):
        most = 36
    else:
        most = 18
    unlimited = (
        employment_policy
        or motive == "14"
        or (planned is None and (not motive or motive in imprecise - {"06"}))
    )
    if not unlimited and too_long(start, end or planned or au, most):
        broken.add("duree_totale")
    if motive == "02":
        for day in gone:
            until = day
            for _ in range(6):
                until = date(until.year + (until.month == 12), until.month % 12 + 1, 1)
            while until.day < day.day and (until + ONE).month == until.month:
                until += ONE
            brief = not too_long(start, end or planned or date.max - ONE, 3) and renewed == 0
            if day <= start <= until and not brief:
                broken.add("interdiction")
    return broken


def _after(
    row: Mapping[str, str], contracts: list[Mapping[str, str]], up: bool, weekdays: frozenset[int]
) -> set[tuple[str, str, str]]:
    """Walks back from the contract's eve to the day on which the job was last held."""
    start = date.fromisoformat(row["date_debut"])
    ended: dict[date, list[Mapping[str, str]]] = defaultdict(list)
    for other in contracts:
        end = _day(other["date_fin"]) or _day(other["date_fin_prevue"])
        if end:
            ended[end].append(other)
    day, first = start - ONE, min(ended, default=start)
    while day >= first and day not in ended:
        day -= ONE
    if day < first or day not in ended:
        return set()
    # Of those that ended that day, the one that asks most of the next, then the longest; else a mission, then
    # one whose end nobody declared, then the first name.
    asked = [
        (
            _asks(other), day - date.fromisoformat(other["date_debut"]), other["nature"] == "03",
            not other["date_fin"] or other.get("statut_fin") == "1",
        )
        for other in ended[day]
    ]  # fmt: skip
    other = min(
        (one for one, key in zip(ended[day], asked, strict=True) if key == max(asked)),
        key=lambda one: one["contrat_id"],
    )
    asks, length, *_ties = max(asked)
    if asks == 0 or (asks == 1 and _spared(row)):
        return set()
    days = length.days + 1
    delay = Fraction(days, 3 if days >= 14 else 2)
    needed = math.ceil(delay) if up else math.floor(delay)
    if opening_days(day, start, weekdays) < needed:
        return {("carence", row["contrat_id"], other["contrat_id"])}
    return set()


def _asks(row: Mapping[str, str]) -> int:
    """0: nothing, its employee left; 1: a delay, unless the next is spared too; 2: a delay."""
    if row.get("motif_fin", "") in ("035", "037", "059"):
        return 0
    return 1 if _spared(row) else 2


def _spared(row: Mapping[str, str]) -> bool:
    motives = {"01", "03", "04", "05", "07", "08"}
    return row["motif"] in (motives | {"09", "10", "11", "14"} if row["nature"] == "02" else motives)
