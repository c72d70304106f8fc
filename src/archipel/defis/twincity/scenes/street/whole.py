"""The street's parts put together, what the camera cannot see left out."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from archipel.defis.twincity.scenes import camera
from archipel.defis.twincity.scenes.description import Building, Camera, Item, Scene, Street
from archipel.defis.twincity.scenes.mesh import Mesh, merged, moved
from archipel.defis.twincity.scenes.street.facade import building_mesh
from archipel.defis.twincity.scenes.street.furniture import MAKERS
from archipel.defis.twincity.scenes.street.road import KERB, road_mesh
from archipel.defis.twincity.scenes.street.tree import tree_mesh
from archipel.defis.twincity.scenes.street.vehicle import vehicle_mesh

FINE = 55.0
"""Metres from the camera within which a façade has its mouldings, in a picture of 720 rows."""
LIT = ("voiture", "camionnette", "feu")
"""What looks different by its variant; of a tree the variant is its shape."""


SLIM = ("potelet", "corbeille", "chaise", "table", "barrière")


def street_mesh(scene: Scene) -> Mesh:
    return _built(scene.street, scene.camera, scene.moment.day.month)


@lru_cache(maxsize=2)
def _built(street: Street, seen: Camera, month: int) -> Mesh:
    near = FINE * min(seen.rows / 720, 1.5)
    parts = [item_mesh(one, street, month) for one in _in_sight(street.items, seen)]
    houses = sorted(_that_matter(street.buildings, seen), key=lambda one: _away(one, seen))
    parts += [building_mesh(one, _away(one, seen) < near) for one in houses]
    return merged([*parts, road_mesh(street)])


def item_mesh(item: Item, street: Street, month: int) -> Mesh:
    variant = item.variant if item.kind in LIT or item.kind in ("arbre", "jardinière") else 0.0
    tree = item.kind == "arbre"
    own = Item(item.kind, 0, 0, colour=(0, 0, 0) if tree else item.colour, variant=variant)
    at = item.x, floor(street, item.x), item.z
    return moved(_template(own, month if tree else 1), at, math.radians(item.heading), item.size)


@lru_cache(maxsize=256)
def _template(item: Item, month: int) -> Mesh:
    if item.kind == "arbre":
        return tree_mesh(item, month)
    return MAKERS[item.kind](item) if item.kind in MAKERS else vehicle_mesh(item)


def floor(street: Street, x: float) -> float:
    """Height of the ground: pavements are a kerb higher than the road."""
    return KERB if street.road and abs(x) > street.road / 2 else 0.0


def _in_sight(items: tuple[Item, ...], seen: Camera) -> list[Item]:
    """In the picture and not lost in the distance, or so tall and near that their shadow may be."""
    if not items:
        return []
    high = np.array([one.size if one.kind == "arbre" else 4.0 for one in items])
    slim = np.array([one.kind in SLIM for one in items])
    centres = np.array([(one.x, 0, one.z) for one in items]) + np.outer(high / 2, (0, 1, 0))
    away = np.hypot(centres[:, 0] - seen.x, centres[:, 2] - seen.z)
    kept = away < np.where(slim, 0.09, 0.22) * seen.rows + 20
    kept &= camera.in_view(seen, centres, np.where(slim, 1.5, 3.5 + 0.6 * high))
    return [one for one, wanted in zip(items, kept, strict=True) if wanted]


def _away(building: Building, seen: Camera) -> float:
    if building.side == 0:
        return abs(building.front - seen.z)
    return max(building.start - seen.z, seen.z - building.end, 0.0)


def _that_matter(buildings: tuple[Building, ...], seen: Camera) -> list[Building]:
    """In the picture, or near enough to throw a shadow into it."""
    middles = [(one.start + one.end) / 2 for one in buildings]
    centres = [
        (one.side * (one.front + 4), 12, z) if one.side else (z, 12, one.front)
        for one, z in zip(buildings, middles, strict=True)
    ]
    kept = camera.in_view(seen, centres, [14 + (one.end - one.start) / 2 for one in buildings])
    return [
        one for one, wanted in zip(buildings, kept, strict=True)
        if wanted or (one.side and _away(one, seen) < 16)
    ]  # fmt: skip
