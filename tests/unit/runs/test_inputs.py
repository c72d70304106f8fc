"""Files that are given to a run, and names that stand in their place."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from archipel.datafolder import DataFolder
from archipel.errors import Refused
from archipel.notebook.accepted import Kind
from archipel.notebook.cell import ParameterSpec
from archipel.runs.inputs import look, take

IMAGES = ParameterSpec("images", Kind.DOSSIER)
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


def test_a_folder_of_thousands_of_files_is_one_row(tmp_path: Path) -> None:
    """The row's hash is that of what `sha256sum` prints in the folder, sorted by name."""
    folder = tmp_path / "images"
    (folder / "b").mkdir(parents=True)
    for name in ("b/2.png", "1.png"):
        (folder / name).write_text(name, encoding="utf-8")
    given = look(DataFolder(tmp_path), [IMAGES], {"images": str(folder)}, by_path=True)
    values, (row,) = take(given, tmp_path / "staging")
    printed = "".join(
        f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in ("1.png", "b/2.png")
    )
    assert values == {"images": "inputs/images/images"}
    assert row == {
        "parameter": "images",
        "path": "inputs/images/images",
        "files": 2,
        "sha256": hashlib.sha256(printed.encode()).hexdigest(),
        "size": 12,
    }


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="fichier introuvable ou illisible"):
        look(DataFolder(tmp_path), [MODEL], {"modele": "hog.cfg"}, by_path=True)
