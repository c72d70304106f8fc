"""The scheduled run of TwinCity: scenes, detection, audit; and a training on scenes of its own."""

from __future__ import annotations

from typing import Any

from support.attempts import Attempt, Prepare
from support.source import ROOT

SHIPPED = ROOT / "notebooks" / "twincity" / "donnees" / "modele" / "yolo-fastest-1.1_body.cfg"


def finished(attempt: Attempt) -> dict[str, Any]:
    attempt.run()
    return attempt.metrics()


def test_scenes_are_made_looked_at_and_audited(prepare: Prepare) -> None:
    attempt = prepare(
        defi="twincity",
        notebook="notebooks/twincity/execution.ipynb",
        image="imaging",
        parameters={"nombre": ("int", 8), "detecteur": ("fichier", str(SHIPPED))},
    )
    told = finished(attempt)
    assert told["images"] == 8
    assert 0 < told["ap50"] < 1
    result = attempt.json("result.json")
    assert (result["donnees_synthetiques"], result["detecteur"]) == (True, SHIPPED.stem)
    assert result["detecteur_demande"] == SHIPPED.name
    # No seed was given: the day's.
    assert 20_260_101 < result["graine"] < 30_000_000
    audit = attempt.json("audit.json")
    assert audit["donnees_synthetiques"] is True
    assert set(audit["detecteurs"]) == {SHIPPED.stem}
    conclusion = (attempt.folder / "conclusion.md").read_text(encoding="utf-8")
    assert "Données synthétiques" in conclusion
    assert "ne peut pas être conclu" in conclusion
    assert {"planche.jpg", "ecarts.svg", "detections.json", "jeu/verite.json"} <= attempt.files()
    header, *rows = (attempt.folder / "ecarts.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith(
        "detecteur,condition,groupe_a,groupe_b,n_a,n_b,rappel_a,rappel_b,ecart,bas,haut,p,"
    )
    assert all(row.endswith("True") for row in rows)


def test_a_training_makes_its_own_scenes_when_it_is_given_none(prepare: Prepare) -> None:
    attempt = prepare(
        defi="twincity",
        notebook="notebooks/twincity/entrainement.ipynb",
        image="vision",
        parameters={
            "depart": ("enum", "yolo-fastest"),
            "scenes": ("int", 24),
            "pas": ("int", 3),
            "lot": ("int", 8),
        },
    )
    told = finished(attempt)
    assert told["ecart_onnx"] < 1e-4
    assert told["images_apprises"] + told["images_tenues"] == 24
