"""A scene that the reader asks for, drawn with the page, and what the published detector finds in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from archipel.defis.page.words import plural, safe
from archipel.defis.twincity.detectors import kept
from archipel.defis.twincity.detectors.adapter import Detector, person_class
from archipel.defis.twincity.evaluation import Sets
from archipel.defis.twincity.pictures.reading import Pixels
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.scenes import truth
from archipel.defis.twincity.scenes.drawing.conditions import Conditions
from archipel.defis.twincity.scenes.drawing.sampling import sample
from archipel.defis.twincity.scenes.engines import fastest, picture
from archipel.defis.twincity.scenes.generation import scene_seed
from archipel.defis.twincity.sets.boxes import Detections, Truth
from archipel.defis.twincity.tableau import pictures
from archipel.defis.twincity.tableau.outcomes import Outcome, outcomes
from archipel.defis.twincity.tableau.published import Published
from archipel.defis.twincity.tableau.words import section
from archipel.defis.twincity.wording import score

HEADING = "Essayer une scène"
BOUNDS = {"heure": (0, 24), "inclinaison": (-75, 2), "personnes": (1, 30)}


@dataclass(frozen=True)
class Drawn:
    """``picture``: pixels. ``rows``: its persons, as the truth tells them; ``image``: itself."""

    picture: Pixels
    image: Mapping[str, Any]
    rows: list[dict[str, Any]]


def asked(heure: float, meteo: str, inclinaison: int, personnes: int) -> Conditions:
    """What the generator is asked. Raises `DataRefused`, with the bounds."""
    told = {"heure": heure, "inclinaison": inclinaison, "personnes": personnes}
    for name, value in told.items():
        low, high = BOUNDS[name]
        if not low <= value <= high:
            raise DataRefused(f"{name} : de {low} à {high} attendu, reçu {value:g}")
    return Conditions(
        people=(personnes, personnes),
        hours=((heure, heure),),
        weathers=((meteo, 1.0),),
        pitches=((inclinaison, inclinaison),),
    )


def size(run: Published) -> tuple[int, int]:
    """Pixels of the run's pictures: its threshold was measured on people of that size."""
    width, height = (run.images[0].get(name) for name in ("width", "height"))
    if not isinstance(width, int) or not isinstance(height, int) or min(width, height) < 1:
        raise DataRefused("« verite.json » : « width » et « height » de chaque image attendus, en pixels")
    return width, height


def draw(conditions: Conditions, seed: int, bodies: Path, pixels: tuple[int, int]) -> Drawn:
    """``pixels``: width, height. Raises `DataRefused` where nothing can be drawn."""
    scene = sample(scene_seed(seed, 0), conditions, pixels)
    shown, drawn = picture(scene, bodies, fastest())
    return Drawn(shown, truth.image_truth(scene, drawn, "", 0), truth.person_truths(scene, drawn, 0))


def trial(run: Published, conditions: Conditions, seed: int, bodies: Path) -> str:
    """HTML of the section. Where scenes cannot be drawn it says why, and the rest of the page stands."""
    try:
        drawn = draw(conditions, seed, bodies, size(run))
    except DataRefused as error:
        return section(
            HEADING,
            '<p class="tcy-absent"><strong>Ici, pas de scène.</strong> La machine qui calcule cette page '
            "ne sait pas en "
            f"dessiner : {safe(error)}.</p>",
            synthetic=True,
        )
    try:
        detector = kept.read(run.folder / "detecteur")
        outcome = judged(drawn, detector, run.score)
        unseen = "" if detector else "L’exécution publiée n’a pas laissé son détecteur avec ses résultats"
    except DataRefused as error:
        outcome, unseen = judged(drawn, None, run.score), f"Le détecteur publié n’a pas pu regarder : {error}"
    return section(HEADING, _shown(run, drawn, outcome, unseen), synthetic=True)


def judged(drawn: Drawn, detector: Detector | None, score: float) -> Outcome:
    """What the detector finds, at the run's own point; without one everybody is still to be found."""
    boxes = np.array([row["bbox"] for row in drawn.rows], dtype=np.float64).reshape(-1, 4)
    nobody = np.zeros(len(boxes), dtype=np.int64)
    true = Truth(
        nobody,
        nobody,
        boxes,
        boxes[:, 2] * boxes[:, 3],
        np.zeros(len(boxes), dtype=bool),
        np.array([bool(row["ignore"]) for row in drawn.rows], dtype=bool),
        np.ones(len(boxes)),
        images=(0,),
        categories=((1, "personne"),),
    )
    return outcomes(Sets(true, _detected(drawn.picture, detector, score), (), mot=False), score).of(0)


def _detected(pixels: Pixels, detector: Detector | None, score: float) -> Detections:
    if detector is None:
        none = np.zeros(0, dtype=np.int64)
        return Detections(none, none, np.zeros((0, 4)), np.zeros(0))
    person = person_class(detector.classes)
    if person is None:
        raise DataRefused(f"detecteur « {detector.name} » : aucune de ses classes n’est une personne")
    found = detector.detect(pixels, score, [person])
    first = np.zeros(len(found.box), dtype=np.int64)
    return Detections(first, first, np.asarray(found.box, dtype=np.float64), found.score)


def _shown(run: Published, drawn: Drawn, outcome: Outcome, unseen: str) -> str:
    """``unseen``: why no detector looked at it, "" where one did."""
    seen = not unseen
    placed, visible = int(drawn.image["people"]), len(drawn.rows)
    who = f"{plural(placed, 'personne placée', 'personnes placées')}, {plural(visible, 'visible')}"
    if outcome.persons < visible:
        who += f", {outcome.persons} à trouver (les autres sont trop petites ou trop cachées)"
    where = pictures.conditions(drawn.image)
    said = (
        f"{run.detector.title} est réglé à {run.detector.point} (score d’au moins {score(run.score)})."
        if seen
        else ""
    )
    lone = f'<p class="tcy-absent">{safe(unseen)} ; seule la vérité est dessinée.</p>' if unseen else ""
    shape = pictures.framed(drawn.picture, outcome, "La scène demandée", f"{where} ; {who}", judged=seen)
    return (
        '<div class="tcy-deux tcy-inegal"><div><p>Choisissez l’heure, la météo, l’inclinaison de la '
        "caméra, le "
        "nombre de personnes et la graine dans les <strong>réglages</strong> du tableau : la rue est "
        "construite et "
        "dessinée pour vous, puis regardée par le détecteur publié. Une autre "
        "graine, une "
        f"autre rue.</p><p>{safe(said)}</p>{lone}{pictures.legend()}</div>{shape}</div>"
    )
