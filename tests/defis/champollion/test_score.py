"""The targeting score: measures by hand, nothing of the future, selection corrected, the gate."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from archipel.catalog.load import load_catalog
from archipel.defis.champollion.refusal import DataRefused
from archipel.defis.champollion.score import (
    documents,
    evaluation,
    fitting,
    groups,
    inspections,
    study,
    synthetic,
)
from archipel.defis.champollion.score.evaluation import Costs, Judged
from archipel.defis.champollion.score.panel import NUMBERS, SEQUENCE, Panel, month_columns, panel
from archipel.models.documents import AUDIT, CARD, Audit, Card, read
from archipel.models.verdict import verdict
from support.source import ROOT

DAY = (date(2021, 1, 15) - date(1970, 1, 1)).days


def judged(score: list[float], found: list[int]) -> Judged:
    return Judged.of(np.array(score), np.array(found), np.arange(len(score)))


def test_at_capacity_by_hand() -> None:
    """Two inspections in ten: one of them finds; two of ten have something to find."""
    ten = judged([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0], [1, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    assert evaluation.precision(ten, 0.2) == 0.5
    assert evaluation.recall(ten, 0.2) == 0.5
    assert evaluation.lift(ten, 0.2) == pytest.approx(2.5)
    assert evaluation.precision(ten, 0.25) == pytest.approx(1.5 / 2.5)
    assert evaluation.net_benefit(ten, 0.2, Costs(10, 100)) == pytest.approx(0.2 * (0.5 * 100 - 10))


def test_calibration_by_hand() -> None:
    """Told 0.2 where half is found, 0.6 where all is: gaps of 0.3 and 0.4."""
    four = judged([0.2, 0.2, 0.6, 0.6], [0, 1, 1, 1])
    assert evaluation.calibration_error(four, bins=2) == pytest.approx(0.35)
    assert evaluation.brier(four) == pytest.approx((0.04 + 0.64 + 0.16 + 0.16) / 4)


def test_the_area_is_scikit_learn_s_with_ties_and_weights() -> None:
    draw = np.random.default_rng(0)
    score, found = draw.integers(0, 20, 500) / 20, draw.random(500) < 0.3
    weight = draw.integers(0, 4, 500).astype(float)
    ours = evaluation.roc_auc(replace(Judged.of(score, found, np.arange(500)), weight=weight))
    assert ours == pytest.approx(roc_auc_score(found, score, sample_weight=weight))


def test_a_month_knows_nothing_of_itself_nor_of_what_follows() -> None:
    contracts = pd.DataFrame(
        {
            "siret": [1] * 3, "nature": ["02", "03", "02"], "motif": ["02", "01", "02"],
            "debut": [DAY, DAY + 31, DAY + 400], "fin": [DAY + 2, DAY + 50, DAY + 405],
            "renouvellements": [1, 0, 5],
        }
    )  # fmt: skip
    alerts = pd.DataFrame({"siret": [1], "regle": ["carence"], "jour": [DAY + 31]})
    places = pd.DataFrame(
        {
            "siret": [1, 2],
            "siren": ["a", "b"],
            "secteur": ["x", "y"],
            "departement": ["01", "02"],
            "effectif": [5, 9],
        }
    )
    told = panel(contracts, alerts, places, date(2021, 1, 1), 16)
    mine = told.frame[told.frame["siret"] == 1].set_index("mois")
    assert mine["contrats_12m"].tolist() == [0, 1, *[2] * 11, 1, 1, 1]
    assert mine["alertes_3m"].tolist() == [0, 0, 1, 1, 1, *[0] * 11]
    assert mine["part_missions"][2] == 0.5
    # Three days in January; twenty that end in March.
    assert mine["duree_moyenne"].tolist()[:5] == [0, 3, 3, 11.5, 11.5]
    assert mine["part_brefs"].tolist()[:5] == [0, 1, 1, 0.5, 0.5]
    lasting = contracts.assign(fin=[DAY + 2, DAY + 300, DAY + 405], renouvellements=[1, 7, 5])
    longer = panel(lasting, alerts, places, date(2021, 1, 1), 16)
    early = told.frame["mois"] <= 2
    assert longer.frame[early].equals(told.frame[early])
    running = panel(contracts.assign(fin=None).astype({"fin": "Int32"}), alerts, places, date(2021, 1, 1), 16)
    assert running.frame["duree_moyenne"].eq(0).all()
    assert told.frame[told.frame["siret"] == 2]["contrats_12m"].sum() == 0
    later = contracts.assign(nature="03", renouvellements=9)[contracts["debut"] > DAY + 100]
    changed = panel(pd.concat([contracts.head(2), later]), alerts, places, date(2021, 1, 1), 16)
    before = told.frame["mois"] <= 13
    assert changed.frame[before].equals(told.frame[before])


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, object]:
    told = synthetic.country(tmp_path_factory.mktemp("pays"), 4, 60_000)
    return told, inspections.inspections(told, 4)


@pytest.fixture(scope="module")
def done(country):
    return study.study(*country, capacity=0.05, last_months=12, seed=0)


def test_gaps_of_calibration_by_hand() -> None:
    """Told .9 where nothing is found, told .2 where one in five is: .9 too high, and right."""
    firms = 40
    sector = np.array(["a"] * 100 + ["b"] * 100)
    rows = pd.DataFrame({"secteur": sector, "effectif": 20, "siret": np.arange(200)})
    score, found = np.where(sector == "a", 0.9, 0.2), np.zeros(200)
    found[100::5] = 1
    told = Judged.of(score, found, np.arange(200) % firms)
    (gap,) = (one for one in groups.gaps(rows, told, 0) if one["condition"] == "secteur")
    assert (gap["groupe_a"], gap["groupe_b"], gap["n_a"], gap["ecart"]) == ("a", "b", 100, 0.9)
    assert 0.5 < gap["bas"] < 0.9 < gap["haut"]


def test_a_group_of_one_firm_is_not_nil_in_the_resamples_without_it() -> None:
    rows = pd.DataFrame({"secteur": ["a"] * 5 + ["b"] * 95, "effectif": 20, "siret": np.arange(100)})
    told = Judged.of(np.array([0.9] * 5 + [0.0] * 95), np.zeros(100), np.array([0] * 5 + [*range(1, 96)]))
    (gap,) = (one for one in groups.gaps(rows, told, 0) if one["condition"] == "secteur")
    assert gap["bas"] == pytest.approx(0.9)


def test_where_there_is_nothing_to_find_it_is_said(country, done) -> None:
    panel_, past = country
    nothing = replace(past, found=np.zeros(len(past.found), dtype=bool))
    with pytest.raises(DataRefused, match="l’oracle lui-même n’y trouve rien"):
        study.judge(panel_, nothing, done.learnt, 0.05, 12, 0)


def test_a_ratio_with_nothing_below_is_unknown() -> None:
    assert np.isnan(evaluation.ratio(1.0, 0.0))
    assert evaluation.ratio(1.0, 2.0) == 0.5


def test_no_firm_and_no_month_on_both_sides(country) -> None:
    panel_, _past = country
    parts = study.split(panel_, 12)
    frame = panel_.frame
    assert not set(frame["siren"][parts.learnt]) & set(frame["siren"][parts.judged])
    assert frame["mois"][parts.learnt].max() < frame["mois"][parts.judged].min()


def test_selection_is_corrected(done) -> None:
    rows = done.selection.set_index("methode")
    truth = rows.loc["vérité", "valeur"]
    assert rows.loc["naïve", "bas"] > truth
    assert rows.loc["corrigée", "bas"] <= truth <= rows.loc["corrigée", "haut"]


def test_most_of_what_an_oracle_would_find(done) -> None:
    own = done.figures[done.figures["qui"] == "score"].set_index("mesure")["valeur"]
    assert own["part_du_lift_de_l_oracle"] > 0.75
    assert own["erreur_de_calibration"] < 0.06
    assert done.cases["probabilite"].is_monotonic_decreasing
    assert done.cases["raisons"].str.len().gt(0).mean() > 0.9


def test_what_moved_is_told_and_what_did_not_is_not() -> None:
    """The same firms, before and after; that others are larger is no drift."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(draw.normal(size=(4000, len(NUMBERS))), columns=list(NUMBERS))
    frame["siren"], frame["mois"] = np.tile(np.arange(2000), 2), np.repeat([0, 1], 2000)
    frame["alertes_3m"] = (draw.random(4000) < 0.02).astype(float)
    out, late = frame["siren"].to_numpy() < 1000, frame["mois"].to_numpy() == 1
    frame.loc[late & out, "contrats_12m"] += 2
    frame.loc[late & out & (draw.random(4000) < 0.3), "alertes_3m"] = 1
    frame.loc[~out, "duree_moyenne"] += 5
    told = study.drift(Panel(frame, 2000, 2, {}), study.Split(~out & ~late, out & late))
    told = told.set_index("variable")["psi"]
    assert (told[["contrats_12m", "alertes_3m"]] > 0.25).all()
    assert (told.drop(["contrats_12m", "alertes_3m"]) < 0.05).all()


