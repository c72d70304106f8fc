"""House rules of a stored notebook: what is found, where, and what to do."""

# ruff: noqa: E501  # a message is read whole

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archipel.errors import Refused
from archipel.notebook.rules import check_notebook, strip_notebook
from archipel.notebook.stored import MAX_BYTES, read_notebook

TITLE = {"cell_type": "markdown", "metadata": {}, "source": "# Titre"}
PARAMETERS = {
    "cell_type": "code",
    "metadata": {"tags": ["parameters"]},
    "source": "n: int = 1",
    "outputs": [],
}
KERNEL = {"kernelspec": {"name": "python3"}}


def code(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], **more}


def written(folder: Path, *cells: dict[str, Any], **metadata: Any) -> Path:
    path = folder / "n.ipynb"
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {**KERNEL, **metadata}, "cells": list(cells)}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def told(path: Path) -> list[str]:
    return [str(violation.as_error()) for violation in check_notebook(path, path.parent)]


def test_a_notebook_that_keeps_the_rules_has_nothing_to_be_told(tmp_path: Path) -> None:
    assert told(written(tmp_path, TITLE, PARAMETERS, code("x = [i for i in (1, 2)]"))) == []


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (code("def f():\n    pass"), "n.ipynb:cellule 3: définition de « f ». Cela va dans le paquet du défi."),
        (code("class A: pass"), "n.ipynb:cellule 3: définition de « A ». Cela va dans le paquet du défi."),
        (code("for i in x:\n    y"), "n.ipynb:cellule 3: boucle, ligne 1. Cela va dans le paquet du défi."),
        (code("!ls"), "n.ipynb:cellule 3: commande « ! » ou « % » refusée"),
        (code("%matplotlib inline"), "n.ipynb:cellule 3: commande « ! » ou « % » refusée"),
        (code("x = ("), "n.ipynb:cellule 3: Python illisible, ligne 1 : '(' was never closed"),
        (code("p = '/home/alice/{a}'"), "n.ipynb:cellule 3: chemin absolu « /home/alice/{a} »"),
        (code("x", outputs=[{}]), "n.ipynb:cellule 3: résultat enregistré. « archipel notebook strip » le retire."),
        (code("x", execution_count=3), "n.ipynb:cellule 3: résultat enregistré. « archipel notebook strip » le retire."),
        (code("x\n" * 13), "n.ipynb:cellule 3: plus de 12 lignes. Le calcul va dans le paquet du défi."),
        ({**code("x"), "metadata": {"scrolled": True}}, "n.ipynb:cellule 3: métadonnées de trop : scrolled. « archipel notebook strip » les retire."),
    ],
)  # fmt: skip
def test_a_cell_that_breaks_a_rule_is_told(tmp_path: Path, cell: dict[str, Any], message: str) -> None:
    assert told(written(tmp_path, TITLE, PARAMETERS, cell)) == [message]


def test_rules_of_the_whole_notebook(tmp_path: Path) -> None:
    path = written(tmp_path, code("x"), kernelspec={"name": "julia"}, widgets={})
    assert told(path) == [
        "n.ipynb:cellule 1: la première cellule porte un titre de niveau 1 (« # … »)",
        "n.ipynb: une cellule, et une seule, est étiquetée « parameters »",
        "n.ipynb: métadonnées de trop : widgets. « archipel notebook strip » les retire.",
        "n.ipynb: le noyau s’appelle « python3 »",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "n.ipynb: ce n’est pas un notebook (JSON attendu)"),
        ("[" * 100_000, "n.ipynb: ce n’est pas un notebook (JSON attendu)"),
        ("[]", "n.ipynb: ce n’est pas un notebook de format 4"),
        ('{"nbformat": 3, "cells": [], "metadata": {}}', "n.ipynb: ce n’est pas un notebook de format 4"),
        ('{"nbformat": 4, "cells": [1], "metadata": {}}', "n.ipynb: ce n’est pas un notebook de format 4"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}', "n.ipynb: ce n’est pas un notebook de format 4"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "metadata": {"tags": 1}}]}', "n.ipynb: ce n’est pas un notebook de format 4"),
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_told_and_not_tripped_over(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(text, encoding="utf-8")
    assert told(path) == [message]


def test_a_device_or_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.symlink_to("/dev/zero")
    assert told(path) == ["n.ipynb: ce n’est pas un fichier ordinaire"]
    path.unlink()
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(Refused) as caught:
        read_notebook(path, "n.ipynb")
    assert str(caught.value) == f"n.ipynb: fichier trop gros : {MAX_BYTES + 1} octets ; {MAX_BYTES} au plus"


def test_stripping_leaves_the_code_and_is_done_once(tmp_path: Path) -> None:
    path = written(tmp_path, TITLE, PARAMETERS, code("x", outputs=[{}], execution_count=2), widgets={})
    assert strip_notebook(path)
    assert told(path) == []
    assert not strip_notebook(path)
    assert [cell["source"] for cell in read_notebook(path)["cells"]] == ["# Titre", "n: int = 1", "x"]
