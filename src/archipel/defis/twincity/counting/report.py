"""Figures of counting, on the images that chose nothing: with intervals, by number of people, beside a
constant count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from archipel.defis.twincity.audit import clustered
from archipel.defis.twincity.counting import counted as counts
from archipel.defis.twincity.counting.counted import Counted
from archipel.defis.twincity.evaluation import Measure, Sets, finite
from archipel.defis.twincity.metrics import counting
from archipel.defis.twincity.metrics.counting import Term
from archipel.defis.twincity.sets.boxes import Floats, Ints
from archipel.defis.twincity.sets.units import LEAST_CLUSTERS

LEVELS = (1, 2, 3)
NAMES = {"mae": "mae", "rmse": "rmse", "bias": "biais", "nae": "mape"}
"""Of `counting.terms`, in the tables."""
GAIN = "gain_mae"
"""Absolute error of the constant minus the detector's, on the same images: above 0 the detector is better."""
NO_SIZE = "taille des images inconnue : donner largeur et hauteur"
NOBODY = "aucune image où quelqu’un se trouve"
FEW = f"moins de {LEAST_CLUSTERS} images, ou groupes d’images qui vont ensemble"
BEGINS = (0, 1, 6, 11, 21, 51, 101)
BANDS = ("personne", "1 à 5", "6 à 10", "11 à 20", "21 à 50", "51 à 100", "plus de 100")
MEASURES = ["mesure", "valeur", "bas", "haut", "constante"]


@dataclass(frozen=True)
class Report:
    """``images``: one row an image, of both parts. ``measures``: `MEASURES`. ``bands``: by number of people.
    ``constant``: the median of the development images, whose mean absolute error no other has less of.
    ``chosen``: whether the score was chosen there."""

    counted: Counted
    score: float
    chosen: bool
    constant: float
    images: pd.DataFrame
    measures: pd.DataFrame
    bands: pd.DataFrame

    def row(self, name: str) -> pd.Series:
        return self.measures.set_index("mesure").loc[name]


def report(
    sets: Sets, score: float | None, size: tuple[int | None, int | None] = (None, None), seed: int = 0
) -> Report:
    """``score``: from which a detection counts; chosen on the development images where None. ``size``: of
    images whose truth does not tell it. Raises `DataRefused`."""
    score, sizes = finite(score), counts.sizes(sets.truth, size)
    told = counts.of_sets(sets)
    from_ = counts.best_score(told) if score is None else score
    number, measured = told.at(from_), told.measured
    constant = float(np.median(told.true[told.development]))
    terms = counting.terms(number[measured], told.true[measured])
    always = counting.terms(np.full(int(measured.sum()), constant), told.true[measured])
    gain = {GAIN: (always["mae"][0] - terms["mae"][0], terms["mae"][1])}
    games = {} if sizes is None else _game_terms(told, from_, sizes)
    unit = np.unique(told.unit[measured], return_inverse=True)[1]
    drawn = clustered.resamples(unit, seed)
    measures = _measures(terms | games | gain, always, unit, drawn)
    bands = _bands(told.true[measured], terms, unit, drawn)
    return Report(told, from_, score is None, constant, _images(told, number), measures, bands)


def _game_terms(told: Counted, score: float, sizes: Floats) -> dict[str, Term]:
    truth, found = told.sets.truth, told.found.select(told.found.score >= score)
    kept = truth.select(~truth.ignore)
    terms = {}
    for level in LEVELS:
        by_cell = (
            counting.cells(one.image, one.box[:, :2] + one.box[:, 2:] / 2, sizes, level)[told.measured]
            for one in (found, kept)
        )
        off = counting.cell_errors(*by_cell)
        terms[f"game_{level}"] = off, np.ones(len(off))
    return terms


