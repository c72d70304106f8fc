"""The reference audit's files, from the folders that audits of several detectors left on one set.

writing.write(folder, [writing.Source("HOG", "plancher", Path("…/audit"), …), …], date="2026-11-26")
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from archipel.defis.twincity.audit import annotated
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.tableau import publication
from archipel.defis.twincity.tableau.conditions import SHOWN
from archipel.defis.twincity.tableau.published import CURVE_POINTS, thinned
from archipel.defis.twincity.tableau.tones import CONDITION

CONDITIONS = (annotated.WHOLE, "nuit", "hauteur", CONDITION, *SHOWN)
"""Of `conditions.csv`: what the page shows."""
DIGITS = 6


@dataclass(frozen=True)
class Source:
    """``audit``: folder of an attempt of « audit » or « execution ». ``curve``: the file `courbes.parquet`
    of an attempt of « evaluation ». ``pairs``: folder of an attempt of « audit » on exchanged scenes."""

    title: str
    subtitle: str
    audit: Path
    curve: Path | None = None
    pairs: Path | None = None


def write(folder: Path, sources: Sequence[Source], reference: str = "Monk 1", **more: Any) -> None:
    """Fills ``folder``, then reads it back. ``more``: what else `publication.json` tells (date, graine…).

    Only gaps with ``reference`` are kept: their p are corrected among all of the audit. Raises `DataRefused`.
    """
    frames: dict[str, list[pd.DataFrame]] = {name: [] for name in publication.TABLES}
    told, persons, images = [], set(), set()
    for one in sources:
        name, judged = _judged(one.audit)
        tables = {
            table: pd.read_parquet(one.audit / f"{table}.parquet")
            for table in ("conditions", "ecarts", "puissance")
        }
        conditions = tables["conditions"]
        whole = conditions[conditions["condition"] == annotated.WHOLE].iloc[0]
        persons.add(int(whole["n"]))
        images.add(int(whole["images"]))
        kept = conditions["condition"].isin(CONDITIONS) & (
            conditions["iou"] == annotated.operating.OVERLAPS[0]
        )
        frames["conditions"].append(conditions[kept])
        for table in ("ecarts", "puissance"):
            frames[table].append(_of_reference(tables[table], reference))
        if one.curve is not None:
            frames["courbe"].append(pd.read_parquet(one.curve).assign(detecteur=name))
        if one.pairs is not None:
            frames["paires"].append(pd.read_parquet(one.pairs / "paires.parquet").assign(detecteur=name))
        told.append(
            {"nom": name, "titre": one.title, "sous_titre": one.subtitle}
            | {key: judged[key] for key in ("point", "score_min", "rappel", "fppi")}
        )
    if len(persons) != 1 or len(images) != 1:
        raise DataRefused(
            "les audits ne portent pas sur le même jeu : "
            f"{sorted(images)} images, {sorted(persons)} personnes à trouver"
        )
    head = {
        "version": publication.VERSION, "donnees_synthetiques": True, "scenes": min(images),
        "images": min(images), "personnes": min(persons), "reference_teint": reference, "detecteurs": told,
    } | more  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(head, ensure_ascii=False, indent=1) + "\n"
    (folder / "publication.json").write_text(text, encoding="utf-8")
    for table, parts in frames.items():
        if parts:
            _table(folder / f"{table}.csv", pd.concat(parts, ignore_index=True), table)
    publication.read(folder)


def _judged(folder: Path) -> tuple[str, dict[str, Any]]:
    told = publication.read_object(folder / "audit.json")["detecteurs"]
    if len(told) != 1:
        raise DataRefused(f"« {folder.name} » : un seul détecteur attendu, {len(told)} trouvés")
    ((name, judged),) = told.items()
    return name, judged


def _of_reference(table: pd.DataFrame, reference: str) -> pd.DataFrame:
    against = (table["groupe_a"] == reference) | (table["groupe_b"] == reference)
    return table[(table["condition"] == CONDITION) & against]


def _table(path: Path, frame: pd.DataFrame, table: str) -> None:
    if table == "courbe":
        frame = thinned(frame[publication.CURVE], CURVE_POINTS)
    frame = frame[publication.TABLES[table]]
    # Six significant digits: a page shows three, and the folder is small.
    frame.to_csv(path, index=False, float_format=f"%.{DIGITS}g")
