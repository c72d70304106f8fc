"""YoloFastest « body » before and after it learns from scenes: high-angle and night scenes, real pictures.

    PYTHONPATH=src:tests <environment vision>/bin/python benchmarks/finetuning.py --jeu SET… --tenu SET \
        --reel PENN_FUDAN [--pas N] [--garde FOLDER] [--rapport affinage.json]

SET: what the execution « generation » leaves; --tenu: scenes of another seed, never learnt from. Its weights
after are between those before and those learnt (Wortsman et al., CVPR 2022): how far is chosen on the third
of the real pictures that serves development, and on scenes of the sets that were held out. With --rapport,
the figures on --tenu and on the other two thirds of the real pictures are written for the dashboard.
"""

from __future__ import annotations

import argparse
import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measure import record
from training import learnt, real

from archipel.defis.twincity.metrics import intervals, missrate
from archipel.defis.twincity.metrics.missrate import Scored
from archipel.defis.twincity.training import course, judging, loop
from archipel.defis.twincity.training.examples import Example, read_examples
from archipel.defis.twincity.training.export import export
from archipel.defis.twincity.training.learner import Learner

START = Path("notebooks/twincity/donnees/modele/yolo-fastest-1.1_body.cfg")
WAYS = (0.0, 0.25, 0.5, 0.75, 1.0)
LEAST_REAL = -0.01
"""What the development third may lose of its average precision."""
RESAMPLES = 2000
HIGH, NIGHT = -40.0, "nuit"


def between(before: dict[str, Any], after: dict[str, Any], way: float) -> dict[str, Any]:
    """Weights so far of the way; what is counted, not measured, is the latter's."""
    return {
        name: torch.lerp(one, after[name], way) if one.is_floating_point() else after[name]
        for name, one in before.items()
    }


def under(folder: Path, wanted: str) -> list[Example]:
    """The scenes of a set that are seen from above, or at night."""
    examples = read_examples(folder / "images", folder / "verite.json")
    told = json.loads((folder / "verite.json").read_text(encoding="utf-8"))["images"]
    rows = {row["file_name"]: row for row in told}
    if wanted == NIGHT:
        return [one for one in examples if rows[one.path.name]["night"]]
    return [one for one in examples if rows[one.path.name]["pitch"] < HIGH]


def scored(learner: Learner, examples: list[Example]) -> Scored:
    found = judging.sets(lambda picture: judging.detected(learner, learner.module, picture), examples)
    return missrate.scored(*found)


def compared(title: str, measure: str, before: Scored, after: Scored, synthetic: bool) -> dict[str, Any]:
    """A row of `affinage.json`."""
    figure = intervals.average_precision if measure == "ap50" else intervals.recall_at(0.1)
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
        "donnees_synthetiques": synthetic,
        "images": before.images,
        "personnes": int(before.truths.sum()),
        "avant": told(first, intervals.interval(before, figure, drawn)),
        "apres": told(second, intervals.interval(after, figure, drawn)),
        "ecart": told(second - first, intervals.difference(after, before, figure, drawn)),
    }


def chosen(learner: Learner, before: Any, after: Any, tuned: list[Example], held: list[Example]) -> float:
    """How far of the way: the best of the scenes held out that the real pictures for development allow."""
    every = np.ones(len(tuned), dtype=np.int64)
    best, way, floor = -1.0, 0.0, None
    for one in WAYS:
        learner.module.load_state_dict(between(before, after, one))
        learner.module.eval()
        figure = intervals.average_precision(scored(learner, tuned), every)
        recall = intervals.recall_at(0.1)(scored(learner, held), np.ones(len(held), dtype=np.int64))
        print(f"part {one} : AP50 réel (réglage) {figure:.3f}, rappel sur scènes {recall:.3f}", flush=True)
        floor = figure if floor is None else floor
        if figure - floor >= LEAST_REAL and recall > best:
            best, way = recall, one
    return way


def main(options: argparse.Namespace) -> None:
    kept = Path(options.garde or tempfile.mkdtemp())
    before = copy.deepcopy(course.learner_of(START).module.state_dict())
    plan = loop.Plan(
        options.pas, 3600, options.lot, rate=options.pente, compiled=course.worth_compiling(options.pas)
    )
    learner, state, held = learnt(options.jeu, str(START), plan, kept)
    after = copy.deepcopy(learner.module.cpu().state_dict())
    tuned, reported = real(Path(options.reel))
    way = chosen(learner, before, after, tuned, held)
    if not way:
        raise SystemExit("rien de ce qui est appris ne peut être gardé sans perdre sur les photographies")
    if not options.rapport:
        return
    sets = [
        ("Scènes en plongée (sous −40°), tenues à l’écart", "rappel_0.1_fppi", under(Path(options.tenu), "")),
        ("Scènes de nuit, tenues à l’écart", "rappel_0.1_fppi", under(Path(options.tenu), NIGHT)),
        ("Photographies réelles, jamais apprises", "ap50", reported),
    ]
    learner.module.load_state_dict(before)
    learner.module.eval()
    first = [scored(learner, examples) for _, _, examples in sets]
    learner.module.load_state_dict(between(before, after, way))
    learner.module.eval()
    apart = export(learner, kept / "affine.onnx", course.sample(learner, held))
    rows = [
        compared(title, measure, one, scored(learner, examples), measure != "ap50")
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
    record("twincity fine-tuning", told | {"onnx_apart": apart})
    print(json.dumps(rows, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--jeu", nargs="+", required=True)
    said.add_argument("--tenu", required=True)
    said.add_argument("--reel", required=True)
    said.add_argument("--pas", type=int, default=600)
    said.add_argument("--pente", type=float, default=2e-4)
    said.add_argument("--lot", type=int, default=16)
    said.add_argument("--garde")
    said.add_argument("--rapport")
    main(said.parse_args())
