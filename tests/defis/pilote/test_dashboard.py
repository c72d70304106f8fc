"""The dashboard's sections, as a reader without a mouse, without sight, or with bad data gets them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from archipel.defis.pilote import territories
from archipel.defis.pilote.alerts import alerts_table
from archipel.defis.pilote.measures import measures
from archipel.defis.pilote.policies import policies_table
from archipel.defis.pilote.refusal import DataRefused
from archipel.defis.pilote.structure import Structure
from archipel.defis.pilote.tableau import figures, local, page, small
from archipel.defis.pilote.tableau.view import Published, position, read_published, view
from archipel.defis.pilote.tables import rates_table, series_table

Records = Callable[..., pd.DataFrame]
Publish = Callable[..., Published]
CONTOURS = Path(__file__).parents[3] / "notebooks" / "pilote" / "donnees" / "contours.json"
HOSTILE = "<script>alert('x')</script><img src=x onerror=\"alert(1)\">&amp;"
KEY = {"maille": "dept", "politique": "OVQ-DMS", "indicateur": "nb-maisons-sante"}
LATE = {"territoire": "29", "valeur": 1, "valeur_precedente": 2, "date_precedente": "2021-06-30"}
SECTIONS = (page.opening, page.overview, local.territory, small.series, page.missing, page.method)


@pytest.fixture(scope="module")
def publish(records: Records, structure: Structure) -> Publish:
    """A run as it is published, from rows; ``name`` names its policy, its indicators and its units."""
    contours = json.loads(CONTOURS.read_text(encoding="utf-8"))

    def made(*rows: dict[str, Any], name: str = "", origin: str = "essai") -> Published:
        known = structure
        if name:
            renamed = {k: replace(one, name=name, unit=name) for k, one in structure.indicators.items()}
            known = Structure(dict.fromkeys(structure.policies, name), renamed, structure.active)
        read = records(*rows)
        points = [
            {**{key: row[key] for key in KEY}, "territoire": row["territoire"], "date": day, "valeur": value}
            for row in read.to_dict("records")
            for day, value in (("2019-12-31", 1.0), ("2021-12-31", 3.0))
        ]
        rates = rates_table(read, known)
        policies = policies_table(rates, known)
        alerts = alerts_table(rates, policies)
        metrics = {
            key: {"value": value} for key, (value, _u, _r) in measures(rates, policies, alerts, 0).items()
        }
        series = series_table(read, pd.DataFrame(points))
        return Published(rates, policies, alerts, series, contours, {"metrics": metrics, "origine": origin})

    return made


@pytest.fixture(scope="module")
def alone(publish: Publish) -> Publish:
    """Of each level, one territory and one indicator."""
    own = {"dept": "29", "reg": "53", "nat": "FRANCE"}
    return cache(lambda level: publish({"maille": level, "territoire": own[level]}))


@pytest.fixture(scope="module")
def departements(publish: Publish) -> Callable[..., Published]:
    """Every département: two indicators each, Finistère late and going down, Paris without a value."""

    @cache
    def made(**options: str) -> Published:
        rows: list[dict[str, Any]] = []
        for rank, code in enumerate(territories.DEPARTEMENTS):
            one: dict[str, Any] = {"territoire": code, "valeur": 4 + rank % 7}
            if code == "29":
                one = LATE
            elif code == "75":
                one |= {"valeur": None}
            rows += [one, one | {"indicateur": "nb-centres-sante"}]
        return publish(*rows, **options)

    return made


def whole(published: Published, policy: str | None, level: str | None, territory: str) -> str:
    seen = view(published, policy, level, territory)
    return "".join(section(seen) for section in SECTIONS)


@pytest.fixture(scope="module")
def pages(departements: Callable[..., Published]) -> Callable[..., str]:
    """The page of a view of every département; ``name``: of its policies, its indicators, its origin."""

    @cache
    def page_of(policy: str | None, level: str | None, territory: str, name: str = "") -> str:
        published = departements(name=name, origin=name or "essai")
        return whole(published, policy, level, territory)

    return page_of


def tree(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{text}</div>")


VIEWS = [
    (None, None, "29"),
    ("OVQ-DMS", None, "29"),
    ("OVQ-DMS", "dept", "75"),
    ("OVQ-DMS", "reg", "R53"),
    (None, "nat", "FRANCE"),
    ("OVQ-APP", None, "29"),
]


@pytest.mark.parametrize(("policy", "level", "territory"), VIEWS)
def test_names_from_the_data_are_text_never_markup(
    pages: Callable[..., str], policy: str | None, level: str | None, territory: str
) -> None:
    text = pages(policy, level, territory, HOSTILE)
    drawn = tree(text)
    assert not {"script", "img", "iframe", "object", "a", "link", "b-x"} & {one.tag for one in drawn.iter()}
    assert not [name for one in drawn.iter() for name in one.attrib if name.startswith("on")]
    assert "<script" not in text
    assert "&lt;script&gt;alert(&#x27;x&#x27;)" in text
    assert "".join(drawn.itertext()).count(HOSTILE) >= 1


@pytest.mark.parametrize(("policy", "level", "territory"), VIEWS)
def test_every_drawing_has_a_title_a_description_and_its_table(
    pages: Callable[..., str], policy: str | None, level: str | None, territory: str
) -> None:
    drawn = tree(pages(policy, level, territory))
    parents = {child: parent for parent in drawn.iter() for child in parent}
    drawings = list(drawn.iter("svg"))
    bands = [one for one in drawn.iter("ul") if one.get("class", "").startswith("pil-bandes")]
    assert drawings
    identifiers = [one.get("id") for one in drawn.iter() if one.get("id")]
    assert len(identifiers) == len(set(identifiers))
    for svg in drawings:
        title, description = svg.find("title"), svg.find("desc")
        assert title is not None
        assert description is not None
        assert (title.text or "").strip()
        assert (description.text or "").strip()
        assert svg.get("role") == "img"
        assert svg.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    for band in bands:
        assert band.get("aria-label")
    for drawing in drawings + bands:
        holder = parents[drawing]
        while holder.tag not in ("section", "div") and holder.find(".//table") is None:
            holder = parents[holder]
        assert holder.find(".//table/caption") is not None, ElementTree.tostring(drawing)[:200]


@pytest.mark.parametrize(("policy", "level", "territory"), VIEWS)
def test_the_page_is_read_with_a_keyboard_alone(
    pages: Callable[..., str], policy: str | None, level: str | None, territory: str
) -> None:
    drawn = tree(pages(policy, level, territory))
    folded = list(drawn.iter("details"))
    assert folded or policy == "OVQ-APP"
    for details in folded:
        assert details[0].tag == "summary"
        assert (details[0].text or "").strip()
    for one in drawn.iter():
        assert one.get("tabindex") in (None, "0")
        scrolls = one.get("class") == "arc-defile"
        assert scrolls == (one.get("tabindex") == "0")
        if scrolls:
            assert one.get("role") == "region"
            assert one.get("aria-label")
    for table in drawn.iter("table"):
        assert (table.findtext("caption") or "").strip()
        assert all(head.get("scope") == "col" for head in table.findall("thead/tr/th"))
        rows = table.findall("tbody/tr")
        assert rows
        assert all(row[0].tag == "th" and row[0].get("scope") == "row" for row in rows)
    for section in drawn.iter("section"):
        assert section.get("aria-label") or section.findtext("h2")


@pytest.mark.parametrize(("policy", "level", "territory"), VIEWS)
def test_the_page_asks_nothing_of_another_host(
    pages: Callable[..., str], policy: str | None, level: str | None, territory: str
) -> None:
    text = pages(policy, level, territory)
    assert "<style>" in text
    assert not re.search(r"https?:|//|@import|@font-face|javascript:", text)
    assert set(re.findall(r"url\([^)]*\)", text)) <= {"url(#pil-hachures)"}
    assert not re.search(r"\s(?:src|href|srcset|action)=", text)


def test_a_missing_rate_is_told_never_shown_as_0(departements: Callable[..., Published]) -> None:
    seen = view(departements(), "OVQ-DMS", None, "75")
    drawn = tree(page.overview(seen))
    cells = {row[0].text: row[1].text for row in drawn.iter("tr") if len(row) == 2}
    assert cells["Paris (75)"] == "non calculable"
    assert cells["Finistère (29)"] == "10\u202f%"
    shape = next(one for one in drawn.iter("path") if (one.findtext("title") or "").startswith("Paris"))
    assert shape.get("fill") == "url(#pil-hachures)"
    assert "Paris" not in {name for _code, name, _rate in seen.ranking}
    assert "taux non calculable" in page.opening(seen)
    listed = page.missing(seen)
    assert "valeur absente" in listed
    assert "2 taux sur 202 ne peuvent pas être calculés" in listed


def test_the_chosen_territory_shows_its_rates_its_alerts_and_its_series(
    departements: Callable[..., Published],
) -> None:
    seen = view(departements(), "OVQ-DMS", None, "29")
    text = local.territory(seen)
    assert "Finistère (29)" in text
    assert "3 alertes" in text
    assert "le taux passe de 20,0 % à 10,0 %" in text
    assert "points de retard sur la médiane" in text
    drawn = tree(small.series(seen))
    charts = list(drawn.iter("figure"))
    assert len(charts) == 2
    assert "4 valeurs, la dernière : 1 en juin 2022 ; cible 10" in "".join(charts[1].itertext())
    days = [row[0].text for row in charts[0].iter("tr")][1:]
    assert days == ["juin 2017", "décembre 2019", "juin 2021", "décembre 2021", "juin 2022", "décembre 2022"]


def test_the_ranking_is_from_the_highest_to_the_lowest_and_equals_share_their_rank(
    departements: Callable[..., Published],
) -> None:
    ranking = view(departements(), None, None, "29").ranking
    assert len(ranking) == 100
    rates = [rate for _code, _name, rate in ranking]
    assert rates == sorted(rates, reverse=True)
    assert position(ranking, rates[0]) == 1
    assert position(ranking, rates[-1]) == 100
    best = rates.count(rates[0])
    assert best > 1
    assert position(ranking, rates[best]) == best + 1


def test_a_coarser_level_shows_the_median_of_its_members(publish: Publish) -> None:
    rows = [
        {"territoire": code, "valeur": value, "indicateur": indicator}
        for code, value in (("22", 1), ("29", 2), ("35", 9), ("2A", 4), ("75", None))
        for indicator in ("nb-maisons-sante", "nb-centres-sante")
    ]
    seen = view(publish(*rows), "OVQ-DMS", "reg", "R53")
    assert seen.ranking == [("94", "Corse", 40.0), ("53", "Bretagne", 20.0)]
    assert seen.median == 30
    assert seen.grouped
    assert seen.by_departement["56"] == 20
    assert seen.by_departement["75"] is None
    nation = view(publish(*rows), "OVQ-DMS", "nat", "FRANCE")
    assert nation.ranking == [("FRANCE", "France", 30.0)]


def test_a_policy_that_the_file_does_not_follow_gives_an_empty_page_that_says_so(
    departements: Callable[..., Published],
) -> None:
    text = whole(departements(), "OVQ-APP", None, "29")
    assert "Aucun taux ne peut être calculé" in text
    assert "Le fichier publié ne suit pas cette politique à cette maille." in text


@pytest.mark.parametrize(
    ("base", "code", "territory"),
    [
        ("dept", "29", ("dept", "29")),
        ("dept", "2A", ("dept", "2A")),
        ("dept", "974", ("dept", "974")),
        ("dept", "35238", ("dept", "35")),
        ("dept", "2A004", ("dept", "2A")),
        ("dept", "97411", ("dept", "974")),
        ("dept", "R53", ("reg", "53")),
        ("dept", "FRANCE", ("nat", "FRANCE")),
        ("reg", "R53", ("reg", "53")),
        ("reg", "29", ("reg", "53")),
        ("nat", "29", ("nat", "FRANCE")),
    ],
)
def test_a_territory_is_shown_at_the_published_level(
    alone: Publish, base: str, code: str, territory: tuple[str, str]
) -> None:
    assert view(alone(base), None, None, code).territory == territory


@pytest.mark.parametrize(
    "code", ["20", "99", "", "1", "35xyz", "3523", "352380", "R99", "R", "D29", "france", "97", HOSTILE]
)
def test_an_unknown_territory_is_refused(alone: Publish, code: str) -> None:
    with pytest.raises(DataRefused) as told:
        view(alone("dept"), None, None, code)
    assert str(told.value) == f"territoire : « {code} » inconnu"


def test_a_level_finer_than_the_published_one_is_refused(alone: Publish) -> None:
    with pytest.raises(DataRefused) as told:
        view(alone("reg"), None, "dept", "R53")
    assert str(told.value) == "maille : « dept » refusée : le résultat publié est à la maille régionale"


@pytest.mark.parametrize("level", ["dept", "reg", "nat"])
def test_the_page_of_each_published_level_is_whole(publish: Publish, level: str) -> None:
    own = {"dept": "29", "reg": "53", "nat": "FRANCE"}[level]
    both = [
        {"maille": level, "territoire": own, "indicateur": one}
        for one in ("nb-maisons-sante", "nb-centres-sante")
    ]
    text = whole(publish(*both), "OVQ-DMS", None, "FRANCE" if level == "nat" else "29")
    tree(text)
    assert "50\u202f%" in text


def test_a_territory_of_another_level_is_told_to_choose_one_of_this_level(
    departements: Callable[..., Published],
) -> None:
    seen = view(departements(), None, None, "R53")
    assert "choisir un territoire de cette maille" in local.territory(seen)
    assert small.series(seen) == ""


def test_what_is_published_is_read_back(publish: Publish, tmp_path: Path) -> None:
    published = publish({}, {"territoire": "22", "valeur": None})
    with pytest.raises(DataRefused) as told:
        read_published(tmp_path)
    assert str(told.value) == ("aucun résultat publié : « taux.parquet » manque ; lancer d’abord l’exécution")
    tables = {
        "taux": published.rates,
        "politiques": published.policies,
        "alertes": published.alerts,
        "series": published.series,
    }
    for name, frame in tables.items():
        frame.to_parquet(tmp_path / f"{name}.parquet", index=False)
    (tmp_path / "contours.json").write_text(json.dumps(published.contours))
    with pytest.raises(DataRefused, match=r"« result\.json » manque"):
        read_published(tmp_path)
    (tmp_path / "result.json").write_text(json.dumps(published.result))
    assert whole(read_published(tmp_path), None, None, "29") == whole(published, None, None, "29")


@pytest.mark.parametrize("level", ["dept", "reg", "nat"])
def test_the_figures_of_a_run_are_whole_svg_documents(publish: Publish, level: str) -> None:
    own = {"dept": ["22", "29"], "reg": ["53", "94"], "nat": ["FRANCE"]}[level]
    rows = [
        {"maille": level, "territoire": code, "indicateur": one, "valeur": 5 - rank}
        for rank, code in enumerate(own)
        for one in ("nb-maisons-sante", "nb-centres-sante")
    ]
    published = publish(*rows, name=HOSTILE)
    name = "{http://www.w3.org/2000/svg}"
    for text in (
        figures.map_file(published.contours, published.policies),
        figures.bars_file(published.policies),
    ):
        root = ElementTree.fromstring(text.encode())
        assert root.tag == f"{name}svg"
        assert root.findtext(f"{name}title")
        assert root.findtext(f"{name}desc")
        assert not list(root.iter(f"{name}script"))
        assert not re.search(r"https?:", text.replace("http://www.w3.org/2000/svg", ""))
    shapes = {
        one.findtext(f"{name}title"): one.get("fill")
        for one in ElementTree.fromstring(
            figures.map_file(published.contours, published.policies).encode()
        ).iter(f"{name}path")
    }
    assert "Finistère (29) : 50\u202f%" in shapes or level == "dept"
    assert sum(told is not None and "non calculable" in told for told in shapes) == {
        "dept": 99, "reg": 101 - 6, "nat": 0,
    }[level]  # fmt: skip


def test_the_figures_of_a_run_without_any_rate_are_whole_too(publish: Publish) -> None:
    published = publish({"cible": None})
    for text in (
        figures.map_file(published.contours, published.policies),
        figures.bars_file(published.policies),
    ):
        ElementTree.fromstring(text.encode())
