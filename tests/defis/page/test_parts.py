"""Parts of a page: what a hostile name becomes, what a reader without sight hears, what the sheet holds."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from archipel.defis.page.parts import BADGE, header, note, root, scrolling, section, table
from archipel.defis.page.style import sheet
from archipel.defis.page.words import Markup, safe
from support.source import SOURCE

HOSTILE = "<script>alert('x')</script>\"&"


def test_text_is_escaped_everywhere_but_what_was_made_here() -> None:
    told = "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;&amp;"
    assert safe(HOSTILE) == told
    assert safe(Markup("<b>1</b>")) == "<b>1</b>"
    text = root(
        header(HOSTILE, HOSTILE, "", [(HOSTILE, HOSTILE, HOSTILE)]),
        section(HOSTILE, note(HOSTILE), title=HOSTILE),
        table(HOSTILE, (HOSTILE,), [(HOSTILE, HOSTILE)], HOSTILE),
        scrolling(HOSTILE, (2, 1), ""),
    )
    assert "<script" not in text
    assert "'x'" not in text
    assert text.count(told) == 5 + 3 + 6 + 2


def test_what_is_drawn_or_tabled_has_a_name_and_a_keyboard_reaches_what_scrolls() -> None:
    text = root(
        section("Carte", table("Taux", ("Lieu", "Taux"), [("Rennes", 2)], "Voir"), badge=BADGE),
        section("Rang", scrolling("Courbe", (20, 10), "<g/>"), title="Rang de 2024"),
    )
    drawn = ElementTree.fromstring(text)
    assert [one.get("aria-label") for one in drawn.iter("section")] == ["Carte", "Rang de 2024"]
    assert "".join(next(drawn.iter("h2")).itertext()) == "Carte données synthétiques"
    scrolls = [one for one in drawn.iter() if one.get("tabindex")]
    assert [(one.get("role"), one.get("aria-label")) for one in scrolls] == [
        ("region", "Taux"),
        ("region", "Courbe"),
    ]
    assert [(one.get("scope"), one.text) for one in drawn.iter("th")] == [
        ("col", "Lieu"),
        ("col", "Taux"),
        ("row", "Rennes"),
    ]
    assert next(drawn.iter("svg")).get("viewBox") == "0 0 20 10"
    assert "<details" not in table("Taux", ("Lieu",), [])


def test_the_sheet_has_each_common_class_that_a_page_names(tmp_path: Path) -> None:
    named = {
        name
        for path in (SOURCE / "defis").rglob("*.py")
        for name in re.findall(r"(?<![\w.-])arc-[a-z-]+", path.read_text(encoding="utf-8"))
    }
    (tmp_path / "style.css").write_text(".arc{--rouge:#ce0500}\n", encoding="utf-8")
    text = sheet(tmp_path / "style.css")
    assert {"arc-bloc", "arc-cles", "arc-defile"} <= named <= set(re.findall(r"\.(arc-[a-z-]+)", text))
    assert text.endswith("\n.arc{--rouge:#ce0500}\n</style>")
