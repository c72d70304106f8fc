"""A truth with attributes and detections: groups, operating points, pooled counts, pairs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archipel.defis.twincity.audit import annotated, attributes, conclusion, document, operating, run
from archipel.defis.twincity.audit.run import Audit, Given
from archipel.defis.twincity.metrics import intervals, missrate
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets import units
from archipel.defis.twincity.sets.reading import BadRow
from support.auditsets import street, with_twins

Told = dict[str, Any]


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def given(truth: Any, found: Any, **more: Any) -> Given:
        paths = []
        for name, value in (("verite.json", truth), ("detections.json", found)):
            paths.append(tmp_path / name)
            paths[-1].write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return run.read(None, str(paths[0]), str(paths[1]), "essai", **more)

    return given


def audited(given: Given, **more: Any) -> Audit:
    return run.audit(given, times=200, **more)


def fair(_person: Told, _image: Told) -> float:
    return 0.8


def group(field: str, value: Any) -> str:
    (condition,) = (one for one in attributes.CONDITIONS if one.field == field)
    return condition.group(value, field)


@pytest.mark.parametrize(
    ("field", "values", "groups"),
    [
        ("hour", (0, 5.9, 6, 23.5), ("0 à 6 h", "0 à 6 h", "6 à 12 h", "18 à 24 h")),
        ("night", (True, 0), ("nuit", "jour")),
        ("pitch_deg", (-40.1, -40, -10, -9.9), ("sous −40°", *["−40° à −10°"] * 2, "au-dessus de −10°")),
        ("height", (19, 20, 50, 120, 121),
         ("moins de 20 px", "loin (20 à 50 px)", *["moyen (50 à 120 px)"] * 2, "près (plus de 120 px)")),
        ("distance_m", (0, 10, 400), ("moins de 10 m", "10 à 20 m", "40 m et plus")),
        ("occlusion", (0, 0.1, 0.35, 0.36), ("jusqu’à 10 %", "jusqu’à 10 %", "10 à 35 %", "plus de 35 %")),
        ("monk", (1, 10, 3.0), ("Monk 1", "Monk 10", "Monk 3")),
        ("age", ("jeune", 14.9, 15, 60), ("jeune", "enfant", "adulte", "âgé")),
        ("body", ("forte", -0.4, 0, 0.9), ("forte", "mince", "moyenne", "forte")),
    ],
)  # fmt: skip
def test_groups(field: str, values: tuple[Any, ...], groups: tuple[str, ...]) -> None:
    assert tuple(group(field, value) for value in values) == groups


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("hour", 24.5, "de 0 à 24 attendu, reçu 24.5"),
        ("hour", "midi", "nombre attendu, reçu 'midi'"),
        ("night", "oui", "vrai ou faux attendu"),
        ("weather", 3, "mot attendu, reçu 3"),
        ("pitch_deg", 120, "de -90 à 90 attendu"),
        ("distance_m", -1, "de 0 à inf attendu"),
        ("occlusion", 1.2, "de 0 à 1 attendu, reçu 1.2"),
        ("monk", 11, "entier de 1 à 10 attendu, reçu 11"),
        ("monk", 2.5, "entier de 1 à 10 attendu"),
        ("monk", True, "entier de 1 à 10 attendu"),
        ("pose", " ", "mot attendu"),
        ("age", -3, "de 0 à 130 ans attendu"),
        ("body", 2, "de -1 à 1 attendu, reçu 2"),
    ],
)
def test_values_that_cannot_be(field: str, value: Any, reason: str) -> None:
    with pytest.raises(BadRow, match=f"{field} : {reason}"):
        group(field, value)


def test_a_false_attribute_is_told_and_its_person_stays_to_be_found(read: Any) -> None:
    truth, found = street(1, fair, images=20)
    truth["annotations"][3] |= {"monk": 12, "pose": 4}
    truth["annotations"][5]["full_bbox"] = [0, 0, -3, 10]
    truth["images"][2]["hour"] = 30
    truth["annotations"].insert(0, {"image_id": 1})
    truth["images"].reverse()
    told = read(truth, found)
    assert {row["ligne"]: row["motif"] for row in told.rejects[1:]} == {
        7: "annotation : full_bbox : largeur et hauteur positives attendues, reçu -3 × 10",
        18: "image : hour : de 0 à 24 attendu, reçu 30",
        5: "annotation : pose : mot attendu, reçu 4 ; monk : entier de 1 à 10 attendu, reçu 12",
    }
    with pytest.raises(DataRefused, match=r"4 ligne\(s\) refusée\(s\) sur 181"):
        told.accept(0.0)
    audit = audited(told.accept(0.1), score=0.5)
    assert audit.figures["essai"].persons == 160
    missing = audit.tables["non_calculables"].set_index("condition")["motif"]
    assert missing["teint"] == "1 personne(s) sans cette information"
    assert missing["heure"] == "8 personne(s) sans cette information"


def test_what_the_truth_does_not_tell_is_said(read: Any) -> None:
    truth, found = street(2, fair, images=30)
    for person in truth["annotations"]:
        del person["monk"], person["occlusion"]
    audit = audited(read(truth, found).accept(0.0), score=0.5)
    missing = audit.tables["non_calculables"]
    silent = missing[missing["motif"].str.startswith("la vérité ne dit rien")]
    assert silent["condition"].tolist() == ["teint"]
    # The visible share alone tells the occlusion too.
    assert "occultation" in set(audit.gaps["condition"])
    assert "teint (la vérité ne dit rien de cette condition)" in conclusion.text(audit)


def test_a_truth_without_any_attribute_has_the_height_only(read: Any) -> None:
    truth, found = street(3, fair, images=10)
    bare = [
        {name: one[name] for name in ("id", "image_id", "category_id", "bbox")}
        for one in truth["annotations"]
    ]
    images = [{"id": one["id"]} for one in truth["images"]]
    told = read({**truth, "annotations": bare, "images": images}, found)
    assert [one.condition.name for one in told.annotated.labels] == ["hauteur"]
    assert audited(told.accept(0.0), score=0.5).gaps.empty


def test_images_of_a_scene_or_of_a_pair_are_drawn_together() -> None:
    rows = [
        {"scene": "a"},
        {"scene": "a", "pair": 7},
        {"scene": "b", "pair": 7},
        {"scene": "c"},
        {},
        {"pair": None},
    ]
    assert units.clusters(rows).tolist() == [0, 0, 0, 1, 2, 3]


def test_the_operating_point_is_that_of_the_curve(read: Any) -> None:
    truth, found = street(4, fair, images=150, alarms=1.5)
    told = read(truth, found).accept(0.0).annotated
    outcome = missrate.scored(told.sets.truth, told.sets.detections)
    for point, target in zip(
        operating.points(told.judged, told.sets.detections, None), operating.FPPI, strict=True
    ):
        expected = intervals.recall_at(target)(outcome, np.ones(150, dtype=np.int64))
        assert told.judged.found_at(point.score).mean() == pytest.approx(expected, abs=2 / 1200)
        assert told.judged.wrong_at(point.score).sum() <= target * 150
    lower = told.sets.detections.score[told.sets.detections.score < point.score].max()
    assert told.judged.wrong_at(lower).sum() > target * 150


def test_equal_scores_pass_together(read: Any) -> None:
    truth, found = street(5, fair, images=40)
    for one in found:
        one["score"] = round(one["score"], 1)
    told = read(truth, found).accept(0.0).annotated
    for point in operating.points(told.judged, told.sets.detections, None):
        assert point.score in told.sets.detections.score
        passing = sum(one["score"] >= point.score for one in found)
        assert (told.sets.detections.score >= point.score).sum() == passing


def test_counts_are_pooled(read: Any) -> None:
    """Recall and false positives per image of each group are sums over sums, counted one by one here."""
    truth, found = street(6, fair, images=60)
    audit = audited(read(truth, found).accept(0.0), score=0.5)
    table = audit.tables["conditions"]
    table = table[table["iou"] == 0.5].set_index(["condition", "groupe"])
    sure = [one for one in found if one["score"] >= 0.5]
    seen = {(one["image_id"], tuple(one["bbox"])) for one in sure}
    people = [(one, (one["image_id"], tuple(one["bbox"])) in seen) for one in truth["annotations"]]
    dark = [hit for one, hit in people if one["monk"] == 10]
    assert table.loc[("teint", "Monk 10"), "n"] == len(dark)
    assert table.loc[("teint", "Monk 10"), "rappel"] == pytest.approx(np.mean(dark))
    assert table.loc[("teint", "Monk 10"), "oubli"] == pytest.approx(1 - np.mean(dark))
    assert math.isnan(table.loc[("teint", "Monk 10"), "fppi"])
    night = {one["id"] for one in truth["images"] if one["night"]}
    hits = [hit for one, hit in people if one["image_id"] in night]
    alarms = sum(one["image_id"] in night for one in sure) - sum(hits)
    assert table.loc[("nuit", "nuit"), "rappel"] == pytest.approx(np.mean(hits))
    assert table.loc[("nuit", "nuit"), "images"] == len(night)
    assert table.loc[("nuit", "nuit"), "fppi"] == pytest.approx(alarms / len(night))
    for name in ("rappel", "fppi"):
        known = table[table[name].notna()]
        assert ((known[f"{name}_bas"] <= known[name]) & (known[name] <= known[f"{name}_haut"])).all()


def test_a_detector_worse_for_one_tone_is_found_out(read: Any) -> None:
    def worse(person: Told, _image: Told) -> float:
        return 0.9 - 0.25 * (person["monk"] == 10)

    audit = audited(read(*street(7, worse, images=300, together=0.05, alarms=0.2)).accept(0.0))
    sure = audit.gaps[(audit.gaps["p_holm"] < 0.05) & (audit.gaps["condition"] == "teint")]
    assert len(sure) >= 8
    assert set(sure["groupe_b"]) == {"Monk 10"}
    told = document.document(audit, synthetic=True)["detecteurs"]["essai"]
    assert told["pire_ecart"]["groupe_b"] == "Monk 10"
    assert told["fppi"] == pytest.approx(0.1, abs=0.01)
    assert told["point"] == "0,1 fausse alerte par image au plus"
    # The same at the other point and overlaps: the boxes are exact.
    others = audit.tables["sensibilite"]
    assert len(others) == 5 * len(audit.gaps)
    assert set(others["iou"]) == {0.3, 0.5, 0.7}


@pytest.mark.parametrize(("swapped", "test"), [(1, "McNemar"), (3, "score par scène")])
def test_pairs_are_recognised(swapped: int, test: str, read: Any) -> None:
    def recall(person: Told, _image: Told) -> float:
        return 0.9 - 0.2 * (person["monk"] == 10)

    truth, found = street(8, recall, images=120)
    with_twins(truth, found, 9, recall, swapped=swapped)
    audit = paired_audit(read, truth, found)
    (row,) = audit.pairs.to_dict("records")
    assert (row["condition"], row["groupe_a"], row["groupe_b"]) == ("teint", "Monk 1", "Monk 10")
    assert (row["paires"], row["scenes"], row["test"]) == (120 * swapped, 120, test)
    found_by = {(one["image_id"], tuple(one["bbox"])) for one in found if one["score"] >= 0.5}
    people = [one for one in truth["annotations"] if one["id"] < 1_000_000]
    twins = {one["id"] - 1_000_000: one for one in truth["annotations"] if one["id"] > 1_000_000}
    gaps = [
        ((one["image_id"], tuple(one["bbox"])) in found_by)
        - ((twins[one["id"]]["image_id"], tuple(one["bbox"])) in found_by)
        for one in people
        if one["monk"] != twins[one["id"]]["monk"]
    ]
    assert row["ecart"] == pytest.approx(np.mean(gaps))
    assert row["bas"] < row["ecart"] < row["haut"]
    assert audit.figures["essai"].clusters == 120
    assert "À scène égale" in conclusion.text(audit)


def test_pairs_too_few_to_conclude_are_said_so(read: Any) -> None:
    truth, found = street(8, fair, images=20)
    with_twins(truth, found, 9, fair)
    audit = paired_audit(read, truth, found)
    assert audit.pairs["p_holm"].iloc[0] > 0.05
    text = conclusion.text(audit)
    assert "**Ce qui ne peut pas être conclu à scène égale** : 1 comparaison sans écart établi" in text


def test_the_fields_of_the_scenes_are_read(read: Any) -> None:
    """Pitch, years, a body in several words, the person's own number: as the scenes write them."""
    truth, found = street(19, fair, images=30)
    with_twins(truth, found, 20, fair)
    for image in truth["images"]:
        del image["scene"], image["variant"]
        image |= {"pitch": image.pop("pitch_deg"), "donnees": "données synthétiques"}
    for number, person in enumerate(truth["annotations"][:240]):
        person["person"] = truth["annotations"][number + 240]["person"] = number % 8
    for person in truth["annotations"]:
        person |= {"age": 7.5 * person["person"] + 2, "body": {"weight": person["person"] / 4 - 1}}
        # Where two stand alike, boxes would not tell them apart.
        person["full_bbox"] = [0, 0, 24, 60]
    given = read(truth, found)
    audit = audited(given.accept(0.0), score=0.5)
    assert given.synthetic
    groups = {name: set(rows["groupe"]) for name, rows in audit.tables["conditions"].groupby("condition")}
    assert groups["age"] == {"enfant", "adulte"}
    assert groups["corpulence"] == {"mince", "moyenne", "forte"}
    assert groups["inclinaison"] == {"sous −40°", "−40° à −10°", "au-dessus de −10°"}
    (row,) = audit.pairs.to_dict("records")
    assert (row["condition"], row["groupe_b"]) == ("teint", "Monk 10")
    assert row["paires"] == row["scenes"] == 30
    assert audit.figures["essai"].clusters == 30


