"""Fields of a form, in the reader's language."""

from __future__ import annotations

import pytest

from archipel.catalog.load import load_catalog
from archipel.notebook.contract import execution_specs
from archipel.notebook.fields import fields_of
from support.source import ROOT


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", ("Arrondi d’une fraction de jour de carence", "Au jour supérieur", "Au jour inférieur")),
        ("en", ("Rounding of a fraction of a waiting day", "Up", "Down")),
    ],
)
def test_choices_are_said_in_the_reader_s_language(language: str, told: tuple[str, ...]) -> None:
    defi = load_catalog(ROOT).defis["champollion"]
    field = {
        one.name: one for one in fields_of(execution_specs(ROOT, "champollion", defi, "controle"), language)
    }
    shown = field["arrondi"]
    assert (shown.label, *(label for _value, label in shown.choices)) == told
    assert [value for value, _label in shown.choices] == ["superieur", "inferieur"]


def test_a_label_in_one_language_is_shown_in_both() -> None:
    defi = load_catalog(ROOT).defis["pilote"]
    specs = execution_specs(ROOT, "pilote", defi, "execution")
    shown = [
        {one.name: one.choices for one in fields_of(specs, language)}["politique"]
        for language in ("fr", "en")
    ]
    assert shown[0] == shown[1]
    assert ("OVQ-SUP", "Déployer Parcoursup") in shown[0]
