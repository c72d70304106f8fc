"""Where people stand, walk, sit and lie, so that the camera sees them and nobody stands in a car."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from archipel.defis.twincity.scenes import camera
from archipel.defis.twincity.scenes.description import Camera, Item, Pose, Street
from archipel.defis.twincity.scenes.drawing.conditions import Conditions
from archipel.defis.twincity.scenes.drawing.town import CHAIRS
from archipel.defis.twincity.scenes.drawing.wardrobe import Draw, one_of

RADII = {
    "arbre": 0.45, "colonne": 0.9, "kiosque": 1.7, "table": 0.5, "chaise": 0.45, "banc": 0.9, "barrière": 1.1,
    "jardinière": 0.7, "corbeille": 0.4, "candélabre": 0.4, "mât": 0.35, "potelet": 0.22, "feu": 0.3,
    "panneau": 0.25,
}  # fmt: skip
"""Metres around a thing where nobody stands."""
LENGTHS = {"voiture": (1.2, 2.5), "camionnette": (1.3, 3.1), "deux-roues": (0.5, 1.0)}
TRIES = 60


@dataclass(frozen=True)
class Spot:
    x: float
    z: float
    heading: float
    pose: Pose


@dataclass
class Taken:
    """Discs of ground already used, (x, z, radius)."""

    discs: list[tuple[float, float, float]] = field(default_factory=list)

    def free(self, x: float, z: float, radius: float) -> bool:
        if not self.discs:
            return True
        every = np.array(self.discs)
        return bool((np.hypot(every[:, 0] - x, every[:, 1] - z) > every[:, 2] + radius).all())


def taken_by(street: Street) -> Taken:
    taken = Taken()
    for item in street.items:
        if item.kind in RADII:
            taken.discs.append((item.x, item.z, RADII[item.kind]))
        elif item.kind in LENGTHS:
            radius, half = LENGTHS[item.kind]
            taken.discs += [
                (item.x, item.z + step, radius)
                for step in np.linspace(-half + radius / 2, half - radius / 2, 3)
            ]
    return taken


def spots(
    draw: Draw, street: Street, seen: Camera, conditions: Conditions, poses: list[Pose]
) -> list[tuple[Spot, tuple[Item, ...]]]:
    """A place for each pose, fewer where there is no room; who sits brings a seat."""
    taken, found = taken_by(street), []
    waiting = list(reversed(poses))
    while waiting:
        pose = waiting.pop()
        spot = _one(draw, street, seen, conditions, pose, taken)
        if spot is None:
            continue
        found.append((spot, _seat(draw, spot)))
        taken.discs.append((spot.x, spot.z, 1.0 if pose.kind == "couché" else 0.28))
        if waiting and waiting[-1].kind == pose.kind == "marche" and draw.random() < 0.4:
            beside = _beside(draw, spot, waiting[-1])
            if taken.free(beside.x, beside.z, 0.25) and _walkable(street, beside.x, beside.z, True):
                waiting.pop()
                found.append((beside, ()))
                taken.discs.append((beside.x, beside.z, 0.28))
    return found


def _one(
    draw: Draw, street: Street, seen: Camera, conditions: Conditions, pose: Pose, taken: Taken
) -> Spot | None:
    on_road = draw.random() < (0.12 if seen.pitch > -40 else 0.6)  # from so high there may be but road
    cut = draw.random() < 0.12
    for _ in range(TRIES):
        place = _in_view(draw, seen, conditions)
        if place is None:
            continue
        x, z = place
        radius = 0.9 if pose.kind == "couché" else 0.6 if pose.kind == "assis" else 0.28
        if pose.kind == "assis" and abs(z - street.crossing) < 2.5 and street.road:
            continue
        if not _walkable(street, x, z, on_road and pose.kind != "assis") or not taken.free(x, z, radius):
            continue
        if not cut and not _framed(seen, x, z):
            continue
        return Spot(x, z, _heading(draw, street, x, z, pose), pose)
    return None


def _in_view(draw: Draw, seen: Camera, conditions: Conditions) -> tuple[float, float] | None:
    """Under a pixel drawn at random, or at a distance drawn at random (as many per metre of logarithm)."""
    near, far = conditions.distance
    axes, at = camera.axes(seen), camera.eye(seen)
    scale = seen.focal / camera.FRAME * seen.rows
    across = draw.uniform(0, seen.width)
    down = draw.uniform(0.05, 1.0) * seen.rows
    ray = axes.T @ np.array([(across - seen.width / 2) / scale, (seen.rows / 2 - down) / scale, -1.0])
    if draw.random() < 0.5 or seen.pitch < -30:
        if ray[1] > -1e-3:
            return None
        point = at + ray * (at[1] / -ray[1])
    else:
        flat = ray * (1, 0, 1) / np.hypot(ray[0], ray[2])
        point = at + flat * math.exp(draw.uniform(math.log(near), math.log(far)))
    if not near <= np.linalg.norm(point - at * (1, 0, 1)) + 0.35 * at[1] <= far + 0.35 * at[1]:
        return None
    return float(point[0]), float(point[2])


def _framed(seen: Camera, x: float, z: float) -> bool:
    place, depth = camera.pixels(seen, [(x, 0.1, z), (x, 1.65, z)])
    inside = (place > 0) & (place < (seen.width, seen.rows))
    return bool(inside.all() and (depth > 0.8).all())


def _walkable(street: Street, x: float, z: float, on_road: bool) -> bool:
    edge = street.road / 2 + street.pavement
    if not -14 < z < 100 or abs(x) > edge - 0.45:
        return False
    return on_road or abs(x) > street.road / 2 + 0.35 or abs(z - street.crossing) < 1.5


def _heading(draw: Draw, street: Street, x: float, z: float, pose: Pose) -> float:
    if pose.kind in ("debout", "couché"):
        return float(draw.uniform(0, 360))
    if pose.kind == "assis":
        return -90.0 * float(np.sign(x) or 1) + float(draw.normal(0, 12))
    if street.road and abs(x) < street.road / 2 and abs(z - street.crossing) < 2:
        return float(draw.choice((90, 270)) + draw.normal(0, 8))
    if street.kind == "place" and draw.random() < 0.6:
        return float(draw.uniform(0, 360))
    return float(draw.choice((0, 180)) + draw.normal(0, 10))


def _beside(draw: Draw, spot: Spot, pose: Pose) -> Spot:
    turn, side = math.radians(spot.heading), float(draw.choice((-1, 1))) * float(draw.uniform(0.58, 0.8))
    ahead = float(draw.uniform(-0.2, 0.2))
    x = spot.x + side * math.cos(turn) + ahead * math.sin(turn)
    return Spot(
        x,
        spot.z - side * math.sin(turn) + ahead * math.cos(turn),
        spot.heading + float(draw.normal(0, 4)),
        pose,
    )


def _seat(draw: Draw, spot: Spot) -> tuple[Item, ...]:
    if spot.pose.kind != "assis":
        return ()
    hue = one_of(draw, CHAIRS)
    return (Item("banc" if draw.random() < 0.5 else "chaise", spot.x, spot.z, spot.heading, 1.0, hue),)
