"""The execution « comptage »: what counts, the chosen score, figures worked out by hand, and the words."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
import pytest

from archipel.defis.twincity.counting import conclusion, counted, figures, report
from archipel.defis.twincity.evaluation import Sets, of_category
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets import units
from archipel.defis.twincity.sets.reading import Refused
from archipel.defis.twincity.wording import rounded, score
from support.detectionsets import made

IMAGES = 60
SIZE = {"width": 100, "height": 100}


def development(name: str) -> bool:
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big") % 3 == 0


MEASURED = [at for at in range(IMAGES) if not development(f"{at}.png")]


def people(n: int) -> list[tuple[float, ...]]:
    """Boxes far from each other, in the four quarters of an image of 100 × 100."""
    return [((k % 2) * 50 + 5.0, (k // 2) * 50 + 5.0, 10.0, 20.0) for k in range(n)]


def sets(true: Any, found: Any, *, images: int = IMAGES, about: Any = None, **more: Any) -> Sets:
    """``true`` (image → boxes) and ``found`` (image → boxes with score) of ``images``."""
    truth, detections = made(
        [(at, *box) for at in range(images) for box in true(at)],
        [(at, *box) for at in range(images) for box in found(at)],
        images=images,
        **more,
    )
    names = tuple(f"{at}.png" for at in range(images))
    rows = tuple(SIZE for _ in range(images)) if about is None else about
    truth = replace(truth, files=names, about=rows)
    return Sets(truth, detections, (Refused("v.json", 1), Refused("d.json", 1)), mot=False)


def one_too_many(at: int) -> list[tuple[float, ...]]:
    """Two are there; three are counted from 0.5, and in odd images one from 0.9."""
    scores = (0.95, 0.6, 0.5) if at % 2 else (0.7, 0.6, 0.5)
    return [(*box, score) for box, score in zip(people(3), scores, strict=True)]


def test_figures_by_hand() -> None:
    told = report.report(sets(lambda at: people(2), one_too_many), 0.5)
    rows = told.measures.set_index("mesure")
    assert rows.loc[["mae", "rmse", "biais", "mape"], "valeur"].tolist() == [1.0, 1.0, 1.0, 0.5]
    assert rows.loc[["mae", "rmse", "biais", "mape"], "constante"].tolist() == [0.0] * 4
    assert rows.loc[["game_1", "game_2", "game_3"], "valeur"].tolist() == [1.0] * 3
    assert rows.loc[report.GAIN, "valeur"] == -1.0
    # Every image errs the same: no resample says otherwise.
    assert rows.loc["mae", ["bas", "haut"]].tolist() == [1.0, 1.0]
    assert set(told.images[told.images["part"] == "mesure"]["image"]) == {str(at) for at in MEASURED}
    text = conclusion.text(told)
    assert "**1,00 personne(s) de trop** par image" in text
    assert "**le détecteur compte moins bien que cette réponse**" in text
    assert "donné" in text
    assert "synthétiques" not in text


def test_the_score_is_chosen_where_nothing_is_measured() -> None:
    told = report.report(sets(lambda at: people(2), one_too_many), None)
    # From 0.6 each image has its two.
    assert told.score == 0.6
    assert told.row("mae")["valeur"] == 0
    assert "choisi sur" in conclusion.text(told, synthetic=True)
    assert "**Données synthétiques**" in conclusion.text(told, synthetic=True)

    def other_where_measured(at: int) -> list[tuple[float, ...]]:
        return [(*people(1)[0], 0.1)] if at in MEASURED else one_too_many(at)

    assert report.report(sets(lambda at: people(2), other_where_measured), None).score == 0.6


@pytest.mark.parametrize("seed", range(5))
def test_the_chosen_score_is_that_of_a_search_of_all(seed: int) -> None:
    random = np.random.default_rng(seed)
    numbers = random.integers(0, 5, IMAGES)
    # Few decimals: many scores are equal.
    scores = [np.round(random.random(int(random.integers(0, 5))), 1) for _ in range(IMAGES)]
    one = sets(
        lambda at: people(int(numbers[at])),
        lambda at: [(*box, s) for box, s in zip(people(4), scores[at], strict=False)],
    )
    told = counted.of_sets(one)
    tried = np.unique(one.detections.score[told.development[one.detections.image]])[::-1]
    errors = [np.abs(told.at(s) - told.true)[told.development].mean() for s in tried]
    assert counted.best_score(told) == tried[int(np.argmin(errors))]


def test_nobody_is_counted_where_a_truth_is_ignored() -> None:
    one = sets(
        lambda at: people(3), one_too_many, ignore=[False, False, True] * IMAGES
    )  # fmt: skip
    told = counted.of_sets(one)
    assert set(told.true) == {2}
    assert set(told.at(0.0)) == {2}
    assert told.set_apart == IMAGES


def test_errors_that_cancel_are_seen_in_the_cells() -> None:
    def elsewhere(at: int) -> list[tuple[float, ...]]:
        return [(60.0, 60.0, 10.0, 20.0, 0.9)]

    told = report.report(sets(lambda at: people(1), elsewhere), 0.5)
    assert told.row("mae")["valeur"] == 0
    assert [told.row(f"game_{level}")["valeur"] for level in (1, 2, 3)] == [2.0] * 3


def test_intervals_of_bands_and_of_few_images() -> None:
    told = report.report(sets(lambda at: people(4 if at == MEASURED[0] else 0), lambda at: []), 0.5)
    assert told.bands["personnes"].tolist() == ["personne", "1 à 5"]
    assert told.bands["images"].tolist() == [len(MEASURED) - 1, 1]
    assert told.bands["mae"].tolist() == [0.0, 4.0]
    # One image alone has no interval.
    assert np.isnan(told.bands["mae_bas"]).tolist() == [False, True]
    mae = told.row("mae")
    assert mae["valeur"] == pytest.approx(4 / len(MEASURED))
    assert mae["bas"] == 0 < mae["valeur"] < mae["haut"]
    assert told.row("mape")["valeur"] == 1.0
    values = report.measures(told, 0)
    assert np.isnan(values["mape_bas"][0])  # type: ignore[arg-type]  # a number, not None
    assert values["mape_bas"][2] == report.FEW


def test_an_error_over_images_where_nobody_is_is_not_defined() -> None:
    told = report.report(sets(lambda at: people(0 if at in MEASURED else 1), lambda at: []), 0.5)
    assert report.measures(told, 0)["mape"][2] == report.NOBODY
    assert "Erreur relative" not in conclusion.text(told)


def test_the_size_of_images_is_told_or_given() -> None:
    one = sets(lambda at: people(2), one_too_many, about=({},) * IMAGES)
    told = report.report(one, 0.5)
    assert report.measures(told, 0)["game_1"] == (None, "personnes par image", report.NO_SIZE)
    assert "GAME n’est pas défini" in conclusion.text(told)
    assert report.report(one, 0.5, (100, 100)).row("game_1")["valeur"] == 1.0
    with pytest.raises(DataRefused, match="largeur et hauteur vont ensemble, reçu 100 et None"):
        report.report(one, 0.5, (100, None))


def test_twins_stay_together_and_frames_that_follow_each_other_too() -> None:
    rows = tuple({**SIZE, "pair": f"p{at // 2}"} for at in range(IMAGES))
    truth = sets(lambda at: people(1), one_too_many, about=rows).truth
    part = units.development(truth, units.of_images(truth)).reshape(-1, 2)
    assert (part[:, 0] == part[:, 1]).all()
    assert part[:, 0].tolist() == [development(f"{2 * at}.png") for at in range(IMAGES // 2)]
    sequence = replace(truth, about=(), files=())
    assert units.of_images(sequence).tolist() == [0] * 25 + [1] * 25 + [2] * 10


def test_the_constant_is_the_one_of_least_absolute_error() -> None:
    """One crowd among empty images: their mean would be wrong of every image."""
    crowd = next(at for at in range(IMAGES) if at not in MEASURED)
    told = report.report(sets(lambda at: people(4 if at == crowd else 1), one_too_many), 0.5)
    assert told.constant == 1.0
    assert told.row("mae")["constante"] == 0.0
    assert "la médiane des images de réglage" in conclusion.text(told)


def test_cars_are_not_people() -> None:
    one = sets(lambda at: people(1), one_too_many)
    two = replace(one, truth=replace(one.truth, categories=((1, "personne"), (3, "voiture"))))
    with pytest.raises(DataRefused, match=r"2 classes, et « categorie » est vide"):
        report.report(two, 0.5)
    assert report.report(of_category(two, "voiture"), 0.5, (100, 100)).row("mae")["valeur"] == 0


def test_small_numbers_are_told_plainly() -> None:
    assert [rounded(one) for one in (-0.004, 0.004, -1.3)] == ["0,00", "0,00", "−1,30"]
    assert [score(one) for one in (0.00012349, 0.29, 0.6669, 0, -1.2345)] == [
        "0,000123", "0,29", "0,666", "0", "−1,24",
    ]  # fmt: skip


def test_what_cannot_be_chosen_is_refused() -> None:
    with pytest.raises(DataRefused, match=r"images qui vont ensemble : \d pour régler, \d pour mesurer"):
        report.report(sets(lambda at: people(1), one_too_many, images=3), None)
    silent = sets(lambda at: people(1), lambda at: one_too_many(at) if at in MEASURED else [])
    with pytest.raises(DataRefused, match="aucune détection dans les images de réglage"):
        report.report(silent, None)
    assert report.report(silent, 0.5).row("biais")["valeur"] == 2


def test_the_figure_has_a_sequence_over_time() -> None:
    told = report.report(sets(lambda at: people(2), one_too_many), 0.5)
    drawn = figures.figure(told, synthetic=True)
    assert len(drawn.axes) == 2
    assert drawn.get_suptitle() == "Données synthétiques"
    frames = replace(told.counted.sets, mot=True)
    over_time = replace(told, counted=replace(told.counted, sets=frames))
    over_time = replace(over_time, images=told.images.assign(image=range(1, IMAGES + 1)))
    assert len(figures.figure(over_time).axes) == 3
    assert "Une séquence est un seul lieu" in conclusion.text(over_time)
