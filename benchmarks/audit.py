"""Does TwinCity's audit hold what it says? Coverage, false alarms and power on resamples of one set.

    python benchmarks/audit.py --verite verite.json --detections detections.json --condition teint \
        --groupe "Monk 10" --ecart 0.02
    python benchmarks/audit.py          # a simulated set, which says so: it tries the method, no detector

Twice: with no gap (detections taken away at random until all groups have one recall), and with the group
made worse on purpose. Printed as JSON, beside the power computed beforehand; recorded where files are given.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from measure import record

from archipel.defis.twincity.audit import annotated, calibration, operating
from archipel.defis.twincity.audit.clustered import Tally, tally
from archipel.defis.twincity.refusal import DataRefused

TONES = tuple(f"Monk {tone}" for tone in range(1, 11))


@dataclass(frozen=True)
class Population:
    name: str
    groups: tuple[str, ...]
    counts: Tally


def simulated(seed: int, images: int = 1333, people: int = 30, recall: float = 0.88) -> Population:
    """Ten tones at random; an image finds its persons more or less well as a whole (beta, correlation 0.05).

    No detector made these.
    """
    random = np.random.default_rng(seed)
    size = random.poisson(people, images)
    image = np.repeat(np.arange(images), size)
    strength = 1 / 0.05 - 1
    chance = random.beta(recall * strength, (1 - recall) * strength, images)[image]
    group = random.integers(0, len(TONES), len(image))
    found = random.random(len(image)) < chance
    return Population("données simulées", TONES, tally(image, group, found, images, len(TONES)))


def of_files(truth: str, detections: str, condition: str, score: float | None) -> Population:
    """The persons of one condition, found or not at the point of the audit."""
    one = annotated.read(truth, detections, "détecteur")
    names = [label.condition.name for label in one.labels]
    if condition not in names:
        raise SystemExit(f"--condition : {', '.join(names)} attendu, reçu {condition}")
    points = operating.points(one.judged, one.sets.detections, score)
    if not points:
        raise SystemExit("aucun score n’atteint le point : donner --seuil")
    counts = annotated.counts(one, points[0])
    at = [k for k, (name, _group) in enumerate(annotated.columns(one).names) if name == condition]
    groups = one.labels[names.index(condition)].groups
    return Population(truth, groups, Tally(counts.n[:, at], counts.found[:, at]))


def measure(one: Population, group: int, gap: float, times: int, seed: int) -> dict[str, Any]:
    none = calibration.without_bias(one.counts, seed)
    began = time.perf_counter()
    fair = calibration.check(none, seed, times)
    unfair = calibration.check(calibration.worse(none, group, gap, seed + 1), seed, times)
    touched = (unfair.a == group) | (unfair.b == group)
    n, found = none.totals
    return {
        "ensemble": one.name,
        "images_ou_scenes": len(one.counts.n),
        "personnes_par_groupe": dict(zip(one.groups, n.astype(int).tolist(), strict=True)),
        "rappel_sans_biais": round(float(found.sum() / n.sum()), 4),
        "reechantillons": times,
        "sans_biais": fair.told(np.ones(len(fair.a), dtype=bool)),
        f"« {one.groups[group]} » pire de {gap:g}": unfair.told(touched),
        "secondes": round(time.perf_counter() - began, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--verite")
    parser.add_argument("--detections")
    parser.add_argument("--condition", default="teint")
    parser.add_argument("--groupe", default="Monk 10")
    parser.add_argument("--ecart", type=float, default=0.02)
    parser.add_argument("--seuil", type=float)
    parser.add_argument("--tirages", type=int, default=1000)
    parser.add_argument("--graine", type=int, default=0)
    given = parser.parse_args()
    if bool(given.verite) != bool(given.detections):
        raise SystemExit("donner --verite et --detections ensemble, ou aucun des deux")
    try:
        one = (
            of_files(given.verite, given.detections, given.condition, given.seuil)
            if given.verite
            else simulated(given.graine)
        )
    except DataRefused as refused:
        raise SystemExit(str(refused)) from None
    if given.groupe not in one.groups:
        raise SystemExit(f"--groupe : {', '.join(one.groups)} attendu, reçu {given.groupe}")
    told = measure(one, one.groups.index(given.groupe), given.ecart, given.tirages, given.graine)
    print(json.dumps(told, ensure_ascii=False, indent=1))
    if given.verite:
        record("twincity audit, planted bias", told | {"ensemble": Path(given.verite).parent.name})


if __name__ == "__main__":
    main()
