"""Counts alone: the table of gaps, and what is refused or cannot be computed."""

from __future__ import annotations

import gzip
import math
from pathlib import Path
from typing import Any

import pytest

from archipel.defis.twincity.audit import conclusion, document, forest, gaps, run
from archipel.defis.twincity.audit.run import Given
from archipel.defis.twincity.refusal import DataRefused

HEADER = "detecteur,condition,groupe,n,detectes"
TWO = f"{HEADER}\nYOLOX,teint,clair,2724,2504\nYOLOX,teint,fonce,789,483\n"


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def given(data: str | bytes) -> Given:
        path = tmp_path / "comptes.csv"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return run.read(str(path), None, None, "")

    return given


def test_one_row_a_pair_and_detector(read: Any) -> None:
    told = read(TWO + "CSP,teint,clair,2724,1052\nCSP,teint,fonce,789,278\nCSP,teint,moyen,100,40\n")
    found = run.audit(told.accept(0.0)).gaps
    assert ",".join(found.columns) == (
        "detecteur,condition,groupe_a,groupe_b,n_a,n_b,rappel_a,rappel_b,ecart,bas,haut,p,p_holm"
    )
    pairs = found[["detecteur", "groupe_a", "groupe_b"]].values.tolist()
    assert pairs == [
        ["YOLOX", "clair", "fonce"],
        ["CSP", "clair", "fonce"],
        ["CSP", "clair", "moyen"],
        ["CSP", "fonce", "moyen"],
    ]
    assert found["ecart"].iloc[0] == pytest.approx(2504 / 2724 - 483 / 789)
    # One detector is one family: YOLOX's only p stays, CSP's smallest is tripled.
    assert found["p_holm"].iloc[0] == found["p"].iloc[0]
    assert found["p_holm"].iloc[1:].min() == pytest.approx(3 * found["p"].iloc[1:].min())


@pytest.mark.parametrize(
    "data",
    [
        TWO.replace(",", ";"),
        "\ufeff" + TWO.replace("\n", "\r\n"),
        gzip.compress(TWO.encode()),
        TWO.replace("2724", " 2724.0 "),
        f"page,{HEADER}\n1,YOLOX,teint,clair,2724,2504\n\n2,YOLOX,teint,fonce,789,483\n",
    ],
    ids=["semicolons", "windows", "gzip", "float", "more columns"],
)
def test_forms_of_the_same_counts(data: str | bytes, read: Any) -> None:
    assert run.audit(read(data).accept(0.0)).gaps["n_a"].tolist() == [2724]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("YOLOX,teint,moyen,10,11", "detectes : au plus n = 10 attendu, reçu 11"),
        ("YOLOX,teint,moyen,-10,1", "n : de 0 à .* attendu, reçu '-10'"),
        ("YOLOX,teint,moyen,10,-1", "detectes : de 0 à .* attendu, reçu '-1'"),
        ("YOLOX,teint,moyen,10,1878.125", "detectes : nombre entier attendu, reçu '1878.125'"),
        ("YOLOX,teint,moyen,dix,1", "n : nombre entier attendu, reçu 'dix'"),
        ("YOLOX,teint,moyen,nan,1", "n : nombre entier attendu, reçu 'nan'"),
        ("YOLOX,teint,moyen,,1", "n : nombre entier attendu, reçu une cellule vide"),
        (f"YOLOX,teint,moyen,{'9' * 14},1", "n : de 0 à .* attendu"),
        ("YOLOX,teint,,10,1", "groupe : nom attendu, reçu une cellule vide"),
        (",teint,moyen,10,1", "detecteur : nom attendu"),
        ("YOLOX,teint,moyen,10", "5 cellules attendues, reçu 4"),
        ("YOLOX,teint,fonce,789,483", "YOLOX / teint / fonce : répète la ligne 3"),
    ],
)
def test_a_false_row_is_set_apart(row: str, reason: str, read: Any) -> None:
    told = read(f"{TWO}{row}\n")
    with pytest.raises(DataRefused, match=rf"1 ligne\(s\) refusée\(s\) sur 3.*n° 4 : {reason}"):
        told.accept(0.0)
    assert [one["ligne"] for one in told.rejects] == [4]
    assert len(run.audit(told.accept(0.5)).gaps) == 1


