"""The reference audit: read whole, refused with what and where, and written from audits."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.tableau import finetuning, publication, tones, writing

Leave = Callable[..., Path]
ESTIMATE = {"valeur": 0.3, "bas": 0.25, "haut": 0.35}
COMPARED = {
    "titre": "Scènes de nuit", "mesure": "rappel_0.1_fppi", "donnees_synthetiques": True, "images": 40,
    "personnes": 300, "avant": ESTIMATE, "apres": {"valeur": 0.4, "bas": 0.3, "haut": 0.5},
}  # fmt: skip


@pytest.fixture
def copy(reference: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(reference, tmp_path / "publication"))


def test_what_was_written_is_read(reference: Path, leave: Leave) -> None:
    read = publication.read(reference)
    assert read is not None
    assert [one.name for one in read.detectors] == ["hog", "hog-rapide"]
    assert set(read.tables) == set(publication.TABLES)
    assert sum(path.stat().st_size for path in reference.iterdir()) < publication.LARGEST
    before = pd.read_parquet(leave("hog-rapide", dark=0.1) / "ecarts.parquet")
    against = (before["condition"] == "teint") & (before["groupe_a"] == "Monk 1")
    after = read.tables["ecarts"]
    after = after[after["detecteur"] == "hog-rapide"]
    assert after["ecart"].to_numpy() == pytest.approx(before.loc[against, "ecart"].to_numpy(), abs=1e-5)
    assert after["p_holm"].to_numpy() == pytest.approx(before.loc[against, "p_holm"].to_numpy(), rel=1e-4)


def test_a_folder_or_a_file_that_is_absent(copy: Path, tmp_path: Path) -> None:
    assert publication.read(tmp_path / "rien") is None
    (copy / "ecarts.csv").unlink()
    read = publication.read(copy)
    assert read is not None
    assert "ecarts" not in read.tables
    assert read.finetuning is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told | {"version": 2}, "objet de « version » 1 attendu, reçu 2"),
        (lambda told: told | {"scenes": 0}, "scenes : entier positif attendu, reçu 0"),
        (lambda told: told | {"donnees_synthetiques": 1}, "vrai ou faux attendu"),
        (lambda told: told | {"detecteurs": []}, "liste de 1 à 8 détecteurs"),
        (lambda told: told | {"detecteurs": [{"nom": " "}]}, "n° 1 : « nom » attendu"),
        (lambda told: told | {"detecteurs": [{"nom": "a", "rappel": 2}]}, "rappel : nombre de 0 à 1 attendu"),
        (lambda told: told | {"detecteurs": [{"nom": "a"}, {"nom": "a"}]}, "deux détecteurs du même nom"),
        (lambda told: told | {"detecteurs": [{"nom": "autre"}]}, "que publication.json ne nomme pas"),
    ],
)  # fmt: skip
def test_a_head_that_is_wrong(copy: Path, change: Callable[[Any], Any], said: str) -> None:
    path = copy / "publication.json"
    path.write_text(json.dumps(change(json.loads(path.read_text("utf-8")))), encoding="utf-8")
    with pytest.raises(DataRefused, match=said):
        publication.read(copy)


@pytest.mark.parametrize(
    ("name", "column", "value", "said"),
    [
        ("conditions", "rappel", "1.2", "« conditions.csv », ligne 2 : rappel : nombre de 0 à 1 attendu"),
        ("conditions", "n", "3.5", "ligne 2 : n : entier de 0 attendu, reçu « 3.5 »"),
        ("ecarts", "ecart", "-2", "ligne 2 : ecart : nombre de -1 à 1 attendu"),
        ("puissance", "puissance_3_points", "forte", "reçu « forte »"),
        ("courbe", "fppi", "inf", "fppi : nombre de 0 attendu, reçu « inf »"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be(copy: Path, name: str, column: str, value: str, said: str) -> None:
    path = copy / f"{name}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[0, column] = value
    frame.to_csv(path, index=False)
    with pytest.raises(DataRefused, match=said):
        publication.read(copy)


def test_a_table_without_its_columns_and_a_folder_too_large(copy: Path) -> None:
    (copy / "paires.csv").write_text("detecteur,condition\nhog,teint\n", encoding="utf-8")
    with pytest.raises(DataRefused, match=r"« paires\.csv » : il manque les colonnes groupe_a, groupe_b"):
        publication.read(copy)
    (copy / "paires.csv").write_text(" " * publication.LARGEST, encoding="utf-8")
    with pytest.raises(DataRefused, match="300000 au plus"):
        publication.read(copy)


def test_audits_of_two_sets_are_no_reference(leave: Leave, tmp_path: Path) -> None:
    sources = [
        writing.Source("a", "", leave("hog", dark=0.7)),
        writing.Source("b", "", leave("hog", dark=0.7, twins=True)),
    ]
    with pytest.raises(DataRefused, match="ne portent pas sur le même jeu"):
        writing.write(tmp_path / "p", sources)
    assert list(tmp_path.iterdir()) == []


def test_what_is_written_replaces_what_was_there_once_it_was_read(leave: Leave, tmp_path: Path) -> None:
    folder, finetuned = tmp_path / "p", json.dumps({"version": 1, "jeux": [COMPARED]})
    audit = leave("hog", dark=0.7)
    curve, pairs = audit / "courbes.parquet", leave("hog", dark=0.7, twins=True)
    writing.write(folder, [writing.Source("a", "", audit, curve, pairs)])
    (folder / "affinage.json").write_text(finetuned, encoding="utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(DataRefused, match="personnes : entier positif attendu"):
        writing.write(folder, [writing.Source("b", "", audit)], personnes=0)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    writing.write(folder, [writing.Source("b", "", audit)])
    assert {path.name for path in folder.iterdir()} == {
        "publication.json", "conditions.csv", "ecarts.csv", "puissance.csv", "affinage.json",
    }  # fmt: skip
    assert list(tmp_path.iterdir()) == [folder]
    told = publication.read(folder)
    assert told is not None
    assert told.detectors[0].title == "b"
    assert (told.finetuning or {})["jeux"][0]["titre"] == COMPARED["titre"]


def test_the_head_is_that_of_the_audits(leave: Leave, tmp_path: Path) -> None:
    def head(change: dict[str, Any], *, twins: bool = False) -> dict[str, Any]:
        audit = Path(shutil.copytree(leave("hog", dark=0.7, twins=twins), tmp_path / "a", dirs_exist_ok=True))
        told = json.loads((audit / "audit.json").read_text("utf-8"))
        (audit / "audit.json").write_text(json.dumps(told | change), encoding="utf-8")
        writing.write(tmp_path / "p", [writing.Source("a", "", audit)])
        return dict(json.loads((tmp_path / "p" / "publication.json").read_text("utf-8")))

    assert head({})["donnees_synthetiques"] is True
    assert head({"donnees_synthetiques": False})["donnees_synthetiques"] is False
    # Two pictures a scene there.
    told = head({}, twins=True)
    assert (told["scenes"], told["images"]) == (60, 120)
    with pytest.raises(DataRefused, match="il manque point, score_min, rappel, fppi, scenes"):
        head({"detecteurs": {"hog": {}}})
    with pytest.raises(DataRefused, match="un seul détecteur attendu, 0 trouvés"):
        head({"detecteurs": []})


def test_pairs_are_judged_at_the_score_of_the_audit(leave: Leave, tmp_path: Path) -> None:
    pairs = Path(shutil.copytree(leave("hog", dark=0.7, twins=True), tmp_path / "paires"))
    told = json.loads((pairs / "audit.json").read_text("utf-8"))
    told["detecteurs"]["hog"]["score_min"] = 0.9
    (pairs / "audit.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(DataRefused, match=r"« paires » : paires mesurées au score 0\.9"):
        writing.write(tmp_path / "p", [writing.Source("a", "", leave("hog", dark=0.7), None, pairs)])


def test_fine_tuning_is_shown(copy: Path) -> None:
    real = COMPARED | {"titre": "Photographies <b>", "donnees_synthetiques": False, "mesure": "ap50"}
    told = {"version": 1, "jeux": [COMPARED, real]}
    (copy / "affinage.json").write_text(json.dumps(told), encoding="utf-8")
    text = finetuning.finetuning(publication.read(copy))
    assert "30,0\u202f% (25,0 à 35,0\u202f%)" in text
    assert "Photographies &lt;b&gt;" in text
    # One set is synthetic: the section says so, and each row of chart and table its own nature.
    assert 'class="arc-etiquette">données synthétiques' in text
    for kind, title in (
        ("données synthétiques", "Scènes de nuit"),
        ("images réelles", "Photographies &lt;b&gt;"),
    ):
        assert f"{title} — {kind}</text>" in text
        assert f"<td>{kind}</td>" in text
        assert f"{title} ({kind})" in text
    told = {"version": 1, "jeux": [real]}
    (copy / "affinage.json").write_text(json.dumps(told), encoding="utf-8")
    assert "données synthétiques" not in finetuning.finetuning(publication.read(copy))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"titre": None}, "« titre » attendu"),
        ({"mesure": "f1"}, "mesure : rappel_0.1_fppi ou ap50 attendu, reçu 'f1'"),
        ({"images": 0}, "entiers positifs"),
        ({"avant": {"valeur": 0.3}}, "avant : « valeur », « bas » et « haut »"),
        ({"apres": {"valeur": 0.6, "bas": 0.1, "haut": 0.5}}, "bas ≤ valeur ≤ haut attendu"),
    ],
)
def test_fine_tuning_that_is_wrong(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataRefused, match=said):
        finetuning.read({"jeux": [COMPARED | change]})


@pytest.mark.parametrize("reference", ["Monk 1", "Monk 10"])
def test_a_gap_is_the_tone_minus_the_reference(leave: Leave, reference: str) -> None:
    folder = leave("hog-rapide", dark=0.1)
    frames = [pd.read_parquet(folder / f"{name}.parquet") for name in ("ecarts", "puissance", "conditions")]
    rows = {one.name: one for one in tones.tones("hog-rapide", reference, *frames)}
    assert list(rows) == list(tones.TONES)
    assert rows[reference].verdict == tones.REFERENCE
    base = rows[reference].recall
    for name, row in rows.items():
        if name != reference:
            assert row.recall is not None
            assert base is not None
            assert row.gap == pytest.approx(row.recall - base)
            assert row.gap_low is not None
            assert row.gap_high is not None
            assert row.gap_low < row.gap < row.gap_high
    other = "Monk 10" if reference == "Monk 1" else "Monk 1"
    assert rows[other].verdict == tones.ESTABLISHED


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ((-0.2, -0.1, 0.01, 0.1), tones.ESTABLISHED),
        ((-0.02, 0.02, 0.4, 0.1), tones.BOUNDED),
        ((-0.05, 0.02, 0.4, 0.9), tones.OPEN),
        ((-0.05, 0.02, 0.4, 0.79), tones.UNSEEN),
        ((-0.05, 0.02, 0.4, None), tones.UNSEEN),
    ],
)
def test_what_can_be_concluded(told: tuple[Any, ...], word: str) -> None:
    assert tones.verdict(*told) == word
