"""What a fresh installation starts with: registered once, the champion, and told for what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archipel.catalog.load import load_catalog
from archipel.catalog.models import Catalog
from archipel.models.champions import Champions
from archipel.models.shipped import REASON, start
from support.registered import NAME, WEIGHTS, MemoryRegistry, audit, card, written
from support.source import ROOT

FOLDER = "notebooks/twincity/donnees/modele"


class Memory:
    """A journal that is read back."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, row: Any) -> None:
        self.rows.append(dict(row))

    def of(self, model: str) -> list[dict[str, Any]]:
        return [row for row in reversed(self.rows) if row["model"] == model]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(ROOT)


def test_it_is_registered_with_its_files_and_stands_by_an_override_that_says_why(catalog: Catalog) -> None:
    registry, journal = MemoryRegistry(), Memory()
    champions = Champions(registry, journal, lambda: catalog)
    (made,) = start(champions, catalog, ROOT)
    assert (made.model, made.version, made.by, made.previous) == (NAME, 1, "installation", None)
    assert registry.champion(NAME) == 1
    assert {"carte.json", "yolo-fastest-1.1_body.cfg", "yolo-fastest-1.1_body.weights"} <= set(
        registry.kept[0]
    )
    assert registry.kept[0]["carte.json"] == (ROOT / FOLDER / "carte.json").read_bytes()
    # The card is whole, the audit is of this very file: what is missed are thresholds.
    assert {one["threshold"] for one in made.refusals} == {
        "audit.gaps.teint.estimate_max",
        "audit.measures.rappel.min",
    }
    assert made.reason == REASON
    assert champions.promotions(NAME) == [made]


def test_it_is_done_once(catalog: Catalog) -> None:
    registry = MemoryRegistry()
    champions = Champions(registry, Memory(), lambda: catalog)
    assert len(start(champions, catalog, ROOT)) == 1
    assert start(champions, catalog, ROOT) == []


def test_what_somebody_registered_is_left_alone(catalog: Catalog) -> None:
    registry = MemoryRegistry((written(card()), None))
    assert start(Champions(registry, Memory(), lambda: catalog), catalog, ROOT) == []
    assert registry.champion(NAME) is None


def test_one_that_passes_needs_no_override(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    for name, document in (("carte.json", card()), ("audit.json", audit())):
        (folder / name).write_bytes(written(document) or b"")
    (folder / "poids.bin").write_bytes(WEIGHTS)
    (made,) = start(Champions(MemoryRegistry(), Memory(), lambda: catalog), catalog, tmp_path)
    assert (made.reason, made.refusals) == ("", [])