def test_of_two_rows_that_contradict_each_other_none_is_believed(read: Any) -> None:
    told = read(f"{TWO}YOLOX,teint,fonce,789,484\nYOLOX,teint,moyen,10,5\n")
    assert [(one["ligne"], one["motif"]) for one in told.rejects] == [
        (3, "YOLOX / teint / fonce : contredit la ligne 4"),
        (4, "YOLOX / teint / fonce : contredit la ligne 3"),
    ]
    assert run.audit(told.accept(0.5)).gaps["groupe_b"].tolist() == ["moyen"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "colonnes detecteur, condition, groupe, n, detectes attendues .* manque"),
        ("detecteur,condition,groupe,n\nYOLOX,teint,clair,1\n", "il manque ou se répète : detectes"),
        (f"{HEADER},n\n", "il manque ou se répète : n ;"),
        (f"{HEADER}\n", "ensemble vide, aucune ligne de comptes"),
        (f"{HEADER}\nYOLOX,teint,clair,10,5\n", "rien à comparer, aucune condition n’a deux groupes"),
        (f"{HEADER}\nYOLOX,teint,clair,10,5\nCSP,teint,fonce,10,5\n", "rien à comparer"),
        (f'{HEADER}\n"YOLOX,teint,clair,10,5\n', "CSV illisible"),
        (b"detecteur\xff", "texte UTF-8 attendu"),
        (
            HEADER + "".join(f"\nYOLOX,teint,{k},10,5" for k in range(101)),
            "101 groupes dans « YOLOX / teint »",
        ),
    ],
)
def test_refused(data: str | bytes, reason: str, read: Any) -> None:
    with pytest.raises(DataRefused, match=reason):
        read(data).accept(0.0)


@pytest.mark.parametrize(
    ("given", "received"),
    [
        ((None, None, None), "aucun des trois"),
        (("c.csv", "v.json", None), "comptes, verite"),
        (("c.csv", "v.json", "d.json"), "comptes, verite, detections"),
        ((None, "v.json", None), "reçu : verite"),
        ((None, None, "d.json"), "reçu : detections"),
        (("", "", ""), "aucun des trois"),
    ],
)
def test_exactly_one_way_is_given(given: tuple[str | None, ...], received: str) -> None:
    with pytest.raises(DataRefused, match=f"« comptes » seul, ou « verite » et « detections » .*{received}"):
        run.read(*given, "essai")


def test_missing_is_never_shown_as_nought(read: Any) -> None:
    told = read(f"{TWO}YOLOX,age,adulte,100,90\nYOLOX,age,enfant,0,0\nYOLOX,meteo,pluie,5,4\n").accept(0.0)
    audit = run.audit(told)
    row = audit.gaps[audit.gaps["condition"] == "age"].iloc[0]
    assert row["n_b"] == 0
    assert row["rappel_a"] == 0.9
    assert all(math.isnan(row[name]) for name in ("rappel_b", "ecart", "bas", "haut", "p", "p_holm"))
    missing = audit.tables["non_calculables"].set_index("condition")["motif"].to_dict()
    assert missing == {"age": "aucune personne dans « enfant »", "meteo": gaps.ALONE}
    # What cannot be computed is no member of the family.
    assert audit.gaps["p_holm"].iloc[0] == audit.gaps["p"].iloc[0]
    assert len(audit.tables["puissance"]) == 1
    written = document.document(audit, synthetic=False)["detecteurs"]["YOLOX"]
    assert [one["condition"] for one in written["ecarts"]] == ["teint"]
    assert written["rappel"] is None
    assert written["fppi"] is None


def test_recall_of_each_group_is_told_too(read: Any) -> None:
    audit = run.audit(read(TWO + "YOLOX,age,adulte,263,81\nYOLOX,age,enfant,0,0\n").accept(0.0))
    table = audit.tables["conditions"].set_index("groupe")
    assert table.loc["clair", "oubli"] == pytest.approx(0.0808, abs=5e-5)
    bounds = table.loc["adulte", ["rappel_bas", "rappel_haut"]].tolist()
    assert bounds == pytest.approx([0.2553, 0.3662], abs=5e-5)
    assert table.loc["enfant", ["rappel", "rappel_bas", "oubli", "fppi"]].isna().all()


