"""The comparison: models chosen by cross-validation, measured once on bridges held out, beside an oracle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from archipel.defis.sosponts import measures, models
from archipel.defis.sosponts.bridges import CLASSES, FIELDS, LABELS, SERIOUS, ranks
from archipel.defis.sosponts.generation import Inventory, probabilities
from archipel.defis.sosponts.measures import Interval
from archipel.defis.sosponts.models import Fit, Model

CANDIDATES: dict[str, Fit] = {"logit_cumulatif": models.fit_logit, "boosting_ordinal": models.fit_boosting}
TITLES = {
    "oracle": "Oracle (connaît la vérité latente)",
    "logit_cumulatif": "Logit cumulatif",
    "boosting_ordinal": "Boosting ordinal",
    "age_seul": "Âge seul",
    "classe_majoritaire": "Classe majoritaire",
    "champs_montpellier": "Modèle retenu, champs de Montpellier seuls",
}
HELD_OUT = 1 / 3
FOLDS = 5
SHUFFLES = 3


@dataclass(frozen=True)
class Study:
    """``train``, ``test``: no bridge in both. ``chosen``: of `CANDIDATES`. ``folds``: why it was chosen."""

    train: Inventory
    test: Inventory
    year: int
    seed: int
    chosen: str
    folds: pd.DataFrame
    fitted: dict[str, Model]

    @property
    def model(self) -> Model:
        return self.fitted[self.chosen]

    def fit(self, fields: Sequence[str]) -> Model:
        """The chosen model, learnt again on some fields alone."""
        own = self.train.bridges
        return CANDIDATES[self.chosen](own, ranks(own["classe"]), fields, self.year, self.seed)


def compare(inventory: Inventory, year: int, seed: int) -> Study:
    """Choose on two thirds of the bridges (least mean ranked score over folds), fit everything there."""
    order = np.random.default_rng(seed).permutation(len(inventory))
    held = round(len(inventory) * HELD_OUT)
    test, train = inventory.take(order[:held]), inventory.take(order[held:])
    truth = ranks(train.bridges["classe"])
    folds = cross_validation(train.bridges, truth, year, seed)
    means = folds.groupby("modele")["score_ordinal"].mean()
    fitted = {name: fit(train.bridges, truth, FIELDS, year, seed) for name, fit in CANDIDATES.items()}
    fitted["age_seul"] = models.fit_logit(train.bridges, truth, ("annee_construction",), year, seed)
    fitted["classe_majoritaire"] = models.fit_majority(train.bridges, truth, FIELDS, year, seed)
    return Study(train, test, year, seed, str(means.idxmin()), folds, fitted)


def cross_validation(bridges: pd.DataFrame, truth: np.ndarray, year: int, seed: int) -> pd.DataFrame:
    """One row a candidate and fold: ``modele, pli, ponts, score_ordinal, kappa``."""
    place = np.random.default_rng([seed, FOLDS]).permutation(len(bridges)) % FOLDS
    rows = []
    for fold in range(FOLDS):
        out = place == fold
        for name, fit in CANDIDATES.items():
            told = fit(bridges[~out], truth[~out], FIELDS, year, seed).probabilities(bridges[out])
            counts = measures.confusion(truth[out], measures.told_ranks(told))
            rows.append(
                {
                    "modele": name,
                    "pli": fold + 1,
                    "ponts": int(out.sum()),
                    "score_ordinal": float(measures.ranked_score(truth[out], told).mean()),
                    "kappa": float(measures.quadratic_kappa(counts)),
                }
            )
    return pd.DataFrame(rows)


def told(study: Study, reduced: Model) -> dict[str, np.ndarray]:
    """Probabilities (n, 5) of the bridges held out: oracle, models, baselines, the chosen one ``reduced``."""
    known = {name: model.probabilities(study.test.bridges) for name, model in study.fitted.items()}
    own = reduced.probabilities(study.test.bridges)
    return {"oracle": probabilities(study.test.wear), **known, "champs_montpellier": own}


def evaluation(study: Study, told: dict[str, np.ndarray], share: float) -> pd.DataFrame:
    """One row a model: measures on the bridges held out, with their 95 % intervals.

    ``share``: of bridges that could be visited, for ``rappel_visites``.
    """
    truth = ranks(study.test.bridges["classe"])
    rows = []
    for name, given in told.items():
        counts = measures.confusion(truth, measures.told_ranks(given))
        risk = measures.serious(given)
        measured = {
            "kappa": measures.interval(counts, measures.quadratic_kappa, study.seed),
            "mae": measures.interval(counts, measures.mean_error, study.seed),
            "rappel_graves": measures.interval(counts, measures.recall, study.seed),
            "rappel_3": measures.interval(counts, _of_3, study.seed),
            "rappel_3u": measures.interval(counts, _of_3u, study.seed),
        }
        rows.append(
            {
                "modele": name,
                "titre": TITLES[name],
                "retenu": name == study.chosen,
                "ponts": len(truth),
                **{key: value for one in measured.items() for key, value in _bounds(*one)},
                "rappel_visites": measures.recall_at(truth >= SERIOUS, risk, share),
                "erreur_calibration": measures.calibration_error(truth >= SERIOUS, risk),
                "score_ordinal": float(measures.ranked_score(truth, given).mean()),
            }
        )
    return pd.DataFrame(rows)


def _of_3(counts: np.ndarray) -> np.ndarray:
    return measures.recall(counts, slice(SERIOUS, SERIOUS + 1))


def _of_3u(counts: np.ndarray) -> np.ndarray:
    return measures.recall(counts, slice(SERIOUS + 1, None))


def _bounds(name: str, found: Interval) -> list[tuple[str, float]]:
    return [(name, found.value), (f"{name}_bas", found.low), (f"{name}_haut", found.high)]


def reliability(study: Study, told: dict[str, np.ndarray]) -> pd.DataFrame:
    """Of each model, equal-mass bins: ``modele, groupe, ponts, annonce, observe``, Wilson's interval."""
    truth = ranks(study.test.bridges["classe"]) >= SERIOUS
    rows = []
    for name, given in told.items():
        for number, one in enumerate(measures.reliability(truth, measures.serious(given)), 1):
            low, high = wilson(one.seen, one.count)
            rows.append(
                {
                    "modele": name,
                    "groupe": number,
                    "ponts": one.count,
                    "annonce": one.told,
                    "observe": one.seen,
                    "observe_bas": low,
                    "observe_haut": high,
                }
            )
    return pd.DataFrame(rows)


