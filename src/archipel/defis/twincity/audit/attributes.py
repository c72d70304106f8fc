"""What the truth tells of each person and image beyond the box, as groups to be compared.

The fields are those that TwinCity's scenes carry; a truth that has only some of them is audited by those.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.boxes import Floats, Ints
from archipel.defis.twincity.sets.reading import BadRow, checked_box, number, shown, word

MOST_GROUPS = 40
Fields = Mapping[str, Any]
Wrong = dict[tuple[str, int], list[str]]
"""« image » or « annotation » and its position → what is wrong with it."""


@dataclass(frozen=True)
class Condition:
    """``field``: its name in the truth. ``group``: value → name of the group, or `BadRow`. ``groups``:
    their order; that of the alphabet where empty. ``swapped``: scenes change it in one person, all else
    equal."""

    name: str
    field: str
    of_image: bool
    group: Callable[[Any, str], str]
    groups: tuple[str, ...] = ()
    swapped: bool = False


@dataclass(frozen=True)
class Labels:
    """The group of each truth by one condition, −1 where the truth does not tell; of each image too where
    the condition is the image's."""

    condition: Condition
    groups: tuple[str, ...]
    person: Ints
    image: Ints | None


def _binned(name: str, field: str, limits: Sequence[float], groups: Sequence[str], **more: Any) -> Condition:
    """``limits``: lowest and highest value that can be, and between them where groups begin."""
    low, *begins, high = limits

    def group(value: Any, field: str) -> str:
        told = number(value, field)
        if not low <= told <= high:
            raise BadRow(f"{field} : de {low:g} à {high:g} attendu, reçu {told:g}")
        return groups[bisect_right(begins, told)]

    return Condition(name, field, more.pop("of_image", False), group, tuple(groups), **more)


def _night(value: Any, field: str) -> str:
    if value not in (0, 1):
        raise BadRow(f"{field} : vrai ou faux attendu, reçu {shown(value)}")
    return "nuit" if value else "jour"


def _tone(value: Any, field: str) -> str:
    if isinstance(value, bool) or value not in range(1, 11):
        raise BadRow(f"{field} : entier de 1 à 10 attendu, reçu {shown(value)}")
    return f"Monk {int(value)}"


def _age(value: Any, field: str) -> str:
    """A word, or years."""
    if isinstance(value, str):
        return word(value, field)
    years = number(value, field)
    if not 0 <= years <= 130:
        raise BadRow(f"{field} : de 0 à 130 ans attendu, reçu {years:g}")
    return ("enfant", "adulte", "âgé")[bisect_right((15, 60), years)]


def _body(value: Any, field: str) -> str:
    """A word, or a weight from −1 (thin) to 1 (heavy)."""
    if isinstance(value, str):
        return word(value, field)
    weight = number(value, field)
    if not -1 <= weight <= 1:
        raise BadRow(f"{field} : de -1 à 1 attendu, reçu {weight:g}")
    return ("mince", "moyenne", "forte")[bisect_right((-1 / 3, 1 / 3), weight)]


CONDITIONS = (
    _binned(
        "heure", "hour", (0, 6, 12, 18, 24), ("0 à 6 h", "6 à 12 h", "12 à 18 h", "18 à 24 h"), of_image=True
    ),
    Condition("nuit", "night", True, _night, ("jour", "nuit")),
    Condition("meteo", "weather", True, word),
    _binned(
        "inclinaison",
        "pitch_deg",
        # −10° itself belongs to the middle.
        (-90, -40, math.nextafter(-10, 0), 90),
        ("sous −40°", "−40° à −10°", "au-dessus de −10°"),
        of_image=True,
    ),
    _binned(
        "hauteur",
        "height",
        (0, 20, 50, math.nextafter(120, 200), math.inf),
        ("moins de 20 px", "loin (20 à 50 px)", "moyen (50 à 120 px)", "près (plus de 120 px)"),
    ),
    _binned(
        "distance",
        "distance_m",
        (0, 10, 20, 40, math.inf),
        ("moins de 10 m", "10 à 20 m", "20 à 40 m", "40 m et plus"),
    ),
    # CityPersons' limits: bare, partial, heavy (Zhang et al., CVPR 2017).
    _binned(
        "occultation",
        "occlusion",
        (0, math.nextafter(0.1, 1), math.nextafter(0.35, 1), 1),
        ("jusqu’à 10 %", "10 à 35 %", "plus de 35 %"),
    ),
    Condition("posture", "pose", False, word, swapped=True),
    Condition("teint", "monk", False, _tone, tuple(f"Monk {tone}" for tone in range(1, 11)), swapped=True),
    Condition("age", "age", False, _age, swapped=True),
    Condition("sexe", "sex", False, word, swapped=True),
    Condition("corpulence", "body", False, _body, swapped=True),
)


def full_boxes(persons: Sequence[Fields], wrong: Wrong) -> Floats:
    """(n, 4): the whole body's box where the truth has it, else the box that was drawn."""
    boxes = []
    for at, person in enumerate(persons):
        box = person["bbox"]
        try:
            box = checked_box(person.get("full_bbox") or box)
        except BadRow as error:
            wrong.setdefault(("annotation", at), []).append(f"full_{error}")
        boxes.append(box)
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def read(
    persons: Sequence[Fields], images: Sequence[Fields], image: Ints, heights: Floats, wrong: Wrong
) -> tuple[list[Labels], list[str]]:
    """Labels by every condition that the truth tells, and the names of those that it does not.

    ``persons``: annotations, in the order of the truth's rows; ``image``: position of each one's image;
    ``heights``: of the whole body, in pixels. A value that cannot be is told in ``wrong``; its person is
    in no group of that condition.
    """
    told, silent = [], []
    derived = [{**person, **_derived(person, h)} for person, h in zip(persons, heights, strict=True)]
    seen = [{"pitch_deg": row.get("pitch"), **row} for row in images]
    for condition in CONDITIONS:
        of_image = condition.of_image
        names = [_name(row, condition, at, wrong) for at, row in enumerate(seen if of_image else derived)]
        known = set(names) - {""}
        groups = tuple(group for group in condition.groups or sorted(known) if group in known)
        if len(groups) > MOST_GROUPS:
            raise DataRefused(
                f"{condition.field} : {len(groups)} valeurs différentes, {MOST_GROUPS} groupes au plus"
            )
        if not groups:
            silent.append(condition.name)
            continue
        rank = {group: at for at, group in enumerate(groups)}
        code = np.array([rank.get(name, -1) for name in names], dtype=np.int64)
        person = code[image] if of_image else code
        told.append(Labels(condition, groups, person, code if of_image else None))
    return told, silent


def _derived(person: Fields, height: float) -> dict[str, Any]:
    """Height in pixels from the box; occlusion from the visible share where only that is told; of a body
    told in several words, its weight."""
    hidden, body = person.get("occlusion"), person.get("body")
    if hidden is None and isinstance(person.get("vis_ratio"), int | float):
        hidden = 1 - person["vis_ratio"]
    if isinstance(body, Mapping):
        body = body.get("weight")
    return {"height": float(height), "occlusion": hidden, "body": body}


def _name(row: Fields, condition: Condition, at: int, wrong: Wrong) -> str:
    value = row.get(condition.field)
    if value is None:
        return ""
    try:
        return condition.group(value, condition.field)
    except BadRow as error:
        what = "image" if condition.of_image else "annotation"
        wrong.setdefault((what, at), []).append(str(error))
        return ""
