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
from dataclasses import replace
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


def trained(options: argparse.Namespace, folder: Path) -> tuple[Learner, loop.State, float]:
    """The learner with its best weights, where it stood, and its figure before."""
    parts = [
        course.split(read_examples(Path(one, "images"), Path(one, "verite.json"))) for one in options.jeu
    ]
    learnt = [example for part, _ in parts for example in part]
    held = [example for _, part in parts for example in part]
    plan = loop.Plan(options.pas, options.secondes, options.lot, compiled=course.worth_compiling(options.pas))
    if options.depart:
        plan = replace(plan, rate=course.FINE_RATE)
    learner = course.learner_of(Path(options.depart) if options.depart else None)
    before = judging.ap50(learner, learner.module, held) if options.depart else float("nan")

    def told(state: loop.State) -> None:
        row = state.curve[-1]
        print(
            f"époque {state.epoch}, pas {state.step}, {state.spent:.0f} s : AP50 {row['figure']:.3f} "
            f"(coûts {row['score']:.3f}, {row['place']:.3f})",
            flush=True,
        )

    state = loop.train(learner, learnt, plan, folder, lambda one: judging.ap50(learner, one, held), told)
    print(export(learner, folder / "modele.onnx", course.sample(learner, held)))
    return learner, state, before


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
    """Average precision at 0.5 of both; of the difference, its interval: the same images drawn for both."""
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
    learner, state, before = trained(options, kept)
    tuned, reported = real(Path(options.reel))
    model, peer = str(kept / "modele.onnx"), options.depart or "hog"
    told = {
        "network": learner.name,
        "parameters": sum(one.numel() for one in learner.module.parameters()),
        "side": learner.size,
        "pictures": [str(Path(one).name) for one in options.jeu],
        "steps": state.step,
        "batch": options.lot,
        "training_seconds": round(state.spent),
        "synthetic_held_out": {"before": before, "after": round(state.best, 4)},
        "peer": peer,
    }
    print(json.dumps(told | {"development": compared(outcome(model, tuned), outcome(peer, tuned))}, indent=1))
    if options.rapport:
        told["reported"] = compared(outcome(model, reported), outcome(peer, reported))
        record(options.rapport, told)
        print(json.dumps(told["reported"], indent=1))


if __name__ == "__main__":
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--jeu", nargs="+", required=True)
    said.add_argument("--reel", required=True)
    said.add_argument("--depart")
    said.add_argument("--pas", type=int, default=5000)
    said.add_argument("--secondes", type=float, default=3600)
    said.add_argument("--lot", type=int, default=16)
    said.add_argument("--garde")
    said.add_argument("--rapport")
    main(said.parse_args())
