"""What is no file of the barometer is refused: the message names the file, the place and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archipel.defis.pilote.refusal import DataRefused
from archipel.defis.pilote.source import LARGEST, read_file
from archipel.defis.pilote.structure import Structure

Give = Callable[..., Path]
RECORD = {"latest_value": 5, "initial_value": 0, "target": 10, "latest_value_date": None}
MAISONS = {"nb-maisons-sante": [RECORD]}
FOREIGN = "« essai.json » : ce n’est pas un fichier du baromètre : "
HEADER = "identifiant_indic,zone_id,date_valeur,type_valeur,valeur"


def place(*indicators: dict[str, Any], policy: str = "OVQ-DMS", **code: Any) -> dict[str, Any]:
    return {**code, "ovq": [{"id_ovq": policy, "indicateurs": list(indicators)}]}


def refusal(path: Path, structure: Structure) -> str:
    with pytest.raises(DataRefused) as told:
        read_file(path, structure)
    return str(told.value)


@pytest.mark.parametrize("content", [b"", b" \n\t \r\n"])
def test_an_empty_file_is_refused(give: Give, structure: Structure, content: bytes) -> None:
    assert refusal(give(content), structure) == "« essai.json » : fichier vide"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, structure: Structure) -> None:
    message = refusal(tmp_path / "absent.json", structure)
    assert message == "« absent.json » : fichier illisible (No such file or directory)"
    assert refusal(tmp_path, structure) == f"« {tmp_path.name} » : fichier illisible (Is a directory)"


def test_a_file_too_large_is_refused_unread(tmp_path: Path, structure: Structure) -> None:
    path = tmp_path / "gros.json"
    with path.open("wb") as stream:
        stream.truncate(LARGEST + 1)
    assert refusal(path, structure) == "« gros.json » : plus de 200 Mo, refusé"


def test_a_json_cut_short_is_refused_with_the_line_and_column(give: Give, structure: Structure) -> None:
    text = json.dumps([place(MAISONS, dep="01")], indent=1)
    cut = text[: text.index('"initial_value"') + 16]
    assert refusal(give(cut), structure) == (
        "« essai.json » : JSON tronqué, ligne 12, colonne 25 (Expecting value)"
    )


def test_wherever_a_file_is_cut_it_is_said_to_be_cut(give: Give, structure: Structure) -> None:
    strange = RECORD | {"latest_value": -1.5e-3, "note": 'é\\"\u20ac', "vrai": True, "faux": False}
    text = json.dumps([place({"nb-maisons-sante": [strange]}, dep="01")])
    read_file(give(text), structure)
    for length in range(1, len(text)):
        assert refusal(give(text[:length]), structure).startswith(
            "« essai.json » : JSON tronqué, ligne 1, "
        ), text[:length]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1,]", "ce n’est pas du JSON, ligne 1, colonne 4 (Expecting value)"),
        (
            "{'dep': '01'}",
            "ce n’est pas du JSON, ligne 1, colonne 2 (Expecting property name enclosed in double quotes)",
        ),
        ("[]\n foo", "ce n’est pas du JSON, ligne 2, colonne 2 (Extra data)"),
        ('[\n{"a" 1}]', "ce n’est pas du JSON, ligne 2, colonne 6 (Expecting ':' delimiter)"),
        ("[" * 100_000, "JSON trop profond"),
    ],
)
def test_what_looks_like_json_and_is_not_is_refused(
    give: Give, structure: Structure, text: str, message: str
) -> None:
    assert refusal(give(text), structure) == f"« essai.json » : {message}"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ([], "le fichier est vide"),
        ({}, "l’objet n’a pas de liste « ovq » (champs lus : aucun)"),
        ([1, 2, 3], "[0] n’est pas un objet"),
        ([place(MAISONS, dep="01"), None], "[1] n’est pas un objet"),
        (
            {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "01"}}]},
            "l’objet n’a pas de liste « ovq » (champs lus : type, features)",
        ),
        ([{"id_ovq": "OVQ-DMS"}], "[0] n’a pas de liste « ovq » (champs lus : id_ovq)"),
        ([{"dep": "01", "ovq": {}}], "[0] n’a pas de liste « ovq » (champs lus : dep, ovq)"),
        ([{"dep": "01", "ovq": [3]}], "[0] (département 01).ovq[0] n’a pas de champ « id_ovq »"),
        (
            [{"reg": "53", "ovq": [{"id_ovq": "OVQ-DMS"}]}],
            "[0] (région 53).ovq[0] (OVQ-DMS) n’a pas de liste « indicateurs »",
        ),
        ([place(5)], "[0] (national).ovq[0].indicateurs[0] n’est pas un objet"),
        (
            [place({"nb-maisons-sante": 5})],
            "[0] (national).ovq[0].indicateurs[0].nb-maisons-sante n’est pas une liste",
        ),
        (
            [place({"nb-maisons-sante": [5]})],
            "[0] (national).ovq[0].indicateurs[0] (nb-maisons-sante) n’est pas un enregistrement de valeurs",
        ),
        (
            [place({"nb-maisons-sante": [{"valeur": 5}]})],
            "[0] (national).ovq[0].indicateurs[0] (nb-maisons-sante) n’est pas un enregistrement de valeurs",
        ),
        (
            [{"dep": "01", "values": {"nb-maisons-sante": 5}}],
            "[0] (département 01).values.nb-maisons-sante n’a pas la forme d’une série",
        ),
        (
            [{"dep": "01", "ovq": 3, "values": {"nb-maisons-sante": {"value": 5}}, "nb-maisons-sante": 7}],
            "[0] (département 01).values.nb-maisons-sante n’a pas la forme d’une série",
        ),
        ({"": "?", "ovq": [], "x": 1}, ""),
    ],
)
def test_a_foreign_json_is_refused_with_its_place(
    give: Give, structure: Structure, content: Any, what: str
) -> None:
    expected = FOREIGN + what if what else "« essai.json » : aucun indicateur dans ce fichier"
    assert refusal(give(content), structure) == expected


def test_a_file_without_any_indicator_is_refused(give: Give, structure: Structure) -> None:
    message = "« essai.json » : aucun indicateur dans ce fichier"
    assert refusal(give([{"dep": "01", "ovq": []}, {"dep": "02", "ovq": []}]), structure) == message
    assert refusal(give([place(dep="01")]), structure) == message


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ({"dep": "20"}, "département inconnu : '20'"),
        ({"dep": 1}, "département inconnu : 1"),
        ({"dep": None}, "département inconnu : None"),
        ({"dep": ["01"]}, "département inconnu : ['01']"),
        ({"dep": "D01"}, "département inconnu : 'D01'"),
        ({"reg": "99"}, "région inconnue : '99'"),
        ({"reg": "01 "}, "région inconnue : '01 '"),
    ],
)
def test_an_unknown_territory_is_refused_with_its_place(
    give: Give, structure: Structure, code: dict[str, Any], what: str
) -> None:
    first = place(MAISONS, **({"reg": "53"} if "reg" in code else {"dep": "01"}))
    assert refusal(give([first, place(MAISONS, **code)]), structure) == f"« essai.json » : [1] : {what}"


@pytest.mark.parametrize(
    ("codes", "what"),
    [
        (({"dep": "01"}, {"dep": "02"}, {"reg": "84"}), "[0] (département 01), puis [2] (région 84)"),
        (({"reg": "84"}, {}), "[0] (région 84), puis [1] (national)"),
        (({}, {"dep": "01"}), "[0] (national), puis [1] (département 01)"),
    ],
)
def test_levels_mixed_in_one_file_are_refused_with_their_places(
    give: Give, structure: Structure, codes: tuple[dict[str, str], ...], what: str
) -> None:
    content = [place(MAISONS, **code) for code in codes]
    assert refusal(give(content), structure) == (
        f"« essai.json » : mailles mêlées dans un même fichier : {what}"
    )


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (
            [place(MAISONS, dep="01"), place(dep="02"), place(MAISONS, dep="01")],
            "[0] (département 01).ovq[0].indicateurs[0], puis [2] (département 01).ovq[0].indicateurs[0]",
        ),
        (
            [place(MAISONS, MAISONS, dep="01")],
            "[0] (département 01).ovq[0].indicateurs[0], puis [0] (département 01).ovq[0].indicateurs[1]",
        ),
        (
            [place({"nb-maisons-sante": [RECORD, RECORD]}, dep="01")],
            "[0] (département 01).ovq[0].indicateurs[0][0], puis "
            "[0] (département 01).ovq[0].indicateurs[0][1]",
        ),
    ],
)
def test_two_values_for_one_key_are_refused_with_both_places(
    give: Give, structure: Structure, content: Any, places: str
) -> None:
    assert refusal(give(content), structure) == (
        f"« essai.json » : deux valeurs pour une même clé (01, OVQ-DMS, nb-maisons-sante) : {places}"
    )


@pytest.mark.parametrize(
    ("old", "new", "key", "where"),
    [
        ('"target"', '"initial_value"', "initial_value", "[1].ovq[0].indicateurs[0].nb-maisons-sante[0]"),
        ('"dep": "02"', '"dep": "02", "dep": "03"', "dep", "[1]"),
        ('"id_ovq"', '"ovq": 1, "id_ovq": "A", "id_ovq"', "id_ovq", "[1].ovq[0]"),
    ],
)
def test_a_name_given_twice_in_one_object_is_refused_with_its_place(
    give: Give, structure: Structure, old: str, new: str, key: str, where: str
) -> None:
    head, tail = json.dumps([place(MAISONS, dep="01"), place(MAISONS, dep="02")]).split(', {"dep": "02"')
    text = f'{head}, {{"dep": "02"{tail}'
    assert old in text[len(head) :]
    text = text[: len(head)] + text[len(head) :].replace(old, new, 1)
    assert refusal(give(text), structure) == (
        f"« essai.json » : clé « {key} » donnée deux fois dans un même objet : {where}"
    )


def test_a_name_given_twice_inside_what_is_itself_given_twice_has_its_place_too(
    give: Give, structure: Structure
) -> None:
    text = '{"a": {"b": 1, "b": 2}, "a": {}}'
    assert refusal(give(text), structure) == (
        "« essai.json » : clé « a » donnée deux fois dans un même objet : l’objet"
    )


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused_with_the_line_and_column(
    give: Give, structure: Structure, word: str
) -> None:
    text = json.dumps([place(MAISONS, dep="01", libelle=f'dit \\" {word}')], indent=1, ensure_ascii=False)
    text = text.replace('"initial_value": 0', f'"initial_value": {word}')
    assert refusal(give(text), structure) == (
        f"« essai.json » : ligne 13, colonne 26 : « {word} » n’est pas un nombre"
    )


@pytest.mark.parametrize(
    ("content", "first"),
    [
        (b"code,nom\n01,Ain\n", "code,nom"),
        (b"territoire;politique;taux\n01;OVQ-DMS;5\n", "territoire;politique;taux"),
        (b"3", "3"),
        (b"null", "null"),
        (b'"barometre"', '"barometre"'),
        (b"<!doctype html><title>Connexion</title>", "<!doctype html><title>Connexion</title>"),
        (b"PAR1\x00\x01\x02\x1b[31mrouge\n", "PAR1����[31mrouge"),
        ("x" * 500, "x" * 40),
    ],
)
def test_anything_else_is_refused_with_how_it_begins(
    give: Give, structure: Structure, content: bytes | str, first: str
) -> None:
    assert refusal(give(content, "essai.csv"), structure) == (
        "« essai.csv » : ni un fichier du baromètre (JSON), ni une table PILOTE (CSV : identifiant_indic, "
        f"zone_id, date_valeur, type_valeur, valeur) ; il commence par « {first} »"
    )


@pytest.mark.parametrize(
    ("content", "byte"),
    [
        ('[{"dep": "01", "libelle": "Isère"}]'.encode("latin-1"), 29),
        ("[]".encode("utf-16"), 0),
        (b"\x89PNG\r\n\x1a\n\x00\x00", 0),
        (b"PK\x03\x04\x14\x00\x00\x00\x08\x00\xff\xfe", 10),
        (b"\x1f\x8b\x08\x00", 1),
    ],
    ids=["latin-1", "utf-16", "png", "zip", "gzip"],
)
def test_another_encoding_or_a_binary_is_refused_with_the_byte(
    give: Give, structure: Structure, content: bytes, byte: int
) -> None:
    assert refusal(give(content), structure) == f"« essai.json » : texte UTF-8 attendu (octet {byte})"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["IND-123,D01,2022-06-30,va,3", "IND-123,D20,2022-06-30,va,3"],
            "ligne 3 : zone_id inconnu : « D20 »",
        ),
        (["IND-123,01,2022-06-30,va,3"], "ligne 2 : zone_id inconnu : « 01 »"),
        (
            ["IND-123,D01,2022-06-30,va,3", "IND-9,D01,2022-06-30,va,3", "IND-123,D01,30/06/2022,VA,4"],
            "deux valeurs pour une même clé (IND-123, D01, 2022-06-30, va) : ligne 2, puis ligne 4",
        ),
        (
            ["IND-123,FRANCE,2022-06-30,va,3", "IND-123,France,2022-06-30,va,4"],
            "deux valeurs pour une même clé (IND-123, FRANCE, 2022-06-30, va) : ligne 2, puis ligne 3",
        ),
        (["IND-123,D01,2022-06-30,va"], "ligne 2 : 5 colonnes attendues"),
        (["IND-123,D01,2022-06-30,va,3,4"], "ligne 2 : 5 colonnes attendues"),
        (['IND-123,D01,2022-06-30,va,"3'], "ligne 2 : CSV illisible (unexpected end of data)"),
        ([], "aucune ligne sous l’en-tête"),
    ],
)
def test_a_long_table_of_another_form_is_refused_with_the_line(
    give: Give, structure: Structure, lines: list[str], message: str
) -> None:
    text = "\n".join([HEADER, *lines]) + ("" if lines and lines[-1].endswith('"3') else "\n")
    assert refusal(give(text, "table.csv"), structure) == f"« table.csv » : {message}"


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("identifiant_indic,zone_id,date_valeur,valeur", "identifiant_indic, zone_id, date_valeur, valeur"),
        (f"{HEADER},valeur", "identifiant_indic, zone_id, date_valeur, type_valeur, valeur, valeur"),
        ("identifiant_indic", "identifiant_indic"),
    ],
)
def test_a_long_table_without_its_five_columns_is_refused(
    give: Give, structure: Structure, header: str, read: str
) -> None:
    assert refusal(give(f"{header}\n1\n", "table.csv"), structure) == (
        "« table.csv » : ligne 1 : colonnes identifiant_indic, zone_id, date_valeur, type_valeur, valeur "
        f"attendues ; lues : {read}"
    )
