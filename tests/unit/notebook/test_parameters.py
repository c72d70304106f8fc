"""Values against what a notebook accepts: what is taken, what is refused, in which words."""

# ruff: noqa: E501  # a message is read whole

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.catalog.models import Parameter, Text
from archipel.errors import Refusals
from archipel.notebook.cell import ParameterSpec, read_cell
from archipel.notebook.literals import BadValue, literal
from archipel.notebook.parameters import check, decode, encode, join, parse_assignments
from archipel.texts import speaking

CELL = """
nombre: int = 3
part: float = 0.5
vrai: bool = False
texte: str = "a"
jour: date = date(2024, 1, 1)
maille: Literal["dept", "nat", "reg"] = "dept"
jours: list[date] = []
codes: list[str] = []
poids: dict[str, float] = {}
fichier: str | None = None
dossier: str | None = None
source: str | None = None
territoire: str = "FRANCE"
"""
HELP = Text(fr="Aide")
MANIFEST = {
    "nombre": Parameter(help=HELP, minimum=0, maximum=4, unit="fois"),
    "texte": Parameter(help=HELP, pattern="[a-zé ]{1,9}"),
    "jour": Parameter(help=HELP, minimum="2020-01-01", maximum="2025-12-31"),
    "poids": Parameter(help=HELP, minimum=0, maximum=100),
    "codes": Parameter(help=HELP, type="territoire"),
    "fichier": Parameter(help=HELP, type="fichier", extensions=(".json", ".csv")),
    "dossier": Parameter(help=HELP, type="dossier"),
    "source": Parameter(help=HELP, type="dataset"),
    "territoire": Parameter(help=HELP, type="territoire"),
}
SPECS = join(read_cell(CELL), MANIFEST, ("insee", "ban"))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("nombre", " 4 ", 4),
        ("nombre", 0, 0),
        ("part", "1e-3", 0.001),
        ("part", 2, 2.0),
        ("vrai", "Vrai", True),
        ("vrai", "non", False),
        ("texte", "été", "été"),
        ("jour", "2024-02-29", date(2024, 2, 29)),
        ("maille", "reg", "reg"),
        ("jours", '["2024-02-29"]', [date(2024, 2, 29)]),
        ("jours", [], []),
        ("codes", '["35", "2a", "R53"]', ["35", "2A", "R53"]),
        ("codes", "[35, 974]", ["35", "974"]),
        ("poids", '{"a": 1.5, "b": 0}', {"a": 1.5, "b": 0}),
        ("fichier", "données/Baromètre.JSON", "données/Baromètre.JSON"),
        ("fichier", "", None),
        ("fichier", {"upload": "u1"}, {"upload": "u1"}),
        ("dossier", "un/dossier", "un/dossier"),
        ("source", "ban", "ban"),
        ("territoire", "974", "974"),
        ("territoire", "france", "FRANCE"),
    ],
)
def test_a_value_that_is_accepted_arrives_as_what_it_is(name: str, text: Any, value: Any) -> None:
    assert check(SPECS, {name: text})[name] == value


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("nombre", "5", "paramètre « nombre » : « 5 » refusé, trop grand (accepté : nombre entier de 0 à 4 (fois))"),
        ("nombre", "-1", "paramètre « nombre » : « -1 » refusé, trop petit (accepté : nombre entier de 0 à 4 (fois))"),
        ("nombre", "deux", "paramètre « nombre » : « deux » refusé, ce n’est pas un nombre entier (accepté : nombre entier de 0 à 4 (fois))"),
        ("nombre", "1.0", "paramètre « nombre » : « 1.0 » refusé, ce n’est pas un nombre entier (accepté : nombre entier de 0 à 4 (fois))"),
        ("nombre", True, "paramètre « nombre » : True refusé, ce n’est pas un nombre entier (accepté : nombre entier de 0 à 4 (fois))"),
        ("nombre", "", "paramètre « nombre » : «  » refusé, ce n’est pas un nombre entier (accepté : nombre entier de 0 à 4 (fois))"),
        ("nombre", None, "paramètre « nombre » : None refusé, valeur vide (accepté : nombre entier de 0 à 4 (fois))"),
        ("part", "nan", "paramètre « part » : « nan » refusé, ce n’est pas un nombre (accepté : nombre (point décimal))"),
        ("part", "1,5", "paramètre « part » : « 1,5 » refusé, ce n’est pas un nombre (accepté : nombre (point décimal))"),
        ("part", "1" + "0" * 400, f"paramètre « part » : « {'1' + '0' * 79}… » refusé, ce n’est pas un nombre (accepté : nombre (point décimal))"),
        ("vrai", "1", "paramètre « vrai » : « 1 » refusé, ni vrai ni faux (accepté : true ou false)"),
        ("texte", "A1", "paramètre « texte » : « A1 » refusé, forme inattendue (accepté : texte, de la forme [a-zé ]{1,9})"),
        ("texte", 3, "paramètre « texte » : 3 refusé, ce n’est pas un texte (accepté : texte, de la forme [a-zé ]{1,9})"),
        ("jour", "2024-02-30", "paramètre « jour » : « 2024-02-30 » refusé, cette date n’existe pas (accepté : date AAAA-MM-JJ de 2020-01-01 à 2025-12-31)"),
        ("jour", "29/02/2024", "paramètre « jour » : « 29/02/2024 » refusé, ce n’est pas une date (accepté : date AAAA-MM-JJ de 2020-01-01 à 2025-12-31)"),
        ("jour", "2019-12-31", "paramètre « jour » : « 2019-12-31 » refusé, trop petit (accepté : date AAAA-MM-JJ de 2020-01-01 à 2025-12-31)"),
        ("maille", "dpt", "paramètre « maille » : « dpt » refusé, hors de la liste ; le plus proche est « dept » (accepté : « dept », « nat », « reg »)"),
        ("jours", '["hier"]', "paramètre « jours » : « [\"hier\"] » refusé, ce n’est pas une date (accepté : liste JSON de : date AAAA-MM-JJ)"),
        ("jours", "2024-01-01", "paramètre « jours » : « 2024-01-01 » refusé, ce n’est pas du JSON (accepté : liste JSON de : date AAAA-MM-JJ)"),
        ("codes", '["99"]', "paramètre « codes » : « [\"99\"] » refusé, territoire inconnu (accepté : liste JSON de : code de territoire (« 35 », « 2A », « 974 », « FRANCE »))"),
        ("poids", '{"a": 101}', "paramètre « poids » : « {\"a\": 101} » refusé, « a » trop grand (accepté : groupe JSON {\"clé\": valeur} de 0 à 100)"),
        ("poids", '{"a": "x"}', "paramètre « poids » : « {\"a\": \"x\"} » refusé, « a » : nombre attendu (accepté : groupe JSON {\"clé\": valeur} de 0 à 100)"),
        ("poids", '{"a": 1, "a": 2}', "paramètre « poids » : « {\"a\": 1, \"a\": 2} » refusé, clé « a » donnée deux fois (accepté : groupe JSON {\"clé\": valeur} de 0 à 100)"),
        ("poids", '{"a": NaN}', "paramètre « poids » : « {\"a\": NaN} » refusé, NaN et infini refusés (accepté : groupe JSON {\"clé\": valeur} de 0 à 100)"),
        ("poids", "[1]", "paramètre « poids » : « [1] » refusé, ce n’est pas un groupe {clé: valeur} (accepté : groupe JSON {\"clé\": valeur} de 0 à 100)"),
        ("fichier", "a.xlsx", "paramètre « fichier » : « a.xlsx » refusé, terminaison inattendue (accepté : fichier lisible, terminé par .json ou .csv, ou rien)"),
        ("fichier", "a\0.csv", "paramètre « fichier » : « a\0.csv » refusé, caractère nul dans le texte (accepté : fichier lisible, terminé par .json ou .csv, ou rien)"),
        ("source", "bna", "paramètre « source » : « bna » refusé, hors de la liste ; le plus proche est « ban » (accepté : « insee », « ban », ou rien)"),
        ("territoire", "20", "paramètre « territoire » : « 20 » refusé, territoire inconnu (accepté : code de territoire (« 35 », « 2A », « 974 », « FRANCE »))"),
        ("nombr", "1", "paramètre inconnu « nombr » (paramètres acceptés : nombre, part, vrai, texte, jour, maille, jours, codes, poids, fichier, dossier, source, territoire). Le plus proche est « nombre »."),
    ],
)  # fmt: skip
def test_a_value_that_is_refused_is_told_with_what_is_accepted(name: str, text: Any, told: str) -> None:
    with pytest.raises(Refusals) as caught:
        check(SPECS, {name: text})
    assert str(caught.value) == told


