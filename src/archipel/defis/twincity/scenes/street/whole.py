"""The street's parts put together, what the camera cannot see left out."""

from __future__ import annotations

import math
from functools import lru_cache

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
    parts = [item_mesh(one, street, month) for one in street.items if _in_sight(one, seen)]
    houses = sorted(street.buildings, key=lambda one: _away(one, seen))
    parts += [building_mesh(one, _away(one, seen) < near) for one in houses if _matters(one, seen)]
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


def _in_sight(item: Item, seen: Camera) -> bool:
    """In the picture and not lost in the distance, or so tall and near that its shadow may be."""
    away = math.hypot(item.x - seen.x, item.z - seen.z)
    slim = item.kind in SLIM
    if away > (0.09 if slim else 0.22) * seen.rows + 20:
        return False
    high, wide = (item.size, 0.35 * item.size) if item.kind == "arbre" else (4.5, 2.8)
    box = [(item.x + dx, y, item.z + dz) for dx in (-wide, wide) for dz in (-wide, wide) for y in (0, high)]
    return camera.in_view(seen, box, 0.5 if slim else 4.0)


def _away(building: Building, seen: Camera) -> float:
    if building.side == 0:
        return abs(building.front - seen.z)
    return max(building.start - seen.z, seen.z - building.end, 0.0)


def _matters(building: Building, seen: Camera) -> bool:
    """Whether it is in view, or near enough to throw a shadow into it."""
    if _away(building, seen) < 16 and building.side:
        return True
    if building.side:
        x = building.side * building.front
        sides = [(one, z) for one in (x, x + 8 * building.side) for z in (building.start, building.end)]
    else:
        sides = [(building.start, building.front), (building.end, building.front)]
    return camera.in_view(seen, [(one, y, z) for one, z in sides for y in (0, 28)])
