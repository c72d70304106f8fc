"""The check of a file of contracts: read, judge, tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from archipel.defis.champollion import establishments, messages
from archipel.defis.champollion.engine import days
from archipel.defis.champollion.engine.alerts import queries
from archipel.defis.champollion.engine.contracts import Check, limits_frame, number
from archipel.defis.champollion.law import months
from archipel.defis.champollion.law.codes import CDD, MISSION
from archipel.defis.champollion.law.limits import BAN_MONTHS, BRIEF_MONTHS, LONG, LONGEST, ORDINARY
from archipel.defis.champollion.law.rules import ALWAYS
from archipel.defis.champollion.reading import agreements, contracts, dismissals, files, openings
from archipel.defis.champollion.refusal import DataRefused

MOST_CALENDARS = 2000
BEYOND = 1500
"""Days."""


@dataclass(frozen=True)
class Asked:
    """The parameters of the check, and the files beside the contracts; None where not given."""

    au: date
    arrondi: str = "superieur"
    jours_ouverture: tuple[object, ...] = days.WEEK[:5]
    accords: Path | None = None
    licenciements: Path | None = None
    ouvertures: Path | None = None


@dataclass(frozen=True)
class Checked:
    """``alerts`` (`messages.COLUMNS`) and ``establishments``, a row each. ``counts``: figures of the run."""

    alerts: pd.DataFrame
    establishments: pd.DataFrame
    counts: dict[str, tuple[Any, str]]


def check(read: contracts.Read, asked: Asked) -> Checked:
    """Every rule on what was read. Raises `DataRefused` for a file beside it that is wrong."""
    beside = _beside(read, asked)
    read.warnings += [one for one in _not_judged(read.con, asked.au) if one not in read.warnings]
    told, sites = zip(*(_told(read, asked, beside) for _turn in read.turns()), strict=True)
    alerts = messages.joined(told)
    every = establishments.ordered(pd.concat(sites, ignore_index=True))
    return Checked(alerts, every, _counts(read, asked.au, alerts, every))


def found(read: contracts.Read, asked: Asked) -> pd.DataFrame:
    """The alerts as the queries tell them (`engine.alerts.alerts`), without a word."""
    beside = _beside(read, asked)
    return pd.concat([_found(read, asked, beside)[0] for _turn in read.turns()], ignore_index=True)


@dataclass(frozen=True)
class _Beside:
    """What was read beside the contracts; ``own``: SIRET → its opening days, ``usual`` being all others'."""

    usual: days.Opening
    own: dict[int, days.Opening]
    agreed: pd.DataFrame | None
    dismissed: pd.DataFrame | None


def _beside(read: contracts.Read, asked: Asked) -> _Beside:
    usual = openings.opening(asked.jours_ouverture)
    agreed = agreements.read(asked.accords) if asked.accords else None
    if agreed is not None:
        read.con.execute(_USERS_BRANCH)
    dismissed = known_dismissals(read, asked.licenciements)
    own = openings.read(asked.ouvertures, usual) if asked.ouvertures else {}
    return _Beside(usual, own, agreed, dismissed)


_USERS_BRANCH = f"""
UPDATE contrats SET idcc = branche FROM (
  SELECT siret, any_value(idcc) AS branche FROM contrats WHERE nature = '{CDD}' AND idcc <> ''
  GROUP BY siret HAVING count(DISTINCT idcc) = 1
) AS sites WHERE sites.siret = contrats.siret AND nature = '{MISSION}' AND idcc = ''
"""
"""A mission is under the agreements of the firm that uses it (L1251-12, L1251-35, L1251-36), whose branch its
own contracts tell."""


