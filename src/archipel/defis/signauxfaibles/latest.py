"""The last month: each firm's probability, level and reasons by theme; its past months; the economy around
it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from archipel.defis.signauxfaibles import evaluation, models, months
from archipel.defis.signauxfaibles.economy import SECTORS
from archipel.defis.signauxfaibles.evaluation import Judged, Sample
from archipel.defis.signauxfaibles.features import THEMES, Features, build
from archipel.defis.signauxfaibles.generation import Observed
from archipel.defis.signauxfaibles.models import Learnt

SHOWN_MONTHS = 24
BACKGROUND = 16
"""Firms of the month whose values replace a theme's, one after the other."""
SAID = 0.1
"""Log odds from which a theme is called a reason."""
RED, ORANGE, NONE = "rouge", "orange", "aucun"


def learn(one: Sample, seed: int) -> Learnt:
    """Ours, from every row whose future is known, at the pace of the last months."""
    learnt = models.ours(one.features, one.label, one.firm, seed)
    return evaluation.at_pace(learnt, one.seen, one.kept, one.seen.months - 1, one.horizon)


def levels(probability: np.ndarray, red: float, orange: float) -> np.ndarray:
    """(rows,) `RED`, `ORANGE` or `NONE`."""
    return np.select([probability >= red, probability >= orange], [RED, ORANGE], NONE)


def contributions(learnt: Learnt, features: Features, seed: int) -> dict[str, np.ndarray]:
    """Theme → (rows,): log odds, less their mean when the theme's values are those of other firms.

    Its features change together (Covert, Lundberg, Lee 2021: removal of a group, marginal distribution).
    """
    values = features.values
    draw = np.random.default_rng([seed, 19])
    others = draw.choice(len(values), min(BACKGROUND, len(values)), replace=False)
    odds = models.log_odds(learnt.predict(values))
    found = {}
    for theme in THEMES:
        columns = np.flatnonzero(features.themes == theme)
        without = np.zeros(len(values))
        for other in others:
            changed = values.copy()
            changed[:, columns] = values[other, columns]
            without += models.log_odds(learnt.predict(changed))
        found[theme] = odds - without / len(others)
    return found


def firms(learnt: Learnt, one: Sample, seed: int) -> pd.DataFrame:
    """The firms concerned in the last month, the most at risk first.

    ``siren, section, secteur, effectif, probabilite, niveau, raisons``, and ``theme_…`` (log odds).
    """
    seen, last = one.seen, one.seen.months - 1
    firm = np.flatnonzero(one.kept[:, last])
    features = build(seen, one.kept, firm, np.full(len(firm), last))
    probability = learnt.predict(features.values)
    parts = contributions(learnt, features, seed)
    sectors = seen.sector[firm]
    frame = pd.DataFrame(
        {
            "siren": seen.siren[firm],
            "section": np.array([sector.section for sector in SECTORS])[sectors],
            "secteur": np.array([sector.name for sector in SECTORS])[sectors],
            "effectif": seen.headcount[firm, last].astype(int),
            "probabilite": probability,
            "niveau": levels(probability, learnt.red, learnt.orange),
            "raisons": _reasons(np.column_stack(list(parts.values()))),
        }
    ).assign(**{f"theme_{name}": part for name, part in parts.items()})
    return frame.sort_values(["probabilite", "siren"], ascending=[False, True], ignore_index=True)


def _reasons(parts: np.ndarray) -> list[str]:
    """The three themes that add most, where they add something."""
    names = list(THEMES.values())
    order = np.argsort(-parts, axis=1)[:, :3]
    return [
        " ; ".join(names[at] for at in places if row[at] >= SAID)
        for row, places in zip(parts, order, strict=True)
    ]


def past_months(one: Sample) -> pd.DataFrame:
    """The last two years of the firms concerned in the last month.

    ``siren, mois, effectif, dette_centimes, cotisations_centimes, retard_jours, activite_partielle,
    delai_mois_restants``.
    """
    seen, last = one.seen, one.seen.months - 1
    firm, month = np.nonzero(
        one.kept[:, last][:, None]
        & (np.arange(seen.months) > last - SHOWN_MONTHS)
        & (np.arange(seen.months) >= seen.start[:, None])
    )
    names = np.array([months.text(seen.first + rank) for rank in range(seen.months)])
    at = firm, month
    return pd.DataFrame(
        {
            "siren": seen.siren[firm], "mois": names[month],
            "effectif": seen.headcount[at].astype(int),
            "dette_centimes": seen.debt[at].astype("int64"),
            "cotisations_centimes": seen.due[at].astype("int64"),
            "retard_jours": seen.delay[at].astype(int),
            "activite_partielle": seen.partial[at],
            "delai_mois_restants": seen.plan[at].astype(int),
        }
    )  # fmt: skip


def economy(seen: Observed, one: Sample) -> pd.DataFrame:
    """By quarter: firm-months concerned, entries that end one, rate a year.
    ``trimestre, mois_observes, entrees, taux_annuel, apprentissage, essai`` (what the forward split learns
    from, and is judged on)."""
    entered = np.zeros_like(one.kept)
    entered[:, 1:] = one.kept[:, :-1] & (seen.entry[:, None] == np.arange(1, seen.months))
    month = np.arange(seen.months)
    frame = pd.DataFrame(
        {
            "trimestre": [
                f"{months.text(seen.first + rank)[:4]}-T{(seen.first + rank) % 12 // 3 + 1}"
                for rank in range(seen.months)
            ],
            "mois_observes": one.kept.sum(0),
            "entrees": entered.sum(0),
            "apprentissage": month + one.horizon <= one.at,
            "essai": (month >= one.at) & one.known,
        }
    )
    kinds = {"mois_observes": "sum", "entrees": "sum", "apprentissage": "any", "essai": "any"}
    quarters = frame.groupby("trimestre", as_index=False).agg(kinds)
    return quarters.assign(taux_annuel=12 * quarters["entrees"] / quarters["mois_observes"])


def result(
    one: Sample, judged: dict[str, Judged], table: pd.DataFrame, told: pd.DataFrame
) -> dict[str, tuple[float | int | None, str]]:
    """The figures of ``result.json``: sizes, and each split's main measures of both methods."""
    values = table.set_index(["decoupage", "modele", "mesure"])["valeur"]
    main = ("auc", "precision_moyenne", "ece", "rouge_f", "orange_f", "orange_rappel")
    figures: dict[str, tuple[float | int | None, str]] = {
        "entreprises": (len(one.seen.siren), "entreprises"),
        "entreprises_suivies": (len(told), "entreprises"),
        "rouges": (int((told["niveau"] == RED).sum()), "entreprises"),
        "oranges": (int((told["niveau"] == ORANGE).sum()), "entreprises"),
        "lignes": (len(one.firm), "lignes"),
        "taux_horizon": (float(one.label.mean()), "1"),
        "rythme": (judged["temps"].learnt["archipel"].pace, "1"),
    }
    for part in ("hasard", "temps"):
        for model in ("public", "archipel"):
            for name in main:
                figures[f"{part}_{model}_{name}"] = float(values[part, model, name]), "1"
    return figures


def split_months(one: Sample) -> dict[str, str]:
    """Months that a reader wants to know, as texts."""
    first, last = one.seen.first, one.seen.months - 1
    return {
        "premier_mois": months.text(first),
        "dernier_mois": months.text(first + last),
        "coupure": months.text(first + one.at),
        "dernier_apprentissage": months.text(first + one.at - one.horizon),
        "dernier_essai": months.text(first + last - one.horizon),
    }
