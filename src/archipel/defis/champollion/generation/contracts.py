"""Contracts of a stretch of establishments, job after job: lawful, but for abuses that are planted and told.

A job is one seat: a contract begins when the last one has ended and the delay is over, unless it is an abuse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from archipel.defis.champollion.generation import calendars
from archipel.defis.champollion.generation.country import SECTORS, sites
from archipel.defis.champollion.law import codes, rules
from archipel.defis.champollion.law.limits import BAN_MONTHS, BRIEF_MONTHS, EXEMPT, ORDINARY

SITES_AT_ONCE = 300
MOST = 900
"""Contracts of one job, at most."""
KINDS = (rules.WAITING, rules.LENGTH, rules.RENEWALS, rules.MOTIVE, rules.TERM)
SHARES = (0.68, 0.08, 0.08, 0.09, 0.07)
_MOTIVES = (codes.INCREASE, codes.REPLACEMENT, codes.SEASON, codes.CUSTOM)
_SPELLINGS = ("{}", "{}", "{}", "{} H/F", "{} (h/f)", "UPPER", "Capital")


@dataclass(frozen=True)
class Stretch:
    """``contracts``: columns of the file that the check reads, dates as days; with ``poste_no`` and ``rang``.

    ``planted``: ``contrat_id, regle`` of every abuse. ``dismissals``: ``siret, poste, licencie``.
    """

    sites: pd.DataFrame
    contracts: pd.DataFrame
    planted: pd.DataFrame
    dismissals: pd.DataFrame


def stretch(seed: int, part: int, start: int, end: int, number: int = SITES_AT_ONCE) -> Stretch:
    """The ``part``-th stretch of the country: contracts that begin between two days, ``end`` excluded."""
    places = sites(seed, part * number, number)
    draw = np.random.default_rng([seed, 2, part])
    site = np.repeat(np.arange(number), places["postes"])
    job = np.arange(len(site))
    sector = places["secteur"].to_numpy()[site]
    nth = job - np.searchsorted(site, site)
    risk = places["risque"].to_numpy()[site]
    steps, free = [], start + draw.integers(0, 200, len(job))
    before: pd.DataFrame | None = None
    for rank in range(MOST):
        step = _next(draw, job, sector, risk, free, before, rank)
        step = step[step["debut"] < end]
        if step.empty:
            break
        steps.append(step)
        kept = step["poste_no"].to_numpy()
        job, sector, risk = kept, _of(kept, site, places), places["risque"].to_numpy()[site[kept]]
        free, before = step["fin"].to_numpy() + 1, step
    frame = pd.concat(steps, ignore_index=True).sort_values(["poste_no", "debut"], kind="stable")
    return _told(draw, frame, part, places, site, nth)


def _of(jobs: np.ndarray, site: np.ndarray, places: pd.DataFrame) -> np.ndarray:
    return places["secteur"].to_numpy()[site[jobs]]


def _next(
    draw: np.random.Generator,
    job: np.ndarray,
    sector: np.ndarray,
    risk: np.ndarray,
    free: np.ndarray,
    before: pd.DataFrame | None,
    rank: int,
) -> pd.DataFrame:
    """One contract more on each job: drawn lawful, then made abusive where it is drawn to be."""
    size = len(job)
    missions = np.array([one.missions for one in SECTORS])[sector]
    mission = draw.random(size) < missions
    season = np.array([one.season for one in SECTORS])[sector]
    weights = np.where(season[:, None], [0.35, 0.2, 0.35, 0.1], [0.55, 0.33, 0.02, 0.1])
    motive = np.array(_MOTIVES)[(draw.random(size)[:, None] > weights.cumsum(axis=1)).sum(axis=1).clip(0, 3)]
    median = np.array([one.days for one in SECTORS])[sector]
    days = np.exp(draw.normal(np.log(median), 0.9, size)).clip(1, 500).astype(int)
    renewed = np.where(days > 20, draw.integers(0, 3, size), 0)
    gap = draw.geometric(0.08, size) - 1

    abusive = draw.random(size) < risk
    kind = np.where(abusive, draw.choice(len(KINDS), size, p=SHARES), -1)
    motive = np.where((kind == 1) | (kind == 4), codes.INCREASE, motive)
    wrong = np.where(mission, codes.PROJECT, codes.DISABLED)
    motive = np.where(kind == 3, np.where(draw.random(size) < 0.6, "", wrong), motive)
    renewed = np.where(kind == 2, draw.integers(3, 6, size), renewed)

    needed = _needed(before, mission, motive) if before is not None else np.zeros(size, int)
    kind = np.where((kind == 0) & (needed == 0), -1, kind)
    seen = (draw.random(size) * needed).astype(int)
    lawful = calendars.after_opening_days(free - 1, needed) + gap
    start = np.where(kind == 0, calendars.after_opening_days(free - 1, seen), lawful)
    longest = calendars.last_lawful(start, ORDINARY)
    end = np.where(kind == 1, longest + draw.integers(1, 120, size), np.minimum(start + days - 1, longest))
    imprecise = np.isin(motive, [codes.REPLACEMENT, codes.SEASON, codes.CUSTOM]) & (draw.random(size) < 0.3)
    unplanned = imprecise | (kind == 4)
    return pd.DataFrame(
        {
            "poste_no": job, "rang": rank, "mission": mission, "motif": motive, "debut": start, "fin": end,
            "prevue": np.where(unplanned, -1, end), "renouvellements": renewed, "abus": kind,
        }
    )  # fmt: skip


def _needed(before: pd.DataFrame, mission: np.ndarray, motive: np.ndarray) -> np.ndarray:
    """Opening days that the last contract of each job asks for, rounded up."""
    exempt = _exempt(before["mission"].to_numpy(), before["motif"].to_numpy()) & _exempt(mission, motive)
    days = (before["fin"] - before["debut"] + 1).to_numpy()
    parts = np.where(days >= 14, 3, 2)
    return np.where(exempt, 0, -(-days // parts))


def _exempt(mission: np.ndarray, motive: np.ndarray) -> np.ndarray:
    cdd, temporary = (list(EXEMPT[nature]) for nature in (codes.CDD, codes.MISSION))
    return np.where(mission, np.isin(motive, temporary), np.isin(motive, cdd))


def _told(
    draw: np.random.Generator,
    frame: pd.DataFrame,
    part: int,
    places: pd.DataFrame,
    site: np.ndarray,
    nth: np.ndarray,
) -> Stretch:
    jobs = frame["poste_no"].to_numpy()
    sectors = places["secteur"].to_numpy()[site[jobs]]
    titles = np.array([one.jobs[rank % len(one.jobs)] for one in SECTORS for rank in range(8)])
    title = titles[sectors * 8 + nth[jobs] % 8]
    # Beyond a sector's titles, seats of one title are told apart: each is a job of its own.
    lengths = np.array([len(one.jobs) for one in SECTORS])[sectors]
    turn = nth[jobs] // lengths
    title = np.where(turn > 0, np.char.add(np.char.add(title, " équipe "), turn.astype(str)), title)
    idcc = np.array([one.idcc for one in SECTORS])[sectors]
    frame = frame.assign(
        contrat_id=[f"C{part:05d}-{rank:07d}" for rank in range(len(frame))],
        siret=places["siret"].to_numpy()[site[jobs]],
        idcc=idcc,
        poste=_typed(draw, title),
        titre=title,
        salarie_id=[f"S{part:05d}-{rank:07d}" for rank in draw.permutation(len(frame))],
        nature=np.where(frame["mission"], codes.MISSION, codes.CDD),
    )
    planted = frame.loc[frame["abus"] >= 0, ["contrat_id", "abus"]]
    planted = planted.assign(regle=np.array(KINDS)[planted["abus"]])[["contrat_id", "regle"]]
    dismissals, banned = _dismissals(draw, frame)
    return Stretch(
        places, frame.drop(columns=["mission", "abus"]).reset_index(drop=True),
        pd.concat([planted, banned], ignore_index=True), dismissals,
    )  # fmt: skip


def _typed(draw: np.random.Generator, title: np.ndarray) -> np.ndarray:
    """As people type it."""
    how = draw.choice(len(_SPELLINGS), len(title))
    ways = {"UPPER": np.char.upper, "Capital": np.char.capitalize}
    told = title.astype(object)
    for rank, way in enumerate(_SPELLINGS):
        chosen = how == rank
        if way in ways:
            told[chosen] = ways[way](title[chosen])
        elif way != "{}":
            told[chosen] = np.char.add(title[chosen], way.removeprefix("{}"))
    return told


def _dismissals(draw: np.random.Generator, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One economic dismissal on one job in forty, and the contracts that it forbids."""
    last = frame.groupby("poste_no")["debut"].max()
    gone = last[draw.random(len(last)) < 0.025] - draw.integers(0, 400)
    day = frame["poste_no"].map(gone)
    known = frame[day.notna()]
    dismissed = day[day.notna()].to_numpy(dtype="int64")
    start = known["debut"].to_numpy()
    within = (start >= dismissed) & (start <= calendars.add_months(dismissed, BAN_MONTHS))
    brief = (known["fin"].to_numpy() <= calendars.last_lawful(start, BRIEF_MONTHS)) & (
        known["renouvellements"].to_numpy() == 0
    )
    forbidden = known[within & ~brief & (known["motif"] == codes.INCREASE).to_numpy()]
    places = frame.drop_duplicates("poste_no").set_index("poste_no").loc[gone.index]
    dismissals = pd.DataFrame(
        {"siret": places["siret"], "poste": places["titre"], "licencie": gone}
    ).reset_index(drop=True)
    return dismissals, forbidden[["contrat_id"]].assign(regle=rules.BAN).reset_index(drop=True)
