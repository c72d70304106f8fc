"""The execution « detection » of TwinCity as the platform runs it: figures on real pictures, refusals."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from support.attempts import Attempt, Prepare
from support.pennfudan import coco_truth
from support.realdata import real_data
from support.source import ROOT

SHIPPED = ROOT / "notebooks" / "twincity" / "donnees" / "modele" / "yolo-fastest-1.1_body.cfg"
FAILED = 3
NEAR = 0.005
FIGURES = {
    "yolo-fastest-1.1.cfg": (0.476, 0.915, 0.197),
    "yolo-fastest-1.1-xl.cfg": (0.538, 0.944, 0.161),
    "yolo-fastest-1.1_body.cfg": (0.590, 0.953, 0.145),
    "FastestDet.onnx": (0.622, 0.930, 0.218),
    "hog": (0.128, 0.452, 0.763),
}
"""AP, AP50 and log-average miss rate on the 85 pictures."""

Detect = Callable[..., Attempt]


@pytest.fixture
def detect(prepare: Prepare) -> Detect:
    """``detect(folder, detector, …)``: the attempt that ran."""

    def run(images: Path, detector: Path | str, **parameters: Any) -> Attempt:
        kinds = {"seuil": "float", "taux_rejet_max": "float", "verite": "fichier"}
        word = isinstance(detector, str)
        given = {
            "images": ("dossier", str(images)),
            "detecteur": ("str" if word else "fichier", str(detector)),
        }
        given |= {name: (kinds[name], value) for name, value in parameters.items()}
        attempt = prepare(
            defi="twincity", notebook="notebooks/twincity/detection.ipynb", image="imaging", parameters=given
        )
        attempt.run()
        return attempt

    return run


@pytest.fixture
def street(place: Path) -> Path:
    """Two pictures of nobody, drawn here."""
    folder = place / "images"
    folder.mkdir()
    for at in (1, 2):
        picture = Image.new("RGB", (200 * at, 160), "#a0a8b0")
        ImageDraw.Draw(picture).rectangle((0, 100, 200 * at, 160), fill="#606060")
        picture.save(folder / f"rue-{at}.png")
    return folder


def refusal(attempt: Attempt) -> str:
    assert attempt.code == FAILED
    failed = attempt.failed()
    assert failed["error"] == "DataRefused", failed
    assert not {"result.json", "detections.json"} & attempt.files()
    return str(failed["message"])


@pytest.mark.parametrize("name", FIGURES)
def test_figures_on_real_pictures(name: str, detect: Detect, place: Path) -> None:
    pictures, models = real_data("penn-fudan"), real_data("detectors")
    truth = place / "verite.json"
    truth.write_text(json.dumps(coco_truth(pictures)), encoding="utf-8")
    detector = models / name if "." in name else name
    attempt = detect(pictures / "PNGImages", detector, verite=str(truth))
    told = attempt.metrics()
    assert told["images"] == 85
    near = 2 * NEAR if name.startswith("hog") else NEAR
    assert [told["ap"], told["ap50"], told["lamr"]] == pytest.approx(FIGURES[name], abs=near)
    found = attempt.json("detections.json")
    assert len(found) == told["detections"]
    assert {one["category_id"] for one in found} == {1}
    with Image.open(attempt.folder / "planche.jpg") as sheet:
        assert sheet.width > 1000


def test_results_without_a_truth(detect: Detect, street: Path) -> None:
    attempt = detect(street, SHIPPED, seuil=0.3)
    told = attempt.metrics()
    assert told["images"] == 2
    assert "ap" not in told
    with (attempt.folder / "images.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["image_id"], row["fichier"], row["largeur"]) for row in rows] == [
        ("0", "rue-1.png", "200"),
        ("1", "rue-2.png", "400"),
    ]
    assert all(one["score"] >= 0.3 for one in attempt.json("detections.json"))


def test_results_on_synthetic_pictures_say_so(detect: Detect, street: Path, place: Path) -> None:
    names = ["rue-1.png", "rue-2.png"]
    truth = {
        "images": [
            {"id": at, "file_name": name, "donnees": "données synthétiques"}
            for at, name in enumerate(names, 1)
        ],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 60]}],
        "categories": [{"id": 1, "name": "personne"}],
    }
    path = place / "verite.json"
    path.write_text(json.dumps(truth), encoding="utf-8")
    attempt = detect(street, SHIPPED, verite=str(path))
    assert attempt.json("result.json")["donnees_synthetiques"] is True
    header = (attempt.folder / "images.csv").read_text(encoding="utf-8").split("\n")[0]
    assert header.endswith(",donnees_synthetiques")


def test_a_truncated_picture_is_told(detect: Detect, street: Path) -> None:
    whole = (street / "rue-2.png").read_bytes()
    (street / "rue-2.png").write_bytes(whole[: len(whole) // 2])
    attempt = detect(street, SHIPPED)
    assert "« rue-2.png » : image tronquée ou abîmée" in refusal(attempt)
    assert "rejets.csv" in attempt.files()
    assert detect(street, SHIPPED, taux_rejet_max=0.5).metrics()["images"] == 1


def test_a_truth_without_its_images_is_told(detect: Detect, street: Path, place: Path) -> None:
    named = ["rue-1.png", "rue-2.png", "absente.png"]
    truth = {
        "images": [{"id": at, "file_name": name} for at, name in enumerate(named, 1)],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 60]}],
        "categories": [{"id": 1, "name": "personne"}],
    }
    path = place / "verite.json"
    path.write_text(json.dumps(truth), encoding="utf-8")
    told = refusal(detect(street, SHIPPED, verite=str(path)))
    assert "1 image(s) de la vérité sur 3" in told
    assert "« absente.png »" in told


def test_a_truth_of_other_classes_is_told(detect: Detect, street: Path, place: Path) -> None:
    truth = {
        "images": [{"id": 1, "file_name": "rue-1.png"}],
        "annotations": [],
        "categories": [{"id": 1, "name": "vélo"}, {"id": 2, "name": "chien"}],
    }
    path = place / "verite.json"
    path.write_text(json.dumps(truth), encoding="utf-8")
    told = refusal(detect(street, SHIPPED, verite=str(path)))
    assert "aucune classe de la vérité (vélo, chien) parmi les siennes (person)" in told


def test_an_empty_folder_is_told(detect: Detect, place: Path) -> None:
    (place / "vide").mkdir()
    assert "« vide » : aucune image" in refusal(detect(place / "vide", SHIPPED))


def test_weights_that_do_not_fit_are_told(detect: Detect, street: Path, place: Path) -> None:
    path = shutil.copy(SHIPPED, place / "reseau.cfg")
    (place / "reseau.weights").write_bytes(SHIPPED.with_suffix(".weights").read_bytes()[:-400])
    assert "ces deux fichiers ne vont pas ensemble" in refusal(detect(street, Path(path)))


def test_another_layout_of_outputs_is_told(detect: Detect, street: Path, place: Path) -> None:
    path = place / "classement.onnx"
    path.write_bytes(mean_network())
    told = refusal(detect(street, path))
    assert "sortie inconnue, reçu moyenne (1, 3, 1, 1)" in told
    assert "lignes : (1, n, 5 + classes)" in told


def test_what_is_no_model_is_told(detect: Detect, street: Path, place: Path) -> None:
    (place / "faux.onnx").write_bytes(b"ceci n'est pas un modele")
    assert "« faux.onnx » : modèle ONNX illisible" in refusal(detect(street, place / "faux.onnx"))


def mean_network() -> bytes:
    """An ONNX file of one node, the mean of each colour, written field by field: protobuf's wire format."""

    def field(number: int, data: bytes | int) -> bytes:
        if isinstance(data, int):
            return bytes([number << 3, data])
        return bytes([number << 3 | 2, len(data)]) + data

    def tensor(name: bytes, *shape: int) -> bytes:
        sizes = b"".join(field(1, field(1, size)) for size in shape)
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, sizes)))

    node = field(1, b"image") + field(2, b"moyenne") + field(4, b"GlobalAveragePool")
    graph = field(1, node) + field(2, b"g") + field(11, tensor(b"image", 1, 3, 64, 64))
    graph += field(12, tensor(b"moyenne", 1, 3, 1, 1))
    return field(1, 8) + field(7, graph) + field(8, field(1, b"") + field(2, 13))
