"""A body's own shape: ancestry, sex, age, weight, height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archipel.defis.twincity.scenes.description import Person
from archipel.defis.twincity.scenes.people.model import Bodies, Floats

AGES = (("child", 9.0), ("young", 25.0), ("old", 75.0))
ANCESTRIES = ("african", "asian", "caucasian")
WEIGHTS = (("minweight", -1.0), ("averageweight", 0.0), ("maxweight", 1.0))


@dataclass(frozen=True)
class Shaped:
    """Decimetres, at rest; ``scale`` brings the body to its person's height."""

    vertices: Floats
    head: Floats
    tail: Floats
    scale: float


def target_shares(bodies: Bodies, person: Person) -> Floats:
    """How much of each of the 36 targets, (36,)."""
    sex = {"femme": "female", "homme": "male"}[person.sex]
    shares = dict.fromkeys(bodies.targets, 0.0)
    for age, part in _between(AGES, person.age):
        for ancestry, share in zip(ANCESTRIES, person.ancestry, strict=True):
            shares[f"{ancestry}-{sex}-{age}"] += part * share
        for weight, share in _between(WEIGHTS, person.weight):
            shares[f"universal-{sex}-{age}-averagemuscle-{weight}"] += part * share
    return np.array([shares[one] for one in bodies.targets], np.float32)


def _between(marks: tuple[tuple[str, float], ...], value: float) -> list[tuple[str, float]]:
    """The two marks around a value, with their shares."""
    places = [place for _, place in marks]
    value = min(max(value, places[0]), places[-1])
    above = min(int(np.searchsorted(places, value, side="right")), len(marks) - 1)
    share = (value - places[above - 1]) / (places[above] - places[above - 1])
    return [(marks[above - 1][0], 1 - share), (marks[above][0], share)]


def natural_height(bodies: Bodies, person: Person) -> float:
    """Metres, of the person's shape before it is brought to ``person.height``."""
    height = bodies.ends[0] + target_shares(bodies, person) @ bodies.ends[1:]
    return float(np.ptp(height)) / 10


def shaped(bodies: Bodies, person: Person, level: int) -> Shaped:
    shares = target_shares(bodies, person)
    used = np.flatnonzero(shares)
    chosen, skeleton = bodies.levels[level], bodies.skeleton

    def blend(rest: Floats, shapes: Floats) -> Floats:
        return rest + np.tensordot(shares[used], shapes[used], 1)

    return Shaped(
        blend(chosen.rest, chosen.shapes),
        blend(skeleton.head, skeleton.head_shapes),
        blend(skeleton.tail, skeleton.tail_shapes),
        person.height / natural_height(bodies, person),
    )
