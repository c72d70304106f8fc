"""The same rules in vectorised pandas, as a careful analyst would write them; no agreement."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from archipel.defis.champollion.engine.days import Opening, opening_days
from archipel.defis.champollion.generation.calendars import add_months, last_lawful

SPARED = {
    "02": ["01", "03", "04", "05", "07", "08", "09", "10", "11", "14"],
    "03": ["01", "03", "04", "05", "07", "08"],
}
CLOSED = {"02": ["", "15"], "03": ["", "04", "06", "14"]}
IMPRECISE = ["01", "03", "04", "05", "06", "07", "08", "14"]


def every_rule(contracts: pd.DataFrame, dismissals: pd.DataFrame, au: date) -> pd.DataFrame:
    """``regle, contrat_id, precedent_id`` of every alert. ``dismissals``: ``siret, titre, date``."""
    frame = contracts.assign(
        debut=_days(contracts["date_debut"]), prevue=_days(contracts["date_fin_prevue"]),
        fin=_days(contracts["date_fin"]),
    )  # fmt: skip
    frame["lue"] = frame["fin"].fillna(frame["prevue"])
    cdd = frame["nature"] == "02"
    closed = np.where(cdd, frame["motif"].isin(CLOSED["02"]), frame["motif"].isin(CLOSED["03"]))
    frame["exempte"] = np.where(cdd, frame["motif"].isin(SPARED["02"]), frame["motif"].isin(SPARED["03"]))
    found = [_told(frame[closed], "motif")]
    wants = ~closed & ~frame["motif"].isin(IMPRECISE)
    found.append(_told(frame[wants & frame["prevue"].isna()], "terme"))
    free = cdd & frame["motif"].isin(["09", "10", "11"])
    most = np.where(cdd & (frame["motif"] == "06"), 0, 2)
    found.append(_told(frame[~free & (frame["renouvellements"] > most)], "renouvellements"))
    found.append(_told(frame[_too_long(frame, cdd, free, au)], "duree_totale"))
    found.append(_told(_forbidden(frame, dismissals), "interdiction"))
    found.append(_waiting(frame, au))
    return pd.concat(found, ignore_index=True)


def _days(dates: pd.Series) -> pd.Series:
    read = pd.to_datetime(dates)
    return (read - pd.Timestamp(0)).dt.days


def _told(rows: pd.DataFrame, rule: str) -> pd.DataFrame:
    return pd.DataFrame({"regle": rule, "contrat_id": rows["contrat_id"], "precedent_id": ""})


def _too_long(frame: pd.DataFrame, cdd: pd.Series, free: pd.Series, au: date) -> np.ndarray:
    now = (pd.Timestamp(au) - pd.Timestamp(0)).days
    start = frame["debut"].to_numpy()
    end = frame["lue"].fillna(now).to_numpy()
    motive = frame["motif"]
    long = (cdd & (motive == "06")) | (~cdd & (motive == "11"))
    last = last_lawful(start, 18)
    last = np.where(motive == "13", last_lawful(start, 24), last)
    last = np.where(long, last_lawful(start, 36), last)
    bounded = frame["prevue"].notna() | (cdd & (motive == "06")) | ~(motive.isin([*IMPRECISE, ""]))
    return np.asarray(bounded & ~free & (motive != "14") & (end > last))


def _forbidden(frame: pd.DataFrame, dismissals: pd.DataFrame) -> pd.DataFrame:
    """Increases within six months of a dismissal on the job, but for three months at most without renewal."""
    gone = dismissals.assign(licencie=_days(dismissals["date"]).astype("int64"))
    gone["interdit"] = add_months(gone["licencie"].to_numpy(), 6)
    asked = frame[frame["motif"] == "02"]
    met = asked.merge(gone[["siret", "titre", "licencie", "interdit"]], on=["siret", "titre"])
    met = met[(met["debut"] >= met["licencie"]) & (met["debut"] <= met["interdit"])]
    brief = (met["lue"] <= last_lawful(met["debut"].to_numpy(), 3)) & (met["renouvellements"] == 0)
    return met[~brief].drop_duplicates("contrat_id")


def _waiting(frame: pd.DataFrame, au: date) -> pd.DataFrame:
    job = frame.groupby(["siret", "titre"], sort=False).ngroup()
    ended = frame[frame["lue"].notna()]
    opened = pd.DataFrame({"job": job, "day": frame["debut"] * 2, "row": frame.index, "end": -1})
    closed = pd.DataFrame(
        {"job": job[ended.index], "day": ended["lue"].astype("int64") * 2 + 1, "row": ended.index}
    )
    # Rows in the order that ends are chosen in: of those of one day, what asks most, then the longest.
    length = ended["lue"] - ended["debut"] + 1
    ranked = pd.DataFrame(
        {"row": ended.index, "class": ~ended["exempte"], "length": length, "name": ended["contrat_id"]}
    )
    ranked = ranked.sort_values(["class", "length", "name"], ascending=[True, True, False])
    place = pd.Series(np.arange(len(ranked)), index=ranked["row"])
    closed["end"] = closed["day"] * (len(frame) + 1) + place[closed["row"]].to_numpy()
    events = pd.concat([opened, closed], ignore_index=True).sort_values(["job", "day"], kind="stable")
    events["seen"] = events.groupby("job", sort=False)["end"].cummax()
    met = events[(events["end"] < 0) & (events["seen"] >= 0)]
    before = ranked["row"].to_numpy()[(met["seen"] % (len(frame) + 1)).to_numpy()]
    new, old = frame.loc[met["row"]].reset_index(drop=True), frame.loc[before].reset_index(drop=True)
    days = (old["lue"] - old["debut"] + 1).astype("int64")
    parts = np.where(days >= 14, 3, 2)
    needed = -(-days // parts)
    first, last = old["debut"].min(), max(new["debut"].max(), old["lue"].max())
    calendar = opening_days(
        {0: Opening()}, date.fromordinal(int(first) + 719163), date.fromordinal(int(last) + 719163)
    )["rang_ouvert"].to_numpy()
    seen = (
        calendar[(new["debut"] - 1 - first).astype("int64")] - calendar[(old["lue"] - first).astype("int64")]
    )
    broken = (seen < needed) & ~(new["exempte"] & old["exempte"])
    return pd.DataFrame(
        {
            "regle": "carence",
            "contrat_id": new["contrat_id"][broken],
            "precedent_id": old["contrat_id"][broken],
        }
    )
