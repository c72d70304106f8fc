"""The executions « comptage » and « ausol » of TwinCity as the platform runs them, and dense real truths."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archipel.defis.twincity import evaluation
from archipel.defis.twincity.counting import report
from archipel.defis.twincity.sets.motchallenge import read_rows
from support.attempts import Attempt, Prepare
from support.auditsets import Told, laid_down, street
from support.realdata import real_data

FAILED = 3
CROWDS = {"MOT20-01": 19_870, "HT21-01": 19_296}
"""Boxes that count (pedestrians, flagged), as TrackEval counts them in the first."""


@pytest.fixture
def execute(prepare: Prepare, place: Path) -> Any:
    """``execute(notebook, truth, found, …)``: the attempt that ran on these contents."""

    def run(notebook: str, truth: Any, found: Any, **parameters: Any) -> Attempt:
        given = {}
        for name, value in (("verite", truth), ("detections", found)):
            packed = isinstance(value, str)
            path = place / f"{name}.{'txt.gz' if packed else 'json'}"
            path.write_bytes(gzip.compress(value.encode()) if packed else json.dumps(value).encode())
            given[name] = ("fichier", str(path))
        given |= {name: (type(value).__name__, value) for name, value in parameters.items()}
        attempt = prepare(defi="twincity", notebook=f"notebooks/twincity/{notebook}.ipynb", parameters=given)
        attempt.run()
        return attempt

    return run


def scenes(seed: int) -> tuple[Told, list[Told]]:
    truth, found = street(seed, lambda person, _image: 0.9 - 0.4 * (person["pose"] == "couché"), images=120)
    laid_down(truth, found)
    for image in truth["images"]:
        image["donnees"] = "données synthétiques"
    return truth, found


def test_people_are_counted(execute: Any) -> None:
    truth, found = scenes(1)
    attempt = execute("comptage", truth, found)
    told = attempt.metrics()
    assert told["images_reglage"] + told["images_mesure"] == 120
    assert told["mae_bas"] < told["mae"] < told["mae_haut"]
    assert told["mae"] <= told["rmse"]
    assert told["mae"] <= told["game_1"] <= told["game_2"] <= told["game_3"]
    rows = [row for row in attempt.table("comptes.csv") if row["part"] == "mesure"]
    off = np.array([int(row["compte"]) - int(row["vrai"]) for row in rows])
    assert told["mae"] == pytest.approx(np.abs(off).mean())
    assert told["biais"] == pytest.approx(off.mean())
    kept = [one for one in found if one["score"] >= told["seuil"]]
    assert sum(int(row["compte"]) for row in attempt.table("comptes.csv")) == len(kept)
    # Eight persons are in each image: a constant is right every time.
    assert (told["constante"], told["mae_constante"]) == (8, 0)
    text = (attempt.folder / "conclusion.md").read_text(encoding="utf-8")
    assert "**Données synthétiques**" in text
    assert "compte moins bien que cette réponse" in text
    assert attempt.json("result.json")["donnees_synthetiques"] is True
    assert all(row["donnees_synthetiques"] == "True" for row in attempt.table("mesures.csv"))
    assert {
        "comptage.svg",
        "tranches.csv",
        "comptes.parquet",
        "rejets.csv",
        "rapport.html",
    } <= attempt.files()


def test_a_sequence_is_counted_over_time(execute: Any) -> None:
    frames = range(1, 301)
    truth = "".join(f"{n},{k},{k * 50},0,20,40,1,1,1\n" for n in frames for k in range(1 + n % 3))
    found = "".join(
        f"{n},-1,{k * 50},0,20,40,{0.9 - 0.3 * (k == 3)}\n"
        for n in frames
        for k in range(1 + n % 3 + (n % 2) * 1)
    )
    attempt = execute("comptage", truth, found, seuil=0.0, largeur=200, hauteur=100)
    told = attempt.metrics()
    rows = [row for row in attempt.table("comptes.csv") if row["part"] == "mesure"]
    # One too many in every odd frame.
    odd = np.mean([int(row["image"]) % 2 for row in rows])
    assert told["biais"] == told["mae"] == told["game_3"] == pytest.approx(odd)
    assert told["rmse"] == pytest.approx(odd**0.5)
    text = (attempt.folder / "conclusion.md").read_text(encoding="utf-8")
    assert "Une séquence est un seul lieu" in text
    assert "synthétiques" not in text
    assert "<!-- Compte au fil du temps -->" in (attempt.folder / "comptage.svg").read_text(encoding="utf-8")


def test_people_on_the_ground(execute: Any) -> None:
    truth, found = scenes(2)
    attempt = execute("ausol", truth, found)
    told = attempt.metrics()
    lying = [one for one in truth["annotations"] if one["pose"] == "couché"]
    assert told["personnes_couchees"] == len(lying)
    assert told["rappel_couches_1_fppi"] < told["rappel_autres_1_fppi"]
    assert told["ecart_1_fppi"] == pytest.approx(told["rappel_couches_1_fppi"] - told["rappel_autres_1_fppi"])
    assert told["ecart_1_fppi_haut"] < 0
    rows = [row for row in attempt.table("images.csv") if row["part"] == "mesure"]
    some = [row["alarme"] == "oui" for row in rows if row["au_sol"] == "oui"]
    assert told["images_mesure"] == len(rows)
    assert told["alarme_sensibilite"] == pytest.approx(np.mean(some))
    wide = {
        one["image_id"]
        for one in found
        if one["score"] >= told["alarme_score"] and one["bbox"][2] >= told["alarme_ratio"] * one["bbox"][3]
    }
    assert {int(row["image"]) for row in rows if row["alarme"] == "oui"} == wide & {
        int(r["image"]) for r in rows
    }
    text = (attempt.folder / "conclusion.md").read_text(encoding="utf-8")
    assert "**Données synthétiques**" in text
    assert "Ce qui ne peut pas être conclu" in text
    assert all(row["donnees_synthetiques"] == "True" for row in attempt.table("prevalence.csv"))
    assert {"ausol.svg", "rappels.csv", "ecarts.csv", "alarme.csv", "rejets.csv"} <= attempt.files()


def test_what_is_refused_leaves_nothing_half_written(execute: Any) -> None:
    truth, found = scenes(3)
    found[4]["bbox"] = [0, 0, -3, 10]
    for notebook in ("comptage", "ausol"):
        attempt = execute(notebook, truth, found)
        assert attempt.code == FAILED
        assert attempt.failed()["error"] == "DataRefused"
        assert (
            "la première, n° 5 : bbox : largeur et hauteur positives attendues" in attempt.failed()["message"]
        )
        assert [row["ligne"] for row in attempt.table("rejets.csv")] == ["5"]
        assert "result.json" not in attempt.files()
        assert execute(notebook, truth, found, taux_rejet_max=0.5).metrics()["lignes_refusees"] == 1
    for person in truth["annotations"]:
        del person["pose"]
    attempt = execute("ausol", truth, found[5:])
    assert "aucune annotation ne porte « pose »" in attempt.failed()["message"]


@pytest.mark.parametrize("sequence", CROWDS)
def test_dense_crowds_are_counted_whole(sequence: str, tmp_path: Path) -> None:
    path = real_data("crowd-gt") / sequence / "gt.txt.gz"
    rows, _refused = read_rows(path)
    kept = rows[(rows[:, 6] != 0) & (rows[:, 7] == 1)]
    assert len(kept) == CROWDS[sequence]
    # Every fourth is not found, and each frame has a false box: what is counted is known.
    found = np.delete(kept, np.s_[::4], axis=0)
    strays = [(frame, -1, 10_000 + frame, 5, 20, 40, 0.2) for frame in range(1, 430)]
    detections = tmp_path / "det.txt"
    np.savetxt(detections, np.concatenate([np.c_[found[:, :6], np.full(len(found), 0.9)], strays]), "%g", ",")
    sets = evaluation.read(str(path), str(detections)).accept(0.0)
    told = report.report(sets, 0.1, (1920, 1080))
    true, counted = (np.bincount(one[:, 0].astype(int), minlength=430)[1:] for one in (kept, found))
    assert told.images["vrai"].tolist() == true.tolist()
    assert told.images["compte"].tolist() == (counted + 1).tolist()
    part = told.counted.measured
    off = (counted + 1 - true)[part]
    expected = [np.abs(off).mean(), np.sqrt((off**2).mean()), off.mean(), (np.abs(off) / true[part]).mean()]
    rows_of = [told.row(name)["valeur"] for name in ("mae", "rmse", "biais", "mape")]
    assert rows_of == pytest.approx(expected)
    # The false box makes up for one absence in the image; in a cell, only if somebody is missing there.
    games = [told.row(f"game_{level}")["valeur"] for level in (1, 2, 3)]
    assert np.abs(off).mean() <= games[0] <= games[1] <= games[2] <= np.abs(off).mean() + 2
    # Too few are found: with the false boxes the number is nearer.
    chosen = report.report(sets, None, (1920, 1080))
    assert chosen.score == 0.2
    assert chosen.row("mae")["valeur"] > chosen.row("mae")["constante"]
