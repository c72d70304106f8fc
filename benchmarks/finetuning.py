"""YoloFastest « body » before and after it learns from scenes: high-angle and night scenes, real pictures.

    PYTHONPATH=src:tests <environment vision>/bin/python benchmarks/finetuning.py --jeu SET… --rappel SET… \
        --tenu SET --reel PENN_FUDAN [--pas N] [--garde FOLDER] [--rapport affinage.json] [--plis 3]

SET: what `scenes.py` leaves. Of --rappel, no truth is learnt: the network goes on telling what it told.
--tenu: scenes of another seed, never learnt from. Its weights after are between those before and those learnt
(Wortsman et al., CVPR 2022): how far is chosen on the third of the real pictures that serves development, and
on scenes of the sets that were held out. With --rapport, the figures on --tenu and on the other two thirds of
the real pictures are written for the dashboard.

With --plis, real pictures are learnt from too: one training a fold, by the hash of their names, and each
picture is judged by the network that never saw its fold. Its weights are thrown away.
"""

from __future__ import annotations

import argparse
import copy
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measure import record
from training import learnt, real, scenes

from archipel.defis.twincity.detectors.adapter import Found
from archipel.defis.twincity.metrics import intervals, missrate
from archipel.defis.twincity.metrics.missrate import Scored
from archipel.defis.twincity.pictures.reading import Pixels, read_picture
from archipel.defis.twincity.sets.units import folds
from archipel.defis.twincity.training import course, judging, loop
from archipel.defis.twincity.training.examples import Example
from archipel.defis.twincity.training.export import export
from archipel.defis.twincity.training.learner import Learner

START = Path("notebooks/twincity/donnees/modele/yolo-fastest-1.1_body.cfg")
WAYS = (0.0, 0.25, 0.5, 0.75, 1.0)
LEAST_REAL = -0.01
"""What the development third may lose of its average precision."""
RESAMPLES = 2000
HIGH, NIGHT, DAY = "plongée", "nuit", "jour"
ABOVE = -40.0
"""Degrees: a camera that looks down more is « plongée »."""
REAL_SHARE = 0.2
"""Of what is learnt, where real pictures are too: each is read so often."""
AP50, RECALL = "ap50", "rappel_0.1_fppi"


def between(before: dict[str, Any], after: dict[str, Any], way: float) -> dict[str, Any]:
    """Weights so far of the way; what is counted, not measured, is the latter's."""
    return {
        name: torch.lerp(one, after[name], way) if one.is_floating_point() else after[name]
        for name, one in before.items()
    }


def under(folder: Path, wanted: str) -> list[Example]:
    """The scenes of a set that are seen from above, at night, or by day."""
    examples = course.read_set(folder)
    told = json.loads((folder / "verite.json").read_text(encoding="utf-8"))["images"]
    rows = {row["file_name"]: row for row in told}
    chosen = {
        HIGH: lambda row: row["pitch"] < ABOVE,
        NIGHT: lambda row: row["night"],
        DAY: lambda row: not row["night"],
    }[wanted]
    return [one for one in examples if chosen(rows[one.path.name])]


def scored(learner: Learner, examples: list[Example]) -> Scored:
    learner.module.eval()
    found = judging.sets(lambda picture: judging.detected(learner, learner.module, picture), examples)
    return missrate.scored(*found)


def compared(title: str, measure: str, before: Scored, after: Scored) -> dict[str, Any]:
    """A row of `affinage.json`."""
    figure = intervals.average_precision if measure == AP50 else intervals.recall_at(0.1)
    drawn = intervals.draws(np.arange(before.images), RESAMPLES, 0)
    every = np.ones(before.images, dtype=np.int64)

    def told(value: float, span: tuple[float | None, float | None]) -> dict[str, float]:
        low, high = span
        assert low is not None
        assert high is not None
        return {"valeur": round(value, 4), "bas": round(low, 4), "haut": round(high, 4)}

    first, second = figure(before, every), figure(after, every)
    return {
        "titre": title,
        "mesure": measure,
        "donnees_synthetiques": measure != AP50,
        "images": before.images,
        "personnes": int(before.truths.sum()),
        "avant": told(first, intervals.interval(before, figure, drawn)),
        "apres": told(second, intervals.interval(after, figure, drawn)),
        "ecart": told(second - first, intervals.difference(after, before, figure, drawn)),
    }


def chosen(
    learner: Learner, before: Any, after: Any, tuned: list[Example], held: dict[str, list[Example]]
) -> float:
    """How far of the way: the best of the scenes held out that the real pictures for development allow."""
    best, way, floor = -1.0, 0.0, None
    for one in WAYS:
        learner.module.load_state_dict(between(before, after, one))
        figure = intervals.average_precision(scored(learner, tuned), np.ones(len(tuned), dtype=np.int64))
        recalls = {
            name: intervals.recall_at(0.1)(scored(learner, some), np.ones(len(some), dtype=np.int64))
            for name, some in held.items()
        }
        told = ", ".join(f"{name} {recall:.3f}" for name, recall in recalls.items())
        print(f"part {one} : AP50 réel (réglage) {figure:.3f} ; rappel : {told}", flush=True)
        floor = figure if floor is None else floor
        if figure - floor >= LEAST_REAL and sum(recalls.values()) > best:
            best, way = sum(recalls.values()), one
    return way


