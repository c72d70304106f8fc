"""Champollion's executions as the platform runs them."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from support.attempts import Attempt, Prepare, dashboard

FAILED = 3
HEADER = (
    "contrat_id,siret,idcc,poste,salarie_id,nature,motif,date_debut,date_fin_prevue,date_fin,statut_fin,"
    "renouvellements"
)
SITE = "73282932000074"
LAWFUL = f"a,{SITE},,vendeur,s1,02,02,2023-03-06,2023-03-19,2023-03-19,2,0"
TOO_SOON = f"b,{SITE},,Vendeuse H/F,s2,02,02,2023-03-22,2023-03-24,2023-03-24,2,0"
MONTHS = (
    "norme,mois,siret,numero,salarie_id,poste,nature,motif,idcc,date_debut,date_fin_prevue,date_fin,motif_fin"
)
MONTH = f"2023.1,2023-03,{SITE},1,s1,vendeur,02,02,,2023-03-06,2023-03-19,2023-03-19,031"


@pytest.fixture
def controle(prepare: Prepare, place: Path) -> Any:
    """``controle(rows, …)``: the attempt that checked these rows; other files by the parameter's name."""

    def run(rows: list[str] | bytes, files: dict[str, str] | None = None, **parameters: Any) -> Attempt:
        path = place / "contrats.csv"
        text = rows if isinstance(rows, bytes) else "\n".join([HEADER, *rows, ""]).encode()
        path.write_bytes(text)
        given: dict[str, Any] = {"contrats": ("fichier", str(path))}
        for name, text in (files or {}).items():
            beside = place / f"{name}.csv"
            beside.write_text(text, encoding="utf-8")
            given[name] = ("fichier", str(beside))
        given |= {name: (type(value).__name__, value) for name, value in parameters.items()}
        if "au" in given:
            given["au"] = ("date", {"date": parameters["au"]})
        attempt = prepare(
            defi="champollion", notebook="notebooks/champollion/controle.ipynb", parameters=given
        )
        attempt.run()
        return attempt

    return run


def test_a_file_of_contracts(controle: Any) -> None:
    attempt = controle([LAWFUL, TOO_SOON])
    (alert,) = attempt.table("alertes.csv")
    assert {name: alert[name] for name in ("regle", "article", "siret", "poste", "contrat_id")} == {
        "regle": "carence", "article": "L1244-3-1", "siret": SITE, "poste": "Vendeuse H/F", "contrat_id": "b",
    }  # fmt: skip
    assert (alert["contrat_precedent_id"], alert["date"], alert["attendu"], alert["observe"]) == (
        "a", "2023-03-22", "5", "2",
    )  # fmt: skip
    assert alert["postes_fusionnes"] == "Vendeuse H/F | vendeur"
    (site,) = attempt.table("etablissements.csv")
    assert (site["siret"], site["alertes"], site["alertes_carence"]) == (SITE, "1", "1")
    assert attempt.table("rejets.csv") == []
    assert attempt.metrics()["alertes"] == 1
    everything = "".join(
        path.read_text(encoding="utf-8", errors="replace") for path in attempt.folder.glob("*.csv")
    )
    assert "s1" not in everything.replace("jours", "")


def test_wrong_rows_are_set_apart_and_the_rest_goes_on(controle: Any) -> None:
    wrong = [
        LAWFUL.replace("a,", "c,").replace("0074", "0075"),
        LAWFUL,
        TOO_SOON.replace("b,", "d,").replace("2023-03-24", "2023-03-21"),
        TOO_SOON.replace("b,", "e,").replace(",02,02,", ",02,42,"),
    ]
    rows = "\n".join([HEADER, LAWFUL, TOO_SOON, *wrong]).encode() + b"\nf,\xe9,,,,,,,,,,\n"
    attempt = controle(rows, taux_rejet_max=0.9)
    assert [(row["ligne"], row["motif"].split(",")[0]) for row in attempt.table("rejets.csv")] == [
        ("4", "siret : clé fausse"),
        ("5", "contrat_id : déjà déclaré ligne 2"),
        ("6", "date_fin : 2023-03-21 avant date_debut 2023-03-22"),
        ("7", "motif : code de 01 à 15 attendu"),
        ("8", "encodage : UTF-8 attendu"),
    ]
    assert attempt.metrics()["alertes"] == 1


def test_too_many_rejects_end_it(controle: Any) -> None:
    attempt = controle([LAWFUL, TOO_SOON.replace("0074", "0075")])
    assert attempt.code == FAILED
    assert "lignes refusées : 1 sur 2" in attempt.failed()["message"]
    assert not (attempt.folder / "result.json").exists()