def test_who_changes_in_two_ways_is_no_pair(read: Any) -> None:
    truth, found = street(10, fair, images=5)
    with_twins(truth, found, 11, fair)
    before = {one["id"]: one for one in truth["annotations"]}
    for one in truth["annotations"]:
        if one["id"] > 1_000_000 and one["monk"] != before[one["id"] - 1_000_000]["monk"]:
            one["age"] = "autre"
    assert paired_audit(read, truth, found).pairs.empty


def paired_audit(read: Any, truth: Told, found: list[Told]) -> Audit:
    return audited(read(truth, found).accept(0.0), score=0.5)


def test_numbers_that_do_not_tell_persons_apart_leave_it_to_the_boxes(read: Any) -> None:
    truth, found = street(21, fair, images=6)
    with_twins(truth, found, 22, fair)
    for person in truth["annotations"]:
        person["person"] = 3
    truth["annotations"][0]["person"] = [3]
    assert paired_audit(read, truth, found).pairs["paires"].tolist() == [6]


def test_a_truth_where_nobody_is_to_be_found(read: Any) -> None:
    truth, found = street(23, fair, images=3)
    for person in truth["annotations"]:
        person["ignore"] = 1
    with pytest.raises(DataRefused, match="ensemble vide, aucune boîte à trouver"):
        read(truth, found).accept(0.0)


