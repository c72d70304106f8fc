"""YAML that was written to harm: refused fast, within little memory, and told where."""

# ruff: noqa: E501  # a message is read whole

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archipel.catalog.yamltree import MAX_BYTES, read_tree
from archipel.errors import Refusals

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)  # fmt: skip


def told(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "a.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Refusals) as caught:
        read_tree(path, "a.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "a.yaml:1: ancres et renvois YAML (& et *) refusés"),
        ("a: *b\n", "a.yaml:1: ancres et renvois YAML (& et *) refusés"),
        ("a: !!python/object/apply:os.system [id]\n", "a.yaml:1: étiquette YAML refusée : tag:yaml.org,2002:python/object/apply:os.system"),
        ("a: !env HOME\n", "a.yaml:1: étiquette YAML refusée : !env"),
        ("a: !!binary aGVq\n", "a.yaml:1: étiquette YAML refusée : tag:yaml.org,2002:binary"),
        ("[" * 5000, "a.yaml:1: YAML illisible : plus de 20 niveaux"),
        ("x: [" + "1," * 30_000 + "1]\n", "a.yaml:1: YAML illisible : plus de 20000 valeurs"),
        ("a: 1\na: 2\n", "a.yaml:2:a: clé en double, déjà donnée ligne 1"),
        ("a: NO\n", "a.yaml:1:a: valeur refusée : « NO ». Un texte se met entre guillemets ; sinon : true, false, ou un nombre sans zéro devant."),
        ("a: 010\n", "a.yaml:1:a: valeur refusée : « 010 ». Un texte se met entre guillemets ; sinon : true, false, ou un nombre sans zéro devant."),
        ("a: .nan\n", "a.yaml:1:a: valeur refusée : « .nan ». Un texte se met entre guillemets ; sinon : true, false, ou un nombre sans zéro devant."),
        (b"a: \xff\n", "a.yaml: texte UTF-8 attendu (octet 3)"),
        ("? [a, b]\n: 1\n", "a.yaml:1: clé simple attendue"),
    ],
)  # fmt: skip
def test_what_harms_or_misleads_is_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert told(tmp_path, text) == message


def test_a_large_file_is_measured_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 100 * 1024**2)
    with pytest.raises(Refusals) as caught:
        read_tree(path, "a.yaml")
    assert str(caught.value) == f"a.yaml: fichier trop gros : 104857600 octets ; {MAX_BYTES} au plus"


@pytest.mark.parametrize("make", [lambda path: os.mkfifo(path), lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_ordinary_file_is_never_opened(tmp_path: Path, make: object) -> None:
    path = tmp_path / "a.yaml"
    make(path)  # type: ignore[operator]  # a lambda of the list above
    with pytest.raises(Refusals) as caught:
        read_tree(path, "a.yaml")
    assert str(caught.value) == "a.yaml: ce n’est pas un fichier ordinaire"


def test_dates_and_quoted_words_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("jour: 2024-01-31\nmot: 'NO'\nvrai: true\nrien: ~\nentier: -3\nréel: 1.5\n")
    assert read_tree(path, "a.yaml").data == {
        "jour": "2024-01-31",
        "mot": "NO",
        "vrai": True,
        "rien": None,
        "entier": -3,
        "réel": 1.5,
    }
