"""Intervals over images: the figures that they are of, what is drawn, and how often they hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from archipel.defis.twincity import curves, evaluation
from archipel.defis.twincity.evaluation import Sets
from archipel.defis.twincity.metrics import coco, intervals, missrate
from support.detectionsets import made


def noisy(
    seed: int, images: int, decimals: int = 1
) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
    """Three people an image, nine in ten found, and false alarms; scores of few decimals make ties."""
    random = np.random.default_rng(seed)
    truths, found = [], []
    for image in range(images):
        for place in (0, 100, 200):
            truths.append((image, place, 0, 40, 80))
            if random.random() < 0.9:
                found.append(
                    (image, place + random.integers(0, 9), 0, 40, 80, round(random.random(), decimals))
                )
        if random.random() < 0.5:
            found.append((image, 300, 0, 40, 80, round(random.random() * 0.8, decimals)))
    return truths, found


def test_each_image_drawn_once_gives_the_figures_themselves() -> None:
    sets = made(*noisy(1, 60), images=60)
    outcome, once = missrate.scored(*sets), np.ones(60, dtype=np.int64)
    assert intervals.average_precision(outcome, once) == pytest.approx(coco.evaluate(*sets).figures()["ap50"])
    assert intervals.miss_rate(outcome, once) == pytest.approx(missrate.log_average_miss_rate(*sets))
    rates = missrate.miss_rates(outcome)
    assert rates is not None
    assert intervals.recall_at(0.1)(outcome, once) == pytest.approx(1 - rates[4])


def test_an_image_drawn_twice_counts_as_two_images() -> None:
    truths, found = noisy(2, 20, decimals=9)
    weights = np.random.default_rng(3).integers(0, 3, 20)
    copies = np.repeat(np.arange(20), weights)
    again = [
        [(at, *row[1:]) for at, one in enumerate(copies) for row in rows if row[0] == one]
        for rows in (truths, found)
    ]
    weighted = intervals.average_precision(missrate.scored(*made(truths, found, images=20)), weights)
    repeated = missrate.scored(*made(*again, images=len(copies)))
    assert weighted == pytest.approx(intervals.average_precision(repeated, np.ones(len(copies), dtype=int)))


def test_clips_are_drawn_whole() -> None:
    clips = np.array([7, 7, 3, 3, 3, 9])
    drawn = intervals.draws(clips, 200, seed=1)
    assert (drawn.shape, drawn[:, 0].tolist()) == ((200, 6), drawn[:, 1].tolist())
    assert (drawn[:, 2] == drawn[:, 4]).all()
    assert (drawn[:, [0, 2, 5]].sum(axis=1) == 3).all()
    assert (drawn == intervals.draws(clips, 200, seed=1)).all()
    assert intervals.draws(np.zeros(0), 5, seed=1).shape == (5, 0)


def test_the_interval_holds_the_figure_of_the_whole_as_often_as_it_says() -> None:
    """Of 100 samples of a population that is known, about 95."""
    held = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        hits = random.random((50, 4)) < random.beta(16, 4, (50, 1))
        rows = np.argwhere(hits)
        outcome = missrate.Scored(
            np.ones(len(rows), dtype=bool), rows[:, 0], random.random(len(rows)), np.full(50, 4)
        )
        drawn = intervals.draws(np.arange(50), 300, seed)
        low, high = intervals.interval(outcome, intervals.recall_at(0.1), drawn)
        assert low is not None
        assert high is not None
        held += low <= 0.8 <= high
    assert 88 <= held <= 99


def test_two_detectors_are_compared_on_the_same_draws() -> None:
    first = missrate.scored(*made(*noisy(5, 40), images=40))
    drawn = intervals.draws(np.arange(40), 100, seed=2)
    assert intervals.difference(first, first, intervals.average_precision, drawn) == (0.0, 0.0)


def test_nobody_drawn_has_no_interval() -> None:
    outcome = missrate.scored(*made([], [(0, 0, 0, 9, 9, 0.5)]))
    drawn = np.ones((10, 1), dtype=np.int64)
    assert intervals.interval(outcome, intervals.average_precision, drawn) == (None, None)


def all_or_none(images: int, *, together: int) -> Sets:
    """Four people an image; of so many images in a row everybody is found, or nobody."""
    truths = [(at, 100 * k, 0, 40, 80) for at in range(images) for k in range(4)]
    found = [(*row, 0.5) for row in truths if row[0] // together % 2]
    return Sets(*made(truths, found, images=images), (), mot=False)


def width(sets: Sets) -> float:
    (row,) = (
        row for row in evaluation.interval_table(sets, 0, times=300).to_dict("records")
        if row["mesure"] == "rappel_0.1_fppi"
    )  # fmt: skip
    return float(row["haut"] - row["bas"])


def test_images_of_a_scene_are_drawn_together() -> None:
    sets = all_or_none(200, together=10)
    alone, scenes = (
        replace(sets, truth=replace(sets.truth, about=tuple({name: at // 10} for at in range(200))))
        for name in ("rien", "scene")
    )
    # Ten images that say the same are one: the interval is √10 as wide.
    assert width(scenes) == pytest.approx(np.sqrt(10) * width(alone), rel=0.3)


def test_frames_that_follow_each_other_are_drawn_together() -> None:
    assert width(all_or_none(1000, together=25)) > 3 * width(all_or_none(1000, together=1))


def test_too_few_scenes_have_figures_and_no_interval() -> None:
    told = evaluation.interval_table(all_or_none(100, together=25), 0)
    assert told["valeur"].notna().all()
    assert told[["bas", "haut"]].isna().all(axis=None)


def test_curves_of_synthetic_images_say_so() -> None:
    told = curves.curve_table(all_or_none(4, together=1))
    assert curves.figure(told, synthetic=True).get_suptitle() == "Données synthétiques"
    assert curves.figure(told).get_suptitle() == ""
