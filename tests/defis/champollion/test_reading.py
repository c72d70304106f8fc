"""What is read, what is refused with its line, what is counted once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from archipel.defis.champollion import control
from archipel.defis.champollion.reading import agreements, contracts, directory, dismissals, openings, siret
from archipel.defis.champollion.reading.titles import merged
from archipel.defis.champollion.refusal import DataRefused
from support.source import ROOT

from .conftest import OTHER_SITE, SITE, row, write


def reasons(path: Path) -> dict[int, str]:
    return {one["ligne"]: one["motif"] for one in contracts.read(path).rejects}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"contrat_id": ""}, "contrat_id : vide"),
        ({"siret": "73282932000075"}, "siret : clé fausse, reçu « 73282932000075 »"),
        ({"siret": "7328293200007"}, "siret : 14 chiffres attendus, reçu « 7328293200007 »"),
        ({"poste": " "}, "poste : vide"),
        ({"nature": "CDD"}, "nature : code de deux caractères attendu, reçu « CDD »"),
        ({"motif": "16"}, "motif : code de 01 à 15 attendu, reçu « 16 »"),
        ({"motif": "00"}, "motif : code de 01 à 15 attendu, reçu « 00 »"),
        ({"date_debut": ""}, "date_debut : vide"),
        ({"date_debut": "2023-02-30"}, "date_debut : date AAAA-MM-JJ attendue, reçu « 2023-02-30 »"),
        ({"date_debut": "1023-01-02"}, "date_debut : entre 1950-01-01 et 2100-12-31, reçu 1023-01-02"),
        ({"date_fin": "9999-12-31"}, "date_fin : entre 1950-01-01 et 2100-12-31, reçu 9999-12-31"),
        ({"date_fin": "2023-01-01"}, "date_fin : 2023-01-01 avant date_debut 2023-01-02"),
        ({"date_fin_prevue": "2023-01-01"}, "date_fin_prevue : 2023-01-01 avant date_debut 2023-01-02"),
        ({"statut_fin": "3"}, "statut_fin : 1 ou 2 attendu, reçu « 3 »"),
        ({"renouvellements": "-1"}, "renouvellements : entier de 0 à 99 attendu, reçu « -1 »"),
        ({"renouvellements": "1.5"}, "renouvellements : entier de 0 à 99 attendu, reçu « 1.5 »"),
        ({"motif_fin": "abc"}, "motif_fin : code de trois chiffres attendu, reçu « abc »"),
    ],
)
def test_a_wrong_row_and_its_reason(tmp_path: Path, change: dict[str, str], told: str) -> None:
    good = row("a", "2023-01-02", "2023-01-31")
    path = write(tmp_path / "c.csv", [good, {**row("b", "2023-01-02", "2023-01-31"), **change}])
    assert reasons(path) == {3: told}


def test_what_is_accepted_beside(tmp_path: Path) -> None:
    """Codes without their zero, French dates, spaces in a SIRET, no person, no IDCC; the key of La Poste."""
    path = write(
        tmp_path / "c.csv",
        [
            row("a", "02/01/2023", "31/01/2023", nature="2", motif="2", siret="732 829 320 00074"),
            row("b", "2023-01-02", "2023-01-31", siret="35600000049837"),
            row("c", "2023-01-02", "", nature="0A", motif="", statut_fin="", renouvellements=""),
        ],
    )
    read = contracts.read(path)
    assert read.rejects == []
    assert read.con.execute(
        "SELECT contrat_id, nature, motif, debut FROM contrats ORDER BY 1"
    ).fetchall() == [
        ("a", "02", "02", 19359),
        ("b", "02", "02", 19359),
    ]


def test_a_contract_declared_twice(tmp_path: Path) -> None:
    """The same name is refused; the same contract under two names, by agency and user, is counted once."""
    once = row("a", "2023-01-02", "2023-01-31", nature="03", salarie_id="s1")
    path = write(tmp_path / "c.csv", [once, once, {**once, "contrat_id": "b", "poste": "Vendeuse"}])
    read = contracts.read(path)
    assert read.rejects == [{"ligne": 3, "motif": "contrat_id : déjà déclaré ligne 2"}]
    assert read.warnings == [{"ligne": 4, "motif": "contrat déjà déclaré sous le nom a : compté une fois"}]
    assert read.con.execute("SELECT count(*) FROM contrats").fetchall() == [(1,)]
    nobody = [{**once, "salarie_id": ""}, {**once, "salarie_id": "", "contrat_id": "b"}]
    read = contracts.read(write(tmp_path / "d.csv", nobody))
    assert (read.warnings, read.con.execute("SELECT count(*) FROM contrats").fetchall()) == ([], [(2,)])


def test_a_made_up_base_is_warned_of(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", [row("a", "2023-01-02", "2023-01-31", siret="12345678912345")])
    read = contracts.read(path, "fictif")
    assert read.rejects == []
    assert read.warnings == [{"ligne": 2, "motif": "siret : clé fausse (12345678912345)"}]


def test_what_begins_outside_of_what_is_judged_is_told(tmp_path: Path) -> None:
    rows = [row("a", "2007-01-01", "2007-01-31"), row("b", "2023-01-02", "2023-01-31")]
    read = contracts.read(write(tmp_path / "c.csv", rows))
    for _again in range(2):
        told = control.check(read, control.Asked(date(2008, 5, 2)))
        assert (told.establishments.empty, told.counts["contrats_juges"][0]) == (True, 0)
    assert [one["motif"] for one in read.warnings] == [
        "contrats non jugés : 1, qui commencent après le 02/05/2008 (au)",
        "contrats non jugés : 1, qui commencent avant le 01/05/2008 (autre numérotation du code)",
    ]


def test_the_fictitious_base_of_visudsn() -> None:
    """Its ten missions stand at the agency and at the user's; every SIRET has a wrong key."""
    path = ROOT / "notebooks/champollion/donnees/base-fictive.csv"
    assert len(contracts.read(path).rejects) == 35
    read = contracts.read(path, "fictif")
    assert (read.total, read.rejects) == (35, [])
    told = [one["motif"].split(" :")[0].split(" sous")[0] for one in read.warnings]
    assert (told.count("siret"), told.count("contrat déjà déclaré")) == (1, 10)
    kept = "SELECT count(*), count(DISTINCT siret) FROM contrats"
    assert read.con.execute(kept).fetchall() == [(20, 1)]
    found = control.check(read, control.Asked(date(2022, 12, 31))).alerts
    waited = found[found["regle"] == "carence"]
    names = ["contrat_id", "contrat_precedent_id", "attendu", "observe"]
    # 46 runs from February 2021 to 2 May 2022, over 45 and 48; 6 June 2022 is Whit Monday.
    assert sorted(waited[names].itertuples(index=False, name=None)) == [
        ("33", "44", "67", "32"), ("35", "44", "67", "11"), ("37", "33", "37", "6"), ("39", "44", "67", "32"),
        ("43", "46", "147", "41"), ("45", "48", "10", "0"), ("47", "46", "147", "31"),
    ]  # fmt: skip
    assert set(found["regle"]) == {"carence", "terme"}


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    rows = [row("a", "2023-03-06", "2023-03-19"), row("b", "2023-03-20", "2023-03-21"), row("c", "", "")]
    table = {name: [one.get(name, "") for one in rows] for name in contracts.COLUMNS}
    table |= {
        name: pa.array([date.fromisoformat(day) if day else None for day in table[name]], pa.date32())
        for name in ("date_debut", "date_fin_prevue", "date_fin")
    }
    table["renouvellements"] = pa.array([0, 0, 0])
    pq.write_table(pa.table(table), tmp_path / "c.parquet")
    asked = control.Asked(date(2026, 1, 1))
    reads = [contracts.read(tmp_path / "c.parquet"), contracts.read(write(tmp_path / "c.csv", rows))]
    assert [one.rejects[0]["motif"] for one in reads] == ["date_debut : vide"] * 2
    first, second = (control.check(one, asked).alerts for one in reads)
    assert len(first) == 1
    assert first.equals(second)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "fichier vide"),
        (b"contrat_id,siret\n", "il manque idcc, poste"),
        (",".join(contracts.COLUMNS).encode() + b"\n", "aucune ligne sous l"),
        (",".join((*contracts.COLUMNS, "siret")).encode() + b"\n", "siret y est deux fois"),
        ("contrat_id".encode("utf-16"), "octet nul"),
        (b"PAR1 and no more", "Parquet illisible"),
    ],
)
def test_a_file_of_another_form(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(content)
    with pytest.raises(DataRefused, match=told):
        contracts.read(path)


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """A title over two lines, a line cut short, a line in another encoding."""
    good = write(tmp_path / "c.csv", [row("a", "2023-01-02", "2023-01-31")]).read_bytes()
    head, body = good.split(b"\r\n")[:2]
    path = tmp_path / "d.csv"
    split = body.replace(b"a,", b"b,").replace(b"vendeur", b'"ven\ndeur"')
    path.write_bytes(b"\n".join([head, body, split, b"c,1,2", body.replace(b"vendeur", b"vend\xe9e"), b""]))
    assert reasons(path) == {5: "12 colonnes attendues, 3 lues", 6: "encodage : UTF-8 attendu"}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("VENDEUSE (H/F)", "vendeur"), ("vendeur/vendeuse", "vendeur"), ("Vend. H/F", "vendeur"),
        ("Employé(e) polyvalent(e)", "employe polyvalent"), ("Employée polyvalente", "employe polyvalent"),
        ("Préparatrice de cdes", "preparateur de commande"), ("agent entretien", "agent d entretien"),
        ("Infirmière", "infirmier"), ("Chargé·e de mission", "charge de mission"), ("Poste 1", "poste 1"),
        ("Matières premières", "matieres premier"), ("A", "a"), ("H/F", "h f"),
    ],
)  # fmt: skip
def test_titles_merged(typed: str, name: str) -> None:
    assert merged(typed) == name


