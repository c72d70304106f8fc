"""The detector that a run leaves beside its results, and what a page makes of a folder that is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from archipel.defis.twincity.detectors import choice, hog, kept
from archipel.defis.twincity.refusal import DataRefused
from support.source import ROOT

SHIPPED = ROOT / "notebooks" / "twincity" / "donnees" / "modele" / "yolo-fastest-1.1_body.cfg"


def test_a_word_needs_no_file(tmp_path: Path) -> None:
    assert kept.keep(hog.DEFAULT.name, tmp_path / "d")
    assert kept.read(tmp_path / "d") is hog.DEFAULT
    assert kept.read(tmp_path) is None


def test_a_network_is_left_with_its_companions_whatever_their_names(tmp_path: Path) -> None:
    """A vendor's file may be called as ours, in capitals; its companions come with it."""
    vendor = tmp_path / "vendeur"
    vendor.mkdir()
    shutil.copyfile(SHIPPED, vendor / "detecteur.CFG")
    shutil.copyfile(SHIPPED.with_suffix(".weights"), vendor / "detecteur.weights")
    (vendor / "detecteur.json").write_text('{"canaux": "rvb"}', encoding="utf-8")
    (vendor / "detecteur.names").write_text("person\n", encoding="utf-8")
    named = str(vendor / "detecteur.CFG")
    assert kept.keep(named, tmp_path / "d")
    left = {path.relative_to(tmp_path / "d").as_posix() for path in (tmp_path / "d").rglob("*.*")}
    assert left == {
        "detecteur.json", "fichiers/detecteur.CFG", "fichiers/detecteur.weights", "fichiers/detecteur.json",
        "fichiers/detecteur.names",
    }  # fmt: skip
    shutil.rmtree(vendor)
    found = kept.read(tmp_path / "d")
    assert found is not None
    assert (found.name, found.classes) == ("detecteur", ("person",))


def test_a_large_detector_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "LARGEST", SHIPPED.stat().st_size)
    assert not kept.keep(str(SHIPPED), tmp_path / "d")
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([], "illisible"),
        ({}, "illisible"),
        ({"nom": []}, "nom : texte attendu, reçu"),
        ({"nom": None}, "nom : texte attendu, reçu"),
        ({"nom": "../fichiers/x.onnx"}, "n’est pas le nom d’un fichier"),
        ({"nom": "/etc/passwd"}, "n’est pas le nom d’un fichier"),
        ({"nom": "x.exe"}, "n’est pas le nom d’un fichier"),
        ({"nom": "twincity-pietons@champion"}, "n’est pas le nom d’un fichier"),
        ({"nom": "absent.onnx"}, "« absent.onnx » introuvable"),
    ],
)
def test_a_folder_that_is_wrong_is_refused(told: Any, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"rien")
    (tmp_path / kept.TOLD).write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(DataRefused, match=said):
        kept.read(tmp_path)


def test_no_word_is_the_name_of_a_file() -> None:
    assert not [word for word in choice.WORDS if Path(word).suffix.lower() in choice.READERS]
