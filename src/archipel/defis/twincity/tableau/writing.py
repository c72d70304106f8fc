"""The reference audit's files, from the folders that audits of several detectors left on one set.

writing.write(folder, [writing.Source("HOG", "plancher", Path("…/audit"), …), …], date="2026-11-26")
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
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
FINETUNING = "affinage.json"
KEYS = ("point", "score_min", "rappel", "fppi", "scenes")
"""Of `audit.json`, what is told of a detector."""
Told = tuple[str, dict[str, Any], bool]
"""Name of the detector, what its `audit.json` says of it, whether data are synthetic."""


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
    """Fills ``folder``, once what it will hold was read back; an `affinage.json` that is there stays.
    ``more``: what else `publication.json` tells (date, graine…).

    Only gaps with ``reference`` are kept: their p are corrected among all of the audit. Raises `DataRefused`.
    """
    audits = [_judged(one.audit) for one in sources]
    head = _head(sources, audits) | {"reference_teint": reference} | more
    frames = _frames(sources, audits, reference)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".publication-", dir=folder.parent) as made:
        told = Path(made)
        text = json.dumps(head, ensure_ascii=False, indent=1) + "\n"
        (told / "publication.json").write_text(text, encoding="utf-8")
        for table, parts in frames.items():
            if parts:
                _table(told / f"{table}.csv", pd.concat(parts, ignore_index=True), table)
        if (folder / FINETUNING).is_file():
            shutil.copyfile(folder / FINETUNING, told / FINETUNING)
        publication.read(told)
        folder.mkdir(exist_ok=True)
        for path in told.iterdir():
            path.replace(folder / path.name)
        for table, parts in frames.items():
            if not parts:
                (folder / f"{table}.csv").unlink(missing_ok=True)


def _head(sources: Sequence[Source], audits: Sequence[Told]) -> dict[str, Any]:
    sizes, detectors = set(), []
    for one, (name, judged, synthetic) in zip(sources, audits, strict=True):
        conditions = pd.read_parquet(one.audit / "conditions.parquet")
        whole = conditions[conditions["condition"] == annotated.WHOLE].iloc[0]
        sizes.add((int(whole["images"]), int(whole["n"]), judged.get("scenes"), synthetic))
        detectors.append(
            {"nom": name, "titre": one.title, "sous_titre": one.subtitle}
            | {key: judged[key] for key in ("point", "score_min", "rappel", "fppi")}
        )
    if len(sizes) != 1:
        told = " ; ".join(f"{images} images, {persons} personnes" for images, persons, *_rest in sizes)
        raise DataRefused(f"les audits ne portent pas sur le même jeu : {told or 'aucun'}")
    ((images, persons, scenes, synthetic),) = sizes
    return {
        "version": publication.VERSION, "donnees_synthetiques": synthetic, "scenes": scenes,
        "images": images, "personnes": persons, "detecteurs": detectors,
    }  # fmt: skip


def _frames(
    sources: Sequence[Source], audits: Sequence[Told], reference: str
) -> dict[str, list[pd.DataFrame]]:
    frames: dict[str, list[pd.DataFrame]] = {name: [] for name in publication.TABLES}
    for one, (name, judged, _synthetic) in zip(sources, audits, strict=True):
        conditions = pd.read_parquet(one.audit / "conditions.parquet")
        kept = conditions["condition"].isin(CONDITIONS)
        frames["conditions"].append(conditions[kept & (conditions["iou"] == annotated.operating.OVERLAPS[0])])
        for table in ("ecarts", "puissance"):
            rows = pd.read_parquet(one.audit / f"{table}.parquet")
            frames[table].append(_of_reference(rows, reference))
        if one.curve is not None:
            frames["courbe"].append(pd.read_parquet(one.curve).assign(detecteur=name))
        if one.pairs is not None:
            _other, paired, _synthetic = _judged(one.pairs)
            if not math.isclose(paired["score_min"], judged["score_min"], rel_tol=1e-6):
                raise DataRefused(
                    f"« {one.pairs.name} » : paires mesurées au score {paired['score_min']:g}, l’audit à "
                    f"{judged['score_min']:g} ; donner « seuil » à l’audit des paires"
                )
            frames["paires"].append(pd.read_parquet(one.pairs / "paires.parquet").assign(detecteur=name))
    return frames


def _judged(folder: Path) -> Told:
    whole = publication.read_object(folder / "audit.json")
    told = whole.get("detecteurs")
    if not isinstance(told, dict) or len(told) != 1:
        found = len(told) if isinstance(told, dict) else 0
        raise DataRefused(f"« {folder.name} » : un seul détecteur attendu, {found} trouvés")
    ((name, judged),) = told.items()
    missing = [key for key in KEYS if not isinstance(judged, dict) or key not in judged]
    if missing:
        raise DataRefused(f"« {folder.name} » : « audit.json » : il manque {', '.join(missing)}")
    return name, judged, whole.get("donnees_synthetiques") is True


def _of_reference(table: pd.DataFrame, reference: str) -> pd.DataFrame:
    against = (table["groupe_a"] == reference) | (table["groupe_b"] == reference)
    return table[(table["condition"] == CONDITION) & against]


def _table(path: Path, frame: pd.DataFrame, table: str) -> None:
    if table == "courbe":
        frame = thinned(frame[publication.CURVE], CURVE_POINTS)
    frame = frame[publication.TABLES[table]]
    # Six significant digits: a page shows three, and the folder is small.
    frame.to_csv(path, index=False, float_format=f"%.{DIGITS}g")
