"""Files that are given to a run, and names that stand in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from archipel.datafolder import DataFolder
from archipel.errors import Refused
from archipel.notebook.cell import ParameterSpec
from archipel.notebook.values import Kind
from archipel.runs.inputs import look, take

MODEL = ParameterSpec("modele", Kind.FICHIER, extensions=(".cfg",), companions=(".weights",), words="hog")


def test_a_name_brings_no_file(tmp_path: Path) -> None:
    assert look(DataFolder(tmp_path), [MODEL], {"modele": "hog"}, by_path=False) == []


def test_a_file_brings_its_companions(tmp_path: Path) -> None:
    for name in ("reseau.cfg", "reseau.weights", "reseau.txt"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    given = look(DataFolder(tmp_path), [MODEL], {"modele": str(tmp_path / "reseau.cfg")}, by_path=True)
    values, listed = take(given, tmp_path / "staging")
    assert values == {"modele": "inputs/modele/reseau.cfg"}
    assert [one["path"] for one in listed] == ["inputs/modele/reseau.cfg", "inputs/modele/reseau.weights"]


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="fichier introuvable ou illisible"):
        look(DataFolder(tmp_path), [MODEL], {"modele": "hog.cfg"}, by_path=True)
