"""The log-average miss rate against the rule applied box by box, and against cases computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from archipel.defis.twincity.metrics import missrate
from archipel.defis.twincity.metrics.missrate import CITYPERSONS, EVERY, POINTS, Subset
from archipel.defis.twincity.sets.boxes import Detections, Truth
from support.detectionsets import made


def box_by_box(truth: Truth, found: Detections, subset: Subset) -> float:
    """The reference's loop, one detection after the other."""
    spared = subset.spares(truth)
    low, high = subset.heights
    outcome = []
    for image in range(len(truth.images)):
        here = [t for t in range(len(truth.box)) if truth.image[t] == image]
        free = set(here)
        mine = sorted(
            (d for d in range(len(found.box)) if found.image[d] == image), key=lambda d: -found.score[d]
        )
        for d in mine:
            if not low / 1.25 <= found.box[d, 3] < high * 1.25:
                continue
            best, chosen = 0.5, None
            for t in sorted(here, key=lambda t: bool(spared[t])):
                if chosen is not None and spared[t] and not spared[chosen]:
                    break
                if (t in free or spared[t]) and (
                    near := overlap(found.box[d], truth.box[t], spared[t])
                ) >= best:
                    best, chosen = near, t
            if chosen is None or not spared[chosen]:
                outcome.append((-found.score[d], image, chosen is not None))
            free -= {chosen}
    outcome.sort(key=lambda one: one[:2])
    hits = np.cumsum([hit for *_, hit in outcome])
    wrong = np.cumsum([not hit for *_, hit in outcome]) / len(truth.images)
    rates = []
    for point in POINTS:
        reached = np.flatnonzero(wrong <= point)
        rates.append(1 - (hits[reached[-1]] / (~spared).sum() if len(reached) else 0))
    return math.exp(np.mean(np.log(np.maximum(rates, 1e-10))))


def overlap(a: np.ndarray, b: np.ndarray, region: bool) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    common = max(width, 0) * max(height, 0)
    return common / (a[2] * a[3] + (0 if region else b[2] * b[3] - common))


@pytest.mark.parametrize("name", CITYPERSONS)
@pytest.mark.parametrize("seed", range(3))
def test_the_four_subsets_are_the_rule_applied_box_by_box(name: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    images, n = 12, 60
    true = np.c_[
        random.integers(0, images, n), random.uniform(0, 300, (n, 2)), random.uniform(15, 130, (n, 2))
    ]
    near = true[random.integers(0, n, 120)] + np.c_[np.zeros(120), random.normal(0, 7, (120, 4))]
    near[:, 3:] = near[:, 3:].clip(4)
    found = np.c_[near, random.permutation(120) / 120]
    truth, detections = made(
        true, found, images=images, visible=random.uniform(0, 1, n), ignore=random.random(n) < 0.2
    )
    value = missrate.log_average_miss_rate(truth, detections, CITYPERSONS[name])
    assert value == pytest.approx(box_by_box(truth, detections, CITYPERSONS[name]), abs=1e-12)


def test_who_finds_everybody_without_error_misses_as_little_as_is_counted() -> None:
    truth, found = made([(0, 0, 0, 20, 60)], [(0, 0, 0, 20, 60, 0.9)])
    assert missrate.log_average_miss_rate(truth, found) == pytest.approx(missrate.LEAST)


def test_who_is_wrong_first_misses_everybody_where_errors_are_few() -> None:
    # One false alarm in ten images, surer than the only hit: nothing is found below 0.1 an image.
    truth, found = made([(0, 0, 0, 20, 60)], [(1, 0, 0, 20, 60, 0.9), (0, 0, 0, 20, 60, 0.8)], images=10)
    rates = missrate.miss_rates(missrate.scored(truth, found))
    assert rates is not None
    assert rates.tolist() == [1, 1, 1, 1, 0, 0, 0, 0, 0]


def test_images_without_anybody_count() -> None:
    rows = [(0, 0, 0, 20, 60)], [(0, 300, 0, 20, 60, 0.9), (0, 0, 0, 20, 60, 0.8)]
    few, many = (missrate.log_average_miss_rate(*made(*rows, images=n)) for n in (1, 100))
    assert few is not None
    assert many is not None
    assert few > many


def test_where_nobody_is_to_be_found_there_is_no_figure() -> None:
    truth, found = made([(0, 0, 0, 20, 60)], [(0, 0, 0, 20, 60, 0.9)], ignore=[True])
    assert missrate.log_average_miss_rate(truth, found, EVERY) is None