def test_keys() -> None:
    numbers = np.array([73282932000074, 73282932000075, 35600000049837, 35600000049838])
    assert siret.valid(numbers).tolist() == [True, False, True, False]
    assert siret.siren_with_key(np.array([73282932])).tolist() == [732829320]
    assert siret.valid(siret.with_key(np.array([732829320] * 9), np.arange(9))).all()


Reader = Callable[[Path], object]


@pytest.mark.parametrize(
    ("reader", "content", "told"),
    [
        (agreements.read, "idcc\n16\n", "colonnes idcc, texte"),
        (agreements.read, "idcc,texte\n", "aucune ligne"),
        (agreements.read, "idcc,texte\nx,A\n", "ligne 2 : idcc"),
        (agreements.read, "idcc,texte,mois_max\n16,A,0\n", "ligne 2 : mois_max : entier de 1 à 120"),
        (agreements.read, "idcc,texte,carence_longue\n16,A,4/3\n", "carence_longue : fraction"),
        (agreements.read, "idcc,texte,carence_motifs_exclus\n16,A,99\n", "codes de 01 à 15"),
        (agreements.read, "idcc,texte,du,au\n16,A,2020-01-01,2019-01-01\n", "au : date à partir"),
        (agreements.read, "idcc,texte\n16,A\n0016,B\n", "ligne 3 : deux accords de la convention 16"),
        (agreements.read, "idcc,texte,nature\n16,A,01\n", "nature : 02, 03 ou rien"),
        (
            lambda path: dismissals.read(path, {}),
            "siret,poste,date\n1,a,2020-01-01\n",
            "SIRET de 14 chiffres",
        ),
        (lambda path: dismissals.read(path, {}), f"siret,poste,date\n{SITE},a,2020\n", "date AAAA-MM-JJ"),
        (lambda path: dismissals.read(path, {}), f"siret,poste,date\n{SITE},,2020-01-01\n", "intitulé"),
        (
            lambda path: openings.read(path, openings.Opening()),
            f"siret,jours\n{SITE},8\n",
            "jours de la semaine",
        ),
        (
            lambda path: openings.read(path, openings.Opening()),
            f"siret,jours\n{SITE},1\n{SITE},2\n",
            "ligne 3 : siret : établissement donné une fois",
        ),
    ],
)
def test_a_wrong_table_beside_it(tmp_path: Path, reader: Reader, content: str, told: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataRefused, match=told):
        reader(path)


