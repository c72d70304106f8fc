"""Both methods judged twice, on firms at random over the same years and forward in time: what the first
flatters."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from archipel.defis.signauxfaibles import metrics, models, rows
from archipel.defis.signauxfaibles.features import Features, build
from archipel.defis.signauxfaibles.generation import Observed, Truth
from archipel.defis.signauxfaibles.models import RECENT, Learnt
from archipel.defis.signauxfaibles.refusal import DataRefused

MOST_ROWS = 600_000
MODELS = ("public", "archipel", "oracle_date", "oracle")


@dataclass(frozen=True)
class Sample:
    """Rows, one in ``step`` months of each firm concerned. ``firm``, ``month``: (rows,) columns of
    `Observed`. ``label``: meaningless where ``known[month]`` is False."""

    seen: Observed
    horizon: int
    at: int
    kept: np.ndarray
    known: np.ndarray
    firm: np.ndarray
    month: np.ndarray
    label: np.ndarray
    features: Features


@dataclass(frozen=True)
class Judged:
    """Scores of one split's test rows (`Sample` rows where ``split.test``), each model with its
    thresholds."""

    split: rows.Split
    scores: dict[str, np.ndarray]
    levels: dict[str, tuple[float, float]]
    learnt: dict[str, Learnt]


def sample(seen: Observed, horizon: int, tested_months: int, step: int) -> Sample:
    """Raises `DataRefused` where the months do not suffice (`rows.cut`), or rows are too many."""
    at = rows.cut(seen.months, horizon, tested_months)
    kept = rows.concerned(seen)
    label, known = rows.labels(seen.entry, seen.months, horizon)
    # Counted back from the last month whose future is known, so that the last month of tests is among them.
    spaced = (seen.months - 1 - horizon - np.arange(seen.months)) % step == 0
    firm, month = np.nonzero(kept & (spaced & known))
    if len(firm) > MOST_ROWS:
        raise DataRefused(
            f"entreprises, pas : {len(firm)} lignes, au plus {MOST_ROWS} acceptées ; moins d’entreprises, "
            "ou un pas plus grand"
        )
    return Sample(
        seen, horizon, at, kept, known, firm, month, label[firm, month], build(seen, kept, firm, month)
    )


def judge(one: Sample, truth: Truth, seed: int) -> dict[str, Judged]:
    """By split. ``hasard`` and ``memes_lignes`` share what was learnt."""
    tested = rows.tested_firms(seed, len(one.seen.siren))
    parts = rows.splits(one.firm, one.month, one.known, tested, one.at, one.horizon)
    random = _learn(one, parts["hasard"], seed)
    forward = _learn(one, parts["temps"], seed)
    turned = at_pace(forward["archipel"], one.seen, one.kept & ~tested[:, None], one.at, one.horizon)
    forward["archipel"] = turned
    oracles = {
        "oracle_date": rows.date_oracle(one.seen, truth, one.firm, one.month, one.horizon),
        "oracle": rows.path_oracle(truth, one.horizon)[one.firm, one.month],
    }
    return {
        name: _judged(one, split, forward if name == "temps" else random, oracles)
        for name, split in parts.items()
    }


def _learn(one: Sample, split: rows.Split, seed: int) -> dict[str, Learnt]:
    part = replace(one.features, values=one.features.values[split.train])
    label, firm = one.label[split.train], one.firm[split.train]
    return {
        "public": models.public(part, label, firm, seed),
        "archipel": models.ours(part, label, firm, seed),
    }


def at_pace(learnt: Learnt, seen: Observed, kept: np.ndarray, at: int, horizon: int) -> Learnt:
    """With the pace of the `RECENT` months up to column ``at``, which whoever stands there has seen."""
    then = at - RECENT
    firm = np.flatnonzero(kept[:, then])
    month = np.full(len(firm), then)
    past = build(seen, kept, firm, month)
    entered = (seen.entry[firm] > then) & (seen.entry[firm] <= at)
    return replace(learnt, pace=models.pace(learnt.predict(past.values), entered, horizon))


def _judged(
    one: Sample, split: rows.Split, learnt: dict[str, Learnt], oracles: dict[str, np.ndarray]
) -> Judged:
    values = one.features.values[split.test]
    scores = {name: model.predict(values) for name, model in learnt.items()}
    levels = {name: (model.red, model.orange) for name, model in learnt.items()}
    for name, every in oracles.items():
        scores[name] = every[split.test]
        # The oracles' thresholds too come from learning rows.
        past, label = every[split.train], one.label[split.train]
        levels[name] = (
            metrics.threshold(label, past, metrics.RED), metrics.threshold(label, past, metrics.ORANGE),
        )  # fmt: skip
    return Judged(split, scores, levels, learnt)


def measures(
    one: Sample, judged: dict[str, Judged], seed: int, draws: int
) -> dict[tuple[str, str], dict[str, np.ndarray]]:
    """(split, model) → measure → (1 + draws,). The same firms are drawn everywhere: differences are
    paired."""
    names = rows.tested_firms(seed, len(one.seen.siren))
    place = np.cumsum(names) - 1
    weights = metrics.firm_weights(seed, int(names.sum()), draws)
    found = {}
    for part, result in judged.items():
        label, firm = one.label[result.split.test], place[one.firm[result.split.test]]
        for model in MODELS:
            found[part, model] = metrics.measure(
                label, result.scores[model], firm, weights, *result.levels[model]
            )
    return found


def table(found: dict[tuple[str, str], dict[str, np.ndarray]]) -> pd.DataFrame:
    """``decoupage, modele, mesure, valeur, bas, haut``."""
    lines = [
        (part, model, name, float(values[0]), *metrics.interval(values[1:]))
        for (part, model), every in found.items()
        for name, values in every.items()
    ]
    return pd.DataFrame(lines, columns=["decoupage", "modele", "mesure", "valeur", "bas", "haut"])


def flattery(found: dict[tuple[str, str], dict[str, np.ndarray]]) -> pd.DataFrame:
    """What a split at random says above the forward one, paired:
    ``compare, modele, mesure, ecart, bas, haut``."""
    lines = []
    for part in ("hasard", "memes_lignes"):
        for model in ("public", "archipel"):
            for name in metrics.MEASURES:
                gap = found[part, model][name] - found["temps", model][name]
                lines.append((part, model, name, float(gap[0]), *metrics.interval(gap[1:])))
    return pd.DataFrame(lines, columns=["compare", "modele", "mesure", "ecart", "bas", "haut"])


def thresholds(judged: dict[str, Judged]) -> pd.DataFrame:
    """``decoupage, modele, rouge, orange, retenu, perte_logistique, perte_boosting, rythme``."""
    lines = []
    for part, result in judged.items():
        for model in MODELS:
            learnt = result.learnt.get(model)
            lost = learnt.crossed if learnt else {}
            lines.append(
                {
                    "decoupage": part, "modele": model,
                    "rouge": result.levels[model][0], "orange": result.levels[model][1],
                    "retenu": learnt.name if learnt else "vérité",
                    "perte_logistique": lost.get("logistique"), "perte_boosting": lost.get("boosting"),
                    "rythme": learnt.pace if learnt else None,
                }
            )  # fmt: skip
    return pd.DataFrame(lines).astype(dict.fromkeys(("perte_logistique", "perte_boosting", "rythme"), float))


def reliability(one: Sample, judged: dict[str, Judged]) -> pd.DataFrame:
    """``decoupage, modele, tranche, lignes, prevu, observe``: bins of equal numbers of rows."""
    lines = []
    for part, result in judged.items():
        label = one.label[result.split.test]
        for model in MODELS:
            score = result.scores[model]
            order, begins = metrics.calibration_bins(score)
            for rank, there in enumerate(np.split(order, begins[1:]), 1):
                lines.append((part, model, rank, len(there), score[there].mean(), label[there].mean()))
    return pd.DataFrame(lines, columns=["decoupage", "modele", "tranche", "lignes", "prevu", "observe"])