def _found(read: contracts.Read, asked: Asked, beside: _Beside) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Alerts, and the opening days that they were counted with."""
    opening = calendars(read.con, beside.usual, beside.own, asked.au)
    on = Check(asked.au, asked.arrondi == "superieur")
    return judge(read.con, opening, beside.agreed, beside.dismissed, on), opening


def _told(read: contracts.Read, asked: Asked, beside: _Beside) -> tuple[pd.DataFrame, pd.DataFrame]:
    alerts, opening = _found(read, asked, beside)
    told = messages.alerts_frame(alerts, _titles(read.con, alerts), opening, asked.au)
    knows = asked.licenciements is not None
    return told, establishments.table(read.con, told, asked.au, knows_dismissals=knows)


def _not_judged(con: duckdb.DuckDBPyConnection, au: date) -> list[dict[str, Any]]:
    """Warnings: how many contracts begin outside of what is judged."""
    counts = con.execute(
        "SELECT count(*) FILTER (debut > $1), count(*) FILTER (debut < $2) FROM contrats",
        [number(au), number(ALWAYS)],
    ).fetchall()[0]
    sides = (f"après le {au:%d/%m/%Y} (au)", f"avant le {ALWAYS:%d/%m/%Y} (autre numérotation du code)")
    return [
        {"ligne": None, "motif": f"contrats non jugés : {count}, qui commencent {side}"}
        for count, side in zip(counts, sides, strict=True)
        if count
    ]


def judge(
    con: duckdb.DuckDBPyConnection,
    opening: pd.DataFrame,
    agreed: pd.DataFrame | None,
    dismissed: pd.DataFrame | None,
    on: Check,
) -> pd.DataFrame:
    """What the rules find in the table ``contrats`` of ``con`` (`engine.alerts.alerts`)."""
    lengths = {ORDINARY, LONG, LONGEST, BRIEF_MONTHS, establishments.NINE}
    if agreed is not None:
        lengths |= {int(length) for length in agreed["mois_max"].dropna()}
    first, last = _span(con, on.au)
    frames = {"loi": limits_frame(), "ouverture": opening, "periodes": days.spans(lengths, first, last)}
    frames |= {
        name: frame for name, frame in (("accords", agreed), ("licencies", dismissed)) if frame is not None
    }
    for name, frame in frames.items():
        files.keep(con, name, pa.Table.from_pandas(frame, preserve_index=False))
    sql = queries(on, "duckdb", agreed=agreed is not None, dismissed=dismissed is not None)
    con.execute(f"CREATE OR REPLACE TEMP TABLE trouves AS {sql.broken}")
    return con.execute(sql.named).df()


def _titles(con: duckdb.DuckDBPyConnection, found: pd.DataFrame) -> dict[tuple[int, int], tuple[str, ...]]:
    """(site, number of a merged title) → the titles typed there, of the jobs with alerts."""
    con.register("vus_en_alerte", pa.Table.from_pandas(found[["siret", "titre"]], preserve_index=False))
    told = con.execute(
        "SELECT siret, titre, list_sort(list(DISTINCT poste)) FROM contrats "
        "SEMI JOIN vus_en_alerte USING (siret, titre) GROUP BY siret, titre"
    ).fetchall()
    con.unregister("vus_en_alerte")
    return {(site, rank): tuple(names) for site, rank, names in told}


def _span(con: duckdb.DuckDBPyConnection, au: date) -> tuple[date, date]:
    """The days on which the contracts that are judged begin, and the one before."""
    low, high = con.execute(
        "SELECT min(debut) - 1, max(debut) FROM contrats WHERE debut BETWEEN $1 AND $2",
        [number(ALWAYS), number(au)],
    ).fetchall()[0]
    if low is None:
        return date(2020, 1, 1), date(2020, 1, 1)
    return days.day_of(low), days.day_of(high)


def calendars(
    con: duckdb.DuckDBPyConnection, usual: days.Opening, own: dict[int, days.Opening], au: date
) -> pd.DataFrame:
    """The opening days of every calendar (`engine.days.opening_days`); ``contrats`` gets each site's own.

    ``own``: SIRET → its days. Raises `DataRefused` for more than `MOST_CALENDARS` of them.
    """
    kinds = {usual: 0}
    for opening in own.values():
        kinds.setdefault(opening, len(kinds))
    if len(kinds) > MOST_CALENDARS:
        raise DataRefused(f"ouvertures : {len(kinds)} calendriers différents, {MOST_CALENDARS} au plus")
    con.execute("UPDATE contrats SET calendrier = 0 WHERE calendrier <> 0")
    if own:
        pairs = pa.table(
            {
                "siret": pa.array(list(own), pa.int64()),
                "propre": pa.array([kinds[opening] for opening in own.values()], pa.int32()),
            }
        )
        con.register("propres", pairs)
        con.execute(
            "UPDATE contrats SET calendrier = propre FROM propres WHERE propres.siret = contrats.siret"
        )
        con.unregister("propres")
    first, last = _span(con, au)
    # The first lawful day of a long contract's successor lies well after the last contract.
    return days.opening_days(
        {rank: opening for opening, rank in kinds.items()}, first, last + timedelta(days=BEYOND)
    )


def known_dismissals(read: contracts.Read, path: Path | None) -> pd.DataFrame | None:
    """Economic dismissals of the file, and those that the contracts themselves tell; None for none.

    ``siret, titre, licencie, interdit`` (last day of the ban). Raises `DataRefused` for a wrong file.
    """
    frames = [read.con.execute("SELECT * FROM licenciements_lus").df()]
    if path:
        told, unmatched = dismissals.read(path, read.titles)
        frames.append(told)
        read.warnings += [one for one in unmatched if one not in read.warnings]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return None
    told = pd.concat(frames, ignore_index=True).drop_duplicates()
    until = [number(months.same_day(days.day_of(day), BAN_MONTHS)) for day in told["licencie"]]
    return told.assign(interdit=pd.Series(until, index=told.index, dtype="int32"))


def _counts(
    read: contracts.Read, au: date, told: pd.DataFrame, sites: pd.DataFrame
) -> dict[str, tuple[Any, str]]:
    kept = read.con.execute(
        "SELECT count(*) FROM contrats WHERE debut BETWEEN $1 AND $2", [number(ALWAYS), number(au)]
    ).fetchall()[0][0]
    counts: dict[str, tuple[Any, str]] = {
        "lignes": (read.total, "lignes"),
        "contrats_juges": (kept, "contrats"),
        "rejets": (len(read.rejects), "lignes"),
        "avertissements": (len(read.warnings), "avertissements"),
        "etablissements": (len(sites), "établissements"),
        "etablissements_en_alerte": (int((sites["alertes"] > 0).sum()), "établissements"),
        "alertes": (len(told), "alertes"),
    }
    for rule, number_of in told["regle"].value_counts().sort_index().items():
        counts[f"alertes_{rule}"] = (int(number_of), "alertes")
    return counts
