"""What the models of Signaux Faibles and SOS Ponts are worth: the figures of their guides, seed by seed.

PYTHONPATH=src .venv/bin/python benchmarks/risk_models.py [firms] [bridges]
"""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

from measure import record

from archipel.defis.signauxfaibles import evaluation, generation, months
from archipel.defis.sosponts import generation as inventories
from archipel.defis.sosponts import montpellier, study

BRIDGES, BRIDGE_SEEDS, YEAR, VISITS = 12_000, range(5), 2024, 0.25
FIRMS, FIRM_SEEDS, HORIZON, TESTED, STEP, RESAMPLES = 3000, range(10, 13), 18, 18, 3, 200
"""Seeds that chose nothing; months."""
FIRST_MONTH, MONTHS = months.number(date(2016, 1, 1)), 120


def firms() -> dict[str, Any]:
    told: dict[str, Any] = {"firms": FIRMS}
    for seed in FIRM_SEEDS:
        seen, truth = generation.country(seed, FIRMS, FIRST_MONTH, MONTHS)
        one = evaluation.sample(seen, HORIZON, TESTED, STEP)
        measured = evaluation.measures(one, evaluation.judge(one, truth, seed), seed, RESAMPLES)
        table = evaluation.table(measured).round(4)
        told[str(seed)] = {
            f"{part} {model}": rows.set_index("mesure")["valeur"].to_dict()
            for (part, model), rows in table.groupby(["decoupage", "modele"])
        }
    return told


def bridges() -> dict[str, Any]:
    told: dict[str, Any] = {"bridges": BRIDGES}
    for seed in BRIDGE_SEEDS:
        compared = study.compare(inventories.inventory(BRIDGES, seed, YEAR), YEAR, seed)
        given = study.told(compared, compared.fit(montpellier.FIELDS))
        table = study.evaluation(compared, given, VISITS).set_index("modele").drop(columns="titre")
        folds = compared.folds.groupby("modele")["score_ordinal"].mean()
        told[str(seed)] = {
            "chosen": compared.chosen,
            "folds": folds.round(4).to_dict(),
            "models": table[
                ["kappa", "mae", "rappel_graves", "rappel_3u", "rappel_visites", "erreur_calibration"]
            ]
            .round(4)
            .to_dict("index"),
        }
    return told


if __name__ == "__main__":
    asked = sys.argv[1:] or ["firms", "bridges"]
    if "firms" in asked:
        record("signauxfaibles models", firms())
    if "bridges" in asked:
        record("sosponts models", bridges())
