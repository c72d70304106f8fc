"""What a notebook leaves: whole or not at all, with units, and rejects counted."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from archipel.notebook.manifest import problems, write_manifest
from archipel.output import Metric, Output, TooManyRejects, attempt, write_atomically


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"avant")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"apres")
    assert path.read_bytes() == b"avant"
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_metrics_have_a_unit_and_an_undefined_one_a_reason(tmp_path: Path) -> None:
    Output(tmp_path).result(
        {"part": (0.98, "1"), "vide": Metric(None, "%", "aucune ligne"), "nan": (float("nan"), "s")}, note="x"
    )
    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8")) == {
        "metrics": {
            "part": {"value": 0.98, "unit": "1"},
            "vide": {"value": None, "unit": "%", "reason": "aucune ligne"},
            "nan": {"value": None, "unit": "s", "reason": "valeur non définie"},
        },
        "note": "x",
        "donnees_synthetiques": False,
    }


def test_rejects_are_listed_and_too_many_end_the_run(tmp_path: Path) -> None:
    rows = [{"ligne": 3, "motif": "date absente", "zone": "é,1"}]
    assert Output(tmp_path).rejects(rows, total=100) == 1
    assert (tmp_path / "rejets.csv").read_text(encoding="utf-8").splitlines() == [
        "ligne,motif,zone",
        '3,date absente,"é,1"',
    ]
    with pytest.raises(TooManyRejects, match=r"1 sur 10, soit 10,0 %, plus que taux_rejet_max \(5,0 %\)"):
        Output(tmp_path).rejects(rows, total=10)


def test_the_folder_is_the_platforms_or_one_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARCHIPEL_OUTPUT", raising=False)
    assert attempt().folder == Path("sortie")
    monkeypatch.setenv("ARCHIPEL_OUTPUT", str(tmp_path / "tentative"))
    monkeypatch.setenv("ARCHIPEL_SYNTHETIC", "1")
    assert attempt() == Output(tmp_path / "tentative", synthetic=True)


def test_a_manifest_tells_every_difference(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a")
    (tmp_path / "b.csv").write_text("b")
    write_manifest(tmp_path)
    assert problems(tmp_path) == []
    (tmp_path / "a.csv").write_text("autre")
    (tmp_path / "b.csv").unlink()
    (tmp_path / "c.csv").write_text("c")
    assert problems(tmp_path) == ["a.csv : modifié", "b.csv : absent", "c.csv : en trop"]
    (tmp_path / "manifest.json").write_text("{")
    assert problems(tmp_path) == ["manifest.json : absent ou illisible"]
