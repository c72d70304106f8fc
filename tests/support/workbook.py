"""The cells of an .xlsx workbook, with what zip and XML the standard library has."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Cells = dict[str, float | str]
"""« C7 » → its value."""


def sheet(path: Path, name: str) -> Cells:
    """The cells of one sheet that hold something; numbers are floats."""
    with zipfile.ZipFile(path) as book:
        shared = [
            "".join(part.text or "" for part in one.iter(f"{MAIN}t"))
            for one in _tree(book, "xl/sharedStrings.xml").iter(f"{MAIN}si")
        ]
        targets = {one.get("Id"): one.get("Target") for one in _tree(book, "xl/_rels/workbook.xml.rels")}
        (wanted,) = [
            one for one in _tree(book, "xl/workbook.xml").iter(f"{MAIN}sheet") if one.get("name") == name
        ]
        return {
            cell.get("r", ""): shared[int(value.text or 0)] if cell.get("t") == "s" else _number(value.text)
            for cell in _tree(book, f"xl/{targets[wanted.get(RELATION)]}").iter(f"{MAIN}c")
            if (value := cell.find(f"{MAIN}v")) is not None
        }


def _tree(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(book.read(name))


def _number(text: str | None) -> float | str:
    try:
        return float(text or "")
    except ValueError:
        return text or ""
