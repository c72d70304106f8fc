"""What is learnt, from what, and how a firm's reasons and groups are told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from archipel.defis.signauxfaibles import evaluation, generation, groups, latest, models, rows
from archipel.defis.signauxfaibles.evaluation import Judged, Sample
from archipel.defis.signauxfaibles.features import THEMES, Features
from archipel.defis.signauxfaibles.models import Learnt
from archipel.defis.signauxfaibles.refusal import DataRefused


class Sum:
    """A model whose log odds are the sum of the features, less two."""

    def predict_proba(self, values: np.ndarray) -> np.ndarray:
        chance = 1 / (1 + np.exp(2 - values.sum(1)))
        return np.column_stack([1 - chance, chance])


def learnt(**changed: object) -> Learnt:
    plain = Learnt("somme", Sum(), np.arange(len(THEMES)), 1.0, 0.0, 0.5, 0.2, 1.0, {})
    return replace(plain, **changed)


@pytest.fixture(scope="module")
def one() -> Sample:
    seen, _truth = generation.country(2, 700, 552, 100)
    return evaluation.sample(seen, 12, 12, 6)


def test_the_pace_of_the_last_months_by_hand() -> None:
    """A hundred firms, each .3 over 18 months: over 6, 1 − .7^(1/3); thirty entered."""
    foreseen = 100 * (1 - 0.7 ** (1 / 3))
    entered = np.arange(100) < 30
    assert models.pace(np.full(100, 0.3), entered, 18) == pytest.approx((40 / (foreseen + 10)) ** 0.5)
    assert learnt(pace=2.0).predict(np.full((1, 6), 1 / 3))[0] == pytest.approx(0.75)
    assert learnt(slope=2.0, level=1.0).predict(np.full((1, 6), 0.5))[0] == pytest.approx(
        1 / (1 + np.exp(-3))
    )


def test_reasons_add_up_by_theme_for_a_sum() -> None:
    values = np.random.default_rng(0).normal(0, 1, (40, len(THEMES))).astype(np.float32)
    told = Features(tuple(THEMES), np.array(list(THEMES)), np.ones(len(THEMES), dtype=bool), values)
    parts = latest.contributions(learnt(), told, 3)
    for rank, theme in enumerate(THEMES):
        moved = parts[theme] - values[:, rank]
        assert moved == pytest.approx(np.full(40, moved[0]), abs=1e-4)


def test_levels_by_hand() -> None:
    assert latest.levels(np.array([0.5, 0.49, 0.2, 0.1]), 0.5, 0.2).tolist() == [
        "rouge", "orange", "orange", "aucun",
    ]  # fmt: skip


def test_both_methods_learn_and_ours_is_the_better_of_two(one: Sample) -> None:
    train = rows.tested_firms(2, 700)[one.firm]
    part = replace(one.features, values=one.features.values[~train])
    label, firm = one.label[~train], one.firm[~train]
    ours = models.ours(part, label, firm, 0)
    again = models.ours(part, label, firm, 0)
    assert ours.crossed[ours.name] == min(ours.crossed.values())
    assert (ours.red, ours.orange, ours.crossed) == (again.red, again.orange, again.crossed)
    told = ours.predict(one.features.values)
    assert told.min() >= 0
    assert told.max() <= 1
    assert told[one.label].mean() > 2 * told[~one.label].mean()
    forest = models.public(part, label, firm, 0)
    assert not any(one.features.names[column].endswith("_rang") for column in forest.columns)
    assert (forest.estimator.n_estimators, forest.estimator.max_depth) == (100, 9)
    assert forest.estimator.max_features == "sqrt"


def test_too_few_entries_are_refused(one: Sample) -> None:
    label = np.arange(len(one.label)) < 19
    for learn in (models.ours, models.public):
        with pytest.raises(DataRefused, match="19 lignes suivies d’une défaillance, au moins 20"):
            learn(one.features, label, one.firm, 0)


def test_the_pace_reads_nothing_after_its_month(one: Sample) -> None:
    model = models.ours(one.features, one.label, one.firm, 0)
    seen = one.seen
    later = np.arange(seen.months) > one.at
    changed = replace(
        seen,
        entry=np.where(seen.entry > one.at, seen.months, seen.entry),
        debt=np.where(later, 9e9, seen.debt),
    )
    told = [
        evaluation.at_pace(model, country, rows.concerned(country), one.at, 12).pace
        for country in (seen, changed)
    ]
    assert told[0] == told[1] != 1


def test_small_groups_are_not_told(one: Sample) -> None:
    test = np.isin(one.firm, np.unique(one.firm)[:12])
    split = rows.Split("temps", ~test, test)
    score = np.linspace(0, 1, test.sum())
    told = groups.by_group(one, Judged(split, {"archipel": score}, {"archipel": (0.8, 0.4)}, {}))
    small = told["entreprises"].isna()
    assert small.any()
    assert not small.all()
    hidden = told.loc[small, ["lignes", "observe", "prevu", "part_rouge", "fausses_alertes"]]
    assert hidden.isna().all(axis=None)
    assert (told.loc[~small, "entreprises"] >= 5).all()


@pytest.mark.parametrize(
    ("firms", "hidden"),
    [
        ({"a": 9, "b": 6, "c": 5}, set()),
        ({"a": 9, "b": 6, "c": 3}, {"b", "c"}),
        ({"a": 9, "b": 4, "c": 3}, {"b", "c"}),
        ({"a": 9, "b": 6, "c": 1, "d": 2}, {"b", "c", "d"}),
    ],
)
def test_a_hidden_group_is_not_found_by_subtraction(firms: dict[str, int], hidden: set[str]) -> None:
    """Totals tell what is hidden together: that must be of five firms too."""
    assert groups._hidden(firms) == hidden
