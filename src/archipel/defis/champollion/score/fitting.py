"""The score: a logistic baseline and gradient boosting, weighted against selection, chosen on firms left out.

What was inspected was not drawn at random: each inspection counts as many times as it stands for others
(inverse of the probability with which it was drawn; Horvitz and Thompson, 1952).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from archipel.defis.champollion.refusal import DataRefused
from archipel.defis.champollion.score.panel import NUMBERS, SECTOR, SEQUENCE, SIZE, month_columns

FEATURES = (*NUMBERS, SECTOR)
"""No département: of a hundred, each with a few inspections, chance is learnt (a greater loss on firms left
out), and two establishments that differ by nothing else are told alike."""
FOLDS = 5
FEWEST = 50
"""Inspections that found something, below which nothing is fitted."""
LOGISTIC, BOOSTING = "logistique", "boosting"


class Classifier(Protocol):
    def predict_proba(self, inputs: pd.DataFrame, /) -> np.ndarray: ...


@dataclass(frozen=True)
class Learnt:
    """A classifier of ``features``, its probabilities corrected. ``kind``: which candidate won.

    ``losses``: weighted log loss of each, on firms left out of what it learnt.
    """

    model: Classifier
    kind: str
    losses: dict[str, float]
    slope: float
    intercept: float
    features: tuple[str, ...] = FEATURES

    def probability(self, frame: pd.DataFrame) -> np.ndarray:
        """Of a finding, were each row inspected."""
        raw = self.model.predict_proba(frame[list(self.features)])[:, 1]
        return expit(self.intercept + self.slope * logit(raw))

    def predict_proba(self, frame: pd.DataFrame) -> np.ndarray:
        """As scikit-learn tells it: shape (rows, 2)."""
        share = self.probability(frame)
        return np.column_stack([1 - share, share])


def logit(share: np.ndarray) -> np.ndarray:
    kept = np.clip(share, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(kept / (1 - kept)))


def expit(value: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-value)))


def candidates(seed: int) -> dict[str, Pipeline]:
    logs = make_pipeline(FunctionTransformer(np.log1p, feature_names_out="one-to-one"), StandardScaler())
    lines = make_column_transformer(
        # The headcount is a logarithm already.
        (logs, [name for name in NUMBERS if name != SIZE]),
        (StandardScaler(), [SIZE]),
        (OneHotEncoder(handle_unknown="ignore", min_frequency=20), [SECTOR]),
    )
    unknown = {"handle_unknown": "use_encoded_value", "unknown_value": np.nan}
    trees = make_column_transformer(("passthrough", list(NUMBERS)), (OrdinalEncoder(**unknown), [SECTOR]))
    boosting = HistGradientBoostingClassifier(
        learning_rate=0.03, max_iter=150, max_leaf_nodes=4, min_samples_leaf=80, l2_regularization=1.0,
        categorical_features=[len(NUMBERS)], random_state=seed,
    )  # fmt: skip
    return {
        LOGISTIC: make_pipeline(lines, LogisticRegression(C=0.1, max_iter=2000)),
        BOOSTING: make_pipeline(trees, boosting),
    }


def weights(chance: np.ndarray) -> np.ndarray:
    """Inverse of the probability of having been drawn, of mean one: none is rare, a part being by lot."""
    inverse = 1 / chance
    return np.asarray(inverse / inverse.mean())


def learn(frame: pd.DataFrame, found: np.ndarray, weight: np.ndarray, seed: int = 0) -> Learnt:
    """From inspected rows. Both are fitted in folds of firms; the one with the least loss is kept, and what
    it says of firms left out corrects its probabilities (Platt, 1999).

    Raises `DataRefused` where there is too little to learn from.
    """
    if found.sum() < FEWEST or (~found).sum() < FEWEST:
        raise DataRefused(
            f"score : {int(found.sum())} contrôles fructueux et {int((~found).sum())} sans suite ; "
            f"{FEWEST} de chaque au moins : demander plus de contrats, ou juger moins de mois"
        )
    inputs, firms = frame[list(FEATURES)], frame["siren"].to_numpy()
    folds = GroupKFold(FOLDS, shuffle=True, random_state=seed)
    told: dict[str, np.ndarray] = {}
    losses: dict[str, float] = {}
    models = candidates(seed)
    for name, model in models.items():
        last = model.steps[-1][0]
        told[name] = cross_val_predict(
            model, inputs, found, groups=firms, cv=folds, method="predict_proba",
            params={f"{last}__sample_weight": weight},
        )[:, 1]  # fmt: skip
        losses[name] = float(log_loss(found, told[name], sample_weight=weight))
    kind = min(losses, key=losses.__getitem__)
    model = models[kind]
    model.fit(inputs, found, **{f"{model.steps[-1][0]}__sample_weight": weight})
    return Learnt(model, kind, losses, *correction(told[kind], found, weight))


def correction(told: np.ndarray, found: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Slope and intercept that correct probabilities told of firms left out (Platt, 1999)."""
    line = LogisticRegression(C=1e6).fit(logit(told)[:, None], found, sample_weight=weight)
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def reasons(learnt: Learnt, frame: pd.DataFrame, usual: pd.DataFrame, most: int = 3) -> list[str]:
    """For each row, what raises its score most: each feature put back to its usual value, in logits.

    ``usual``: rows that tell what is usual (medians; the most frequent category).
    """
    whole = logit(learnt.probability(frame))
    months = [name for name in SEQUENCE if month_columns(name)[0] in learnt.features]
    subjects = {name: [name] for name in FEATURES} | {f"{name}_mois": month_columns(name) for name in months}
    effects = []
    for columns in subjects.values():
        values: dict[str, Any] = {name: _usual(usual[name]) for name in columns}
        effects.append(whole - logit(learnt.probability(frame.assign(**values))))
    table = np.array(effects).T
    told = []
    names = list(subjects)
    for row, raised in zip(frame.to_dict("records"), table, strict=True):
        order = [rank for rank in np.argsort(-raised)[:most] if raised[rank] > 0.05]
        told.append(" ; ".join(f"{WORDS[names[rank]]} : {_shown(names[rank], row)}" for rank in order))
    return told