def test_a_pattern_is_told_in_words_where_it_has_any() -> None:
    entry = {"help": {"fr": "Jours"}, "pattern": "[1-7]", "form": {"fr": "comme [1, 2]", "en": "as [1, 2]"}}
    specs = join(read_cell('jours: list = ["1"]'), {"jours": Parameter.model_validate(entry)})
    assert check(specs, {"jours": "[3, 7]"}) == {"jours": ["3", "7"]}
    with pytest.raises(Refusals, match=r"accepté : liste JSON, comme \[1, 2\]\)"):
        check(specs, {"jours": "[8]"})
    with speaking("en"):
        assert specs[0].accepted().sentence().endswith(", as [1, 2]")


def test_all_that_is_refused_is_told_at_once() -> None:
    with pytest.raises(Refusals) as caught:
        check(SPECS, {"nombre": "x", "inconnu": "y", "maille": "z"})
    assert len(caught.value.errors) == 3
    assert caught.value.exit_code == 2


def test_a_parameter_without_default_is_asked_for() -> None:
    with pytest.raises(Refusals) as caught:
        check(read_cell("n: int"), {})
    assert str(caught.value) == "paramètre « n » : valeur attendue (accepté : nombre entier)"


def test_two_values_for_one_name_are_refused_and_a_value_may_hold_an_equals_sign() -> None:
    assert parse_assignments(["a=b=c", "d="]) == {"a": "b=c", "d": ""}
    with pytest.raises(Refusals) as caught:
        parse_assignments(["n=1", "n=2", "=3", "rien"])
    assert str(caught.value).splitlines() == [
        "paramètre « n » donné deux fois : « 1 », puis « 2 »",
        "« =3 » : nom=valeur attendu",
        "« rien » : nom=valeur attendu",
    ]