@pytest.mark.parametrize(
    ("files", "parameters", "told"),
    [
        ({"accords": "idcc,texte,carence_longue\n16,Accord,4/3\n"}, {}, "carence_longue"),
        ({"licenciements": "siret,poste,date\n1,vendeur,2023-01-01\n"}, {}, "SIRET de 14 chiffres"),
        ({"ouvertures": f"siret,jours\n{SITE},lundredi\n"}, {}, "jours de la semaine"),
        ({}, {"jours_ouverture": ["lundredi"]}, "lundredi"),
    ],
)
def test_a_wrong_file_beside_it(
    controle: Any, files: dict[str, str], parameters: dict[str, Any], told: str
) -> None:
    attempt = controle([LAWFUL], files, **parameters)
    assert attempt.code == FAILED
    assert told in attempt.failed()["message"]


def test_declarations_then_the_check(prepare: Prepare, place: Path, controle: Any) -> None:
    months = place / "declarations.csv"
    rows = [
        MONTH,
        f"2023.1,2023-03,{SITE},2,s2,Vendeuse,02,02,,2023-03-22,2023-04-07,,",
        f"2023.1,2023-04,{SITE},2,s2,Vendeuse,02,02,,2023-03-22,2023-04-07,2023-04-07,031",
        f"1999.1,2023-04,{SITE},3,s3,Vendeuse,02,02,,2023-03-22,,,",
    ]
    months.write_text("\n".join([MONTHS, *rows, ""]), encoding="utf-8")
    told = prepare(
        defi="champollion",
        notebook="notebooks/champollion/declarations.ipynb",
        parameters={"declarations": ("fichier", str(months)), "taux_rejet_max": ("float", 0.5)},
    )
    told.run()
    assert told.metrics() == {"lignes": 4, "contrats": 2, "rejets": 1}
    (refused,) = told.table("rejets.csv")
    assert (refused["ligne"], refused["motif"][:34]) == ("5", "norme : version « 1999.1 » inconnu")
    attempt = controle((told.folder / "contrats.parquet").read_bytes())
    (alert,) = attempt.table("alertes.csv")
    assert (alert["regle"], alert["contrat_id"]) == ("carence", f"{SITE}-2-20230322")


def test_every_planted_abuse_is_found_and_nothing_else(prepare: Prepare) -> None:
    given = {"contrats": ("int", 4000), "graine": ("int", 5)}
    attempt = prepare(defi="champollion", notebook="notebooks/champollion/execution.ipynb", parameters=given)
    attempt.run()
    told = attempt.metrics()
    assert (told["rappel"], told["precision"]) == (1, 1)
    assert told["alertes"] > 50
    assert attempt.json("result.json")["donnees_synthetiques"] is True
    assert all(row["donnees_synthetiques"] == "True" for row in attempt.table("alertes.csv"))


def test_a_country_of_no_time_is_refused(prepare: Prepare) -> None:
    days = {"debut": ("date", {"date": "2024-01-01"}), "fin": ("date", {"date": "2023-01-01"})}
    attempt = prepare(defi="champollion", notebook="notebooks/champollion/execution.ipynb", parameters=days)
    assert attempt.run() == FAILED
    assert "debut, fin : du 2024-01-01 au 2023-01-01 reçu ; 365 jours" in attempt.failed()["message"]


def test_the_two_files_that_are_there_to_try(prepare: Prepare, controle: Any) -> None:
    """The commands of the guide: months to contracts, contracts to alerts; all of it made up."""
    folder = Path(__file__).resolve().parents[2] / "notebooks/champollion/donnees"
    told = prepare(
        defi="champollion",
        notebook="notebooks/champollion/declarations.ipynb",
        parameters={"declarations": ("fichier", str(folder / "declarations-exemple.csv"))},
    )
    told.run()
    assert (told.metrics()["lignes"], told.metrics()["rejets"]) == (128, 0)
    found = controle((told.folder / "contrats.parquet").read_bytes(), au="2025-06-30")
    assert found.metrics()["alertes"] > 0
    made_up = controle((folder / "base-fictive.csv").read_bytes(), profil="fictif", au="2022-12-31")
    assert made_up.json("result.json")["donnees_synthetiques"] is True
    assert made_up.metrics()["avertissements"] == 11


def test_what_fails_leaves_no_contracts(prepare: Prepare, place: Path) -> None:
    months = place / "mois.csv"
    months.write_text("\n".join([MONTHS, MONTH.replace("2023.1", "1999.1"), ""]), encoding="utf-8")
    told = prepare(
        defi="champollion",
        notebook="notebooks/champollion/declarations.ipynb",
        parameters={"declarations": ("fichier", str(months))},
    )
    assert told.run() == FAILED
    assert [path.name for path in told.folder.glob("*.parquet")] == []
    assert len(told.table("rejets.csv")) == 1


