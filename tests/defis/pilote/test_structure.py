"""The structure of the barometer, and the parameters that go by indicator."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from archipel.catalog.load import load_catalog
from archipel.defis.pilote.refusal import DataRefused
from archipel.defis.pilote.structure import Structure, checked_directions, checked_weights, read_structure
from archipel.notebook.contract import dashboard_specs

ROOT = Path(__file__).parents[3]
KNOWN = {"nb-maisons-sante", "nb-centres-sante"}


def test_the_shipped_structure_holds_44_policies_and_58_indicators(structure: Structure) -> None:
    assert len(structure.policies) == 44
    assert len(structure.indicators) == 58
    falling = {one.id for one in structure.indicators.values() if one.direction == "baisse"}
    assert falling == {
        "nb-atteintes-personnes",
        "nb-atteintes-biens",
        "nb-morts-routes",
        "duree-moyenne-traitement-demandes-allocation-adulte-handicape",
    }
    assert {one.direction for one in structure.indicators.values()} == {"hausse", "baisse"}
    assert {word for one in structure.indicators.values() for word in one.aggregation.values()} == {"sum"}


def test_the_choices_of_the_catalogue_are_the_policies_of_the_structure(structure: Structure) -> None:
    defi = load_catalog(ROOT).defis["pilote"]
    parameter = defi.executions["execution"].parameters["politique"]
    control = {one.name: one for one in dashboard_specs(ROOT, "pilote", defi)}["politique"]
    assert list(parameter.choices) == list(control.choices) == list(structure.policies)
    assert parameter.choice_labels == structure.policies
    assert {value: label.fr for value, label in control.labels.items()} == structure.policies


def test_an_indicator_of_two_policies_is_found_in_the_active_one(structure: Structure) -> None:
    found = structure.find("nb-logement-accompagnement")
    assert found is not None
    assert found.policy == "OVQ-PVD"
    assert "OVQ-ACV" not in structure.active
    assert structure.find("nb-inconnu") is None


def test_names_and_units_fall_back_on_what_is_known(structure: Structure) -> None:
    assert structure.name("", "nb-maisons-sante") == structure.name("OVQ-DMS", "nb-maisons-sante")
    assert structure.name("OVQ-DMS", "IND-123") == "IND-123"
    assert structure.unit("OVQ-SAJ", "nb-aide-juridictionnelle-dematerialisee") == "% des demandes"
    assert structure.is_percentage("nb-aide-juridictionnelle-dematerialisee")
    assert not structure.is_percentage("nb-maisons-sante")
    assert not structure.is_percentage("IND-123")


@pytest.mark.parametrize("content", ["", "[", "[3]", '[{"id_ovq": "A"}]', '{"a": 1}'])
def test_a_structure_of_another_form_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "structure.json"
    path.write_text(content)
    with pytest.raises(
        DataRefused, match=re.escape("« structure.json » : structure du baromètre illisible (")
    ):
        read_structure(path)


def test_a_direction_that_is_neither_word_is_refused_in_the_structure(tmp_path: Path) -> None:
    raw = {"id_indicateur_fr": "a", "nom_indicateur": "A", "trendType": "sideways"}
    path = tmp_path / "structure.json"
    path.write_text(json.dumps([{"id_ovq": "OVQ-A", "nom_ovq": "A", "indicateurs": [raw]}]))
    with pytest.raises(DataRefused, match="sideways"):
        read_structure(path)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"nb-maison-sante": "hausse"},
            "orientation : indicateur inconnu « nb-maison-sante » ; le plus proche est « nb-maisons-sante »",
        ),
        ({"zzz": "hausse"}, "orientation : indicateur inconnu « zzz »"),
        (
            {"nb-maisons-sante": "increasing"},
            "orientation : « nb-maisons-sante » vaut 'increasing' (acceptés : « hausse », « baisse »)",
        ),
    ],
)
def test_a_direction_is_one_of_two_words_for_a_known_indicator(given: dict[str, str], message: str) -> None:
    good = {"nb-maisons-sante": "baisse", "nb-centres-sante": "hausse"}
    assert checked_directions(good, KNOWN) == good
    with pytest.raises(DataRefused) as told:
        checked_directions(given, KNOWN)
    assert str(told.value) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"zzz": 1}, "ponderation : indicateur inconnu « zzz »"),
        (
            {"nb-maisons-sante": -1},
            "ponderation : « nb-maisons-sante » vaut -1 (accepté : nombre de 0 à 100)",
        ),
        (
            {"nb-maisons-sante": 101},
            "ponderation : « nb-maisons-sante » vaut 101 (accepté : nombre de 0 à 100)",
        ),
        (
            {"nb-maisons-sante": float("nan")},
            "ponderation : « nb-maisons-sante » vaut nan (accepté : nombre de 0 à 100)",
        ),
        (
            {"nb-maisons-sante": True},
            "ponderation : « nb-maisons-sante » vaut True (accepté : nombre de 0 à 100)",
        ),
        (
            {"nb-maisons-sante": "5"},
            "ponderation : « nb-maisons-sante » vaut '5' (accepté : nombre de 0 à 100)",
        ),
        (
            {"nb-maisons-sante": 0, "nb-centres-sante": 0.0},
            "ponderation : la somme des poids est 0 (accepté : une somme supérieure à 0)",
        ),
    ],
)
def test_weights_are_numbers_from_0_to_100_that_do_not_all_weigh_nothing(
    given: dict[str, Any], message: str
) -> None:
    assert checked_weights({"nb-maisons-sante": 0, "nb-centres-sante": 100}, KNOWN) == {
        "nb-maisons-sante": 0.0,
        "nb-centres-sante": 100.0,
    }
    assert checked_weights({}, KNOWN) == {}
    with pytest.raises(DataRefused) as told:
        checked_weights(given, KNOWN)
    assert str(told.value) == message