def _quotients(above: Floats, below: Floats, unit: Ints, drawn: Ints) -> tuple[Floats, Floats, Floats]:
    """Values of the columns, and their intervals; NaN where nothing is below the bar, and for the interval
    of what is in too few units."""
    size = drawn.shape[1]
    top, under = np.zeros((2, size, above.shape[1]))
    np.add.at(top, unit, above)
    np.add.at(under, unit, below)
    value = clustered.ratios(np.ones((1, size)), top, under)[0]
    low, high = clustered.percentiles(clustered.ratios(drawn, top, under))
    few = (under > 0).sum(axis=0) < LEAST_CLUSTERS
    return value, np.where(few, np.nan, low), np.where(few, np.nan, high)


def _measures(terms: dict[str, Term], always: dict[str, Term], unit: Ints, drawn: Ints) -> pd.DataFrame:
    above, below = (np.stack(part, axis=1) for part in zip(*terms.values(), strict=True))
    told = np.stack(_quotients(above, below, unit, drawn), axis=1)
    root = list(terms).index("rmse")
    told[root] = np.sqrt(told[root])
    frame = pd.DataFrame(told, columns=MEASURES[1:4])
    naive = {
        name: top.sum() / under.sum() if under.sum() else np.nan for name, (top, under) in always.items()
    }
    naive["rmse"] = np.sqrt(naive["rmse"])
    frame["constante"] = [naive.get(name, np.nan) for name in terms]
    frame.insert(0, "mesure", [NAMES.get(name, name) for name in terms])
    return frame


def _bands(true: Ints, terms: dict[str, Term], unit: Ints, drawn: Ints) -> pd.DataFrame:
    """`personnes`, `images`, `mae`, `biais` and their intervals; only bands that an image is in."""
    code = np.searchsorted(BEGINS, true, side="right") - 1
    held = np.unique(code)
    inside = (code[:, None] == held).astype(float)
    frame = pd.DataFrame({"personnes": [BANDS[at] for at in held], "images": inside.sum(axis=0).astype(int)})
    for name in ("mae", "bias"):
        low_to_high = _quotients(terms[name][0][:, None] * inside, inside, unit, drawn)
        for end, values in zip(("", "_bas", "_haut"), low_to_high, strict=True):
            frame[NAMES[name] + end] = values
    return frame


def _images(told: Counted, number: Ints) -> pd.DataFrame:
    truth = told.sets.truth
    return pd.DataFrame(
        {
            "image": [str(one) for one in truth.images],
            "fichier": truth.files or "",
            "part": np.where(told.development, "réglage", "mesure"),
            "vrai": told.true,
            "compte": number,
            "ecart": number - told.true,
        }
    )


def measures(told: Report, refused: int) -> dict[str, Measure]:
    """What `result.json` tells: value (None: not defined), unit, reason."""
    found: dict[str, Measure] = {}
    for row in told.measures.to_dict("records"):
        name = row["mesure"]
        unit, reason = (
            "1" if name == "mape" else "personnes par image",
            NOBODY if np.isnan(row["valeur"]) else FEW,
        )
        for end, column in (("", "valeur"), ("_bas", "bas"), ("_haut", "haut"), ("_constante", "constante")):
            if column != "constante" or name in NAMES.values():
                found[name + end] = float(row[column]), unit, reason
    for level in LEVELS:
        found.setdefault(f"game_{level}", (None, "personnes par image", NO_SIZE))
    counted = told.counted
    return found | {
        "seuil": (told.score, "score", ""),
        "constante": (told.constant, "personnes par image", ""),
        "personnes_par_image": (float(counted.true[counted.measured].mean()), "personnes par image", ""),
        "images_reglage": (int(counted.development.sum()), "images", ""),
        "images_mesure": (int(counted.measured.sum()), "images", ""),
        "detections_ecartees": (counted.set_apart, "boîtes", ""),
        "detections_autres_classes": (counted.sets.others, "boîtes", ""),
        "lignes_refusees": (refused, "lignes", ""),
    }
