"""What a card and an audit pass, and by how much they do not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from archipel.catalog.registered import AuditThresholds, Bounds, GapThreshold, RegisteredModel
from archipel.models.documents import AUDIT, CARD, Audit, Card, detector_named, read
from archipel.models.verdict import Verdict, verdict
from archipel.texts import speaking
from support.registered import DIGEST, NAME, audit, card, gap, written

ASKED = RegisteredModel.model_validate(
    {
        "title": {"fr": "Piétons"},
        "task": {"fr": "Les trouver"},
        "audit": {
            "gaps": {"teint": {"estimate_max": 3, "bound_max": 5, "n_min": 500, "power_min": 0.8}},
            "measures": {"rappel": {"min": 0.5}, "fppi": {"max": 1}, "puissance_3_points": {"min": 0.8}},
        },
    }
)


def judged(
    card_: bytes | dict[str, Any] | None,
    audit_: bytes | dict[str, Any] | None,
    asked: RegisteredModel = ASKED,
    files: frozenset[str] = frozenset({DIGEST}),
) -> Verdict:
    told = [one if isinstance(one, bytes) else written(one) for one in (card_, audit_)]
    card, audit = read(Card, CARD, told[0]), read(Audit, AUDIT, told[1])
    return verdict(NAME, asked, card, audit, detector_named(told[0]), files)


def lines(verdict: Verdict) -> list[str]:
    return [str(one) for one in verdict.refusals]


def test_a_complete_card_and_a_good_audit_pass() -> None:
    assert judged(card(), audit()).passes


@pytest.mark.parametrize(
    ("audit_", "told"),
    [
        (
            audit(gap(ecart=0.042, haut=0.045)),
            "audit.gaps.teint.estimate_max: teint, claire et foncée : 4,20 points d’écart, "
            "3,00 au plus, soit 1,20 de trop",
        ),
        (
            # A gap the other way is a gap.
            audit(gap(ecart=-0.042, bas=-0.048, haut=0.01)),
            "audit.gaps.teint.estimate_max: teint, claire et foncée : 4,20 points d’écart, "
            "3,00 au plus, soit 1,20 de trop",
        ),
        (
            audit(gap(bas=-0.08)),
            "audit.gaps.teint.bound_max: teint, claire et foncée : l’intervalle va jusqu’à "
            "8,00 points d’écart, 5,00 au plus, soit 3,00 de trop",
        ),
        (
            audit(gap(), gap(groupe_b="moyenne", n_b=120)),
            "audit.gaps.teint.n_min: teint, moyenne : 120 seulement, 500 au moins, il en manque 380",
        ),
        (
            audit(gap(puissance_3_points=0.55)),
            "audit.gaps.teint.power_min: teint, claire et foncée : puissance 0,55 à 3 points d’écart, "
            "0,80 au moins, il manque 0,25",
        ),
        (
            audit(gap(puissance_3_points=None)),
            "audit.gaps.teint.power_min: teint, claire et foncée : l’audit ne dit pas sa puissance à "
            "3 points d’écart",
        ),
        (audit(gap(condition="heure")), "audit.gaps.teint: aucun écart n’est mesuré par « teint »"),
        (
            audit(rappel=0.41),
            "audit.measures.rappel.min: « rappel » : 0,41, 0,5 au moins, il manque 0,09",
        ),
        (
            audit(fppi={"valeur": 1.25, "bas": 1, "haut": 1.5}),
            "audit.measures.fppi.max: « fppi » : 1,25, 1 au plus, soit 0,25 de trop",
        ),
        (
            audit(puissance_3_points=None),
            "audit.measures.puissance_3_points: « puissance_3_points » n’est pas mesuré",
        ),
        (
            audit(detector="hog"),
            "audit.json:detecteurs: l’audit ne dit rien de « yolofastest-corps » (il y a : hog)",
        ),
    ],
)
def test_each_threshold_says_which_and_by_how_much(audit_: dict[str, Any], told: str) -> None:
    assert lines(judged(card(), audit_)) == [told]


def test_it_is_told_in_english_too() -> None:
    with speaking("en"):
        (line,) = lines(judged(card(), audit(gap(ecart=0.042, haut=0.045))))
    assert line == (
        "audit.gaps.teint.estimate_max: teint, claire and foncée: 4.20 points apart, "
        "3.00 at most, 1.20 too many"
    )


def test_a_card_that_is_wrong_hides_nothing_of_the_audit() -> None:
    codes = [one.code for one in judged(card(limites="court"), audit(rappel=0.1)).refusals]
    assert codes == ["model.document", "model.measure-low"]


def test_all_that_is_missed_is_told_at_once() -> None:
    codes = [one.code for one in judged(card(modele="autre"), audit(gap(n_a=3), rappel=0.1)).refusals]
    assert codes == ["model.card-other", "model.n-min", "model.measure-low"]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("limites", None, "carte.json:limites: texte attendu"),
        ("limites", "à compléter", "carte.json:limites: texte trop court (20 caractères au moins)"),
        ("limites", " " * 40, "carte.json:limites: texte trop court (20 caractères au moins)"),
        ("donnees", [], "carte.json:donnees: liste vide"),
        ("donnees_synthetiques", "non", "carte.json:donnees_synthetiques: « true » ou « false » attendu"),
        ("donnees_synthetiques", False, "carte.json: « donnees_synthetiques » contredit les « donnees »"),
        ("date", "24/11/2026", "carte.json:date: date AAAA-MM-JJ attendue"),
        (
            "metriques",
            [{"nom": "AP50", "jeu": "x", "valeur": 0.9, "bas": 0.1, "haut": 0.2}],
            "carte.json:metriques.0: « valeur » hors de son intervalle « bas », « haut »",
        ),
    ],
)
def test_a_card_says_all_of_it(field: str, value: Any, told: str) -> None:
    assert lines(judged(card(**{field: value}), audit())) == [told]


@pytest.mark.parametrize("field", sorted(card()))
def test_no_field_of_the_card_may_be_left_out(field: str) -> None:
    told = card()
    del told[field]
    assert f"carte.json:{field}: valeur manquante" in lines(judged(told, audit()))


def test_a_defi_asks_for_more_of_a_card() -> None:
    asked = ASKED.model_copy(update={"card": ASKED.card.model_copy(update={"fields": ("energie",)})})
    assert lines(judged(card(energie="peu"), audit(), asked)) == [
        "carte.json:energie: la carte doit dire « energie » : 20 caractères au moins, 3 reçus"
    ]
    assert judged(card(energie="Douze kilowattheures d’entraînement."), audit(), asked).passes


def test_synthetic_data_is_said_by_both() -> None:
    real = card(
        donnees=[{"nom": "Rues", "licence": "ODbL", "synthetique": False}], donnees_synthetiques=False
    )
    assert [one.code for one in judged(real, audit()).refusals] == ["model.synthetic"]


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'"\\ud800"',
        b"[" * 100_000,
        b'{"version": 2}',
        b"{}" + b" " * 3_000_000,
    ],
)
def test_what_is_no_document_is_refused_not_raised(data: bytes | None) -> None:
    for verdict_ in (judged(data, audit()), judged(card(), data)):
        assert not verdict_.passes
        assert all(str(one) for one in verdict_.refusals)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", '"0"', "true", "null"])
@pytest.mark.parametrize("place", ["ecart", "bas", "haut", "n_a", "rappel", "fppi", "puissance_3_points"])
def test_what_is_no_number_passes_no_threshold(place: str, number: str) -> None:
    told = audit(**{"rappel": 0.62, "fppi": 0.4})
    own = told["detecteurs"]["yolofastest-corps"]
    (own["ecarts"][0] if place in own["ecarts"][0] else own)[place] = "@"
    data = json.dumps(told).replace('"@"', number).encode()
    assert not judged(card(), data).passes


def test_a_gap_in_points_is_no_gap_in_recall() -> None:
    """2.4 written for 0.024 is refused, not taken for a small number."""
    assert lines(judged(card(), audit(gap(ecart=2.4, bas=1.1, haut=3.2))))[0] == (
        "audit.json:detecteurs.yolofastest-corps.ecarts.0.ecart: 1 au plus"
    )


def test_the_file_that_was_judged_is_one_of_the_version() -> None:
    asked = ASKED.model_copy(update={"audit": ASKED.audit.model_copy(update={"identified": True})})
    assert [one.code for one in judged(card(), audit(sha256=None), asked).refusals] == [
        "model.audit-anonymous"
    ]
    assert [one.code for one in judged(card(), audit(sha256="0" * 64)).refusals] == ["model.audit-other"]
    assert judged(card(), audit(), asked).passes


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 50), st.integers(0, 900))
def test_it_passes_where_gap_and_number_are_within(
    ecart: float, low: float, high: float, limit: float, n: int
) -> None:
    asked = RegisteredModel.model_validate(
        {
            "title": {"fr": "x"},
            "task": {"fr": "x"},
            "audit": {"gaps": {"teint": {"estimate_max": limit, "n_min": 500}}},
        }
    )
    told = gap(ecart=ecart, bas=max(-1.0, ecart - low), haut=min(1.0, ecart + high), n_a=n)
    excess = 100 * abs(ecart) - limit
    if abs(excess) > 1e-6:
        assert judged(card(), audit(told), asked).passes is (excess < 0 and n >= 500)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (AuditThresholds, {}),
        (AuditThresholds, {"gap": {}}),
        (Bounds, {}),
        (Bounds, {"min": 2, "max": 1}),
        (Bounds, {"min": float("nan")}),
        (GapThreshold, {"estimate_max": 3}),
        (GapThreshold, {"estimate_max": 0, "n_min": 1}),
        (GapThreshold, {"estimate_max": 3, "bound_max": 2, "n_min": 1}),
    ],
)
def test_thresholds_that_refuse_nothing_or_contradict_themselves(model: Any, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(values)
