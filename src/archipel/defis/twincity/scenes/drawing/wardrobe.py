"""A passer-by at random: body, clothes for the season, hair, what they carry."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from archipel.defis.twincity.scenes.description import Colour, Garment, Person, Pose
from archipel.defis.twincity.scenes.drawing.conditions import Conditions

Draw = np.random.Generator
T = TypeVar("T")
DULL: tuple[Colour, ...] = (
    (0.07, 0.07, 0.08), (0.12, 0.13, 0.17), (0.10, 0.13, 0.24), (0.22, 0.22, 0.24), (0.36, 0.36, 0.38),
    (0.52, 0.52, 0.53), (0.30, 0.23, 0.18), (0.62, 0.53, 0.42), (0.72, 0.66, 0.56), (0.25, 0.27, 0.19),
)  # fmt: skip
BRIGHT: tuple[Colour, ...] = (
    (0.86, 0.85, 0.83), (0.93, 0.93, 0.92), (0.62, 0.12, 0.13), (0.75, 0.22, 0.18), (0.16, 0.33, 0.62),
    (0.45, 0.62, 0.78), (0.20, 0.42, 0.33), (0.83, 0.66, 0.22), (0.78, 0.45, 0.52), (0.42, 0.26, 0.46),
    (0.85, 0.48, 0.20), (0.14, 0.48, 0.52),
)  # fmt: skip
JEANS: tuple[Colour, ...] = ((0.16, 0.22, 0.36), (0.24, 0.32, 0.46), (0.36, 0.45, 0.58), (0.10, 0.12, 0.18))
HAIR: tuple[Colour, ...] = (
    (0.05, 0.04, 0.04), (0.10, 0.07, 0.05), (0.18, 0.12, 0.08), (0.28, 0.19, 0.12), (0.42, 0.28, 0.16),
    (0.66, 0.53, 0.34), (0.40, 0.17, 0.09),
)  # fmt: skip
GREY: tuple[Colour, ...] = ((0.55, 0.54, 0.53), (0.75, 0.74, 0.72), (0.38, 0.37, 0.37))
WARMTH = (5, 6, 10, 13, 17, 21, 23, 23, 19, 14, 9, 6)
"""Degrees Celsius, a day's mean in Paris, January to December (rounded normals)."""


def one_of(draw: Draw, values: tuple[T, ...]) -> T:
    return values[int(draw.integers(len(values)))]


def kind_of(draw: Draw, shares: tuple[tuple[str, float], ...]) -> str:
    weights = np.array([share for _, share in shares])
    return shares[int(draw.choice(len(shares), p=weights / weights.sum()))][0]


def hue(draw: Draw, bright: float) -> Colour:
    red, green, blue = one_of(draw, BRIGHT if draw.random() < bright else DULL)
    shift = draw.normal(0, 0.02, 3)
    red, green, blue = (float(one) for one in np.clip(np.array([red, green, blue]) + shift, 0.03, 0.96))
    return red, green, blue


def passer_by(draw: Draw, conditions: Conditions, month: int, weather: str, pose: Pose) -> Person:
    """At the origin. Sex, age, shape, tone and clothes are drawn independently of each other's group."""
    sex = one_of(draw, ("femme", "homme"))
    age = _age(draw, conditions)
    cold = WARMTH[month - 1] + draw.normal(0, 3) - (6 if weather == "neige" else 0)
    bottom = _bottom(draw, sex, cold)
    return Person(
        sex, age, _height(draw, sex, age), float(np.clip(draw.normal(0, 0.45), -1, 1)),
        _ancestry(draw), int(one_of(draw, conditions.tones)), pose, 0.0, 0.0, 0.0,
        _top(draw, cold, bottom), bottom, _coat(draw, cold, weather), _shoes(draw), *_hair(draw, sex, age),
        _hat(draw, cold), _bag(draw, age, pose),
    )  # fmt: skip


def _age(draw: Draw, conditions: Conditions) -> float:
    low, high = conditions.ages
    wanted = float(
        draw.choice([draw.uniform(6, 15), draw.uniform(16, 62), draw.uniform(62, 86)], p=[0.13, 0.69, 0.18])
    )
    return round(float(np.clip(wanted, low, high)), 1)


