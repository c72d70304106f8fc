"""A published run made of known boxes, and the reference audit of two detectors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from archipel.defis.twincity import curves, evaluation
from archipel.defis.twincity.audit import document
from archipel.defis.twincity.audit import run as audits
from archipel.defis.twincity.tableau import published, writing
from archipel.defis.twincity.tableau.published import Published
from archipel.output import Output
from support import auditsets

Leave = Callable[..., Path]
IMAGES = 60


def told(folder: Path, detector: str, weather: str, *, twins: bool = False, dark: float = 0.7) -> None:
    """What an execution leaves in ``folder``; persons of tone 10 are found with the chance ``dark``."""

    def recall(person: dict[str, Any], _image: dict[str, Any]) -> float:
        return dark if person["monk"] == 10 else 0.7

    truth, found = auditsets.street(3, recall, images=IMAGES, alarms=0.12)
    if twins:
        auditsets.with_twins(truth, found, 4, recall)
    for at, row in enumerate(truth["images"]):
        row |= {"pitch": row["pitch_deg"], "donnees": "données synthétiques"}
        row["weather"] = weather if weather and at % 3 == 0 else row["weather"]
    out = Output(folder, synthetic=True)
    out.json("jeu/verite.json", truth)
    out.json("detections.json", found)
    (folder / "jeu" / "images").mkdir()
    grey = Image.fromarray(np.full((auditsets.SIZE, auditsets.SIZE, 3), 128, dtype=np.uint8))
    for row in truth["images"]:
        grey.save(folder / "jeu" / "images" / row["file_name"])
    files = str(folder / "jeu/verite.json"), str(folder / "detections.json")
    audit = audits.audit(audits.read(None, *files, detector, None).accept(0.0), None, 0, times=400)
    for name in ("ecarts", "puissance", "conditions", "paires"):
        out.table(name, audit.tables[name])
    out.table("courbes", curves.curve_table(evaluation.read(*files)))
    out.json("audit.json", document.document(audit, None, synthetic=True))
    out.result(document.measures(audit, 0), detecteur=detector)


@pytest.fixture(scope="session")
def leave(tmp_path_factory: pytest.TempPathFactory) -> Leave:
    """``leave("hog")``: the folder of a run of that detector, made once."""
    made: dict[str, Path] = {}

    def of(detector: str = "hog", weather: str = "", **more: Any) -> Path:
        key = json.dumps([detector, weather, more])
        if key not in made:
            made[key] = tmp_path_factory.mktemp("run")
            told(made[key], detector, weather, **more)
        return made[key]

    return of


@pytest.fixture(scope="session")
def run(leave: Leave) -> Published:
    return published.read(leave())


@pytest.fixture(scope="session")
def reference(leave: Leave, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a reference audit: one detector that finds tone 10 as well, one that does not."""
    folder = tmp_path_factory.mktemp("reference") / "publication"
    rows = [("hog", 0.7), ("hog-rapide", 0.1)]
    sources = [
        writing.Source(
            name,
            "essai",
            leave(name, dark=dark),
            leave(name, dark=dark) / "courbes.parquet",
            leave(name, dark=dark, twins=True),
        )
        for name, dark in rows
    ]
    writing.write(folder, sources, date="2026-11-26")
    return folder
