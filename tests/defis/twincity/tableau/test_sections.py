"""The dashboard's sections, as a reader without a mouse, without sight, or with bad data gets them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from archipel.defis.page.words import figure
from archipel.defis.twincity import curves, wording
from archipel.defis.twincity.evaluation import Sets
from archipel.defis.twincity.metrics.missrate import POINTS, miss_rates, scored
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.boxes import Detections, Truth
from archipel.defis.twincity.tableau import (
    conditions,
    fairness,
    finetuning,
    missrate,
    outcomes,
    page,
    pictures,
    publication,
    published,
)
from archipel.defis.twincity.tableau.published import Published
from support.detectionsets import made

HOSTILE = "<script>alert('x')</script><img src=x onerror=\"alert(1)\">&amp;"
Leave = Callable[..., Path]


def sections(run: Published, audit: publication.Publication | None) -> dict[str, str]:
    found = published.evidence(run, audit)
    return {
        "opening": page.opening(run, audit),
        "scenes": pictures.scenes(run),
        "conditions": conditions.conditions(found),
        "curve": missrate.curve(found),
        "fairness": fairness.fairness(found),
        "pairs": fairness.pairs(found),
        "finetuning": finetuning.finetuning(audit),
        "method": page.method(run, found),
    }


@pytest.fixture(scope="module")
def alone(run: Published) -> dict[str, str]:
    return sections(run, None)


@pytest.fixture(scope="module")
def whole(run: Published, reference: Path) -> dict[str, str]:
    return sections(run, publication.read(reference))


def tree(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{text}</div>")


def test_names_from_files_are_text_never_markup(leave: Leave) -> None:
    text = "".join(sections(published.read(leave(HOSTILE, HOSTILE)), None).values())
    drawn = tree(text)
    assert not {"script", "iframe", "object", "a", "link"} & {one.tag for one in drawn.iter()}
    assert not [name for one in drawn.iter() for name in one.attrib if name.startswith("on")]
    sources = {one.get("src", "")[:23] for one in drawn.iter("img")}
    assert sources == {"data:image/jpeg;base64,"}
    assert "<script" not in text
    assert "".join(drawn.itertext()).count("alert('x')") >= 2


@pytest.mark.parametrize("given", ["alone", "whole"])
def test_every_drawing_has_words_and_a_table(given: str, request: pytest.FixtureRequest) -> None:
    told: dict[str, str] = request.getfixturevalue(given)
    drawn = tree("".join(told.values()))
    identifiers = [one.get("id") for one in drawn.iter() if one.get("id")]
    assert len(identifiers) == len(set(identifiers))
    images = [svg for svg in drawn.iter("svg") if svg.get("role") == "img"]
    assert images
    for svg in images:
        words = [svg.findtext("title"), svg.findtext("desc")]
        assert all((one or "").strip() for one in words)
        assert (svg.get("aria-labelledby") or "").split()[0] in identifiers
    others = [svg for svg in drawn.iter("svg") if svg.get("role") != "img"]
    assert {svg.get("aria-hidden") for svg in others} == {"true"}
    assert all(len(one.get("alt", "")) > 40 for one in drawn.iter("img"))
    for name in ("scenes", "conditions", "curve", "fairness"):
        part = tree(told[name])
        assert list(part.iter("table")), name
    for one in drawn.iter("table"):
        assert (one.findtext("caption") or "").strip()
        assert {head.get("scope") for head in one.iter("th")} == {"col", "row"}


@pytest.mark.parametrize("given", ["alone", "whole"])
def test_what_comes_from_scenes_says_synthetic(given: str, request: pytest.FixtureRequest) -> None:
    told: dict[str, str] = request.getfixturevalue(given)
    for name in ("opening", "scenes", "conditions", "curve", "fairness"):
        assert "données synthétiques" in told[name], name


def test_what_is_not_there_is_said(alone: dict[str, str], whole: dict[str, str]) -> None:
    for name in ("opening", "fairness", "pairs", "finetuning"):
        assert "Pas encore là" in alone[name], name
    for name in ("opening", "conditions", "curve", "fairness", "pairs"):
        assert "Pas encore là" not in whole[name], name
    assert "Pas encore là" in whole["finetuning"]


def test_a_detector_has_its_own_block(whole: dict[str, str]) -> None:
    """The one that finds tone 10 badly is told so; nothing is said of the other, and no mean is made."""
    drawn = tree(whole["fairness"])
    blocks = [one for one in drawn.iter("div") if one.get("class") == "tcy-detecteur"]
    fair, unfair = ("".join(one.itertext()) for one in blocks)
    assert fair.startswith("hog ")
    assert "Aucun écart établi" in fair
    assert unfair.startswith("hog-rapide ")
    assert "1 écart établi sur 9" in unfair


def test_pairs_are_concluded_by_their_corrected_power(run: Published, reference: Path) -> None:
    found = published.evidence(run, publication.read(reference))
    assert found.pairs is not None

    def told(after: float) -> str:
        assert found.pairs is not None
        more = {"bas": -0.1, "haut": 0.1, "p_holm": 0.5, "puissance_3_points": 0.9}
        rows = found.pairs.assign(**more, puissance_apres_correction=after)
        return fairness.pairs(replace(found, pairs=rows))

    assert "ne peut pas être conclu" in told(0.7)
    assert "ne peut pas être conclu" not in told(0.85)


def test_pictures_tell_what_the_audit_counted(run: Published) -> None:
    judged = outcomes.outcomes(run.sets, run.score)
    frame = run.tables["conditions"]
    row = frame[(frame["condition"] == "ensemble") & (frame["iou"] == 0.5)].iloc[0]
    each = [judged.of(at) for at in range(len(run.images))]
    assert sum(one.persons for one in each) == row["n"]
    assert sum(len(one.found) for one in each) == row["detectes"]
    assert sum(len(one.false) for one in each) / len(each) == pytest.approx(row["fppi"])
    assert sum(len(one.right) for one in each) == row["detectes"]


def test_pictures_are_chosen_by_what_they_show(run: Published) -> None:
    persons = outcomes.outcomes(run.sets, run.score).persons()
    told = pictures.chosen(run.images, persons)
    assert len({at for _heading, at in told}) == len(told) >= 4
    shown = dict(told)
    assert run.images[shown["De nuit"]]["night"] is True
    assert run.images[shown["Sous la pluie"]]["weather"] == "pluie"
    assert run.images[shown["D’en haut"]]["pitch"] <= -40


def test_a_picture_is_small_whatever_it_shows() -> None:
    """Noise is what compresses least: six such pictures and the rest make a page of 2 MB at most."""
    noise = np.random.default_rng(0).integers(0, 256, (1080, 1920, 3), dtype=np.uint8)
    assert len(pictures.embedded(noise)) < 300_000


def test_a_picture_says_what_is_drawn_over_it(whole: dict[str, str]) -> None:
    alts = [one.get("alt", "") for one in tree(whole["scenes"]).iter("img")]
    assert alts
    assert all(one.endswith("Les boîtes sont dessinées par-dessus.") for one in alts)


@pytest.mark.parametrize("seed", range(3))
def test_the_curve_that_is_shown_tells_the_miss_rates_of_the_whole_one(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut twice, to very few points: what is read at the usual ones is that of every detection."""
    monkeypatch.setattr(curves, "MOST_POINTS", 5)
    truth, found = made_street(seed)
    table = curves.curve_table(Sets(truth, found, (), mot=False)).assign(detecteur="x")
    cut = published.thinned(table[publication.CURVE], 4)
    assert len(cut) < 4 + len(POINTS) + 1 < len(found.box)
    expected = miss_rates(scored(truth, found))
    assert [missrate.rate_at(cut, point) for point in POINTS] == pytest.approx(expected)
    assert missrate.rate_at(cut[:0], 1.0) is None


