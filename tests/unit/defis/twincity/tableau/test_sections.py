"""The dashboard's sections, as a reader without a mouse, without sight, or with bad data gets them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

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
    # Whatever the detector found there.
    deaf = outcomes.outcomes(run.sets, 2.0).persons()
    assert pictures.chosen(run.images, deaf) == told


def test_the_page_is_small(whole: dict[str, str]) -> None:
    assert sum(len(text.encode()) for text in whole.values()) < 1_000_000


@pytest.mark.parametrize("name", ["result.json", "audit.json", "jeu/verite.json", "ecarts.parquet"])
def test_a_run_that_is_not_whole_is_refused(leave: Leave, tmp_path: Path, name: str) -> None:
    for path in leave().rglob("*"):
        if path.is_file() and path.relative_to(leave()).as_posix() != name:
            target = tmp_path / path.relative_to(leave())
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path)
    with pytest.raises(published.DataRefused, match=f"« {name} » manque ; lancer d’abord l’exécution"):
        published.read(tmp_path)
