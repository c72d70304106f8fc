"""What the published run of the execution left, read whole or refused; and what the page rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from archipel.defis.page.words import figure
from archipel.defis.twincity import curves, evaluation
from archipel.defis.twincity.audit import annotated
from archipel.defis.twincity.evaluation import Sets
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.tableau import publication
from archipel.defis.twincity.tableau.publication import CURVE, Audited, Publication

TABLES = ("conditions", "ecarts", "puissance")
FILES = ("result.json", "audit.json", "detections.json", "jeu/verite.json")
CURVE_POINTS = 160
"""Of a detector, and those that `curves.read_at` names: more look the same."""


@dataclass(frozen=True)
class Published:
    """``detector``: its name and main operating point; ``score``: the least of that point. ``champion``: the
    run asked for the champion of a model. ``images``: the truth's own rows, in its order."""

    folder: Path
    result: Mapping[str, Any]
    detector: Audited
    score: float
    champion: bool
    tables: Mapping[str, pd.DataFrame]
    images: tuple[Mapping[str, Any], ...]
    sets: Sets

    @cached_property
    def curve(self) -> pd.DataFrame:
        """`CURVE` of the run's own detections."""
        told = curves.curve_table(self.sets).assign(detecteur=self.detector.name)[CURVE]
        return thinned(told, CURVE_POINTS)


@dataclass(frozen=True)
class Evidence:
    """What curves and tables are drawn from: the reference audit where it is there, else the run itself.

    ``origin`` says which, in words. ``pairs``: None where nobody measured them.
    """

    detectors: tuple[Audited, ...]
    conditions: pd.DataFrame | None
    gaps: pd.DataFrame | None
    powers: pd.DataFrame | None
    pairs: pd.DataFrame | None
    curve: pd.DataFrame | None
    origin: str
    reference: str
    large: bool
    synthetic: bool = True


def read(folder: Path) -> Published:
    """The run published in ``folder``. Raises `DataRefused` when there is none, or it is not whole."""
    for name in (*FILES, *(f"{one}.parquet" for one in TABLES)):
        if not (folder / name).is_file():
            raise DataRefused(f"aucun résultat publié : « {name} » manque ; lancer d’abord l’exécution")
    result, audit = _json(folder / "result.json"), _json(folder / "audit.json")
    champion = str(result.get("detecteur_demande", "")).endswith("@champion")
    detector, score = _detector(audit, str(result.get("detecteur", "")), champion=champion)
    sets = evaluation.read(str(folder / "jeu" / "verite.json"), str(folder / "detections.json")).accept(0.0)
    tables = {one: pd.read_parquet(folder / f"{one}.parquet") for one in TABLES}
    return Published(folder, result, detector, score, champion, tables, tuple(sets.truth.about), sets)


def _detector(audit: Mapping[str, Any], name: str, *, champion: bool) -> tuple[Audited, float]:
    """Of `audit.json`, with its least score. Raises `DataRefused`."""
    judged = audit.get("detecteurs")
    one = judged.get(name) if isinstance(judged, dict) else None
    score = one.get("score_min") if isinstance(one, dict) else None
    if not isinstance(one, dict) or isinstance(score, bool) or not isinstance(score, int | float):
        raise DataRefused(f"« audit.json » : le détecteur « {name} » et son « score_min » attendus")
    row = {**one, "nom": name, "sous_titre": "la championne" if champion else ""}
    return publication.audited(row, f"« audit.json » : détecteur « {name} »"), float(score)


def evidence(run: Published, audit: Publication | None) -> Evidence:
    if audit is None:
        scenes, persons = len(run.images), int((~run.sets.truth.ignore).sum())
        conditions = run.tables["conditions"]
        return Evidence(
            (run.detector,),
            conditions[conditions["iou"] == annotated.operating.OVERLAPS[0]],
            run.tables["ecarts"],
            run.tables["puissance"],
            None,
            run.curve,
            f"la dernière exécution : {scenes} scènes, {persons} personnes à trouver",
            "Monk 1",
            large=False,
        )
    told = audit.told
    when = f", {told['date']}" if isinstance(told.get("date"), str) else ""
    return Evidence(
        audit.detectors,
        audit.tables.get("conditions"),
        audit.tables.get("ecarts"),
        audit.tables.get("puissance"),
        audit.tables.get("paires"),
        audit.tables.get("courbe"),
        f"l’audit de référence : {figure(told['scenes'])} scènes, {figure(told['images'])} images, "
        f"{figure(told['personnes'])} personnes à trouver{when}",
        audit.reference,
        large=True,
        synthetic=told["donnees_synthetiques"],
    )


def thinned(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most ``most`` rows of `CURVE` a detector, evenly, both ends kept; and those at which it is read."""
    kept = []
    for _name, rows in table.groupby("detecteur", sort=False):
        last = rows.groupby(rows["fppi"].clip(lower=1e-3), sort=True).tail(1)
        step = max(-(-len(last) // max(most - 1, 1)), 1)
        read = curves.read_at(last["fppi"].to_numpy(dtype=float)).tolist()
        kept.append(last.iloc[sorted({*range(0, len(last), step), len(last) - 1, *read})])
    return pd.concat(kept, ignore_index=True) if kept else table


def _json(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataRefused(f"« {path.name} » : JSON illisible ({error})") from None
    if not isinstance(told, dict):
        raise DataRefused(f"« {path.name} » : objet attendu")
    return told
