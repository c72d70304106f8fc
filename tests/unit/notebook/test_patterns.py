"""Regular expressions of a manifest: what may be read for ever is refused first."""

from __future__ import annotations

import re

import pytest

from archipel.catalog.models import Parameter
from archipel.notebook.accepted import Kind
from archipel.notebook.cell import ParameterSpec
from archipel.notebook.parameters import check, join
from archipel.notebook.patterns import MOST_TEXT, TooManyWays, bounded


def asked(pattern: str) -> Parameter:
    return Parameter.model_validate({"help": {"fr": "Un nom", "en": "A name"}, "pattern": pattern})


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "[A-Z]{2}[0-9]{3}",
        "[0-9]{4}(-[0-9]{2})?",
        "(0[1-9]|1[0-2])/20[0-9]{2}",
        r"[^@ ]+@[^@ ]+\.[a-z]{2,}",
        "([0-9]{2}){5}",
        "(a|b)*",
        "[a-z]+(-[a-z]+){0,2}",
        "(?=a)a++",
    ],
)
def test_an_honest_pattern_is_kept(pattern: str) -> None:
    assert bounded(pattern) == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a*)*b",
        "(a|aa)+$",
        "(a|ab?)*",
        "([a-z]+)*",
        "(a?){40}a{40}",
        "a?" * 30 + "a" * 30,
        "a*" * 5 + "b",
        "(ab|a)(b|bc)" * 20,
        "(?:(?:a{1,9}){1,9}){1,9}",
        "(?=(a+)+b)a",
        r"(a*)\1b",
        "(a)?(?(1)b|c)",
        "a" * 201,
    ],
)
def test_a_pattern_that_may_be_read_in_too_many_ways_is_refused(pattern: str) -> None:
    re.compile(pattern)
    with pytest.raises(TooManyWays):
        bounded(pattern)


def test_a_manifest_is_told_so() -> None:
    spec = ParameterSpec("nom", Kind.STR)
    with pytest.raises(Exception, match="se lit de trop de façons"):
        join([spec], {"nom": asked("(a+)+$")})


def test_a_long_text_is_not_held_against_a_pattern() -> None:
    specs = join([ParameterSpec("nom", Kind.STR)], {"nom": asked("a+")})
    assert check(specs, {"nom": "a" * MOST_TEXT}) == {"nom": "a" * MOST_TEXT}
    with pytest.raises(Exception, match="texte de plus de 200 caractères"):
        check(specs, {"nom": "a" * (MOST_TEXT + 1)})


def test_a_long_list_is_not_held_against_a_pattern_of_many_ways() -> None:
    spec = ParameterSpec("noms", Kind.LIST, item=Kind.STR)
    assert check(join([spec], {"noms": asked("[0-9]{5}")}), {"noms": ["35238"] * 5000})
    with pytest.raises(Exception, match="liste trop longue"):
        check(join([spec], {"noms": asked("a*a*a*")}), {"noms": ["a"] * 5000})
