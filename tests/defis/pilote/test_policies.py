"""Rates of policies: which indicators are expected, and nothing unless all are there."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from archipel.defis.pilote.policies import policies_table
from archipel.defis.pilote.structure import Structure
from archipel.defis.pilote.tables import rates_table

Records = Callable[..., pd.DataFrame]
CENTRES = {"indicateur": "nb-centres-sante"}


def test_a_policy_is_the_mean_of_its_two_indicators(records: Records, structure: Structure) -> None:
    rates = rates_table(
        records({"valeur": 5}, CENTRES | {"valeur": 9, "date_valeur": "2022-09-30"}), structure
    )
    (found,) = policies_table(rates, structure).to_dict("records")
    assert found["taux"] == 70
    assert (found["indicateurs_attendus"], found["indicateurs_calcules"]) == (2, 2)
    assert found["date"] == "2022-09-30"
    assert (found["politique"], found["territoire"], found["motif"]) == ("OVQ-DMS", "29", "")


def test_a_policy_weighs_its_indicators(records: Records, structure: Structure) -> None:
    rates = rates_table(records({"valeur": 5}, CENTRES | {"valeur": 9}), structure)
    heavy = {"nb-maisons-sante": 75.0, "nb-centres-sante": 25.0}
    assert policies_table(rates, structure, heavy)["taux"][0] == 60
    only = {"nb-maisons-sante": 10.0, "nb-centres-sante": 0.0}
    (found,) = policies_table(rates, structure, only).to_dict("records")
    assert found["taux"] == 50
    assert found["indicateurs_attendus"] == 1
    (none,) = policies_table(rates, structure, dict.fromkeys(heavy, 0.0)).to_dict("records")
    assert pd.isna(none["taux"])
    assert none["motif"] == "poids nuls"


@pytest.mark.parametrize(
    "rows",
    [
        ({}, CENTRES | {"valeur": None}),
        ({}, CENTRES | {"valeur_initiale": None}),
        ({}, CENTRES | {"cible": None}),
        ({},),
    ],
    ids=["no value", "no initial value", "no target though one is expected", "no row at all"],
)
def test_a_policy_is_empty_unless_every_expected_indicator_is_present(
    records: Records, structure: Structure, rows: tuple[dict[str, object], ...]
) -> None:
    (found,) = policies_table(rates_table(records(*rows), structure), structure).to_dict("records")
    assert pd.isna(found["taux"])
    assert pd.isna(found["date"])
    assert found["motif"] == "indicateur attendu sans taux : nb-centres-sante"
    assert (found["indicateurs_attendus"], found["indicateurs_calcules"]) == (2, 1)


def test_an_indicator_without_a_target_at_that_level_does_not_apply(
    records: Records, structure: Structure
) -> None:
    # No target is expected of the fibre by département: those that carry one count, the others do not.
    fibre = {"politique": "OVQ-THD", "indicateur": "taux-deploiement-fibre"}
    rates = rates_table(records(fibre | {"cible": None}, fibre | {"territoire": "22"}), structure)
    found = policies_table(rates, structure).set_index("territoire")
    assert pd.isna(found["taux"]["29"])
    assert found["motif"]["29"] == "aucune cible pour cette politique à cette maille"
    assert found["taux"]["22"] == 50
    # At the national level one is expected.
    (nation,) = policies_table(
        rates_table(records(fibre | {"maille": "nat", "territoire": "FRANCE", "cible": None}), structure),
        structure,
    ).to_dict("records")
    assert nation["motif"] == "indicateur attendu sans taux : taux-deploiement-fibre"


def test_the_weight_of_what_does_not_apply_goes_to_the_others(records: Records, structure: Structure) -> None:
    # Heard at the national level alone, patrols weigh nothing in a département that has no target for them.
    common = {"politique": "OVQ-RSQ", "valeur_initiale": 10, "valeur": 6, "cible": 2}
    rows = records(
        common | {"indicateur": "nb-atteintes-personnes"},
        common | {"indicateur": "nb-atteintes-biens", "valeur": 4},
        common | {"indicateur": "nb-heures-patrouille", "cible": None},
    )
    weights = {"nb-atteintes-personnes": 20.0, "nb-atteintes-biens": 20.0, "nb-heures-patrouille": 60.0}
    (found,) = policies_table(rates_table(rows, structure), structure, weights).to_dict("records")
    assert found["taux"] == 62.5
    assert found["indicateurs_attendus"] == 2
