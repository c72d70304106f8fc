"""French and English: every sentence has both, with the same holes, and the compiled files are fresh."""

from __future__ import annotations

import string

import pytest

from archipel.errors import Refused
from archipel.texts import preferred, speaking, translate
from support.messages import LOCALE, catalogue, compiled, gathered


def holes(text: str) -> set[str]:
    return {name for _text, name, _form, _conversion in string.Formatter().parse(text) if name}


def test_every_sentence_of_the_product_is_in_english_too() -> None:
    known = catalogue("en", "archipel")
    said = {message if isinstance(message, str) else message[0] for message in gathered()}
    assert {one for one in said if not (known.get(one) and known.get(one).string)} == set()


def test_the_english_catalogue_holds_nothing_that_is_no_longer_said() -> None:
    said = {message if isinstance(message, str) else message[0] for message in gathered()}
    assert {str(one.id) for one in catalogue("en", "archipel") if one.id} - said == set()


@pytest.mark.parametrize(("language", "domain"), [("en", "archipel"), ("fr", "click")])
def test_a_translation_has_the_holes_of_its_sentence(language: str, domain: str) -> None:
    wrong = []
    for message in catalogue(language, domain):
        pairs = [(message.id, message.string)]
        if isinstance(message.id, tuple):
            pairs = list(zip(message.id, message.string, strict=True))
        for french, english in pairs:
            # « {clé: valeur} » is an example, shown as it is.
            if "{clé" not in french and '{"clé' not in french and holes(french) != holes(english):
                wrong.append((french, english))
    assert wrong == []


@pytest.mark.parametrize(("language", "domain"), [("en", "archipel"), ("fr", "click")])
def test_the_compiled_catalogue_is_the_one_of_its_source(language: str, domain: str) -> None:
    fresh = compiled(catalogue(language, domain))
    assert (LOCALE / language / "LC_MESSAGES" / f"{domain}.mo").read_bytes() == fresh, "make texts"


def test_an_error_speaks_the_language_of_its_reader() -> None:
    error = Refused("code", "paramètre « {name} » : envoi inconnu", name="fichier")
    assert str(error) == "paramètre « fichier » : envoi inconnu"
    with speaking("en"):
        assert str(error) == "parameter “fichier”: unknown upload"
        assert translate("un texte inconnu") == "un texte inconnu"


def test_a_next_step_is_a_sentence_of_its_own() -> None:
    error = Refused("code", "rien ne tourne", hint="Démarrez-le : archipel up", where="ici")
    assert str(error) == "ici: rien ne tourne. Démarrez-le : archipel up"


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("", "fr"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("fr-FR,en;q=0.5", "fr"),
        ("de-DE,en;q=0.5", "en"),
        ("de", "fr"),
        ("en_US.UTF-8", "en"),
        ("C.UTF-8", "fr"),
    ],
)
def test_the_first_known_language_that_is_asked_for_is_spoken(asked: str, spoken: str) -> None:
    assert preferred(asked) == spoken
