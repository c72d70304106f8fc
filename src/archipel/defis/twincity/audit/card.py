"""The cards of the detectors that an audit judged: their recall, with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from archipel.defis.twincity import card
from archipel.defis.twincity.audit import annotated, operating
from archipel.defis.twincity.audit.run import Audit
from archipel.defis.twincity.sets.boxes import SYNTHETIC


def cards(audit: Audit, day: date, *, synthetic: bool) -> dict[str, Any]:
    """The card of the one detector; of several, by their names. Counts alone tell no recall of the whole."""
    told = {name: card.draft(name, day, _recalls(audit, name, synthetic)) for name in audit.figures}
    return next(iter(told.values())) if len(told) == 1 else told


def _recalls(audit: Audit, name: str, synthetic: bool) -> Iterator[card.Figure]:
    rows = audit.tables["conditions"]
    mine = rows[(rows["detecteur"] == name) & (rows["condition"] == annotated.WHOLE)]
    mine = mine[mine["iou"] == operating.OVERLAPS[0]].dropna(subset=["rappel", "rappel_bas", "rappel_haut"])
    for row in mine.to_dict("records"):
        words = f"{row['n']:.0f} personnes" + (f", {SYNTHETIC}" if synthetic else "")
        yield (f"rappel à {row['point']}", words, row["rappel"], row["rappel_bas"], row["rappel_haut"])
