"""SOS Ponts as the platform runs it: a small run, an inventory, the dashboard of a published run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.attempts import Attempt, Prepare, dashboard

FAILED = 3
NOTEBOOK = "notebooks/sosponts/execution.ipynb"
SMALL = {"ponts": ("int", 2000), "graine": ("int", 3)}


@pytest.fixture
def execution(prepare: Prepare, place: Path) -> Any:
    """``execution(text, …)``: the attempt that read this inventory, or none."""

    def run(text: str | bytes | None = None, **more: Any) -> Attempt:
        given: dict[str, Any] = SMALL | more
        if text is not None:
            path = place / "inventaire.csv"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            given["inventaire"] = ("fichier", str(path))
        attempt = prepare(defi="sosponts", notebook=NOTEBOOK, parameters=given)
        attempt.run()
        return attempt

    return run


INVENTORY = """\
pont_id;materiau;franchit;exposition;annee_construction;dernier_entretien;longueur_m;ouverture_m;classe
A1;maconnerie;eau;aucune;1880;2015;9,5;6;2
A2;beton_arme;eau;littoral;1955;;18;14;3U
A3;beton_arme;eau;littoral;;;18;14;
A4;granit;eau;aucune;1880;;9;6;
A5;bois;eau;aucune;1990;;0;6;
"""


def test_a_small_run_and_an_inventory(execution: Any) -> None:
    attempt = execution(INVENTORY, taux_rejet_max=("float", 0.5))
    told = attempt.metrics()
    assert told["kappa_majoritaire"] == 0
    assert told["kappa_age"] < told["kappa_bas"] < told["kappa"] < told["kappa_haut"]
    assert told["kappa"] < told["kappa_oracle"]
    assert (told["montpellier_ponts"], told["montpellier_notes"]) == (67, 32)
    assert (told["inventaire_ponts"], told["inventaire_lus"], told["inventaire_notes"]) == (3, 2, 2)
    assert told["inventaire_kappa"] is None
    assert attempt.json("result.json")["donnees_synthetiques"] is True
    assert all(row["donnees_synthetiques"] == "True" for row in attempt.table("evaluation.csv"))

    refused = {row["ligne"]: row["motif"] for row in attempt.table("rejets.csv")}
    assert set(refused) == {"5", "6"}
    assert "reçu « granit »" in refused["5"]
    assert "reçu « 0 » (inconnu : laisser vide)" in refused["6"]

    first, second, unread = attempt.table("inventaire.csv")
    assert float(first["p_grave"]) < float(second["p_grave"])
    assert sum(float(second[f"p_{name}"]) for name in ("1", "2", "2E", "3", "3U")) == pytest.approx(1)
    assert second["dernier_entretien"] == ""
    assert (unread["lecture"], unread["p_grave"]) == ("", "")
    assert unread["sans_lecture"] == "année de construction : inconnu"

    bridges = attempt.table("ponts.csv")
    assert "donnees_synthetiques" not in bridges[0]
    assert {row["appris_sur"] for row in bridges} == {"données synthétiques"}
    assert all(row["sans_lecture"] for row in bridges if not row["lecture"])
    assert sum(bool(row["lecture"]) for row in bridges) == told["montpellier_lus"] > 30


def test_what_is_no_inventory(execution: Any) -> None:
    attempt = execution("nom,etat\nPont Neuf,bon\n")
    assert attempt.code == FAILED
    assert "il manque pont_id, materiau ; colonnes lues : nom, etat" in attempt.failed()["message"]
    assert not (attempt.folder / "result.json").exists()
    attempt = execution(INVENTORY)
    assert attempt.code == FAILED
    assert "lignes refusées : 2 sur 5" in attempt.failed()["message"]


def test_the_dashboard_of_a_published_run(prepare: Prepare, execution: Any) -> None:
    ran = execution()
    ran.metrics()

    def page(**parameters: str) -> str:
        board = dashboard(prepare, "sosponts", ran, **parameters)
        assert board.code == 0, board.failed()
        return board.page()

    text = page()
    assert text.count("données synthétiques") > 3
    assert "lecture non évaluée" in text
    assert "67 ponts montrés sur 67" in text
    assert "Pont Juvénal" in text
    assert ">nan<" not in text
    assert "classe nan" not in text
    assert "largeur : 156,8, hors de l’appris" in text
    assert "32 notés sur l’échelle IQOA" in text
    filtered = page(echelle="iqoa", indice="3", modele="logit_cumulatif")
    assert "10 ponts montrés sur 67" in filtered
    assert "De plus près : Logit cumulatif" in filtered
    assert "Pont Jean Zuccarelli" not in filtered
    assert "Aucun pont n’a cet indice" in page(echelle="iqoa", indice="5")
