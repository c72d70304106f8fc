"""Codes of French territories (INSEE, Code officiel géographique): which ones a parameter accepts."""

from __future__ import annotations

import re

DEPARTEMENTS = (
    {f"{n:02d}" for n in range(1, 96) if n != 20} | {"2A", "2B"} | {str(n) for n in (971, 972, 973, 974, 976)}
)
REGIONS = {
    "01",
    "02",
    "03",
    "04",
    "06",
    "11",
    "24",
    "27",
    "28",
    "32",
    "44",
    "52",
    "53",
    "75",
    "76",
    "84",
    "93",
    "94",
}


COMMUNE = re.compile(r"(0[1-9]|[1-8][0-9]|9[0-5]|2A|2B)[0-9]{3}|97[12346][0-9]{2}")


def is_territory(code: str) -> bool:
    """A département (``35``, ``2A``), a region (``R11``), a commune (``35238``) or ``FRANCE``."""
    region = code[:1] == "R" and code[1:] in REGIONS
    return code == "FRANCE" or code in DEPARTEMENTS or region or COMMUNE.fullmatch(code) is not None
