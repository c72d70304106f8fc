"""The synthetic truth: the same for the same seed, monotonic, near the published shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from archipel.defis.sosponts import generation, measures
from archipel.defis.sosponts.bridges import CHOICES, CLASSES, FIELDS, QUANTITIES, ranks

YEAR = 2024
PLAIN = {
    "franchit": "eau", "exposition": "salage", "annee_construction": 1960, "dernier_entretien": 2005,
    "derniere_visite": 2018, "ouverture_m": 6.0, "longueur_m": 9.0, "largeur_m": 5.0, "trafic_vj": 200,
    "poids_lourds_pct": 5.0,
}  # fmt: skip


def wear(**changed: object) -> np.ndarray:
    """Of the plain bridge, in each material; a list changes it several times."""
    lengths = [len(value) for value in changed.values() if isinstance(value, list)]
    times = lengths[0] if lengths else 1
    values = {name: value if isinstance(value, list) else [value] * times for name, value in changed.items()}
    rows = [
        {**PLAIN, "materiau": material, **{name: every[turn] for name, every in values.items()}}
        for material in CHOICES["materiau"]
        for turn in range(times)
    ]
    return generation.wear(pd.DataFrame(rows), YEAR).reshape(len(CHOICES["materiau"]), times)


@pytest.mark.parametrize(
    ("field", "worse"),
    [
        ("annee_construction", [2004, 1990, 1974, 1950, 1900, 1750]),
        ("exposition", ["aucune", "salage", "littoral"]),
        ("dernier_entretien", [2024, 2015, 2000, 1970]),
        ("derniere_visite", [2024, 2020, 2012]),
        ("trafic_vj", [0, 100, 1000, 20000]),
        ("poids_lourds_pct", [0.0, 5.0, 20.0]),
        ("franchit", ["route", "eau"]),
    ],
)
def test_the_truth_never_improves(field: str, worse: list[object]) -> None:
    assert (np.diff(wear(**{field: worse}), axis=1) > 0).all()


def test_a_width_alone_changes_nothing() -> None:
    assert np.ptp(wear(largeur_m=[2.0, 5.0, 12.0]), axis=1) == pytest.approx(0)


def test_the_same_seed_makes_the_same_bridges() -> None:
    once, again = (generation.inventory(500, 7, YEAR) for _turn in range(2))
    assert_frame_equal(once.bridges, again.bridges)
    assert (once.wear == again.wear).all()
    assert not generation.inventory(500, 8, YEAR).bridges.equals(once.bridges)


def test_shares_are_near_the_published_ones() -> None:
    """Programme national ponts (Cerema, 2024): 26 % good, 25 % significant or major disorder."""
    classes = generation.inventory(40_000, 1, YEAR).bridges["classe"]
    assert (classes == "1").mean() == pytest.approx(0.26, abs=0.015)
    assert classes.isin(("3", "3U")).mean() == pytest.approx(0.25, abs=0.015)
    assert set(classes) == set(CLASSES)


def test_the_oracle_tells_the_true_probabilities() -> None:
    bridges = generation.inventory(40_000, 2, YEAR)
    given = generation.probabilities(bridges.wear)
    assert given.sum(axis=1) == pytest.approx(1)
    assert (given > 0).all()
    truth = ranks(bridges.bridges["classe"])
    for rank in range(len(CLASSES)):
        assert given[:, rank].mean() == pytest.approx((truth == rank).mean(), abs=0.01)
    assert measures.calibration_error(truth >= 3, measures.serious(given)) < 0.012


def test_fields_stay_within_what_an_inventory_may_hold() -> None:
    bridges = generation.inventory(5000, 3, YEAR).bridges
    for name, bounds in QUANTITIES.items():
        assert bridges[name].dropna().between(bounds.low, bounds.high).all(), name
    for name, values in CHOICES.items():
        assert set(bridges[name].dropna()) == set(values)
    assert (bridges["longueur_m"].dropna() >= bridges["ouverture_m"].min()).all()
    built = bridges["annee_construction"]
    assert not (bridges["dernier_entretien"] < built).any()
    assert not (built > YEAR).any()
    for name in FIELDS:
        assert bridges[name].isna().any(), name
