"""The territories of the three levels and how they nest."""

from __future__ import annotations

import pytest

from archipel.defis.pilote import territories


def test_there_are_101_departements_in_18_regions() -> None:
    assert len(territories.DEPARTEMENTS) == 101
    assert len(territories.REGIONS) == 18


def test_each_departement_lies_in_one_region_and_each_region_holds_some() -> None:
    held = [code for region in territories.REGIONS for code in territories.members("reg", region, "dept")]
    assert sorted(held) == sorted(territories.DEPARTEMENTS)
    assert all(territories.members("reg", region, "dept") for region in territories.REGIONS)
    assert territories.members("reg", "53", "dept") == ("22", "29", "35", "56")
    assert territories.members("reg", "94", "dept") == ("2A", "2B")
    assert len(territories.members("nat", "FRANCE", "dept")) == 101
    assert len(territories.members("nat", "FRANCE", "reg")) == 18


@pytest.mark.parametrize("code", ["20", "96", "975", "1", "2a", "", "FRANCE"])
def test_what_is_no_departement_is_not_known(code: str) -> None:
    assert not territories.known("dept", code)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("D01", ("dept", "01")),
        ("D2A", ("dept", "2A")),
        ("D976", ("dept", "976")),
        ("R84", ("reg", "84")),
        ("FRANCE", ("nat", "FRANCE")),
        ("France", ("nat", "FRANCE")),
        (" D35 ", ("dept", "35")),
        ("D20", None),
        ("R99", None),
        ("35", None),
        ("", None),
    ],
)
def test_zones_are_read_as_pilote_writes_them(text: str, zone: tuple[str, str] | None) -> None:
    assert territories.read_zone(text) == zone


def test_a_zone_is_written_as_it_is_read() -> None:
    for level, codes in (("dept", territories.DEPARTEMENTS), ("reg", territories.REGIONS)):
        for code in codes:
            assert territories.read_zone(territories.zone(level, code)) == (level, code)
    assert territories.zone("nat", "FRANCE") == "FRANCE"


def test_each_territory_has_its_name_and_its_parent() -> None:
    assert territories.name_of("dept", "29") == "Finistère"
    assert territories.name_of("reg", "53") == "Bretagne"
    assert territories.name_of("nat", "FRANCE") == "France"
    assert territories.parent("dept", "29", "reg") == "53"
    assert territories.parent("dept", "29", "nat") == "FRANCE"
    assert territories.parent("reg", "53", "nat") == "FRANCE"
