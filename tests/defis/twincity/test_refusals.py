"""What cannot be evaluated is refused in words that name what was received, and where."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from archipel.defis.twincity import evaluation
from archipel.defis.twincity.refusal import DataRefused

IMAGE = {"id": 7, "width": 100, "height": 100, "file_name": "a.png"}
PERSON = {"id": 1, "name": "personne"}
TRUE = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 10, 20, 40]}
FOUND = {"image_id": 7, "category_id": 1, "bbox": [10, 10, 20, 40], "score": 0.9}


def truth(*annotations: Any, **more: Any) -> dict[str, Any]:
    return {"images": [IMAGE], "annotations": list(annotations), "categories": [PERSON], **more}


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def given(true: Any, found: Any, **more: Any) -> evaluation.Sets:
        paths = []
        for name, value in (("verite.json", true), ("detections.json", found)):
            paths.append(tmp_path / name)
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            paths[-1].write_bytes(data)
        return evaluation.read(str(paths[0]), str(paths[1]), **more).accept(0.0)

    return given


@pytest.mark.parametrize(
    ("true", "found", "reason"),
    [
        (truth(), [FOUND], "ensemble vide, aucune boîte à trouver"),
        (truth(images=[]), [FOUND], "ensemble vide, aucune image"),
        ({"annotations": [], "categories": []}, [], "vérité COCO attendue .* images, annotations"),
        ([TRUE], [FOUND], "vérité COCO attendue"),
        (truth(images=[{"file_name": "a.png"}]), [], "images n° 1 : « id » attendu"),
        (truth(images=[IMAGE, IMAGE]), [], "images n° 2 : « id » 7 donné deux fois"),
        (truth({**TRUE, "bbox": [10, 10, -20, 40]}), [], "positives attendues, reçu -20 × 40"),
        (truth({**TRUE, "bbox": [100, 10, 20, 40]}), [], "hors de son image \\(100 × 100 pixels\\)"),
        (truth({**TRUE, "bbox": [10, 10, 20]}), [], "\\[x, y, largeur, hauteur\\] attendu"),
        (truth({**TRUE, "bbox": [10, 10, 20, "40"]}), [], "nombre attendu, reçu '40'"),
        (truth({**TRUE, "bbox": [10, 10, 20, float("nan")]}), [], "nombre attendu, reçu nan"),
        (truth({**TRUE, "bbox": [10, 10, 20, 10**400]}), [], "nombre attendu, reçu 1000"),
        (truth({**TRUE, "image_id": 8}), [], "image_id : 8 n’est pas une image de la vérité"),
        (truth({**TRUE, "image_id": [7]}), [], "image_id : identifiant attendu, reçu \\[7\\]"),
        (truth({**TRUE, "category_id": 3}), [], "category_id : 3 n’est pas dans « categories »"),
        (truth({**TRUE, "iscrowd": 2}), [], "iscrowd : 0 ou 1 attendu, reçu 2"),
        (truth({**TRUE, "iscrowd": [1]}), [], "iscrowd : 0 ou 1 attendu"),
        (truth("boîte"), [], "groupe JSON attendu, reçu 'boîte'"),
        (truth(TRUE), {"annotations": []}, "liste de résultats COCO attendue"),
        (truth(TRUE), [{**FOUND, "score": None}], "« detections.json » : .* score : nombre attendu"),
        (truth(TRUE), [{**FOUND, "image_id": 9}], "n° 1 : image_id : 9 n’est pas une image"),
        (truth(TRUE), [{**FOUND, "category_id": 15}], "aucune détection .*1 \\(personne\\).* reçu : 15"),
        (truth(TRUE), b"[{", "« detections.json » : JSON illisible, ligne 1"),
        (truth(TRUE), b"[" * 100_000, "JSON illisible"),
        (truth(TRUE), b"[\xff]", "texte UTF-8 attendu"),
        (gzip.compress(b"{}" * 5000)[:40], [FOUND], "illisible ou tronqué"),
        (truth(TRUE), b"1,-1,0,0,10,10,0.9", "du même format attendues, reçu « verite.json » \\(COCO\\)"),
    ],
)  # fmt: skip
def test_refused(true: Any, found: Any, reason: str, read: Any) -> None:
    with pytest.raises(DataRefused, match=reason):
        read(true, found)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="« rien\\.json » : fichier introuvable"):
        evaluation.read(str(tmp_path / "rien.json"), str(tmp_path / "rien.json"))


def test_a_detector_of_more_classes_is_judged_on_those_of_the_truth(read: Any) -> None:
    sets = read(truth(TRUE), [FOUND, {**FOUND, "category_id": 15}])
    figures = evaluation.figures(sets)
    assert figures["ap"][0] == pytest.approx(1)
    assert figures["detections_autres_classes"][0] == 1


@pytest.mark.parametrize("wanted", ["1", "personne"])
def test_one_class_is_named_by_number_or_name(wanted: str, read: Any) -> None:
    two = truth(TRUE, {**TRUE, "category_id": 2}, categories=[PERSON, {"id": 2, "name": "vélo"}])
    both, one = read(two, [FOUND]), read(two, [FOUND], category=wanted)
    assert evaluation.figures(both)["ap"][0] == pytest.approx(0.5)
    assert evaluation.figures(one)["ap"][0] == pytest.approx(1)
    with pytest.raises(DataRefused, match=r"« chien » n’est pas une classe .* 1 \(personne\), 2 \(vélo\)"):
        read(two, [FOUND], category="chien")