def test_no_fixed_term_contract_at_all(tmp_path: Path) -> None:
    read = contracts.read(write(tmp_path / "c.csv", [row("a", "2023-01-02", "", nature="01", motif="")]))
    checked = control.check(read, control.Asked(date(2026, 1, 1)))
    assert (len(checked.alerts), len(checked.establishments)) == (0, 0)
    assert checked.counts["alertes"] == (0, "alertes")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("siret,secteur\n", "colonnes siret, secteur, departement"),
        ("siret,secteur,departement\n", "aucune ligne"),
        (f"siret,secteur,departement\n{SITE},,34\n", "ligne 2 : secteur : nom de secteur attendu"),
        (
            f"siret,secteur,departement\n{SITE},Commerce,Hérault\n",
            "departement : numéro de département attendu",
        ),
        (
            f"siret,secteur,departement\n{SITE},a,34\n{SITE},b,34\n",
            "ligne 3 : siret : établissement donné une",
        ),
        (f"siret,secteur,departement,effectif\n{SITE},a,34,-1\n", "effectif : entier de 0 à 1000000 attendu"),
    ],
)
def test_a_wrong_directory_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "annuaire.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataRefused, match=told):
        directory.read(path)


def test_what_no_directory_knows_is_said() -> None:
    known = pd.DataFrame([(SITE, "", "Commerce", "34", 12)], columns=list(directory.COLUMNS))
    sites = pd.DataFrame({"siret": [OTHER_SITE, SITE], "alertes": [2, 1]})
    told = directory.joined(sites, known)
    assert told["siret"].tolist() == [OTHER_SITE, SITE]
    assert told["secteur"].tolist() == [directory.UNKNOWN, "Commerce"]
    assert told["effectif"].isna().tolist() == [True, False]
    assert directory.joined(sites, None)["departement"].tolist() == [directory.UNKNOWN] * 2