def shown(prepare: Prepare, ran: Attempt, **parameters: str) -> str:
    """The dashboard of what ``ran`` left, or why there is none."""
    board = dashboard(prepare, "champollion", ran, **parameters)
    return str(board.failed()["message"]) if board.code else board.page()


def spaced(siret: str) -> str:
    return "\u202f".join((siret[:3], siret[3:6], siret[6:9], siret[9:]))


def test_the_dashboard_of_a_published_run(prepare: Prepare) -> None:
    ran = prepare(
        defi="champollion",
        notebook="notebooks/champollion/execution.ipynb",
        parameters={"contrats": ("int", 4000), "graine": ("int", 5)},
    )
    ran.run()
    first = ran.table("etablissements.csv")[0]
    text = shown(prepare, ran)
    assert f"SIRET {spaced(first['siret'])}" in text
    assert f"SIRET {spaced(first['siret'])}" in shown(prepare, ran, siret=spaced(first["siret"]))
    assert text.count("données synthétiques") >= 2
    assert "non montré" in text
    assert "S00000" not in text
    # What is not there is told in the page, which shows what it would show without.
    text = shown(prepare, ran, siret="73282932000074")
    assert "Aucun établissement du SIRET « 73282932000074 » : le plus alerté est montré." in text
    assert f"SIRET {spaced(first['siret'])}" in text
    assert "Aucun établissement du département « 999 »" in shown(prepare, ran, departement="999")
    assert "Département" in shown(prepare, ran, departement=first["departement"])


@pytest.mark.parametrize("known", [True, False], ids=["with a directory", "without"])
def test_the_dashboard_of_a_file_of_contracts(prepare: Prepare, controle: Any, known: bool) -> None:
    directory = {"annuaire": f"siret;secteur;departement;effectif\n{SITE};Restauration;34;\n"}
    ran = controle([LAWFUL, TOO_SOON], directory if known else None, au="2023-06-01")
    assert ran.code == 0, ran.failed()
    text = shown(prepare, ran)
    assert f"SIRET {spaced(SITE)}" in text
    told = "Restauration, département 34." if known else "secteur, département et effectif non renseignés."
    assert told in text
    assert "du 06/03/2023 au 19/03/2023" in text
    # In the words above, whatever is shown; nowhere beside these contracts.
    assert text.count("données synthétiques") == 1


def test_the_headcount_by_nature(prepare: Prepare, controle: Any) -> None:
    """Open-ended contracts are judged by no rule, and stand beside the others."""
    cdi = LAWFUL.replace(",02,02,2023-03-06,2023-03-19,2023-03-19,2,0", ",01,,2022-05-02,,,,0")
    ran = controle(
        [cdi.replace("a,", "p,", 1), cdi.replace("a,", "q,", 1), LAWFUL, TOO_SOON], au="2023-06-01"
    )
    counts = ran.table("effectifs.csv")
    assert [(row["mois"], row["autres"]) for row in counts][::12] == [
        ("2022-06-01", "2"),
        ("2023-06-01", "2"),
    ]
    assert ran.metrics()["contrats_juges"] == 2
    text = shown(prepare, ran)
    assert "Autres (CDI…)" in text
    assert "03/2023 : 0 CDD, 0 missions, 2 autres" in text
    assert "Autres (CDI…)" not in shown(prepare, controle([LAWFUL], au="2023-06-01"))


def test_the_dashboard_where_there_is_little_to_show(prepare: Prepare, controle: Any) -> None:
    old = controle([LAWFUL], au="2026-06-01")
    assert "Aucun contrat des deux dernières années n’est dessiné" in shown(prepare, old)
    none = controle([LAWFUL.replace(",02,02,", ",01,,")], au="2026-06-01")
    assert "aucun contrat court n’y est jugé" in shown(prepare, none)


def test_the_score(prepare: Prepare) -> None:
    """As it is promised, at its usual size, on a seed that chose nothing."""
    given = {"graine": ("int", 3)}
    attempt = prepare(defi="champollion", notebook="notebooks/champollion/score.ipynb", parameters=given)
    attempt.run()
    told = attempt.metrics()
    assert told["part_du_lift_de_l_oracle"] >= 0.9
    assert told["erreur_de_calibration"] < 0.03
    assert abs(told["taux_corrige"] - told["taux_vrai"]) < abs(told["taux_naif"] - told["taux_vrai"]) / 3
    card, audit = attempt.json("carte.json"), attempt.json("audit.json")
    assert (card["usage"], card["donnees_synthetiques"], audit["donnees_synthetiques"]) == ("", True, True)
    assert card["detecteur"] in audit["detecteurs"]
    assert len(attempt.table("cas.csv")) == 200


