"""What a detector learns from scenes alone, on real pictures that it never saw, beside HOG.

    PYTHONPATH=src:tests <environment vision>/bin/python benchmarks/training.py --reel PENN_FUDAN \
        --jeu SET [SET…] [--depart MODEL.cfg] [--pas N] [--garde FOLDER] [--rapport NAME]

SET: what the execution « generation » leaves. A third of the real pictures, by the hash of their names,
serves development: without --rapport nothing is told of the others. With it, the average precision less
HOG's (its best options) on these other two thirds, resampled together, is recorded under that name.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from measure import record

from archipel.defis.twincity.detectors.adapter import Found, person_class
from archipel.defis.twincity.detectors.choice import detector
from archipel.defis.twincity.metrics import intervals, missrate
from archipel.defis.twincity.metrics.missrate import Scored
from archipel.defis.twincity.pictures.reading import Pixels
from archipel.defis.twincity.sets.units import THIRD, held_out
from archipel.defis.twincity.training import course, judging, loop
from archipel.defis.twincity.training.examples import Example, read_examples
from archipel.defis.twincity.training.export import export
from archipel.defis.twincity.training.learner import Learner
from support.pennfudan import coco_truth

PEER = "hog"
"""With its best options."""
RESAMPLES = 2000


def real(folder: Path) -> tuple[list[Example], list[Example]]:
    """Pictures for development, and those that are only ever reported."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "verite.json")
        path.write_text(json.dumps(coco_truth(folder)), encoding="utf-8")
        every = read_examples(folder / "PNGImages", path)
    chosen = held_out([one.path.name for one in every], THIRD)
    return (
        [one for one, out in zip(every, chosen, strict=True) if out],
        [one for one, out in zip(every, chosen, strict=True) if not out],
    )


def scenes(sets: list[str]) -> tuple[list[Example], list[Example]]:
    """To learn from, and held out."""
    parts = [course.split(course.read_set(Path(one))) for one in sets]
    return [one for part, _ in parts for one in part], [one for _, part in parts for one in part]


def learnt(
    learner: Learner,
    examples: list[Example],
    held: list[Example],
    plan: loop.Plan,
    folder: Path,
    remembered: Sequence[Example] = (),
) -> loop.State:
    """Where it stood; the learner has its best weights, judged on what is held out. Goes on with what an
    earlier call left in ``folder``."""

    def told(state: loop.State) -> None:
        row = state.curve[-1]
        print(
            f"époque {state.epoch}, pas {state.step}, {state.spent:.0f} s : AP50 {row['figure']:.3f} "
            f"(coûts {row['score']:.3f}, {row['place']:.3f})",
            flush=True,
        )

    judge = partial(judging.ap50, learner, examples=held)
    return loop.train(learner, examples, plan, folder, judge, told, remembered)


def outcome(named: str, examples: list[Example]) -> Scored:
    """What a detector finds in these pictures, through the adapter."""
    model = detector(named)
    person = person_class(model.classes)
    if person is None:
        raise SystemExit(f"{named} : aucune classe « person »")

    def find(picture: Pixels) -> Found:
        return model.detect(picture, judging.THRESHOLD, [person])

    return missrate.scored(*judging.sets(find, examples))


def compared(mine: Scored, peer: Scored) -> dict[str, Any]:
    """Average precision at 0.5 of both; of the difference, its interval: the same images drawn for both.
    Each has a log-average miss rate too."""
    drawn = intervals.draws(np.arange(mine.images), RESAMPLES, 0)
    every = np.ones(mine.images, dtype=np.int64)
    figure = intervals.average_precision
    low, high = intervals.difference(mine, peer, figure, drawn)
    return {
        "images": mine.images,
        "persons": int(mine.truths.sum()),
        "ap50": round(figure(mine, every), 4),
        "ap50_peer": round(figure(peer, every), 4),
        "difference": round(figure(mine, every) - figure(peer, every), 4),
        "interval": [low, high],
        "lamr": round(intervals.miss_rate(mine, every), 4),
        "lamr_peer": round(intervals.miss_rate(peer, every), 4),
    }


def main(options: argparse.Namespace) -> None:
    kept = Path(options.garde or tempfile.mkdtemp())
    plan = loop.Plan(options.pas, options.secondes, options.lot, compiled=course.worth_compiling(options.pas))
    learner = course.learner_of(None)
    examples, held = scenes(options.jeu)
    state = learnt(learner, examples, held, plan, kept)
    apart = export(learner, kept / "modele.onnx", course.sample(learner, held))
    tuned, reported = real(Path(options.reel))
    model = str(kept / "modele.onnx")
    told = {
        "network": learner.name,
        "parameters": sum(one.numel() for one in learner.module.parameters()),
        "side": learner.size,
        "scenes": {Path(one).name: len(list(Path(one, "images").iterdir())) for one in options.jeu},
        "steps": state.step,
        "batch": options.lot,
        "training_seconds": round(state.spent),
        "onnx_apart": apart,
        "scenes_held_out_ap50": round(state.best, 4),
        "peer": PEER,
    }
    print(json.dumps(told | {"development": compared(outcome(model, tuned), outcome(PEER, tuned))}, indent=1))
    if options.rapport:
        told["reported"] = compared(outcome(model, reported), outcome(PEER, reported))
        record(options.rapport, told)
        print(json.dumps(told["reported"], indent=1))


if __name__ == "__main__":
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--jeu", nargs="+", required=True)
    said.add_argument("--reel", required=True)
    said.add_argument("--pas", type=int, default=5000)
    said.add_argument("--secondes", type=float, default=3600)
    said.add_argument("--lot", type=int, default=16)
    said.add_argument("--garde")
    said.add_argument("--rapport")
    main(said.parse_args())