def across(options: argparse.Namespace, plan: loop.Plan, kept: Path, sets: dict[str, list[Example]]) -> None:
    """With real pictures among those learnt: each is judged by the network of its fold."""
    every = [one for part in real(Path(options.reel)) for one in part]
    fold = folds([one.path.name for one in every], options.plis)
    examples, held = scenes(options.jeu)
    found: dict[Path, tuple[Found, Found]] = {}
    recalls = []
    for number in range(options.plis):
        others = [one for one, of in zip(every, fold, strict=True) if of != number]
        mine = [one for one, of in zip(every, fold, strict=True) if of == number]
        times = max(1, round(REAL_SHARE * len(examples) / (1 - REAL_SHARE) / len(others)))
        learner, first = course.learner_of(START), course.learner_of(START)
        learnt(learner, examples + others * times, held, plan, kept / f"pli{number}")
        learner.module.cpu()
        for one in mine:
            found[one.path] = (of_picture(first, one), of_picture(learner, one))
        recalls.append([
            compared(f"{name}, pli {number}", RECALL, scored(first, some), scored(learner, some))
            for name, some in sets.items()
        ])  # fmt: skip
        print(json.dumps(recalls[-1], ensure_ascii=False), flush=True)
    before, after = (judged(every, [found[one.path][side] for one in every]) for side in (0, 1))
    told = {
        "plis": [int((fold == number).sum()) for number in range(options.plis)],
        "pas": plan.steps,
        "reel": compared("Photographies réelles, chacune hors de ce qui est appris", AP50, before, after),
        "scenes": recalls,
    }
    record("twincity fine-tuning, real pictures too", told)
    print(json.dumps(told["reel"], ensure_ascii=False, indent=1))


def of_picture(learner: Learner, example: Example) -> Found:
    return judging.detected(learner, learner.module, read_picture(example.path))


def judged(examples: list[Example], found: list[Found]) -> Scored:
    at = iter(found)

    def find(_picture: Pixels) -> Found:
        return next(at)

    return missrate.scored(*judging.sets(find, examples))


def main(options: argparse.Namespace) -> None:
    kept = Path(options.garde or tempfile.mkdtemp())
    plan = loop.Plan(
        options.pas, 3600, options.lot, rate=options.pente, compiled=course.worth_compiling(options.pas)
    )
    plan = replace(plan, warmup=min(plan.warmup, options.pas // 4))
    tenu = {HIGH: under(Path(options.tenu), HIGH), NIGHT: under(Path(options.tenu), NIGHT)}
    if options.plis:
        return across(options, plan, kept, tenu)
    learner = course.learner_of(START)
    before = copy.deepcopy(learner.module.state_dict())
    examples, held = scenes(options.jeu)
    # At night it may change.
    remembered = [one for jeu in options.rappel for one in under(Path(jeu), DAY)]
    state = learnt(learner, examples, held, plan, kept, remembered)
    after = copy.deepcopy(learner.module.cpu().state_dict())
    tuned, reported = real(Path(options.reel))
    names = {one.path for one in held}
    seen = {
        wanted: [one for jeu in options.jeu for one in under(Path(jeu), wanted) if one.path in names]
        for wanted in (HIGH, NIGHT)
    }
    way = chosen(learner, before, after, tuned, seen)
    if not way:
        raise SystemExit("rien de ce qui est appris ne peut être gardé sans perdre sur les photographies")
    if not options.rapport:
        return None
    sets = [
        ("Scènes en plongée (sous −40°), tenues à l’écart", RECALL, tenu[HIGH]),
        ("Scènes de nuit, tenues à l’écart", RECALL, tenu[NIGHT]),
        ("Photographies réelles, jamais apprises", AP50, reported),
    ]
    learner.module.load_state_dict(before)
    first = [scored(learner, examples) for _, _, examples in sets]
    learner.module.load_state_dict(between(before, after, way))
    apart = export(learner, kept / "affine.onnx", course.sample(learner, held))
    rows = [
        compared(title, measure, one, scored(learner, examples))
        for (title, measure, examples), one in zip(sets, first, strict=True)
    ]
    told = {
        "version": 1,
        "avant": "YoloFastest « body »",
        "apres": "le même, affiné sur des scènes",
        "apprentissage": f"{state.step} pas de {options.lot} images ; {way:g} du chemin",
        "jeux": rows,
    }
    Path(options.rapport).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    record("twincity fine-tuning", told | {"onnx_apart": apart, "secondes": round(state.spent)})
    print(json.dumps(rows, ensure_ascii=False, indent=1))
    return None


if __name__ == "__main__":
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--jeu", nargs="+", required=True)
    said.add_argument("--rappel", nargs="+", default=[])
    said.add_argument("--tenu", required=True)
    said.add_argument("--reel", required=True)
    said.add_argument("--pas", type=int, default=600)
    said.add_argument("--pente", type=float, default=2e-4)
    said.add_argument("--lot", type=int, default=16)
    said.add_argument("--garde")
    said.add_argument("--rapport")
    said.add_argument("--plis", type=int, default=0)
    main(said.parse_args())