def made_street(seed: int) -> tuple[Truth, Detections]:
    """200 images; where ``seed`` is odd the three surest detections are false: none is right at 0.01."""
    random = np.random.default_rng(seed)
    people = [(at, 10.0, 10.0, 20.0, 40.0) for at in range(200)]
    right = [(*one, float(random.random())) for one in people if random.random() < 0.8]
    wrong = [
        (int(random.integers(200)), 100.0, 100.0, 20.0, 40.0, float(random.random() * 0.9))
        for _ in range(300)
    ]
    sure = [(0, 200.0, 100.0, 20.0, 40.0, 2.0 + k) for k in range(3 * (seed % 2))]
    return made(people, [*right, *wrong, *sure], images=200)


def cards(run: Published) -> dict[str, tuple[str, str]]:
    return {label: (value, note) for label, value, note in page.key_figures(run)}


def test_key_figures_are_those_of_the_audit(run: Published) -> None:
    told = cards(run)
    frame = run.tables["conditions"]
    night = frame[(frame["condition"] == "nuit") & (frame["groupe"] == "nuit") & (frame["iou"] == 0.5)]
    assert told["De nuit"][0] == wording.percent(night["rappel"].iloc[0])
    assert told["Fausses alertes"][0] == figure(run.detector.fppi, 2)
    assert told["Scènes"] == ("60", "480 personnes à trouver")
    sure, compared = told["Écarts de teint établis avec Monk 1"][0].split(" sur ")
    assert compared == "9"
    gaps = run.tables["ecarts"]
    first = gaps[(gaps["condition"] == "teint") & (gaps["groupe_a"] == "Monk 1")]
    assert int(sure) == (first["p_holm"] < 0.05).sum()


