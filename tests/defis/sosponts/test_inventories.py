"""What is read of an inventory, what is refused with its line; unknown stays unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from archipel.defis.sosponts import inventories
from archipel.defis.sosponts.inventories import COLUMNS
from archipel.defis.sosponts.refusal import DataRefused

YEAR = 2024
GOOD = {
    "pont_id": "A", "materiau": "acier", "franchit": "eau", "exposition": "salage",
    "annee_construction": "1960", "dernier_entretien": "2001", "derniere_visite": "2020",
    "ouverture_m": "6", "longueur_m": "9.5", "largeur_m": "4", "trafic_vj": "0", "poids_lourds_pct": "3",
    "classe": "2E",
}  # fmt: skip


def write(path: Path, *rows: dict[str, str], separator: str = ",") -> Path:
    lines = [separator.join(COLUMNS), *(separator.join(row[name] for name in COLUMNS) for row in rows)]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"pont_id": " "}, "pont_id : vide"),
        ({"pont_id": "A"}, "pont_id : déjà donné ligne 2"),
        ({"materiau": "granit"}, "reçu « granit »"),
        (
            {"franchit": "rivière"},
            "franchit : eau, route, voie_ferree, autre ou vide attendu, reçu « rivière »",
        ),
        ({"classe": "4"}, "classe : 1, 2, 2E, 3, 3U ou vide attendu, reçu « 4 »"),
        ({"annee_construction": "2025"}, "annee_construction : année de 1000 à 2024 attendue, reçu « 2025 »"),
        ({"annee_construction": "0"}, "annee_construction : année de 1000 à 2024 attendue, reçu « 0 »"),
        ({"annee_construction": "1960.5"}, "reçu « 1960.5 »"),
        ({"annee_construction": "²"}, "reçu « ² »"),
        ({"dernier_entretien": "1950"}, "dernier_entretien : 1950 avant annee_construction 1960"),
        ({"derniere_visite": "1959"}, "derniere_visite : 1959 avant annee_construction 1960"),
        (
            {"largeur_m": "0"},
            "largeur_m : nombre de 0,3 à 100 (m) attendu, reçu « 0 » (inconnu : laisser vide)",
        ),
        ({"largeur_m": "nan"}, "reçu « nan »"),
        ({"largeur_m": "1e1"}, "reçu « 1e1 »"),
        ({"trafic_vj": "-5"}, "trafic_vj : nombre de 0 à 300000 (véhicules par jour) attendu, reçu « -5 »"),
        ({"poids_lourds_pct": "101"}, "poids_lourds_pct : nombre de 0 à 100 (%) attendu, reçu « 101 »"),
        ({"longueur_m": "5"}, "longueur_m : 5, moins que ouverture_m 6"),
    ],
)
def test_a_wrong_row_and_its_reason(tmp_path: Path, change: dict[str, str], told: str) -> None:
    path = write(tmp_path / "i.csv", GOOD, {**GOOD, "pont_id": "B", **change}, {**GOOD, "pont_id": "C"})
    read = inventories.read(path, YEAR)
    assert [one["ligne"] for one in read.rejects] == [3]
    assert told in read.rejects[0]["motif"]
    assert (read.bridges["pont_id"].tolist(), read.total) == (["A", "C"], 3)


def test_unknown_stays_unknown_and_no_traffic_is_zero(tmp_path: Path) -> None:
    blank = {**dict.fromkeys(COLUMNS, ""), "pont_id": "B", "materiau": "Inconnu", "classe": "NE"}
    read = inventories.read(write(tmp_path / "i.csv", GOOD, blank), YEAR)
    assert read.rejects == []
    first, second = read.bridges.to_dict("records")
    assert first["trafic_vj"] == 0
    assert read.bridges.drop(columns="pont_id").iloc[1].isna().all(), second


def test_semicolons_decimal_commas_and_a_mark_of_user_safety(tmp_path: Path) -> None:
    row = {**GOOD, "longueur_m": "9,5", "classe": "3us"}
    read = inventories.read(write(tmp_path / "i.csv", row, separator=";"), YEAR)
    assert read.bridges[["longueur_m", "classe"]].iloc[0].tolist() == [9.5, "3U"]
    path = tmp_path / "j.csv"
    path.write_text("\ufeffMateriau\tPONT_ID\tcommune\nbois\tA\tX\nbois\tB\n", encoding="utf-8")
    read = inventories.read(path, YEAR)
    assert read.bridges["pont_id"].tolist() == ["A"]
    assert read.rejects == [{"ligne": 3, "motif": "3 colonnes attendues, 2 lues"}]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "il manque pont_id, materiau ; colonnes lues : aucune"),
        (b"pont_id,materiau,pont_id\n", "pont_id y est deux fois"),
        (b"pont_id,materiau\n", "aucun pont"),
        ("pont_id,materiau\nb\xe9,bois\n".encode("latin-1"), "texte UTF-8 attendu (octet 18)"),
        (b"PAR1\0\0\0", "fichier binaire"),
    ],
)
def test_another_form_of_file(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "i.csv"
    path.write_bytes(data)
    with pytest.raises(DataRefused) as refused:
        inventories.read(path, YEAR)
    assert told in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="fichier illisible"):
        inventories.read(tmp_path / "absent.csv", YEAR)
