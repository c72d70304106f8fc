"""Files that are false, absurd or hostile: refused in plain words, or shown as they are."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from archipel.defis.twincity import curves, evaluation
from archipel.defis.twincity.audit import counts, forest, gaps, power
from archipel.defis.twincity.darknet.network import read_network
from archipel.defis.twincity.detectors import onnx
from archipel.defis.twincity.detectors.adapter import Found, person_class
from archipel.defis.twincity.detectors.layouts import LAYOUTS, recognised
from archipel.defis.twincity.detectors.suppression import suppressed
from archipel.defis.twincity.detectors.yolo import read_darknet
from archipel.defis.twincity.pictures.reading import read_picture
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.scenes import asked, generation
from archipel.defis.twincity.scenes.counterfactual import counterfactual
from archipel.defis.twincity.scenes.drawing.conditions import from_mapping
from archipel.defis.twincity.tableau import publication

MODEL = Path("notebooks/twincity/donnees/modele/yolo-fastest-1.1_body.cfg")
NAN, INFINITE = float("nan"), float("inf")
HEADER = "detecteur,condition,groupe,n,detectes\n"


def test_a_grey_picture_of_16_bits_keeps_its_greys(tmp_path: Path) -> None:
    grey = np.arange(0, 65536, 16, dtype=np.uint16).reshape(64, 64)
    Image.fromarray(grey).save(tmp_path / "a.png")
    assert (read_picture(tmp_path / "a.png") == (grey >> 8)[..., None]).all()


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_a_picture_of_32_bits_is_refused(kind: Any, tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 0.5).astype(kind)).save(tmp_path / "a.tif")
    with pytest.raises(DataRefused, match=r"« a.tif » : nombres de 32 bits, image de 8 ou 16 bits"):
        read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("people", 5), ("people", ["a", "b"]), ("people", []), ("people", [1.5, 3.5]), ("people", [1, 2, 3]),
        ("hours", [7, 8]), ("hours", []), ("hours", [["a", "b"]]), ("hours", [[NAN, 8]]), ("months", 6),
        ("months", [6.0]), ("tones", [True]), ("weathers", {"clair": 1}), ("weathers", [["clair", NAN]]),
        ("weathers", [["clair", -1], ["pluie", 2]]), ("weathers", [["clair", 1, 2]]),
        ("pitches", [[1, 2], 5]), ("focal", [24]), ("focal", [INFINITE, INFINITE]),
    ],
)  # fmt: skip
def test_conditions_of_another_form_are_refused(name: str, value: Any) -> None:
    with pytest.raises(DataRefused, match=rf"^{name} : .*reçu"):
        from_mapping({name: value})


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("width=320", "width=320000", "de 32 à 4096 pixels de côté, attendue .* 320000 × 320 pixels"),
        ("width=320", "width=abc", "width : nombre entier attendu, reçu « abc »"),
        ("classes=1", "classes=2000000000", "3 ancres et 2000000000 classes"),
        ("[net]", "[reseau]", r"^« m.cfg » : description Darknet attendue, qui commence par \[net\]"),
    ],
)
def test_a_network_that_does_not_hold_together(old: str, new: str, reason: str, tmp_path: Path) -> None:
    text = MODEL.read_text()
    assert old in text
    (tmp_path / "m.cfg").write_text(text.replace(old, new))
    with pytest.raises(DataRefused, match=reason):
        read_network(tmp_path / "m.cfg")


def test_a_network_that_cannot_run_is_refused_before_any_picture(tmp_path: Path) -> None:
    (tmp_path / "m.cfg").write_text(MODEL.read_text().replace("width=320", "width=331"))
    shutil.copy(MODEL.with_suffix(".weights"), tmp_path / "m.weights")
    with pytest.raises(DataRefused, match=r"« m.cfg » : OpenCV ne sait pas faire tourner ce réseau"):
        read_darknet(tmp_path / "m.cfg")


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("[]", r"groupe JSON attendu, reçu \[\]"),
        ("{", "« m.json » : JSON illisible, ligne 1"),
        ("[" * 100_000, "JSON illisible"),
        ('{"couleur": 1}', "option « couleur » inconnue .acceptées : canaux"),
        ('{"diviseur": NaN}', "diviseur : nombre positif attendu, reçu nan"),
        ('{"moyenne": ["a", "b", "c"]}', "moyenne : liste de trois nombres attendu"),
        ('{"ecart_type": [0, 1, 1]}', "ecart_type : liste de trois nombres positifs attendu"),
        ('{"taille": 100.5}', "taille : nombre entier de 32 à 4096 pixels attendu, reçu 100.5"),
        ('{"sortie": "autre"}', "sortie : un de boites, fini, grille, lignes, colonnes attendu"),
        ('{"classes": [1]}', r"classes : liste de noms attendu, reçu \[1\]"),
        ('{"classes": "person"}', "classes : liste de noms attendu, reçu 'person'"),
    ],
)
def test_false_options_beside_a_model(told: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(told)
    with pytest.raises(DataRefused, match=reason):
        onnx._options(tmp_path / "m.onnx")


def test_outputs_that_do_not_go_together_are_not_recognised() -> None:
    three = [("boxes", np.zeros((3, 4))), ("scores", np.zeros(2)), ("labels", np.zeros(3))]
    assert recognised(three) is None
    assert recognised([("output", np.full((1, 5, 9), "a"))]) is None


def test_a_network_that_finds_nobody_is_recognised() -> None:
    layout = recognised([("output0", np.zeros((1, 0, 6)))])
    assert layout is not None
    assert layout.name == "fini"
    assert not len(layout.decode([("output0", np.zeros((1, 0, 6)))], (64, 64), 0.5).box)


def _detector(outputs: list[Any]) -> onnx.OnnxDetector:
    names = [SimpleNamespace(name=name) for name, _array in outputs]
    session = SimpleNamespace(
        get_outputs=lambda: names,
        get_inputs=lambda: [SimpleNamespace(name="x")],
        run=lambda _names, _fed: [array for _name, array in outputs],
    )
    layout = next(one for one in LAYOUTS if one.name == "boites")
    return onnx.OnnxDetector("m", ("person",), (64, 64), session, layout, onnx.Options())


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ([0.9, NAN], r"« m » : ce modèle calcule des nombres indéfinis"),
        ([0.9], r"d’une autre forme .* \(1,\)"),
    ],
)
def test_outputs_that_turn_out_to_be_false(scores: list[float], reason: str) -> None:
    outputs = [("boxes", np.ones((2, 4))), ("scores", np.array(scores)), ("labels", np.zeros(2))]
    with pytest.raises(DataRefused, match=reason):
        _detector(outputs).detect(np.zeros((64, 64, 3), dtype=np.uint8), 0.5, [0])


def test_what_has_no_size_is_no_box() -> None:
    box = np.array([[0, 0, 10, 10], [50, 50, -5, 10], [90, 90, INFINITE, 10], [NAN, 0, 5, 5]])
    found = suppressed(Found(box, np.full(4, 0.9), np.zeros(4, dtype=np.int64)), [0], 0.45)
    assert found.box.tolist() == [[0, 0, 10, 10]]


def test_a_detector_of_cars_alone_finds_nobody() -> None:
    assert person_class(["car"]) is None
    assert person_class(["silhouette"]) == 0


@pytest.mark.parametrize(
    ("group", "reason"),
    [
        ("=cmd|'/c calc'!A0", "qu’un tableur prendrait pour une formule"),
        ("-1+cmd|'/c'!A0", "qu’un tableur prendrait pour une formule"),
        ('"a\n### b"', "une ligne de 100 caractères au plus"),
        ("x" * 101, "une ligne de 100 caractères au plus"),
    ],
)
def test_a_name_that_cannot_be_shown_is_refused(group: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(f"{HEADER}A,teint,{group},10,5\nA,teint,+60 ans,10,4\n")
    table, refused = counts.read(tmp_path / "c.csv")
    assert table["groupe"].tolist() == ["+60 ans"]
    assert reason in refused.rows[0]["motif"]


def test_a_dollar_in_a_name_is_drawn_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(f"{HEADER}A,teint,$\\frac{{$,10,5\nA,teint,$b$,10,4\n")
    forest.figure(gaps.from_counts(counts.read(tmp_path / "c.csv")[0])).savefig(tmp_path / "f.svg")
    rows = [("$\\frac{$", 0.5, 0.5, 0.5, 0.5, 0.5), ("$b$", 0.5, 0.5, 0.5, 0.5, 0.5)]
    curves.figure(pd.DataFrame(rows, columns=curves.COLUMNS)).savefig(tmp_path / "g.svg")


def test_too_many_detectors_are_refused() -> None:
    rows = [(f"D{k}", "teint", group, 10, 5) for k in range(101) for group in "ab"]
    with pytest.raises(DataRefused, match="101 détecteurs, 100 au plus"):
        counts.check(pd.DataFrame(rows, columns=counts.COLUMNS), "c.csv")


def test_a_crowd_beside_a_single_person_has_a_power() -> None:
    assert power.smallest_gap(1.0, 10**12, 1) == power.LEAST


@pytest.mark.parametrize("score", [NAN, INFINITE])
def test_a_score_that_is_no_number_is_refused(score: float) -> None:
    with pytest.raises(DataRefused, match="seuil : nombre fini attendu"):
        evaluation.finite(score)


@pytest.mark.parametrize(
    ("attribute", "value", "reason"),
    [
        ("monk", "0", "de 1 à 10 attendu pour « monk », reçu « 0 »"),
        ("monk", "11", "de 1 à 10 attendu"),
        ("monk", "1.5", "nombre attendu pour « monk »"),
        ("age", "nan", "de 5 à 95 attendu pour « age », reçu « nan »"),
        ("pose", "volant", "marche, debout, couché attendus pour « pose », reçu « volant »"),
        ("sex", "x", "femme, homme attendus"),
    ],
)
def test_a_value_that_nobody_can_have_is_not_exchanged(attribute: str, value: str, reason: str) -> None:
    with pytest.raises(DataRefused, match=reason):
        asked.order(1, 0, Path(), (64, 64), "trame", {}, (attribute, [value]))


def test_a_posture_is_exchanged() -> None:
    order = asked.order(1, 0, Path(), (64, 64), "trame", {}, ("pose", ["couché", "debout"]))
    assert order.swap is not None
    scene = counterfactual(generation.scene_at(order, 0), 0, "pose", order.swap.values[0])
    assert scene.people[0].pose.kind == "couché"
    with pytest.raises(DataRefused, match="chacune une fois attendue, reçu debout, debout"):
        asked.order(1, 0, Path(), (64, 64), "trame", {}, ("pose", ["debout", "debout"]))


@pytest.mark.parametrize("told", ["{", "[]", '{"order": null}', "{}"])
def test_a_folder_whose_order_was_changed_is_refused(told: str, tmp_path: Path) -> None:
    (tmp_path / "generation.json").write_text(told)
    order = asked.order(1, 0, Path(), (64, 64), "trame", {}, (None, []))
    with pytest.raises(DataRefused, match=r"« generation.json » : "):
        generation.generate(tmp_path, order)


def test_a_truth_whose_picture_is_gone_is_made_again(tmp_path: Path) -> None:
    order = asked.order(1, 0, Path(), (64, 64), "trame", {}, (None, []))
    for name in ("images/000000.jpg", "verites/000000.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"")
    assert generation._is_made(tmp_path, order, 0)
    (tmp_path / "images/000000.jpg").unlink()
    assert not generation._is_made(tmp_path, order, 0)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("[" * 100_000, "« publication.json » : JSON illisible"),
        (f'{{"version": 1, "scenes": {10**400}}}', "scenes : entier positif attendu"),
    ],
)
def test_an_absurd_reference_audit_is_refused(told: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "publication.json").write_text(told)
    with pytest.raises(DataRefused, match=reason):
        publication.read(tmp_path)


@pytest.mark.parametrize("alarms", [INFINITE, 10**400, NAN])
def test_false_alarms_without_end_are_refused(alarms: float) -> None:
    with pytest.raises(DataRefused, match="fppi : nombre de 0 à 1e"):
        publication.audited({"nom": "hog", "fppi": alarms}, "ici")
