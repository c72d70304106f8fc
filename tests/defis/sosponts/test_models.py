"""Probabilities that sum to one and are ordered; a likelihood beside scikit-learn's; the choice."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from archipel.defis.sosponts import generation, inventories, measures, models, montpellier, readings, study
from archipel.defis.sosponts.bridges import CLASSES, FIELDS, ranks

YEAR = 2024


@pytest.fixture(scope="module")
def bridges() -> pd.DataFrame:
    return generation.inventory(1500, 11, YEAR).bridges


@pytest.mark.parametrize("fit", [models.fit_logit, models.fit_boosting, models.fit_majority])
@pytest.mark.parametrize("fields", [FIELDS, montpellier.FIELDS, ("annee_construction",)])
def test_probabilities(bridges: pd.DataFrame, fit: models.Fit, fields: tuple[str, ...]) -> None:
    """Of bridges whose every field may be unknown too."""
    unknown = bridges.head(3).assign(**dict.fromkeys(FIELDS)).astype(bridges.dtypes)
    given = fit(bridges, ranks(bridges["classe"]), fields, YEAR, 0).probabilities(
        pd.concat([bridges, unknown], ignore_index=True)
    )
    assert given.shape == (len(bridges) + 3, len(CLASSES))
    # Nobody is said to be certain: no class is impossible.
    assert (given > 0).all()
    assert given.sum(axis=1) == pytest.approx(1)
    assert (np.diff(given.cumsum(axis=1), axis=1) >= 0).all()


def test_a_quantity_that_is_unknown_of_the_worst(bridges: pd.DataFrame) -> None:
    worst = bridges["classe"].isin(("3", "3U"))
    hidden = bridges.assign(trafic_vj=bridges["trafic_vj"].mask(worst), longueur_m=np.nan)
    given = models.fit_boosting(hidden, ranks(bridges["classe"]), FIELDS, YEAR, 0).probabilities(bridges)
    assert given.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("fit", [models.fit_logit, models.fit_boosting])
def test_a_class_that_nobody_has(bridges: pd.DataFrame, fit: models.Fit) -> None:
    few = bridges[bridges["classe"].isin(("1", "2", "3"))]
    given = fit(few, ranks(few["classe"]), FIELDS, YEAR, 0).probabilities(few)
    assert given.sum(axis=1) == pytest.approx(1)
    assert given[:, [2, 4]].mean(axis=0) == pytest.approx([0, 0], abs=0.01)


def test_two_classes_are_a_logistic_regression() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(400, 3))
    ranks_ = (matrix @ [1.0, -2.0, 0.5] + rng.logistic(size=400) > 0.3).astype(int)
    thresholds, slopes = models.cumulative_likelihood(matrix, ranks_, 2, 1.0)
    wanted = LogisticRegression(C=1.0, tol=1e-8).fit(matrix, ranks_)
    assert slopes == pytest.approx(wanted.coef_[0], abs=1e-3)
    assert -thresholds == pytest.approx(wanted.intercept_, abs=1e-3)


def test_the_likelihood_finds_what_made_the_classes() -> None:
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(20_000, 2))
    damage = matrix @ [1.5, -0.7] + rng.logistic(size=20_000)
    thresholds, slopes = models.cumulative_likelihood(
        matrix, np.searchsorted([-1.0, 0.5, 1.0, 3.0], damage), 5, 1.0
    )
    assert slopes == pytest.approx([1.5, -0.7], abs=0.05)
    assert thresholds == pytest.approx([-1.0, 0.5, 1.0, 3.0], abs=0.08)


def test_the_boosting_never_says_better_of_an_older_bridge(bridges: pd.DataFrame) -> None:
    model = models.fit_boosting(bridges, ranks(bridges["classe"]), FIELDS, YEAR, 0)
    ages = [
        measures.serious(model.probabilities(bridges.assign(annee_construction=float(year))))
        for year in (2000, 1980, 1950, 1900)
    ]
    assert (np.diff(ages, axis=0) >= -1e-12).all()


def test_the_logit_can_be_computed_elsewhere(bridges: pd.DataFrame) -> None:
    """From its JSON alone, by hand, for one bridge."""
    fields = ("annee_construction", "exposition")
    model = models.fit_logit(bridges, ranks(bridges["classe"]), fields, YEAR, 0)
    told = json.loads(json.dumps(model.as_json()))
    one = bridges.head(1).assign(annee_construction=1960.0, exposition="littoral")
    scaled = np.log1p(64) - told["centres_log1p"]["annee_construction"]
    scaled /= told["echelles_log1p"]["annee_construction"]
    slopes = told["pentes"]
    damage = slopes["annee_construction"] * scaled + slopes["annee_construction²"] * scaled**2
    damage += slopes["exposition=littoral"]
    below = expit(np.array(told["seuils"]) - damage)
    assert model.probabilities(one)[0].cumsum()[:4] == pytest.approx(below)
    assert set(slopes) == {
        "annee_construction", "annee_construction²", "annee_construction inconnu",
        "exposition=aucune", "exposition=salage", "exposition=littoral",
    }  # fmt: skip


@pytest.fixture(scope="module")
def compared() -> study.Study:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "FOLDS", 2)
        return study.compare(generation.inventory(1200, 5, YEAR), YEAR, 5)


def test_the_model_is_chosen_without_the_bridges_held_out(compared: study.Study) -> None:
    assert set(compared.train.bridges["pont_id"]).isdisjoint(compared.test.bridges["pont_id"])
    assert (len(compared.train), len(compared.test)) == (800, 400)
    means = compared.folds.groupby("modele")["score_ordinal"].mean()
    assert compared.chosen == means.idxmin()
    assert compared.folds.groupby("modele")["ponts"].sum().tolist() == [800, 800]


def test_tables(compared: study.Study) -> None:
    told = study.told(compared, compared.fit(montpellier.FIELDS))
    found = study.evaluation(compared, told, 0.25).set_index("modele")
    assert list(found.index) == list(study.TITLES)
    assert found["retenu"].sum() == 1
    assert (found["kappa_bas"] <= found["kappa"]).all()
    assert (found["kappa"] <= found["kappa_haut"]).all()
    assert found["kappa"].idxmax() == "oracle"
    assert found["score_ordinal"].idxmin() == "oracle"
    assert found.loc["classe_majoritaire", ["kappa", "rappel_visites"]].tolist() == [0, 0.25]
    bins = study.reliability(compared, told)
    assert bins.groupby("modele")["ponts"].sum().eq(400).all()
    assert ((bins["observe_bas"] <= bins["observe"]) & (bins["observe"] <= bins["observe_haut"])).all()
    assert study.confusions(compared, told).groupby("modele")["ponts"].sum().eq(400).all()
    weights = study.importance(compared).set_index("champ")["perte"]
    assert weights["annee_construction"] > weights["largeur_m"]


def test_wilson_by_hand() -> None:
    """8 of 10: centre (.8 + .19207) / 1.38415, half .24722."""
    assert study.wilson(0.8, 10) == pytest.approx((0.49016, 0.94332), abs=1e-4)
    assert study.wilson(0.0, 10)[0] == 0


def test_a_bridge_that_cannot_be_read_is_not(bridges: pd.DataFrame) -> None:
    model = models.fit_logit(bridges, ranks(bridges["classe"]), FIELDS, YEAR, 0)
    three = bridges.head(1).loc[[0] * 4].reset_index(drop=True)
    three = three.assign(
        materiau=["bois", None, "bois", "bois"],
        annee_construction=[1990.0, np.nan, 1200.0, 2024.0],
        trafic_vj=np.nan,
    )
    read = readings.read(model, three, bridges)
    assert read["lecture"].notna().tolist() == [True, False, False, True]
    assert read["p_grave"].notna().tolist() == [True, False, False, True]
    assert read["sans_lecture"][1] == "matériau : inconnu ; année de construction : inconnu"
    assert read["sans_lecture"][2].startswith("année de construction : 1200, hors de l’appris (depuis 17")
    empty = inventories.read(None, YEAR)
    assert readings.read(model, empty.bridges, bridges).empty


def test_concordance_is_told_of_enough_bridges_alone(bridges: pd.DataFrame) -> None:
    rated = pd.DataFrame({"classe": ["1", "3"] * 15, "lecture": ["1", "3"] * 14 + ["1", "1"]})
    told = readings.concordance(rated, 0)
    assert told["inventaire_kappa"][0] == pytest.approx(1 - 1 / 15, abs=0.001)
    assert told["inventaire_kappa_bas"][0] < told["inventaire_kappa"][0]
    assert readings.concordance(rated.head(29), 0)["inventaire_kappa"] == (None, "1")
    alike = readings.concordance(rated.assign(classe="1", lecture="1"), 0)
    assert (alike["inventaire_notes"], alike["inventaire_kappa"]) == ((30, "ponts"), (None, "1"))


def test_montpellier(tmp_path: Path) -> None:
    from support.source import ROOT

    data = ROOT / "notebooks" / "sosponts" / "donnees"
    found = montpellier.read(data / "ouvrages-art.csv", data / "points.csv")
    assert (len(found), int(montpellier.rated(found).sum())) == (67, 32)
    assert found["pont_id"].tolist() == [str(number) for number in range(1, 68)]
    assert found["lon"].between(3.8, 3.95).all()
    assert found["lat"].between(43.55, 43.66).all()
    one = found.set_index("nom").loc["Vieussens / SNCF"]
    assert (one["materiau"], one["franchit"], one["largeur_m"]) == (
        "poutrelles_enrobees",
        "voie_ferree",
        10.95,
    )
    unknown = found.set_index("nom").loc["Pont de Lattes / SNCF"]
    assert unknown[["materiau", "ouverture_m", "longueur_m", "largeur_m"]].isna().all()
    assert not (found[["ouverture_m", "longueur_m", "largeur_m"]] == 0).any(axis=None)
    wrong = tmp_path / "autre.csv"
    wrong.write_text("a,b\n1,2\n")
    with pytest.raises(montpellier.DataRefused, match="il manque DÉNOMINATI"):
        montpellier.read(wrong, data / "points.csv")
