"""A scene that is asked for: its size, what is said of a detector that cannot look, and of no scene."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archipel.defis.twincity.detectors import kept
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.tableau import trial
from archipel.defis.twincity.tableau.published import Published
from archipel.defis.twincity.tableau.trial import Drawn

IMAGE = {"hour": 12.0, "weather": "clair", "pitch": -20.0, "people": 1}
PERSON = {"bbox": [10.0, 10.0, 20.0, 60.0], "ignore": 0}


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The sizes that were asked for; a grey picture of one person is drawn at each."""
    told: list[Any] = []

    def draw(_conditions: Any, _seed: int, _bodies: Path, size: tuple[int, int]) -> Drawn:
        told.append(size)
        return Drawn(np.full((size[1], size[0], 3), 128, dtype=np.uint8), IMAGE, [PERSON])

    monkeypatch.setattr(trial, "draw", draw)
    return told


def shown(run: Published) -> str:
    told = trial.trial(run, trial.asked(12, "clair", -20, 1), 0, Path("corps"))
    return told.replace("\u202f", " ").replace("\u00a0", " ")


def test_the_scene_has_the_size_of_the_run_s_pictures(
    run: Published, sizes: list[Any], tmp_path: Path
) -> None:
    other = replace(run, folder=tmp_path, images=({"width": 480, "height": 360},))
    assert "n’a pas laissé son détecteur" in shown(other)
    assert sizes == [(480, 360)]
    assert "« width » et « height »" in shown(replace(run, folder=tmp_path, images=({},)))


def test_a_detector_that_cannot_be_read_leaves_the_scene(
    run: Published, sizes: list[Any], tmp_path: Path
) -> None:
    folder = tmp_path / "detecteur"
    folder.mkdir()
    (folder / kept.TOLD).write_text('{"version": 1, "nom": ["<b>"]}', encoding="utf-8")
    text = shown(replace(run, folder=tmp_path))
    assert "Le détecteur publié n’a pas pu regarder : " in text
    assert "&lt;b&gt;" in text
    assert text.count("<img ") == 1


def test_the_detector_looks_with_the_score_of_the_run(
    run: Published, sizes: list[Any], tmp_path: Path
) -> None:
    assert kept.keep("hog", tmp_path / "detecteur")
    text = shown(replace(run, folder=tmp_path, score=0.00012399))
    assert "score d’au moins 0,000123)" in text
    assert "1 personne : aucune trouvée, 1 oubliée" in text


@pytest.mark.parametrize(("name", "value"), [("heure", 25.0), ("inclinaison", -80), ("personnes", 0)])
def test_what_is_out_of_bounds_is_refused(name: str, value: float) -> None:
    told: dict[str, Any] = {"heure": 12.0, "meteo": "clair", "inclinaison": -20, "personnes": 5}
    with pytest.raises(DataRefused, match=f"{name} : de .* attendu"):
        trial.asked(**told | {name: value})