def _usual(column: pd.Series) -> Any:
    return column.median() if pd.api.types.is_numeric_dtype(column) else column.mode().iloc[0]


def _shown(name: str, row: Mapping[Any, Any]) -> str:
    if name.endswith("_mois"):
        return " ".join(f"{row[column]:.0f}" for column in month_columns(name.removesuffix("_mois")))
    value = np.exp(row[name]) if name == SIZE else row[name]
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


WORDS = {
    "contrats_12m": "contrats sur un an",
    "part_missions": "part de missions",
    "part_accroissement": "part d’accroissements temporaires",
    "part_brefs": "part de contrats de moins de sept jours",
    "duree_moyenne": "durée moyenne (jours)",
    "renouvellements_12m": "renouvellements sur un an",
    "alertes_12m": "alertes sur un an",
    "alertes_3m": "alertes sur trois mois",
    "alertes_carence_12m": "alertes de carence sur un an",
    "alertes_duree_12m": "alertes de durée sur un an",
    "alertes_renouvellements_12m": "alertes de renouvellement sur un an",
    "log_effectif": "effectif",
    "secteur": "secteur",
    "contrats_mois": "contrats, mois par mois",
    "missions_mois": "missions, mois par mois",
    "accroissement_mois": "accroissements temporaires, mois par mois",
    "finis_mois": "contrats finis, mois par mois",
    "brefs_mois": "contrats de moins de sept jours, mois par mois",
    "renouvellements_mois": "renouvellements, mois par mois",
    "alertes_mois": "alertes, mois par mois",
}
