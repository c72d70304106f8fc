"""The `parameters` cell, read without being run."""

# ruff: noqa: E501  # a message is read whole

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from archipel.errors import Refusals
from archipel.notebook.accepted import Kind
from archipel.notebook.cell import MISSING, read_cell


@pytest.mark.parametrize(
    ("line", "kind", "default", "optional"),
    [
        ("n: int = 3", Kind.INT, 3, False),
        ("n: int = -3", Kind.INT, -3, False),
        ("n: int", Kind.INT, MISSING, False),
        ("x: float = 1", Kind.FLOAT, 1.0, False),
        ("b: bool = True", Kind.BOOL, True, False),
        ("s: str = 'é{}'", Kind.STR, "é{}", False),
        ("s: str | None = None", Kind.STR, None, True),
        ("s: Optional[str] = None", Kind.STR, None, True),
        ("s: typing.Optional[str] = 'a'", Kind.STR, "a", True),
        ("d: date = date(2024, 2, 29)", Kind.DATE, date(2024, 2, 29), False),
        ("d: datetime.date | None = None", Kind.DATE, None, True),
        ("m: Literal['nat', 'reg'] = 'reg'", Kind.ENUM, "reg", False),
        ("m: Literal[1, 2] | None = None", Kind.ENUM, None, True),
        ("l: list[int] = [1, 2]", Kind.LIST, [1, 2], False),
        ("l: list[date] = [date(2024, 1, 1)]", Kind.LIST, [date(2024, 1, 1)], False),
        ("l: list[str] = []", Kind.LIST, [], False),
        ("g: dict[str, float] = {'a': 1.5}", Kind.DICT, {"a": 1.5}, False),
        ("g: dict = {}", Kind.DICT, {}, False),
    ],
)
def test_an_annotation_says_what_is_accepted(line: str, kind: Kind, default: Any, optional: bool) -> None:
    (spec,) = read_cell(line)
    assert (spec.kind, spec.default, spec.optional) == (kind, default, optional)


def test_a_comment_is_the_help_and_imports_are_let_through() -> None:
    source = '''"""Ce que l’on choisit."""
from typing import Literal
from datetime import date
import typing

maille: Literal["nat", "reg"] = "nat"  # maille des résultats
jour: date = date(2024, 1, 1)
'''
    maille, jour = read_cell(source)
    assert maille.choices == ("nat", "reg")
    assert maille.help.fr == "maille des résultats"
    assert jour.line == 7


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("n = 3", "ici:1: « nom: type = valeur  # aide » attendu, et rien d’autre"),
        ("print('x')", "ici:1: « nom: type = valeur  # aide » attendu, et rien d’autre"),
        ("import os", "ici:1: « nom: type = valeur  # aide » attendu, et rien d’autre"),
        ("n: int = '3{x}'", "ici:1: ce n’est pas un nombre entier"),
        ("n: int = None", "ici:1: « n » vaut None sans être « | None »"),
        ("n: int = 1 + 1", "ici:1: valeur littérale attendue, reçu « 1 + 1 »"),
        ("n: int = {f'{x}'}", "ici:1: valeur littérale attendue, reçu « {f'{x}'} »"),
        ("d: date = date(2024, 13, 1)", "ici:1: date impossible : date(2024, 13, 1)"),
        ("x: complex = 1", "ici:1: type « complex » refusé (acceptés : int, float, bool, str, date, Literal[…], list[…], dict[…], et « | None »)"),
        ("x: int | str = 1", "ici:1: une union n’est acceptée qu’avec None"),
        ("x: list[list[int]] = []", "ici:1: liste de listes ou de groupes refusée"),
        ("m: Literal['a'] = 'b'", "ici:1: hors de la liste"),
        ("a: int = 1\na: int = 2", "ici:2: paramètre « a » déclaré deux fois"),
        ("a: int = (", "ici:1: Python illisible : '(' was never closed"),
    ],
)  # fmt: skip
def test_what_declares_no_parameter_is_refused_with_its_line(source: str, told: str) -> None:
    with pytest.raises(Refusals) as caught:
        read_cell(source, "ici")
    assert str(caught.value) == told


def test_brackets_too_deep_are_refused_and_not_evaluated() -> None:
    with pytest.raises(Refusals):
        read_cell("a: list[int] = " + "[" * 5000 + "]" * 5000)
