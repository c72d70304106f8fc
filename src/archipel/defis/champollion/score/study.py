"""The score from end to end: split forward in time and by firm, learn, judge, correct for selection."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from archipel.defis.champollion.refusal import DataRefused
from archipel.defis.champollion.score import evaluation, fitting
from archipel.defis.champollion.score.evaluation import Costs, Figure, Judged
from archipel.defis.champollion.score.fitting import Learnt
from archipel.defis.champollion.score.groups import by_group, gaps
from archipel.defis.champollion.score.inspections import Inspections
from archipel.defis.champollion.score.panel import NUMBERS, Panel

HELD_OUT = 3
"""One firm in so many is judged and never learnt from."""


@dataclass(frozen=True)
class Split:
    """Rows (booleans) of the panel: learnt from, and judged. No firm is in both, no month either."""

    learnt: np.ndarray
    judged: np.ndarray


def split(panel: Panel, last_months: int) -> Split:
    """The last months are judged, on a third of the firms drawn by a hash of their SIREN."""
    siren = panel.frame["siren"].astype(str)
    every = {one: zlib.crc32(one.encode()) % HELD_OUT == 0 for one in siren.unique()}
    out = siren.map(every).to_numpy()
    late = panel.month >= panel.months - last_months
    return Split(~out & ~late, out & late)


@dataclass(frozen=True)
class Study:
    """``figures``: ``mesure, qui, valeur, bas, haut``. ``reliability``, ``groups``, ``drift``: as made.

    ``gaps``: of calibration between groups. ``cases``: the latest month, highest scores first, and why.
    """

    learnt: Learnt
    figures: pd.DataFrame
    reliability: pd.DataFrame
    selection: pd.DataFrame
    groups: pd.DataFrame
    drift: pd.DataFrame
    gaps: list[dict[str, Any]]
    cases: pd.DataFrame


def study(
    panel: Panel, past: Inspections, capacity: float, last_months: int, seed: int, costs: Costs | None = None
) -> Study:
    """Raises `DataRefused` where there is too little to learn from."""
    learnt = fitting.learn(*lesson(panel, past, last_months), seed)
    return judge(panel, past, learnt, capacity, last_months, seed, costs)


def lesson(panel: Panel, past: Inspections, last_months: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """What a model may learn from: rows inspected, what was found there, what each weighs."""
    used = split(panel, last_months).learnt & past.inspected
    return panel.rows(used), past.found[used], fitting.weights(past.chance[used])


def judge(
    panel: Panel,
    past: Inspections,
    learnt: Learnt,
    capacity: float,
    last_months: int,
    seed: int,
    costs: Costs | None = None,
) -> Study:
    """What the score is worth later, on firms that it never saw."""
    parts = split(panel, last_months)
    rows = panel.rows(parts.judged)
    ours = forward(panel, past, learnt, last_months)
    oracle = replace(ours, score=past.risk[parts.judged])
    return Study(
        learnt,
        _figures(ours, oracle, capacity, costs or Costs(), seed),
        evaluation.reliability(ours),
        selection(panel, past, seed),
        by_group(rows, ours, capacity, seed),
        drift(panel, parts),
        list(gaps(rows, ours, seed)),
        _cases(panel, learnt, parts.learnt & past.inspected),
    )


def forward(panel: Panel, past: Inspections, learnt: Learnt, last_months: int) -> Judged:
    """The rows judged, as ``learnt`` tells them."""
    kept = split(panel, last_months).judged
    rows = panel.rows(kept)
    return Judged.of(
        learnt.probability(rows), past.found[kept], rows["siren"].to_numpy(), rows["mois"].to_numpy()
    )


def _figures(ours: Judged, oracle: Judged, capacity: float, costs: Costs, seed: int) -> pd.DataFrame:
    lift: Figure = partial(evaluation.lift, capacity=capacity)
    if not lift(oracle) > 0:
        raise DataRefused(
            f"capacite, mois_juges : {capacity:g} des {len(oracle.found)} établissements-mois jugés, et "
            "l’oracle lui-même n’y trouve rien ; plus de contrats, de mois ou de capacité"
        )
    measures: dict[str, Figure] = {
        "taux_de_base": evaluation.base_rate,
        "precision": partial(evaluation.precision, capacity=capacity),
        "rappel": partial(evaluation.recall, capacity=capacity),
        "lift": lift,
        "auc": evaluation.roc_auc,
        "brier": evaluation.brier,
        "erreur_de_calibration": evaluation.calibration_error,
        "benefice_net": partial(evaluation.net_benefit, capacity=capacity, costs=costs),
    }
    rows: list[dict[str, Any]] = []
    for who, judged in (("score", ours), ("oracle", oracle)):
        for name, figure in measures.items():
            low, high = evaluation.interval(judged, figure, seed)
            rows.append({"mesure": name, "qui": who, "valeur": figure(judged), "bas": low, "haut": high})
    low, high = evaluation.ratio_interval(ours, oracle, lift, seed)
    share = lift(ours) / lift(oracle)
    name = "part_du_lift_de_l_oracle"
    rows.append({"mesure": name, "qui": "score", "valeur": share, "bas": low, "haut": high})
    return pd.DataFrame(rows)


def selection(panel: Panel, past: Inspections, seed: int) -> pd.DataFrame:
    """The share of establishment-months with something to find, as inspections tell it: ``methode, controles,
    valeur, bas, haut``. Naive (all inspections alike), corrected (each by the inverse of its chance), the
    random arm alone, and the truth, which only a generator knows.
    """
    rows: list[dict[str, Any]] = []
    siren, every = panel.frame["siren"].to_numpy(), np.ones(len(panel.frame))
    for name, kept, weight in (
        ("naïve", past.inspected, every),
        ("corrigée", past.inspected, 1 / past.chance),
        ("bras aléatoire", past.at_random, every),
    ):
        own = Judged.of(np.zeros(len(siren)), past.found, siren).kept(kept, weight)
        low, high = evaluation.interval(own, evaluation.base_rate, seed)
        rows.append(_row(name, int(kept.sum()), evaluation.base_rate(own), low, high))
    truth = float(past.found.mean())
    return pd.DataFrame([*rows, _row("vérité", len(every), truth, truth, truth)])


def _row(name: str, count: int, value: float, low: float, high: float) -> dict[str, Any]:
    return {"methode": name, "controles": count, "valeur": value, "bas": low, "haut": high}


def drift(panel: Panel, parts: Split) -> pd.DataFrame:
    """Population stability index of each feature (0.25: moved): the months judged against those before, of
    the same firms: what tells two sets of firms apart has not moved.
    """
    rows = []
    own = panel.frame["siren"].isin(panel.frame["siren"][parts.judged].unique()).to_numpy()
    first = panel.month[parts.judged].min()
    late, early = panel.frame[parts.judged], panel.frame[own & (panel.month < first)]
    for name in NUMBERS:
        # Where most rows have one value, whether they have it is what may move.
        inner = np.unique(np.quantile(early[name], np.linspace(0, 1, 11)[1:-1]))
        before, now = (
            np.bincount(np.searchsorted(inner, part[name], side="left"), minlength=len(inner) + 1) + 0.5
            for part in (early, late)
        )
        first_share, second = before / before.sum(), now / now.sum()
        psi = float(((second - first_share) * np.log(second / first_share)).sum())
        rows.append({"variable": name, "psi": psi})
    return pd.DataFrame(rows)


def _cases(panel: Panel, learnt: Learnt, used: np.ndarray, most: int = 200) -> pd.DataFrame:
    latest = panel.rows(panel.month == panel.months - 1)
    score = learnt.probability(latest)
    order = np.argsort(-score, kind="stable")[:most]
    rows = latest.iloc[order]
    return pd.DataFrame(
        {
            "siret": rows["siret"].map("{:014d}".format), "secteur": rows["secteur"],
            "departement": rows["departement"], "effectif": rows["effectif"],
            "probabilite": score[order].round(4),
            "raisons": fitting.reasons(learnt, rows, panel.rows(used)),
        }
    ).reset_index(drop=True)  # fmt: skip
