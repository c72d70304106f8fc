"""What each ingredient of TwinCity's scenes, and of their reading, brings to a network that learns from them.

    PYTHONPATH=src:tests <environment vision>/bin/python benchmarks/ablation.py --scenes FOLDER \
        --reel PENN_FUDAN [--pas N] [--garde FOLDER] [--rapport]

FOLDER has what `scenes.py` leaves. Trainings of equal length, from scratch, each on as many scenes; all less
one ingredient. Judged on real pictures: the third that serves development, and with --rapport on the others,
with the interval of the difference from « tout » (the same pictures drawn for both).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from measure import record
from training import compared, learnt, outcome, real, scenes

from archipel.defis.twincity.metrics.missrate import Scored
from archipel.defis.twincity.training import course, loop
from archipel.defis.twincity.training.changes import Changes
from archipel.defis.twincity.training.examples import Example
from archipel.defis.twincity.training.export import export

SCENES = 440
"""Learnt from in each: nine in ten of the smallest set."""
WHOLE = "tout"


@dataclass(frozen=True)
class Ingredient:
    """``scenes``: of `scenes.py`."""

    words: str
    scenes: str = "pres"
    changes: Changes = Changes()


INGREDIENTS = {
    WHOLE: Ingredient("tout"),
    "lumière": Ingredient("un seul midi clair de juin", "sans-lumiere"),
    "corps": Ingredient("un seul âge, un seul teint, debout", "sans-corps"),
    "capteur": Ingredient("ni bruit, ni flou, ni compression", "sans-capteur"),
    "proximité": Ingredient("de 3 à 45 m, non de 2 à 7,5", "sans-pres"),
    "gros plans": Ingredient("aucun cadrage sur une personne", changes=replace(Changes(), near=0.0)),
    "leurres": Ingredient("aucun morceau d’autres images", changes=replace(Changes(), decoys=0)),
}


def trained(one: Ingredient, options: argparse.Namespace, folder: Path) -> Path:
    """The network's file, in ``folder``."""
    path = folder / "modele.onnx"
    if not path.exists():
        torch.manual_seed(0)
        learner = course.learner_of(None)
        examples, held = scenes([str(Path(options.scenes, one.scenes))])
        plan = loop.Plan(
            options.pas, 3600, options.lot, warmup=100, changes=one.changes,
            compiled=course.worth_compiling(options.pas),
        )  # fmt: skip
        learnt(learner, examples[:SCENES], held, plan, folder)
        export(learner, path, course.sample(learner, held))
    return path


def main(options: argparse.Namespace) -> None:
    kept = Path(options.garde or tempfile.mkdtemp())
    tuned, reported = real(Path(options.reel))
    parts: dict[str, list[Example]] = {"development": tuned}
    if options.rapport:
        parts["reported"] = reported
    found: dict[tuple[str, str], Scored] = {}
    told: dict[str, Any] = {"steps": options.pas, "batch": options.lot, "scenes": SCENES}
    for name, one in INGREDIENTS.items():
        path = str(trained(one, options, kept / name))
        row: dict[str, Any] = {"words": one.words}
        for part, examples in parts.items():
            found[name, part] = outcome(path, examples)
            row[part] = compared(found[name, part], found[WHOLE, part])
        told[name] = row
        print(json.dumps({name: row}, ensure_ascii=False), flush=True)
    if options.rapport:
        record("twincity ablation", told)


if __name__ == "__main__":
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--scenes", required=True)
    said.add_argument("--reel", required=True)
    said.add_argument("--pas", type=int, default=300)
    said.add_argument("--lot", type=int, default=16)
    said.add_argument("--garde")
    said.add_argument("--rapport", action="store_true")
    main(said.parse_args())
