"""The execution « evaluation » of TwinCity as the platform runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archipel.defis.twincity.metrics.coco import FIGURES
from support.attempts import Attempt, Prepare
from support.detectionsets import pycocotools_figures, random_sets

FAILED = 3


@pytest.fixture
def evaluate(prepare: Prepare, place: Path) -> Any:
    """``evaluate(truth, found, …)``: the attempt that ran on these two files' contents."""

    def run(truth: Any, found: Any, **parameters: Any) -> Attempt:
        given = {}
        for name, value in (("verite", truth), ("detections", found)):
            path = place / f"{name}.json"
            path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
            given[name] = ("fichier", str(path))
        given |= {
            name: ("float" if isinstance(value, float) else "str", value)
            for name, value in parameters.items()
        }
        attempt = prepare(defi="twincity", notebook="notebooks/twincity/evaluation.ipynb", parameters=given)
        attempt.run()
        return attempt

    return run


def test_figures_intervals_and_curves(evaluate: Any) -> None:
    truth, found = random_sets(1)
    attempt = evaluate(truth, found)
    told = attempt.metrics()
    assert [told[name] for name in FIGURES] == pytest.approx(pycocotools_figures(truth, found), abs=1e-6)
    rows = attempt.table("intervalles.csv")
    assert {row["classe"] for row in rows} == {"classe 1", "classe 2", "classe 3"}
    lamr = [row for row in rows if row["mesure"] == "lamr"]
    assert told["lamr"] == pytest.approx(sum(float(row["valeur"]) for row in lamr) / 3)
    assert all(float(row["bas"]) <= float(row["valeur"]) <= float(row["haut"]) for row in lamr)
    assert len({row["bas"] for row in lamr}) == 3
    assert {"courbes.csv", "courbes.parquet", "courbes.svg", "rejets.csv", "manifest.json"} <= attempt.files()


def test_files_of_motchallenge(evaluate: Any) -> None:
    truth = "1,1,0,0,10,10,1,-1,-1,-1\n2,1,0,0,10,10,1,-1,-1,-1\n2,2,50,0,10,10,1,-1,-1,-1\n"
    found = "1,-1,0,0,10,10,0.9,-1,-1,-1\n2,-1,0,0,10,8,0.8,-1,-1,-1\n2,-1,80,0,10,10,0.7,-1,-1,-1\n"
    told = evaluate(truth, found).metrics()
    expected = {"tp": 2, "fp": 1, "fn": 1, "moda": 1 / 3, "modp": 0.9, "far": 0.5}
    assert {name: told[name] for name in expected} == pytest.approx(expected)
    assert told["ap_large"] is None


def test_a_false_box_ends_the_run_and_is_told(evaluate: Any) -> None:
    truth, found = random_sets(2)
    found[4]["bbox"] = [0, 0, -3, 10]
    attempt = evaluate(truth, found)
    assert attempt.code == FAILED
    assert attempt.failed()["error"] == "DataRefused"
    assert "la première, n° 5 : bbox : largeur et hauteur positives attendues" in attempt.failed()["message"]
    assert [row["ligne"] for row in attempt.table("rejets.csv")] == ["5"]
    assert "result.json" not in attempt.files()
    assert evaluate(truth, found, taux_rejet_max=0.5).metrics()["detections"] == len(found) - 1


def test_figures_of_synthetic_images_say_so(evaluate: Any) -> None:
    truth, found = random_sets(3)
    assert evaluate(truth, found).json("result.json")["donnees_synthetiques"] is False
    for image in truth["images"]:
        image["donnees"] = "données synthétiques"
    attempt = evaluate(truth, found)
    assert attempt.json("result.json")["donnees_synthetiques"] is True
    for name in ("intervalles.csv", "courbes.csv"):
        assert {row["donnees_synthetiques"] for row in attempt.table(name)} == {"True"}