def test_all_found_in_both_groups(read: Any) -> None:
    found = run.audit(read(f"{HEADER}\nA,c,un,9,9\nA,c,deux,5,5\n").accept(0.0)).gaps.iloc[0]
    assert (found["ecart"], found["p"]) == (0, 1)
    assert found["bas"] < -0.2
    assert found["haut"] > 0.2


def test_nothing_at_all_can_be_computed(read: Any) -> None:
    audit = run.audit(read(f"{HEADER}\nA,c,un,0,0\nA,c,deux,5,5\n").accept(0.0))
    assert "rien ne peut être conclu" in conclusion.text(audit)
    assert document.document(audit, synthetic=False)["detecteurs"]["A"]["pire_ecart"] is None
    assert document.measures(audit, 0)["pire_ecart"][0] is None
    assert len(forest.figure(audit.gaps).axes[0].get_yticks()) == 0


def test_the_conclusion_says_what_cannot_be_concluded(read: Any) -> None:
    told = read(TWO + "CSP,teint,clair,2724,1052\nCSP,teint,fonce,789,278\n").accept(0.0)
    text = conclusion.text(run.audit(told))
    first, second, common = text.split("### ")[1:]
    assert first.startswith("YOLOX\n")
    assert "**teint** : 1 écart établi sur 1 ; le plus grand : le rappel de « fonce »" in first
    assert "le rappel de « fonce » est inférieur de 30,7 points à celui de « clair »" in first
    assert "intervalle de +27,2 à +34,3" in first
    assert second.startswith("CSP\n")
    assert "aucun écart établi" in second
    assert "l’absence de preuve n’est pas une preuve d’absence" in second
    assert "seuls 5,5 points ou plus avaient 80 % de chances d’être vu" in second
    assert "prises pour indépendantes" in common
    assert "Un écart n’est pas une cause" in common


def test_no_comparison_is_left_unsaid(read: Any) -> None:
    """2 500 of each, 90 % and 88.4 %: three points would have been seen, and more than three may be."""
    audit = run.audit(read(f"{HEADER}\nA,c,un,2500,2250\nA,c,deux,2500,2210\n").accept(0.0))
    (row,) = audit.gaps.to_dict("records")
    assert row["p_holm"] > 0.05
    assert row["haut"] > 0.03
    assert audit.tables["puissance"]["puissance_apres_correction"].iloc[0] > 0.8
    text = conclusion.text(audit)
    assert "Ni établies, ni bornées : 1 comparaison où un écart de 3 points avait au moins 80 %" in text
    assert "ne peut pas être conclu" not in text


def test_the_document_has_each_worst_gap_and_no_threshold(read: Any) -> None:
    rows = "\nA,teint,clair,1000,900\nA,teint,moyen,1000,890\nA,teint,fonce,1000,850"
    told = read(f"{HEADER}{rows}\nA,age,adulte,500,450\nA,age,enfant,400,300\n").accept(0.0)
    written = document.document(run.audit(told), synthetic=True)
    assert written["version"] == 1
    assert written["donnees_synthetiques"] is True
    one = written["detecteurs"]["A"]
    assert len(one["ecarts"]) == 4
    worst = [(row["condition"], row["groupe_a"], row["groupe_b"]) for row in one["pires_ecarts"]]
    assert worst == [("age", "adulte", "enfant"), ("teint", "clair", "fonce")]
    assert one["pire_ecart"] == one["pires_ecarts"][0]
    assert one["pire_ecart"]["ecart"] == pytest.approx(0.15)
    assert one["pire_ecart"]["n_b"] == 400
    assert one["puissance_3_points"] == min(row["puissance_3_points"] for row in one["ecarts"])
    assert "sha256" not in one


def test_the_file_of_the_detector_is_named_by_its_sum(read: Any) -> None:
    one = run.audit(read(TWO).accept(0.0))
    written = document.document(one, "a" * 64, synthetic=False)
    assert written["detecteurs"]["YOLOX"]["sha256"] == "a" * 64
    two = run.audit(read(f"{TWO}CSP,teint,clair,9,5\nCSP,teint,fonce,8,5\n").accept(0.0))
    with pytest.raises(DataRefused, match="un seul détecteur attendu, les comptes en ont 2"):
        document.document(two, "a" * 64, synthetic=False)