def test_nothing_compared_is_no_success(run: Published) -> None:
    none = {**run.tables, "ecarts": run.tables["ecarts"][:0], "conditions": run.tables["conditions"][:0]}
    told = cards(replace(run, tables=none))
    assert told["Écarts de teint établis avec Monk 1"] == ("—", "10 non calculables")
    assert told["Vue d’en haut"] == ("—", "sous −40° ; non mesuré")


def test_only_the_champion_is_called_so(run: Published, whole: dict[str, str]) -> None:
    assert "La championne" not in whole["opening"]
    assert "La championne" in page.opening(replace(run, champion=True), None)
    assert "graine 20261126" in page.opening(replace(run, result={"graine": 20261126}), None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ([], "« audit.json » : objet attendu"),
        ({"detecteurs": ["hog"]}, "le détecteur « hog » et son « score_min » attendus"),
        ({"detecteurs": {"hog": {"score_min": True}}}, "« score_min » attendus"),
        ({"detecteurs": {"hog": {"score_min": 0.5, "rappel": "fort"}}}, "rappel : nombre de 0 à 1 attendu"),
    ],
)
def test_an_audit_that_is_wrong_is_refused(leave: Leave, tmp_path: Path, change: Any, said: str) -> None:
    shutil.copytree(leave(), tmp_path, dirs_exist_ok=True)
    (tmp_path / "audit.json").write_text(json.dumps(change), encoding="utf-8")
    with pytest.raises(DataRefused, match=said):
        published.read(tmp_path)


@pytest.mark.parametrize("name", ["result.json", "audit.json", "jeu/verite.json", "ecarts.parquet"])
def test_a_run_that_is_not_whole_is_refused(leave: Leave, tmp_path: Path, name: str) -> None:
    for path in leave().rglob("*"):
        if path.is_file() and path.relative_to(leave()).as_posix() != name:
            target = tmp_path / path.relative_to(leave())
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path)
    with pytest.raises(DataRefused, match=f"« {name} » manque ; lancer d’abord l’exécution"):
        published.read(tmp_path)
