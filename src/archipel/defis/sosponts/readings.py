"""What a model reads of bridges that it has not learnt on; of those whose fields suffice alone."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from archipel.defis.sosponts import measures
from archipel.defis.sosponts.bridges import CLASSES, FIELDS, LABELS, QUANTITIES, YEARS, ranks, written
from archipel.defis.sosponts.models import Model

NEEDED = ("materiau", "annee_construction")
"""Without them the model would tell the average bridge."""
LEARNT_ON = "données synthétiques"
LEAST_RATED = 30


def read(
    model: Model, bridges: pd.DataFrame, learnt: pd.DataFrame, needed: Sequence[str] = NEEDED
) -> pd.DataFrame:
    """``bridges`` with ``lecture`` (median class), ``p_1`` … ``p_3U``, ``p_grave``, ``champs_connus``.

    ``learnt``: the bridges that the model learnt on. ``sans_lecture`` says why nothing is read, a field that
    is missing or outside of what was learnt; all the others are then unknown, never 0.
    """
    spans = _spans(learnt, bridges)
    lacking = [_lacking(row, spans, needed) for row in bridges.to_dict("records")]
    enough = np.array([not reason for reason in lacking], dtype=bool)
    given = np.full((len(bridges), len(CLASSES)), np.nan)
    if enough.any():
        given[enough] = model.probabilities(bridges[enough])
    told = np.full(len(bridges), None, dtype=object)
    told[enough] = np.array(CLASSES, dtype=object)[measures.told_ranks(given[enough])]
    return bridges.assign(
        lecture=told,
        **{f"p_{name}": given[:, rank] for rank, name in enumerate(CLASSES)},
        p_grave=measures.serious(given),
        champs_connus=bridges[[name for name in FIELDS if name in bridges]].notna().sum(axis=1),
        sans_lecture=lacking,
        appris_sur=LEARNT_ON,
    )


def _spans(learnt: pd.DataFrame, bridges: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Least and greatest learnt value of each number that ``bridges`` tell; no year is too late."""
    names = [name for name in (*QUANTITIES, *YEARS) if name in bridges]
    return {
        name: (float(learnt[name].min()), np.inf if name in YEARS else float(learnt[name].max()))
        for name in names
    }


def _lacking(
    row: Mapping[Hashable, Any], spans: Mapping[str, tuple[float, float]], needed: Sequence[str]
) -> str:
    missing = [f"{LABELS[name]} : inconnu" for name in needed if pd.isna(row[name])]
    beyond = [
        f"{LABELS[name]} : {written(row[name])}, hors de l’appris ({_span(low, high)})"
        for name, (low, high) in spans.items()
        if not pd.isna(row[name]) and not low <= row[name] <= high
    ]
    return " ; ".join((*missing, *beyond))


def _span(low: float, high: float) -> str:
    return f"depuis {written(low)}" if high == np.inf else f"de {written(low)} à {written(high)}"


def concordance(read: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Metrics of an inventory: how many bridges, read, rated; the kappa where at least `LEAST_RATED` are.

    Values are ``(value, unit)``; the kappa is None where it is not told.
    """
    both = read[read["lecture"].notna() & read["classe"].notna()]
    found: Mapping[str, float | None] = {"": None, "_bas": None, "_haut": None}
    if len(both) >= LEAST_RATED:
        counts = measures.confusion(ranks(both["classe"]), ranks(both["lecture"]))
        one = measures.interval(counts, measures.quadratic_kappa, seed)
        if not np.isnan(one.value):
            found = {"": one.value, "_bas": one.low, "_haut": one.high}
    return {
        "inventaire_ponts": (len(read), "ponts"),
        "inventaire_lus": (int(read["lecture"].notna().sum()), "ponts"),
        "inventaire_notes": (int(read["classe"].notna().sum()), "ponts"),
        **{f"inventaire_kappa{end}": (value, "1") for end, value in found.items()},
    }
