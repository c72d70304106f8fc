"""The execution « ausol »: recalls by posture, the alarm worked out by hand, refusals, and the words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archipel.defis.twincity.audit.annotated import Annotated
from archipel.defis.twincity.audit.proportions import holm
from archipel.defis.twincity.lying import alarm, conclusion, figures, posture, report
from archipel.defis.twincity.lying.alarm import Rule
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.boxes import Detections
from support.auditsets import laid_down, street
from support.detectionsets import made

Told = dict[str, Any]


@pytest.fixture
def accept(tmp_path: Path) -> Any:
    def given(truth: Any, found: Any, maximum: float = 0.0) -> Annotated:
        for name, value in (("verite.json", truth), ("detections.json", found)):
            (tmp_path / name).write_text(json.dumps(value), encoding="utf-8")
        one = report.read(str(tmp_path / "verite.json"), str(tmp_path / "detections.json"))
        return report.accept(one, maximum)

    return given


def worse_lying(person: Told, _image: Told) -> float:
    return 0.5 if person["pose"] == "couché" else 0.9


def lain(seed: int, recall: Any = worse_lying, **more: Any) -> tuple[Told, list[Told]]:
    truth, found = street(seed, recall, **more)
    laid_down(truth, found)
    return truth, found


def test_recalls_and_gap_are_those_of_the_counts(accept: Any) -> None:
    truth, found = lain(1, images=200, alarms=0.8)
    told = report.report(accept(truth, found), times=300)
    point = told.points[-1]
    assert point.fppi == 1.0
    hits = {(one["image_id"], *one["bbox"]) for one in found if one["score"] >= point.score}
    for group, mine in (("couché", True), ("autres postures", False)):
        persons = [one for one in truth["annotations"] if (one["pose"] == "couché") == mine]
        share = np.mean([(one["image_id"], *one["bbox"]) in hits for one in persons])
        row = told.recall(point, group)
        assert (row["n"], row["rappel"]) == (len(persons), pytest.approx(share))
        assert row["rappel_bas"] < share < row["rappel_haut"]
    gap = told.gap(point)
    assert gap["ecart"] == pytest.approx(gap["rappel_a"] - gap["rappel_b"])
    assert gap["bas"] < gap["ecart"] < gap["haut"] < 0
    assert set(told.gaps["groupe_b"]) == {"autres postures", "assis", "debout", "marche"}
    assert set(told.gaps["groupe_a"]) == {"couché"}
    values = report.measures(told, 0)
    assert values["ecart_1_fppi"][0] == pytest.approx(gap["ecart"])
    text = conclusion.text(told)
    assert "**elles sont moins bien trouvées, de" in text
    assert "synthétiques" not in text


def test_no_gap_is_no_conclusion(accept: Any) -> None:
    told = report.report(accept(*lain(2, lambda *_: 0.8, images=60)), times=300)
    text = conclusion.text(told, synthetic=True)
    assert "**il ne peut pas être conclu qu’elles soient moins bien ou mieux trouvées**" in text
    assert text.startswith("**Données synthétiques**")
    assert figures.figure(told, synthetic=True).get_suptitle() == "Données synthétiques"


def test_a_point_that_is_not_reached_says_so(accept: Any) -> None:
    truth, found = lain(3, images=60, alarms=0)
    # Half of the images have a false alarm surer than all else: 0.1 an image is out of reach.
    for image in range(1, 31):
        box = [600.0, 600.0, 10.0, 30.0]
        found.append({"image_id": image, "category_id": 1, "bbox": box, "score": 2.0})
    told = report.report(accept(truth, found), times=100)
    values = report.measures(told, 0)
    assert values["rappel_couches_0.1_fppi"] == (None, "1", report.NO_POINT)
    assert values["rappel_couches_1_fppi"][0] is not None
    with pytest.raises(DataRefused, match="aucun score ne laisse 1 fausse alerte"):
        report.report(accept(truth, []), times=100)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: one.pop("pose"), "« verite.json » : aucune annotation ne porte « pose »"),
        (lambda one: one.update(pose="debout"), "personne n’est au sol parmi 96 .* lu : debout"),
        (lambda one: one.update(pose="couché", ignore=1), "ensemble vide, aucune boîte à trouver"),
        (lambda one: one.update(ignore=int(one["pose"] == "couché")), "personne n’est au sol"),
        (lambda one: one.update(pose=3), r"pose : mot attendu, reçu 3"),
        (lambda one: one.update(bbox=[0, 0, -5, 9]), "largeur et hauteur positives attendues"),
    ],
)
def test_refused(change: Any, reason: str, accept: Any) -> None:
    truth, found = lain(4, images=12)
    for person in truth["annotations"]:
        change(person)
    with pytest.raises(DataRefused, match=reason):
        accept(truth, found)


def test_the_words_for_lying_are_one(accept: Any) -> None:
    truth, found = lain(5, images=20)
    lying = [one for one in truth["annotations"] if one["pose"] == "couché"]
    for one, word in zip(lying, ("Allongé", "lying"), strict=False):
        one["pose"] = word
    ground, told = accept(truth, found).labels
    assert told.groups == ("couché", "assis", "debout", "marche")
    assert (told.person == 0).sum() == (ground.person == 0).sum() == len(lying)


def test_what_is_not_known_of_an_image_is_not_judged(accept: Any) -> None:
    truth, found = lain(6, images=20)
    by_image: dict[int, list[Told]] = {}
    for person in truth["annotations"]:
        person["pose"] = "debout"
        by_image.setdefault(person["image_id"], []).append(person)
    by_image[1][0]["pose"] = "couché"
    by_image[2][0] |= {"pose": "couché", "ignore": 1}
    del by_image[3][0]["pose"]
    by_image[4][0]["pose"] = "couché"
    del by_image[4][1]["pose"]
    assert posture.lies(accept(truth, found)).tolist() == [1, -1, -1, 1] + [0] * 16


def boxes(*rows: tuple[float, ...]) -> Detections:
    """Of (image, width, height, score)."""
    return made([], [(image, 0, 0, w, h, score) for image, w, h, score in rows])[1]


def test_the_rule_rings_on_a_wide_and_sure_box() -> None:
    found = boxes((0, 20, 10, 0.5), (1, 20, 10, 0.4), (2, 19, 10, 0.9), (3, 0, 0, 0.9))
    assert Rule(2.0, 0.5).rings(found, 5).tolist() == [True, False, False, False, False]
    assert Rule(1.5, 0.4).rings(found, 5).tolist() == [True, True, True, False, False]


def test_the_rule_is_chosen_by_hand() -> None:
    # Two images with somebody lying, two without, then one of another part that would say otherwise.
    lies, part = np.array([1, 1, 0, 0, 0]), np.array([True] * 4 + [False])
    found = boxes(
        (0, 12, 10, 0.8), (1, 12, 10, 0.6), (2, 8, 10, 0.9), (2, 12, 10, 0.5), (4, 90, 10, 1.0)
    )  # fmt: skip
    # 1.25 and more: no box of these four. From 1.0, with 0.6: both ring, no other does.
    assert alarm.choose(found, lies, part) == Rule(1.0, 0.6)
    assert alarm.choose(found, np.abs(lies), ~part) is None
    assert alarm.choose(found, np.ones(5, dtype=int), part) is None
    assert alarm.choose(boxes((0, 5, 10, 0.9)), lies, part) is None
    # An image of which it is not known chooses nothing.
    assert alarm.choose(found, np.array([1, -1, 0, 0, 0]), part) == Rule(1.0, 0.8)


def test_what_the_alarm_is_worth_by_hand() -> None:
    lies = np.array([1] * 10 + [0] * 20 + [-1] * 5)
    rings = np.array([True] * 8 + [False] * 2 + [True] * 2 + [False] * 18 + [True] * 5)
    unit = np.arange(35)
    drawn = np.random.default_rng(0).multinomial(35, np.full(35, 1 / 35), size=500)
    told = alarm.judged(rings, lies, unit, drawn)
    assert told[["mesure", "n", "k"]].to_numpy().tolist() == [
        ["sensibilite", 10, 8], ["specificite", 20, 18], ["precision", 10, 8],
    ]  # fmt: skip
    assert told["valeur"].tolist() == [0.8, 0.9, 0.8]
    assert (told["bas"] < told["valeur"]).all()
    assert (told["valeur"] < told["haut"]).all()
    by_rarity = alarm.by_prevalence(told).set_index("une_image_sur")
    assert by_rarity.loc[2, "precision"] == pytest.approx(0.4 / 0.45)
    assert by_rarity.loc[100, "precision"] == pytest.approx(0.008 / (0.008 + 0.099))
    assert (by_rarity["bas"] < by_rarity["precision"]).all()


def test_an_alarm_that_never_errs_is_not_certain() -> None:
    lies = np.array([1] * 10 + [0] * 10)
    drawn = np.random.default_rng(0).multinomial(20, np.full(20, 1 / 20), size=200)
    told = alarm.judged(lies == 1, lies, np.arange(20), drawn)
    assert told["valeur"].tolist() == [1.0] * 3
    # Wilson's interval of 10 of 10.
    assert told["bas"].tolist() == pytest.approx([0.7225] * 3, abs=1e-4)
    assert alarm.by_prevalence(told)["bas"].iloc[-1] < 0.001


def test_the_alarm_is_told_with_what_it_depends_on(accept: Any) -> None:
    told = report.report(accept(*lain(7, images=200)), times=300)
    assert told.rule == Rule(2.0, told.rule.score)  # type: ignore[union-attr]  # it was chosen
    measured = told.figures.set_index("mesure")["n"]
    assert measured["sensibilite"] + measured["specificite"] == int((~told.development).sum())
    values = report.measures(told, 2)
    rate = told.figures.set_index("mesure").loc["specificite"]
    assert values["fausses_alarmes"][0] == pytest.approx(1000 * (1 - rate["valeur"]))
    assert values["fausses_alarmes_haut"][0] == pytest.approx(1000 * (1 - rate["bas"]))
    text = conclusion.text(told)
    assert "**Ce chiffre tient à ces images**" in text
    assert "dans une image sur 10\u202f000" in text
    assert "Rien ici n’est un diagnostic" in text
    table = report.image_table(told)
    assert set(table["alarme"]) == {"oui", "non"}
    assert set(table["au_sol"]) == {"oui", "non"}


def test_an_alarm_that_cannot_be_set_is_not_judged(accept: Any) -> None:
    truth, found = street(8, worse_lying, images=40)
    # Nobody is wide, lying or not.
    told = report.report(accept(truth, found), times=100)
    assert told.rule is None
    values = report.measures(told, 0)
    assert values["alarme_score"] == (None, "score", report.NO_RULE)
    assert np.isnan(values["alarme_sensibilite"][0])  # type: ignore[arg-type]  # a number, not None
    assert "Alarme non réglée" in conclusion.text(told)
    assert set(report.image_table(told)["alarme"]) == {""}
    assert len(figures.figure(told).axes) == 2


def test_chance_is_not_an_alarm(accept: Any) -> None:
    told = report.report(accept(*lain(9, images=60)), times=200)
    assert told.youden[1] > 0
    assert "fasse mieux que le hasard" not in conclusion.text(told)
    assert "fasse mieux que le hasard" in conclusion.text(replace(told, youden=(0.1, -0.02, 0.3)))


def test_youden_is_drawn_together() -> None:
    """Its interval is that of the difference: two alarms rates of the same images rise and fall together."""
    lies, rings = np.array([1, 0] * 30 + [-1]), np.array([True, True, True, False] * 15 + [True])
    unit = np.r_[np.arange(60) // 2, 30]
    drawn = np.random.default_rng(0).multinomial(31, np.full(31, 1 / 31), size=400)
    value, low, high = alarm.youden(rings, lies, unit, drawn)
    told = alarm.judged(rings, lies, unit, drawn).set_index("mesure")
    assert value == pytest.approx(told.loc["sensibilite", "valeur"] + told.loc["specificite", "valeur"] - 1)
    assert low < value < high
    assert np.isnan(alarm.youden(rings, np.abs(lies) * 0, unit, drawn)).all()


def test_the_verdict_is_that_of_the_corrected_test(accept: Any) -> None:
    told = report.report(accept(*lain(1, images=200, alarms=0.8)), times=100)
    # A point's rows are the family, and no other comparison: whoever reads them can correct them.
    for _point, rows in told.gaps.groupby("point"):
        assert rows["p_holm"].tolist() == pytest.approx(holm(rows["p"].to_numpy()))
    assert told.gap(told.points[-1])["haut"] < 0
    assert "moins bien trouvées, de" in conclusion.text(told)
    unsure = conclusion.text(replace(told, gaps=told.gaps.assign(p_holm=0.06)))
    assert "moins bien trouvées, de" not in unsure
    assert "il ne peut pas être conclu qu’elles soient moins bien" in unsure
    assert "p corrigé 0,0600" in unsure


def test_lying_people_of_few_scenes_and_an_alarm_of_few_images_are_told(accept: Any) -> None:
    few = conclusion.text(report.report(accept(*lain(2, images=50)), times=100))
    assert "**L’alarme n’est mesurée que sur" in few
    truth, found = lain(2, images=120)
    for person in truth["annotations"]:
        if person["image_id"] > 20 and person["pose"] == "couché":
            person["pose"] = "debout"
    lying = {one["image_id"] for one in truth["annotations"] if one["pose"] == "couché"}
    rare = conclusion.text(report.report(accept(truth, found), times=100))
    assert f"**Les personnes au sol ne sont que dans {len(lying)} scènes ou images, moins de 20" in rare
    assert "n’est mesurée que sur" not in rare


def test_an_alarm_that_never_rang_says_so(accept: Any) -> None:
    truth, found = lain(7, images=60)
    one = accept(truth, found)
    part = report.report(one, times=100).development
    held = {at + 1 for at in np.flatnonzero(part)}
    still = [row for row in found if row["image_id"] in held or row["bbox"][2] < row["bbox"][3]]
    told = report.report(accept(truth, still), times=100)
    assert told.rule is not None
    assert report.measures(told, 0)["alarme_precision"][2] == report.NEVER_RANG
    assert "Elle n’a jamais sonné sur ces images" in conclusion.text(told)


def test_a_truth_of_several_classes_asks_for_one(accept: Any, tmp_path: Path) -> None:
    truth, found = lain(5, images=20)
    truth["categories"].append({"id": 3, "name": "voiture"})
    with pytest.raises(DataRefused, match=r"« verite.json » : 2 classes.* 1 \(personne\), 3 \(voiture\)"):
        accept(truth, found)
    files = str(tmp_path / "verite.json"), str(tmp_path / "detections.json")
    assert len(report.read(*files, "personne").sets.truth.categories) == 1