def _height(draw: Draw, sex: str, age: float) -> float:
    grown = (1.64, 0.062) if sex == "femme" else (1.765, 0.068)
    share = float(np.interp(age, (6, 9, 12, 15, 18, 60, 85), (0.68, 0.78, 0.87, 0.96, 1.0, 1.0, 0.97)))
    return round(float(np.clip(draw.normal(*grown), grown[0] - 0.15, grown[0] + 0.17)) * share, 3)


def _ancestry(draw: Draw) -> tuple[float, float, float]:
    one, two, three = draw.dirichlet((0.5, 0.5, 0.5))
    return round(float(one), 4), round(float(two), 4), round(float(three), 4)


def _top(draw: Draw, cold: float, bottom: Garment) -> Garment:
    if cold > 19:
        kind = one_of(draw, ("t-shirt", "t-shirt", "chemise", "débardeur"))
    else:
        kind = one_of(draw, ("chemise", "pull", "pull", "t-shirt" if cold > 13 else "pull"))
    if bottom.kind == "robe":
        return Garment("t-shirt" if cold > 15 else "chemise", bottom.colour, bottom.pattern)
    pattern = "maille" if kind == "pull" else one_of(draw, ("uni", "uni", "uni", "rayures", "carreaux"))
    return Garment(kind, hue(draw, 0.6), pattern)


def _bottom(draw: Draw, sex: str, cold: float) -> Garment:
    if sex == "femme" and draw.random() < (0.42 if cold > 15 else 0.2):
        kind = one_of(draw, ("jupe", "jupe longue", "robe"))
        return Garment(kind, hue(draw, 0.5), one_of(draw, ("uni", "uni", "carreaux")))
    if cold > 20 and draw.random() < 0.35:
        return Garment("short", hue(draw, 0.3))
    if draw.random() < 0.45:
        return Garment("jean", one_of(draw, JEANS), "jean")
    kind = one_of(draw, ("pantalon", "pantalon", "large", "legging" if sex == "femme" else "pantalon"))
    return Garment(kind, hue(draw, 0.12))


def _coat(draw: Draw, cold: float, weather: str) -> Garment | None:
    if weather == "pluie" and draw.random() < 0.6:
        return Garment("imperméable", hue(draw, 0.35))
    if draw.random() > np.interp(cold, (6, 13, 20), (0.95, 0.6, 0.1)):
        return None
    kind = one_of(draw, ("doudoune", "manteau", "veste")) if cold < 11 else "veste"
    return Garment(
        kind, hue(draw, 0.22), one_of(draw, ("uni", "uni", "uni", "carreaux")) if kind == "manteau" else "uni"
    )


def _shoes(draw: Draw) -> Colour:
    return one_of(
        draw, ((0.06, 0.06, 0.06), (0.06, 0.06, 0.06), (0.25, 0.15, 0.09), (0.9, 0.9, 0.88), (0.5, 0.5, 0.52))
    )


def _hair(draw: Draw, sex: str, age: float) -> tuple[str, Colour]:
    if sex == "femme":
        kind = one_of(draw, ("long", "long", "mi-long", "mi-long", "chignon", "court", "afro"))
    else:
        kind = one_of(
            draw, ("court", "court", "court", "rasé", "afro", "mi-long", "chauve" if age > 35 else "court")
        )
    grey = draw.random() < np.interp(age, (38, 60, 75), (0.0, 0.5, 0.95))
    return kind, one_of(draw, GREY if grey else HAIR)


def _hat(draw: Draw, cold: float) -> Garment | None:
    if draw.random() > (0.4 if cold < 8 else 0.13):
        return None
    return Garment(
        one_of(draw, ("bonnet",) if cold < 8 else ("casquette", "casquette", "chapeau")), hue(draw, 0.35)
    )


def _bag(draw: Draw, age: float, pose: Pose) -> Garment | None:
    if draw.random() > 0.55 or pose.kind == "couché":
        return None
    kinds = ("épaule", "main") if pose.kind == "assis" else ("dos", "dos", "épaule", "main")
    return Garment(one_of(draw, kinds) if age > 12 else "dos", hue(draw, 0.3))
