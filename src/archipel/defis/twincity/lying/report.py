"""Everything that « ausol » leaves: recalls by posture, gaps, the alarm and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from archipel.defis.twincity.audit import annotated, clustered, operating
from archipel.defis.twincity.audit.annotated import Annotated
from archipel.defis.twincity.audit.operating import OVERLAPS, Point
from archipel.defis.twincity.evaluation import Measure, of_one_class
from archipel.defis.twincity.lying import alarm, posture
from archipel.defis.twincity.lying.alarm import Rule
from archipel.defis.twincity.lying.posture import GROUND, LYING, OTHERS
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets import units
from archipel.defis.twincity.sets.boxes import Bools, Ints

NO_POINT = "aucun score ne laisse si peu de fausses alertes par image"
NO_RULE = (
    "alarme non réglée : dans les images de réglage, aucune boîte large, ou bien aucune image avec ou sans "
    "personne au sol"
)
NO_IMAGE = "aucune image de mesure où la question se pose"
NEVER_RANG = "l’alarme n’a jamais sonné sur les images de mesure"
EMPTY = "aucune personne dans un des groupes"
PER = 1000


@dataclass(frozen=True)
class Report:
    """``recalls``: of `annotated.condition_table`; ``gaps``: of `posture.gaps`. ``lies``, ``development`` and
    ``rings``: one value an image. ``rule``, None: it could not be chosen, and ``figures`` are empty.
    ``youden``: of `alarm.youden`."""

    one: Annotated
    points: list[Point]
    recalls: pd.DataFrame
    gaps: pd.DataFrame
    lies: Ints
    development: Bools
    rule: Rule | None
    rings: Bools
    figures: pd.DataFrame
    prevalence: pd.DataFrame
    youden: tuple[float, float, float]

    @property
    def measured(self) -> Bools:
        """Images of the figures of the alarm."""
        return ~self.development & (self.lies >= 0)

    def recall(self, point: Point, group: str) -> pd.Series:
        rows = self.recalls
        mine = (rows["condition"] == GROUND) & (rows["groupe"] == group)
        return rows[mine & (rows["point"] == point.name) & (rows["iou"] == OVERLAPS[0])].iloc[0]

    def gap(self, point: Point) -> pd.Series:
        rows = self.gaps
        return rows[(rows["point"] == point.name) & (rows["groupe_b"] == OTHERS)].iloc[0]


def read(truth: str, detections: str, category: str | None = None) -> Annotated:
    """Raises `DataRefused`, also for several classes. Its rows are not checked yet: see `accept`."""
    one = annotated.read(truth, detections, "détecteur", category)
    return replace(one, sets=of_one_class(one.sets))


def accept(one: Annotated, maximum: float) -> Annotated:
    """The same by posture. Raises `DataRefused` when a file has more refused rows than this share, the truth
    tells no posture, or nobody lies."""
    return posture.by_posture(replace(one, sets=one.sets.accept(maximum)))


def report(one: Annotated, seed: int = 0, times: int = clustered.RESAMPLES) -> Report:
    """``one``: of `accept`. Raises `DataRefused` where no point can be reached, or there are too
    few images to choose in some and measure in others."""
    truth, found = one.sets.truth, one.sets.detections
    points = operating.points(one.judged, found, None)
    if not points:
        raise DataRefused(
            f"« {one.sets.refused[1].source} » : aucun score ne laisse {operating.FPPI[-1]:g} fausse alerte "
            "par image ou moins, ou rien n’est détecté"
        )
    development = units.development(truth, one.cluster)
    drawn = clustered.resamples(one.cluster, seed, times)
    lies = posture.lies(one)
    rule = alarm.choose(found, lies, development)
    rings = rule.rings(found, len(lies)) if rule else np.zeros(len(lies), dtype=bool)
    # Without a rule no image is judged, and every figure is empty.
    known = np.where(development | (rule is None), -1, lies)
    unit = np.unique(one.cluster[~development], return_inverse=True)[1]
    judged = rings[~development], known[~development], unit, clustered.resamples(unit, seed, times)
    figures = alarm.judged(*judged)
    return Report(
        one, points, annotated.condition_table(one, points, drawn), posture.gaps(one, points, drawn), lies,
        development, rule, rings, figures, alarm.by_prevalence(figures),
        alarm.youden(*judged),
    )  # fmt: skip


def image_table(told: Report) -> pd.DataFrame:
    """`image, fichier, part, au_sol, alarme`: to look at what rang, and what did not."""
    truth = told.one.sets.truth
    return pd.DataFrame(
        {
            "image": [str(one) for one in truth.images],
            "fichier": truth.files,
            "part": np.where(told.development, "réglage", "mesure"),
            "au_sol": np.array(["inconnu", "non", "oui"])[told.lies + 1],
            "alarme": np.where(told.rings, "oui", "non") if told.rule else "",
        }
    )


def measures(told: Report, refused: int) -> dict[str, Measure]:
    """What `result.json` tells: value (None: not defined), unit, reason."""
    found: dict[str, Measure] = {}
    reached = {point.fppi: point for point in told.points}
    for fppi in operating.FPPI:
        found |= _at_point(told, reached.get(fppi), f"_{fppi:g}_fppi")
    for row in told.figures.to_dict("records"):
        reason = NO_RULE if not told.rule else NEVER_RANG if row["mesure"] == "precision" else NO_IMAGE
        for end, column in (("", "valeur"), ("_bas", "bas"), ("_haut", "haut")):
            found[f"alarme_{row['mesure']}{end}"] = row[column], "1", reason
    reason = NO_IMAGE if told.rule else NO_RULE
    for end, value in zip(("", "_bas", "_haut"), told.youden, strict=True):
        found[f"alarme_youden{end}"] = value, "1", reason
    specific = told.figures.set_index("mesure").loc["specificite"]
    for end, column in (("", "valeur"), ("_bas", "haut"), ("_haut", "bas")):
        unit = f"pour {PER} images sans personne au sol"
        found[f"fausses_alarmes{end}"] = PER * (1 - float(specific[column])), unit, reason
    persons = told.recall(told.points[0], LYING)["n"], told.recall(told.points[0], OTHERS)["n"]
    return found | {
        "alarme_ratio": (told.rule.ratio if told.rule else None, "largeur / hauteur", NO_RULE),
        "alarme_score": (told.rule.score if told.rule else None, "score", NO_RULE),
        "images_reglage": (int(told.development.sum()), "images", ""),
        "images_mesure": (int(told.measured.sum()), "images", ""),
        "images_au_sol": (int((told.lies[told.measured] == 1).sum()), "images", ""),
        "images_sans_reponse": (int((told.lies < 0).sum()), "images", ""),
        "personnes_couchees": (int(persons[0]), "personnes", ""),
        "autres_personnes": (int(persons[1]), "personnes", ""),
        "lignes_refusees": (refused, "lignes", ""),
    }


def _at_point(told: Report, point: Point | None, name: str) -> dict[str, Measure]:
    found: dict[str, Measure] = {}
    for what, group in (("rappel_couches", LYING), ("rappel_autres", OTHERS)):
        row = told.recall(point, group) if point else None
        for end in ("", "_bas", "_haut"):
            value = None if row is None else float(row[f"rappel{end}"])
            found[what + name + end] = value, "1", EMPTY if point else NO_POINT
    row = told.gap(point) if point else None
    for end, column in (("", "ecart"), ("_bas", "bas"), ("_haut", "haut")):
        value = None if row is None else float(row[column])
        found["ecart" + name + end] = value, "1", EMPTY if point else NO_POINT
    return found