def wilson(share: float, count: int, z: float = 1.959964) -> tuple[float, float]:
    """95 % interval of a share (Wilson, 1927)."""
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return max(float(middle - half), 0.0), min(float(middle + half), 1.0)


def confusions(study: Study, told: dict[str, np.ndarray]) -> pd.DataFrame:
    """One row a model, true class and told class: ``modele, vraie, dite, ponts``."""
    truth = ranks(study.test.bridges["classe"])
    rows = []
    for name, given in told.items():
        counts = measures.confusion(truth, measures.told_ranks(given))
        rows += [
            {"modele": name, "vraie": CLASSES[true], "dite": CLASSES[said], "ponts": int(counts[true, said])}
            for true in range(len(CLASSES))
            for said in range(len(CLASSES))
        ]
    return pd.DataFrame(rows)


def importance(study: Study) -> pd.DataFrame:
    """How much the ranked score worsens when a field is shuffled among the bridges held out.

    ``champ, libelle, perte, perte_min, perte_max`` over `SHUFFLES` shuffles; the score's own units.
    """
    bridges, truth = study.test.bridges, ranks(study.test.bridges["classe"])
    base = measures.ranked_score(truth, study.model.probabilities(bridges)).mean()
    rng = np.random.default_rng([study.seed, SHUFFLES])
    rows = []
    for name in FIELDS:
        losses = []
        for _turn in range(SHUFFLES):
            mixed = bridges.assign(**{name: bridges[name].to_numpy()[rng.permutation(len(bridges))]})
            losses.append(measures.ranked_score(truth, study.model.probabilities(mixed)).mean() - base)
        rows.append(
            {
                "champ": name,
                "libelle": LABELS[name],
                "perte": float(np.mean(losses)),
                "perte_min": float(min(losses)),
                "perte_max": float(max(losses)),
            }
        )
    return pd.DataFrame(rows).sort_values("perte", ascending=False, ignore_index=True)


def metrics(study: Study, evaluation: pd.DataFrame) -> dict[str, tuple[Any, str]]:
    """The chosen model's figures and those that frame them: ``(value, unit)``; None where not defined."""
    rows = evaluation.set_index("modele")
    own = rows.loc[study.chosen]
    names = ("kappa", "mae", "rappel_graves", "rappel_3", "rappel_3u")
    found = {f"{name}{end}": own[f"{name}{end}"] for name in names for end in ("", "_bas", "_haut")}
    found |= {name: own[name] for name in ("rappel_visites", "erreur_calibration", "score_ordinal")}
    others = (*(name for name in rows.index if name != study.chosen),)
    short = {"age_seul": "age", "classe_majoritaire": "majoritaire"}
    found |= {f"kappa_{short.get(name, name)}": rows.loc[name, "kappa"] for name in others}
    found["erreur_calibration_oracle"] = rows.loc["oracle", "erreur_calibration"]
    truth = ranks(study.test.bridges["classe"])
    found["part_graves"] = (truth >= SERIOUS).mean()
    units = {name: "classes" if name.startswith("mae") else "1" for name in found}
    told = {name: (None if np.isnan(value) else float(value), units[name]) for name, value in found.items()}
    return {"ponts": (len(study.train) + len(study.test), "ponts"), **told}
