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
"""Metres from the camera within which a façade has its mouldings."""


def street_mesh(scene: Scene) -> Mesh:
    return _built(scene.street, scene.camera, scene.moment.day.month)


@lru_cache(maxsize=4)
def _built(street: Street, seen: Camera, month: int) -> Mesh:
    parts = [item_mesh(one, street, month) for one in street.items]
    parts += [building_mesh(one, _away(one, seen) < FINE) for one in sorted(street.buildings, key=lambda one: _away(one, seen)) if _matters(one, seen)]
    return merged([*parts, road_mesh(street)])


def item_mesh(item: Item, street: Street, month: int) -> Mesh:
    if item.kind == "arbre":
        mesh = tree_mesh(item, month)
    elif item.kind in MAKERS:
        mesh = MAKERS[item.kind](item)
    else:
        mesh = vehicle_mesh(item)
    return moved(mesh, (item.x, floor(street, item.x), item.z), math.radians(item.heading))


def floor(street: Street, x: float) -> float:
    """Height of the ground: pavements are a kerb higher than the road."""
    return KERB if street.road and abs(x) > street.road / 2 else 0.0


def _away(building: Building, seen: Camera) -> float:
    if building.side == 0:
        return abs(building.front - seen.z)
    return max(building.start - seen.z, seen.z - building.end, 0.0)


def _matters(building: Building, seen: Camera) -> bool:
    """Whether it is in view, or near enough to throw a shadow into it."""
    if building.side == 0 or building.end > seen.z - 2 and building.start < seen.z + 14:
        return True
    forward = -camera.axes(seen)[2]
    middle = np.array([building.side * building.front, 8.0, (building.start + building.end) / 2]) - camera.eye(seen)
    return bool(middle @ forward > -5)
