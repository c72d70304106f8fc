"""Labels, censoring, splits and features: by hand, and never from the future."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from archipel.defis.signauxfaibles import evaluation, features, generation, rows
from archipel.defis.signauxfaibles.economy import EXCLUDED, SECTORS, cycle
from archipel.defis.signauxfaibles.generation import Observed, Truth
from archipel.defis.signauxfaibles.refusal import DataRefused

MONTHS = 120


@pytest.fixture(scope="module")
def country() -> tuple[Observed, Truth]:
    return generation.country(3, 1500, 552, MONTHS)


def test_the_same_seed_makes_the_same_country(country: tuple[Observed, Truth]) -> None:
    again, other = generation.country(3, 1500, 552, MONTHS), generation.country(4, 1500, 552, MONTHS)
    for name in ("siren", "entry", "debt", "headcount", "partial"):
        assert np.array_equal(getattr(country[0], name), getattr(again[0], name))
        assert not np.array_equal(getattr(country[0], name), getattr(other[0], name))
    assert np.array_equal(country[1].hazard, again[1].hazard)


def test_no_siren_has_a_right_key_and_none_comes_twice(country: tuple[Observed, Truth]) -> None:
    def luhn(text: str) -> int:
        doubled = [int(digit) * (1 + rank % 2) for rank, digit in enumerate(reversed(text))]
        return sum(value // 10 + value % 10 for value in doubled)

    sirens = country[0].siren
    assert luhn("732829320") % 10 == 0
    assert len(set(sirens)) == len(sirens)
    assert all(len(text) == 9 and luhn(text) % 10 for text in sirens)


@pytest.mark.parametrize("months", [-3, 95, 241])
def test_a_time_too_short_or_too_long_is_refused(months: int) -> None:
    with pytest.raises(DataRefused, match=f"{months} mois reçus ; de 96 à 240"):
        generation.country(0, 10, 552, months)


def test_about_five_firms_in_a_hundred_enter_a_year() -> None:
    """All years and six countries together: each has its own shocks."""
    entries = months = 0
    for seed in range(6):
        seen, _truth = generation.country(seed, 500, 552, MONTHS)
        kept = rows.concerned(seen)[:, :-1]
        entries += int((kept & (seen.entry[:, None] == np.arange(1, MONTHS))).sum())
        months += int(kept.sum())
    assert 0.04 < 12 * entries / months < 0.06


def test_the_economy_turns() -> None:
    turn = cycle(MONTHS)
    assert (turn.level[:50] == 0).all()
    assert (turn.level[62:76] < -1).all()
    assert (turn.level[-36:] > 0.5).all()
    assert turn.debt[-1] > turn.debt[0] > turn.debt[70]


def test_labels_and_censoring_by_hand() -> None:
    """Months 0 to 9, horizon 3: firm 0 enters in month 5, firm 1 in month 9, firm 2 never."""
    label, known = rows.labels(np.array([5, 9, 10]), 10, 3)
    assert label[0].nonzero()[0].tolist() == [2, 3, 4]
    assert label[1].nonzero()[0].tolist() == [6, 7, 8]
    assert not label[2].any()
    # Month 7 looks at 8, 9 and 10, which nobody has seen: the entry of firm 1 is not used there.
    assert known.nonzero()[0].tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_who_is_concerned(country: tuple[Observed, Truth]) -> None:
    seen = country[0]
    kept = rows.concerned(seen)
    firm, month = np.nonzero(kept)
    assert (seen.headcount[firm, month] >= 10).all()
    assert ((month >= seen.start[firm]) & (month < seen.entry[firm])).all()
    assert not {SECTORS[rank].section for rank in seen.sector[firm]} & EXCLUDED
    assert {SECTORS[rank].section for rank in seen.sector} >= EXCLUDED


def test_no_firm_in_both_parts_and_no_future_in_what_is_learnt() -> None:
    firm, month = (grid.ravel() for grid in np.indices((30, 60)))
    known = np.arange(60) + 6 <= 59
    found = rows.splits(firm, month, known, rows.tested_firms(1, 30), at=45, horizon=6)
    for split in found.values():
        assert not set(firm[split.train]) & set(firm[split.test])
        assert known[month[split.train | split.test]].all()
    assert len(set(firm[found["hasard"].test])) == 10
    assert month[found["temps"].train].max() == 39
    assert (month[found["temps"].test].min(), month[found["temps"].test].max()) == (45, 53)
    assert np.array_equal(found["memes_lignes"].test, found["temps"].test)
    assert np.array_equal(found["memes_lignes"].train, found["hasard"].train)


def test_the_cut_by_hand() -> None:
    assert rows.cut(120, 18, 18) == 84
    with pytest.raises(DataRefused, match="ne laissent que 0 mois d’apprentissage ; au moins 24"):
        rows.cut(96, 24, 60)


def test_too_many_rows_are_refused(country: tuple[Observed, Truth], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "MOST_ROWS", 1000)
    with pytest.raises(DataRefused, match="au plus 1000 acceptées"):
        evaluation.sample(country[0], 18, 18, 3)


def test_changing_the_months_after_changes_nothing(country: tuple[Observed, Truth]) -> None:
    seen, at = country[0], 70
    later = np.arange(MONTHS) > at
    changed = replace(
        seen,
        **{
            name: np.where(later, getattr(seen, name)[:, ::-1] * 3 + 7, getattr(seen, name))
            for name in ("headcount", "due", "debt", "delay", "partial", "plan")
        },
        entry=np.where(seen.entry > at, MONTHS, seen.entry),
        start=np.where(seen.start > at, MONTHS - 1, seen.start),
    )
    firm, month = np.nonzero(rows.concerned(seen) & ~later)
    told = [features.build(one, rows.concerned(one), firm, month).values for one in (seen, changed)]
    assert np.isfinite(told[0]).all()
    assert np.array_equal(told[0], told[1])


def test_features_by_hand() -> None:
    """Two firms, the second from month 2 on."""
    months = np.arange(5.0)
    flat = np.zeros((2, 5))
    seen = Observed(
        0, np.array(["a", "b"]), np.array([1, 2]), np.array([0, 2]), np.array([5, 5]),
        headcount=np.vstack([20 + months, np.full(5, 10.0)]), due=np.full((2, 5), 100.0),
        debt=np.vstack([100 * months, [9e9, 9e9, 300, 0, 0]]), delay=np.vstack([10 * months, flat[0]]),
        partial=flat, plan=np.vstack([flat[0], [9, 9, 0, 2, 1]]),
    )  # fmt: skip
    kept = rows.concerned(seen)
    found = features.build(seen, kept, np.array([0, 1]), np.array([4, 4]))
    told = {name: found.values[:, rank].round(4).tolist() for rank, name in enumerate(found.names)}
    assert told["effectif_variation_3"] == pytest.approx([np.log(24 / 21), 0], abs=1e-4)
    assert told["dettes_mois"] == [4, 0]
    assert told["dettes_variation_3"] == [3, -3]
    assert told["dettes_moyenne_12"] == [2, 1]
    assert told["paiement_moyenne_6"] == [20, 0]
    assert told["delais_part_12"] == [0, pytest.approx(2 / 3, abs=1e-4)]
    assert told["dettes_mois_rang"] == [0.75, 0.25]
    assert told["secteur_C"] == [1, 0]
    assert set(found.themes) == set(features.THEMES)
    assert not any(
        name.endswith("_rang") for name, public in zip(found.names, found.public, strict=True) if public
    )


def test_the_path_oracle_by_hand(country: tuple[Observed, Truth]) -> None:
    told = rows.path_oracle(replace(country[1], hazard=np.array([[0.0, 0.1, 0.2, 0.4, 0.8]])), 2)
    assert told[0, :3] == pytest.approx(1 - np.exp([-0.3, -0.6, -1.2]))
    assert np.isnan(told[0, 3:]).all()


def test_the_path_oracle_is_what_happens(country: tuple[Observed, Truth]) -> None:
    seen, truth = country
    label, known = rows.labels(seen.entry, MONTHS, 18)
    firm, month = np.nonzero(rows.concerned(seen) & known)
    score, label = rows.path_oracle(truth, 18)[firm, month], label[firm, month]
    assert score.mean() == pytest.approx(label.mean(), rel=0.08)
    order = np.argsort(score)
    for part in np.array_split(order, 5)[3:]:
        assert score[part].mean() == pytest.approx(label[part].mean(), rel=0.25)


def test_while_the_economy_holds_the_date_oracle_ranks_best(country: tuple[Observed, Truth]) -> None:
    """Months 0 to 29, whose eighteen months end before support begins."""
    seen, truth = country
    label, _known = rows.labels(seen.entry, MONTHS, 18)
    firm, month = np.nonzero(rows.concerned(seen) & (np.arange(MONTHS) < 30))
    label = label[firm, month]
    oracle = rows.date_oracle(seen, truth, firm, month, 18)
    seen_there = features.build(seen, rows.concerned(seen), firm, month)
    best = max(roc_auc_score(label, column) for column in seen_there.values.T)
    assert (
        roc_auc_score(label, rows.path_oracle(truth, 18)[firm, month]) > roc_auc_score(label, oracle) > best
    )
    assert oracle.mean() == pytest.approx(label.mean(), rel=0.2)