def test_each_month_has_its_own_capacity() -> None:
    """Half of each month's: the second month's highest score is not taken for the first month's visits."""
    four = Judged.of(np.array([0.2, 0.1, 0.9, 0.8]), np.ones(4), np.arange(4), np.array([5, 5, 6, 6]))
    assert evaluation.taken(four, 0.5).tolist() == [1, 0, 1, 0]


def test_months_apart_are_those_before(country) -> None:
    told, _past = country
    kept = np.zeros(len(told.frame), bool)
    kept[::97] = True
    rows = told.rows(kept)
    for name, total in (("contrats", "contrats_12m"), ("alertes", "alertes_12m")):
        assert np.allclose(rows[month_columns(name)].sum(axis=1), rows[total])
    assert np.allclose(rows[month_columns("alertes")[-3:]].sum(axis=1), rows["alertes_3m"])


class _LastMonth:
    """A network that reads nothing but the alerts of the month before."""

    def predict_proba(self, inputs: pd.DataFrame, /) -> np.ndarray:
        share = fitting.expit(inputs["alertes_m01"].to_numpy() - 3)
        return np.column_stack([1 - share, share])


def test_what_a_network_read_is_told_month_by_month(country) -> None:
    told, past = country
    columns = tuple(column for name in SEQUENCE for column in month_columns(name))
    learnt = fitting.Learnt(_LastMonth(), "sequence", {}, 1.0, 0.0, (*fitting.FEATURES, *columns))
    done = study.judge(told, past, learnt, 0.05, 12, 0)
    first = done.cases["raisons"].iloc[0]
    assert first.startswith("alertes, mois par mois : ")
    assert len(first.split(" : ")[1].split()) == 12
    assert ";" not in first


