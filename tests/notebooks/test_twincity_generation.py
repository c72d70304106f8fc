"""The execution « generation » of TwinCity as the platform runs it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from support.attempts import Attempt, Prepare

FAILED = 3
SMALL = {"largeur": ("int", 256), "hauteur": ("int", 192)}


@pytest.fixture
def generate(prepare: Prepare) -> Any:
    def run(**parameters: tuple[str, Any]) -> Attempt:
        attempt = prepare(
            defi="twincity",
            notebook="notebooks/twincity/generation.ipynb",
            image="imaging",
            parameters=SMALL | parameters,
        )
        attempt.run()
        return attempt

    return run


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_a_set_says_that_it_is_synthetic_and_is_finished_to_the_same_pictures(generate: Any) -> None:
    attempt = generate(nombre=("int", 3))
    told = attempt.metrics()
    assert (told["images"], told["images_faites"]) == (3, 3)
    truth = attempt.json("jeu/verite.json")
    assert truth["info"]["donnees"] == "données synthétiques"
    assert attempt.json("result.json")["donnees_synthetiques"] is True
    assert {"planche.jpg", "jeu/personnes.parquet", "jeu/images/000002.jpg"} <= attempt.files()
    whole = digests(attempt.folder / "jeu" / "images")
    # As a kill leaves it: two pictures are done, the set is not gathered.
    for name in ("verite.json", "personnes.parquet", "verites/000001.json", "images/000001.jpg"):
        (attempt.folder / "jeu" / name).unlink()
    again = generate(nombre=("int", 3), reprise=("dossier", str(attempt.folder / "jeu")))
    assert again.metrics()["images_faites"] == 1
    assert digests(again.folder / "jeu" / "images") == whole
    assert again.json("jeu/verite.json") == truth


def test_one_attribute_of_one_person_takes_each_value(generate: Any) -> None:
    attempt = generate(
        nombre=("int", 1),
        echange=("enum", "monk"),
        valeurs=("list", ["1", "10"]),
        conditions=("dict", {"people": [3, 5], "hours": [[11, 15]]}),
    )
    assert attempt.metrics()["images"] == 2
    truth = attempt.json("jeu/verite.json")
    swapped = [one for one in truth["annotations"] if one["swapped"]]
    assert [one["monk"] for one in swapped] == [1, 10]
    assert len({one["person"] for one in swapped}) == 1
    assert {one["pair"] for one in truth["images"]} == {0}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"conditions": ("dict", {"peopl": [1, 2]})}, "conditions : « peopl » inconnue"),
        ({"conditions": ("dict", {"people": [0, 900]})}, "de 1 à 200 personnes"),
        ({"echange": ("enum", "monk")}, "echange et valeurs vont ensemble"),
    ],
)
def test_what_cannot_be_drawn_is_told(given: dict[str, Any], told: str, generate: Any) -> None:
    attempt = generate(nombre=("int", 1), **given)
    assert attempt.code == FAILED
    assert told in json.dumps(attempt.failed(), ensure_ascii=False)