def test_the_seed_alone_decides(read: Any) -> None:
    told = read(*street(12, fair, images=40)).accept(0.0)
    one, same, other = (audited(told, score=0.5, seed=seed).gaps for seed in (1, 1, 2))
    assert one.equals(same)
    assert not one["bas"].equals(other["bas"])
    assert one["p"].equals(other["p"])


def test_few_images_are_said_to_be_few(read: Any) -> None:
    text = conclusion.text(audited(read(*street(13, fair, images=8)).accept(0.0), score=0.5))
    assert "Moins de 40 scènes ou images indépendantes" in text


def test_one_class_is_chosen(read: Any) -> None:
    truth, found = street(14, fair, images=10)
    truth["categories"].append({"id": 2, "name": "vélo"})
    truth["annotations"][0]["category_id"] = 2
    assert audited(read(truth, found, categorie="personne"), score=0.5).figures["essai"].persons == 79
    assert audited(read(truth, found, categorie="vélo"), score=0.5).figures["essai"].persons == 1


def test_refusals(read: Any) -> None:
    truth, found = street(15, fair, images=3)
    with pytest.raises(
        DataRefused, match="vérité COCO attendue : ceux de MOTChallenge n’ont pas d’attributs"
    ):
        read("1,1,0,0,10,10,1,-1,-1,-1\n", "1,-1,0,0,10,10,0.9,-1,-1,-1\n")
    with pytest.raises(DataRefused, match=r"aucun score ne laisse 1 fausse alerte par image"):
        audited(read(truth, []).accept(0.0))
    with pytest.raises(DataRefused, match="pose : 80 valeurs différentes, 40 groupes au plus"):
        read(many_poses(), found[:0])


def many_poses() -> Told:
    truth, _found = street(17, fair, images=10)
    for number, person in enumerate(truth["annotations"]):
        person["pose"] = f"posture {number}"
    return truth


def test_columns_of_the_table_of_conditions(read: Any) -> None:
    audit = audited(read(*street(18, fair, images=20)).accept(0.0), score=0.25)
    table = audit.tables["conditions"]
    assert [*table.columns] == annotated.CONDITIONS
    assert table["point"].unique().tolist() == ["score ≥ 0,25"]