def test_too_little_to_learn_from(country) -> None:
    panel_, past = country
    rows = panel_.frame.head(100)
    with pytest.raises(DataRefused, match="50 de chaque au moins"):
        fitting.learn(rows, past.found[:100], np.ones(100))


def test_the_gate_reads_its_audit_and_wants_its_card_filled(done) -> None:
    """The same gate as TwinCity's: figures pass or not by the manifest; what only a person knows is asked."""
    asked = load_catalog(ROOT).defis["champollion"].models[documents.MODEL]
    told = json.dumps(documents.audit(done, "logistique-0", "a" * 64), allow_nan=False).encode()
    empty = json.dumps(documents.card(done, "logistique-0", date(2026, 1, 1))).encode()
    audit = read(Audit, AUDIT, told)
    assert isinstance(audit, Audit)
    refused = read(Card, CARD, empty)
    assert {one.where for one in refused} == {
        f"{CARD}:{name}" for name in ("responsable", "usage", "limites", "interdits", "ethique")
    }
    written = json.loads(empty) | dict.fromkeys(
        ("responsable", "usage", "limites", "interdits", "ethique"),
        "Une phrase que personne d’autre n’écrit.",
    )
    card = read(Card, CARD, json.dumps(written).encode())
    assert isinstance(card, Card)
    found = verdict(documents.MODEL, asked, card, audit, "logistique-0", frozenset({"a" * 64}))
    assert not [one for one in found.refusals if one.where.startswith(CARD)]
    assert all(one.where.startswith("audit.") for one in found.refusals)
    other = verdict(documents.MODEL, asked, card, audit, "logistique-0", frozenset({"b" * 64}))
    assert any(one.where == "audit.identified" for one in other.refusals)