@pytest.mark.parametrize("verite", ["annuelle", "rythme"])
def test_a_network_of_the_months_is_kept_only_where_it_is_better(verite: str, prepare: Prepare) -> None:
    given = {"contrats": ("int", 60_000), "graine": ("int", 4), "verite": ("str", verite)}
    attempt = prepare(
        defi="champollion", notebook="notebooks/champollion/sequence.ipynb", image="vision", parameters=given
    )
    attempt.run()
    rows = {row["mesure"]: row for row in attempt.table("comparaison.csv")}
    assert float(rows["perte"]["bas"]) <= float(rows["perte"]["ecart"]) <= float(rows["perte"]["haut"])
    better = float(rows["perte"]["haut"]) < 0 and float(rows["lift"]["ecart"]) >= 0
    kept = next(iter(attempt.json("audit.json")["detecteurs"])).startswith("sequence")
    assert kept == better == bool(attempt.metrics()["sequence_gardee"])
    # A network that had learnt nothing would lose far more.
    assert float(rows["auc"]["sequence"]) > 0.6
    assert abs(float(rows["perte"]["ecart"])) < 0.05


SAVED = """\
import tempfile
from pathlib import Path
import mlflow, numpy as np
from archipel import output
from archipel.defis.champollion.score import inspections, sequence, study, synthetic, tracked
from datetime import date
with tempfile.TemporaryDirectory() as folder:
    place = Path(folder)
    panel = synthetic.country(place / "pays", 4, 40_000)
    past = inspections.inspections(panel, 4, "rythme")
    rows, found, weight = study.lesson(panel, past, 12)
    learnt = sequence.learn(rows, found, weight, 0)
    again = sequence.fit(rows, found, weight, 0).predict_proba(rows)
    done = study.judge(panel, past, learnt, 0.05, 12, 0)
    tracked.written(done, rows, "sequence-0", date(2026, 1, 1), place / "modele")
    told = mlflow.pyfunc.load_model(str(place / "modele")).predict(rows[list(learnt.features)])
apart = float(np.abs(told[:, 1] - learnt.probability(rows)).max())
twice = float(np.abs(again - learnt.model.predict_proba(rows)).max())
output.attempt().result({"apart": (apart, "1"), "twice": (twice, "1")})"""


def test_a_network_that_is_kept_is_a_model_like_any(prepare: Prepare) -> None:
    attempt = prepare("import os", SAVED, image="vision")
    attempt.run()
    told = attempt.metrics()
    assert told["apart"] < 1e-6
    assert told["twice"] == 0


# MLflow's own, of how it looks at an example.
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning", "ignore:.*Any type hint:UserWarning")
def test_the_model_is_written_with_its_signature(tmp_path: Path) -> None:
    import mlflow
    import numpy as np

    from archipel.defis.champollion.score import fitting, inspections, study, synthetic, tracked

    panel = synthetic.country(tmp_path / "pays", 4, 40_000)
    done = study.study(panel, inspections.inspections(panel, 4), 0.05, 12, 0)
    tracked.written(done, panel.frame, "logistique-0", date(2026, 1, 1), tmp_path / "modele")
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "modele"))
    assert loaded.metadata.signature is not None
    rows = panel.frame.head(20)
    told = loaded.predict(rows[list(fitting.FEATURES)])
    assert np.allclose(told[:, 1], done.learnt.probability(rows))
    judged = json.loads((tmp_path / "modele/audit.json").read_text(encoding="utf-8"))["detecteurs"][
        "logistique-0"
    ]
    assert judged["sha256"] == hashlib.sha256((tmp_path / "modele/model.pkl").read_bytes()).hexdigest()


LESSON = """\
import numpy as np, pandas as pd
from sklearn.metrics import roc_auc_score
from archipel.defis.champollion.score import fitting, sequence
from archipel.defis.champollion.score.panel import YEAR, month_columns
draw = np.random.default_rng(0)
when = draw.integers(0, YEAR, 3000)
inputs = pd.DataFrame({name: np.zeros(3000) for name in (*fitting.FEATURES, *sequence.MONTHS)})
inputs = inputs.assign(secteur='commerce', departement='34')
inputs[list(month_columns('alertes'))] = np.eye(YEAR)[when]
found = (when >= YEAR - 2).astype(float)
half = np.arange(3000) < 1500
network = sequence.fit(inputs[half], found[half], np.ones(1500), 0)
told = network.predict_proba(inputs[~half])[:, 1]
from archipel import output
output.attempt().result({'auc': (float(roc_auc_score(found[~half], told)), '1')})"""


def test_the_network_reads_when_and_not_only_how_much(prepare: Prepare) -> None:
    """One alert in the year for everybody; there is something to find where it is of the last two months."""
    attempt = prepare(LESSON, image="vision")
    attempt.run()
    assert attempt.code == 0, attempt.failed()
    assert attempt.metrics()["auc"] > 0.95