@pytest.mark.parametrize(
    ("cell", "manifest", "told"),
    [
        ("n: int = 1", {"m": Parameter(help=HELP)}, "paramètre inconnu « m » (paramètres acceptés : n)"),
        ("n: int = 9", {"n": Parameter(help=HELP, maximum=4)}, "n: trop grand"),
        ("n: int = 1", {"n": Parameter(help=HELP, type="fichier")}, "n: type « fichier » : l’annotation du notebook doit être « str »"),
        ("n: int = 1", {"n": Parameter(help=HELP, minimum="x")}, "n: borne « x » : nombre attendu"),
        ("n: date = date(2024, 1, 1)", {"n": Parameter(help=HELP, minimum=3)}, "n: borne « 3.0 » : date AAAA-MM-JJ attendue"),
        ("n: str = 'a'", {"n": Parameter(help=HELP, pattern="(")}, "n: pattern : expression illisible « ( »"),
        ("n: str = 'a'", {"n": Parameter(help=HELP, words="a")}, "n: « words » se donne avec « type: fichier », et seulement avec lui"),
        ("n: str = 'a'", {"n": Parameter(help=HELP, type="fichier", words="(")}, "n: words : expression illisible « ( »"),
        ("n: Literal['a'] = 'a'", {"n": Parameter(help=HELP, choices=("b",))}, "n: « choices » donné alors que le notebook a un Literal"),
        ("n: str | None = None", {"n": Parameter(help=HELP, type="dataset")}, "n: type « dataset » : le défi ne déclare aucune source"),
    ],
)  # fmt: skip
def test_a_manifest_that_contradicts_its_notebook_is_refused(
    cell: str, manifest: dict[str, Parameter], told: str
) -> None:
    with pytest.raises(Refusals) as caught:
        join(read_cell(cell), manifest)
    assert str(caught.value) == told


def test_a_name_may_stand_where_a_file_does() -> None:
    entry = Parameter(help=HELP, type="fichier", extensions=(".onnx",), words="hog|[a-z]+@champion")
    specs = join(read_cell("modele: str = 'hog'"), {"modele": entry})
    names, files = (
        [{}, {"modele": "pietons@champion"}],
        [{"modele": "a/b.onnx"}, {"modele": {"upload": "u1"}}],
    )
    kinds = [encode(specs, check(specs, given))["modele"]["kind"] for given in (*names, *files)]
    assert kinds == ["str", "str", "fichier", "fichier"]
    with pytest.raises(Refusals) as caught:
        check(specs, {"modele": "hog2"})
    assert "ou un nom de la forme hog|[a-z]+@champion" in str(caught.value)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(PLAIN)
def test_a_literal_is_read_back_as_the_same_value(value: Any) -> None:
    import ast

    assert ast.literal_eval(literal(value)) == value


@given(PLAIN)
def test_what_is_encoded_for_the_executor_comes_back_the_same(value: Any) -> None:
    specs: tuple[ParameterSpec, ...] = read_cell(
        "g: dict = {}\nj: list[date] = []\nd: date = date(2024, 1, 1)"
    )
    values = {"g": {"date": value}, "j": [date(2024, 2, 29)], "d": date(1999, 12, 31)}
    assert decode(json.loads(json.dumps(encode(specs, values)))) == values


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"a", "\ud800"])
def test_what_has_no_literal_is_refused(value: Any) -> None:
    with pytest.raises(BadValue):
        literal(value)
