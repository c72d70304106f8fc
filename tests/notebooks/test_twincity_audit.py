"""The execution « audit » of TwinCity as the platform runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.attempts import Attempt, Prepare
from support.auditsets import street, with_twins

FAILED = 3
COUNTS = """\
detecteur,condition,groupe,n,detectes
YOLOX,teint,clair,2724,2504
YOLOX,teint,fonce,789,483
CSP,teint,clair,2724,1052
CSP,teint,fonce,789,278
CSP,age,adulte,40,30
CSP,age,enfant,0,0
"""


@pytest.fixture
def audit(prepare: Prepare, place: Path) -> Any:
    """``audit(files, …)``: the attempt that ran on these files' contents, by parameter."""

    def run(files: dict[str, Any], **parameters: Any) -> Attempt:
        given = {}
        for name, value in files.items():
            path = place / f"{name}.{'csv' if isinstance(value, str) else 'json'}"
            path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
            given[name] = ("fichier", str(path))
        given |= {name: (type(value).__name__, value) for name, value in parameters.items()}
        attempt = prepare(defi="twincity", notebook="notebooks/twincity/audit.ipynb", parameters=given)
        attempt.run()
        return attempt

    return run


def test_counts_alone_are_enough(audit: Any) -> None:
    attempt = audit({"comptes": COUNTS})
    told = attempt.metrics()
    assert (told["detecteurs"], told["comparaisons"], told["ecarts_etablis"]) == (2, 2, 1)
    rows = attempt.table("ecarts.csv")
    assert ",".join(rows[0]) == (
        "detecteur,condition,groupe_a,groupe_b,n_a,n_b,rappel_a,rappel_b,ecart,bas,haut,p,p_holm"
    )
    assert [row["detecteur"] for row in rows] == ["YOLOX", "CSP", "CSP"]
    assert float(rows[0]["ecart"]) == pytest.approx(0.30707, abs=1e-5)
    empty = rows[2]
    assert (empty["n_b"], empty["rappel_b"], empty["ecart"], empty["p_holm"]) == ("0", "", "", "")
    (missing,) = attempt.table("non_calculables.csv")
    assert missing["motif"] == "aucune personne dans « enfant »"
    written = attempt.json("audit.json")
    assert written["version"] == 1
    assert written["donnees_synthetiques"] is False
    assert set(written["detecteurs"]) == {"YOLOX", "CSP"}
    text = (attempt.folder / "conclusion.md").read_text(encoding="utf-8")
    assert "l’absence de preuve n’est pas une preuve d’absence" in text
    assert "synthétiques" not in text
    assert {
        "ecarts.svg",
        "ecarts.parquet",
        "puissance.csv",
        "rapport.html",
        "manifest.json",
    } <= attempt.files()


def test_a_truth_with_attributes(audit: Any) -> None:
    def recall(person: dict[str, Any], _image: dict[str, Any]) -> float:
        return 0.9 - 0.3 * (person["monk"] == 10)

    truth, found = street(1, recall, images=60)
    with_twins(truth, found, 2, recall)
    attempt = audit({"verite": truth, "detections": found}, detecteur="essai", seuil=0.5, synthetiques=True)
    told = attempt.metrics()
    assert told["paires_comparees"] == 1
    assert 0.8 < told["rappel"] < 1
    (pair,) = attempt.table("paires.csv")
    assert (pair["paires"], pair["groupe_b"], pair["test"]) == ("60", "Monk 10", "McNemar exact")
    conditions = {row["condition"] for row in attempt.table("conditions.csv")}
    assert {"ensemble", "heure", "nuit", "meteo", "inclinaison", "teint", "age", "corpulence"} <= conditions
    written = attempt.json("audit.json")
    assert written["donnees_synthetiques"] is True
    assert written["detecteurs"]["essai"]["fppi"] == told["fppi"]
    assert all(row["donnees_synthetiques"] == "True" for row in attempt.table("ecarts.csv"))
    assert "Données synthétiques" in (attempt.folder / "conclusion.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "donner « comptes » seul, ou « verite » et « detections » ensemble ; reçu : aucun des trois"),
        ({"comptes": COUNTS, "verite": {}}, "reçu : comptes, verite"),
        ({"comptes": COUNTS + "CSP,age,autre,3,4\n"}, "n° 8 : detectes : au plus n = 3 attendu, reçu 4"),
    ],
)
def test_refused(files: dict[str, Any], reason: str, audit: Any) -> None:
    attempt = audit(files)
    assert attempt.code == FAILED
    assert attempt.failed()["error"] == "DataRefused"
    assert reason in attempt.failed()["message"]
    assert "result.json" not in attempt.files()
