"""Champollion's network of months beside its score, under both truths, judged forward on firms unseen.

    PYTHONPATH=src ENVIRONMENT/bin/python benchmarks/champollion_sequence.py [--contracts 300000] [--seeds 3]

ENVIRONMENT: the image `vision`, which has torch.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

from measure import record

from archipel.defis.champollion.score import evaluation, fitting, inspections, sequence, study, synthetic
from archipel.defis.champollion.score.evaluation import Judged
from archipel.defis.champollion.score.panel import Panel

CAPACITY, LAST_MONTHS = 0.05, 12


def beside(panel: Panel, seed: int, truth: inspections.Truth) -> dict[str, Any]:
    past = inspections.inspections(panel, seed, truth)
    lesson = study.lesson(panel, past, LAST_MONTHS)
    score = fitting.learn(*lesson, seed)
    began = time.perf_counter()
    network = sequence.learn(*lesson, seed)
    took = time.perf_counter() - began
    theirs, ours = (study.forward(panel, past, one, LAST_MONTHS) for one in (score, network))
    oracle = replace(theirs, score=past.risk[study.split(panel, LAST_MONTHS).judged])
    compared = sequence.compare(ours, theirs, CAPACITY, seed)
    told = compared.table.round(5).set_index("mesure").to_dict("index")
    return {
        "inspections": len(lesson[0]), "score": score.kind, "kept": compared.kept, "fit_s": round(took, 1),
        "oracle_share": {
            "score": _share(theirs, oracle, seed), sequence.NAME: _share(ours, oracle, seed),
        },
        **{str(name): values for name, values in told.items()},
    }  # fmt: skip


def _share(judged: Judged, oracle: Judged, seed: int) -> list[float]:
    """Of the oracle's lift: value, low, high."""
    lift = partial(evaluation.lift, capacity=CAPACITY)
    bounds = evaluation.ratio_interval(judged, oracle, lift, seed)
    return [round(value, 3) for value in (lift(judged) / lift(oracle), *bounds)]


def main(options: argparse.Namespace) -> None:
    told: dict[str, Any] = {"contracts": options.contracts}
    for seed in range(options.first, options.first + options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            panel = synthetic.country(Path(folder), seed, options.contracts)
        for truth in get_args(inspections.Truth):
            told[f"{truth} {seed}"] = beside(panel, seed, truth)
            print(truth, seed, told[f"{truth} {seed}"], flush=True)
    record(f"champollion sequence {options.contracts}", told)


if __name__ == "__main__":
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--contracts", type=int, default=300_000)
    # The score's features and strengths were chosen on seeds 0 to 2.
    said.add_argument("--first", type=int, default=3)
    said.add_argument("--seeds", type=int, default=3)
    main(said.parse_args())
