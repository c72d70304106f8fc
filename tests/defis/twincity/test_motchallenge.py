"""MODA, MODP, false alarms per frame, and the files that they are read from."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from archipel.defis.twincity import evaluation
from archipel.defis.twincity.metrics import motchallenge
from archipel.defis.twincity.refusal import DataRefused
from support.detectionsets import made


def test_a_frame_is_matched_as_a_whole_not_best_first() -> None:
    # The first detection overlaps both; best first it would take the truth that the second one needs.
    truths = [(0, 0, 0, 10, 10), (0, 4, 0, 10, 10)]
    found = [(0, 1, 0, 10, 10, 0.9), (0, -2, 0, 10, 10, 0.8)]
    counts = motchallenge.count(*made(truths, found))
    assert (counts.tp, counts.fp, counts.fn) == (2, 0, 0)


def test_figures_by_hand() -> None:
    truths = [(0, 0, 0, 10, 10), (1, 0, 0, 10, 10), (2, 0, 0, 10, 10)]
    found = [(0, 0, 0, 10, 10, 0.1), (1, 0, 0, 10, 8, 0.2), (2, 50, 0, 10, 10, 0.9), (3, 0, 0, 10, 10, 0.9)]
    figures = motchallenge.count(*made(truths, found, images=4)).figures()
    assert figures == pytest.approx(
        {"tp": 2, "fp": 2, "fn": 1, "moda": 1 - 3 / 3, "modp": 0.9, "far": 0.5}, abs=1e-12
    )


def test_nothing_to_find_has_no_accuracy() -> None:
    figures = motchallenge.count(*made([], [(0, 0, 0, 10, 10, 0.9)])).figures()
    assert figures["moda"] is None
    assert figures["modp"] is None
    assert figures["far"] == 1


def written(path: Path, *rows: str) -> str:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


def test_classes_and_flags_of_a_file_of_mot17(tmp_path: Path) -> None:
    truth = written(
        tmp_path / "gt.txt",
        "1,1,0,0,10,10,1,1,1.0",
        "1,2,100,0,10,10,0,1,1.0",  # a pedestrian that does not count
        "1,3,200,0,10,10,0,7,0.5",  # a static person: who finds it is not wrong
        "1,4,300,0,10,10,0,3,1.0",  # a car
    )
    found = written(
        tmp_path / "det.txt", "1,-1,0,0,10,10,0.9", "1,-1,200,0,10,10,0.8", "1,-1,300,0,10,10,0.7",
        "3,-1,0,0,10,10,0.6",
    )  # fmt: skip
    figures = evaluation.figures(evaluation.read(truth, found))
    told = {name: figures[name][0] for name in ("tp", "fp", "fn", "far", "images", "verite_ecartee")}
    assert told == {"tp": 1, "fp": 2, "fn": 0, "far": 2 / 3, "images": 3, "verite_ecartee": 3}


def test_a_gzipped_file_reads_as_a_plain_one(tmp_path: Path) -> None:
    rows = "1,1,0,0,10,10,1,-1,-1,-1\n2,1,0,0,10,10,1,-1,-1,-1\n"
    plain, packed = tmp_path / "gt.txt", tmp_path / "gt.txt.gz"
    plain.write_text(rows, encoding="utf-8")
    packed.write_bytes(gzip.compress(rows.encode()))
    one, other = (evaluation.figures(evaluation.read(str(path), str(plain))) for path in (plain, packed))
    assert one == other
    assert one["tp"][0] == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,1,0,0,-10,10,1", "largeur et hauteur positives attendues, reçu -10 × 10"),
        ("0,1,0,0,10,10,1", "numéro de 1 à 100000 attendu"),
        ("1e300,1,0,0,10,10,1", "numéro de 1 à 100000 attendu"),
        ("1,1,nan,0,10,10,1", "nombres finis attendus"),
        ("1,1,a,0,10,10,1", "nombres séparés par des virgules attendus"),
        ("1,1,0", "attendus, reçu '1,1,0'"),
    ],
)
def test_a_false_row_is_named(row: str, reason: str, tmp_path: Path) -> None:
    truth = written(tmp_path / "gt.txt", "1,1,0,0,10,10,1", row)
    found = written(tmp_path / "det.txt", "1,-1,0,0,10,10,0.9")
    sets = evaluation.read(truth, found)
    assert [(one["ligne"], one["fichier"]) for one in sets.rejects] == [(2, "gt.txt")]
    assert reason in sets.rejects[0]["motif"]
    with pytest.raises(DataRefused, match="1 ligne\\(s\\) refusée\\(s\\) sur 2"):
        sets.accept(0.0)
    assert sets.accept(0.5) is sets
