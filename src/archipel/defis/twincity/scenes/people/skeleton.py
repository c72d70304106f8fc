"""From rotations of bones to a posed body: linear blend skinning."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.scenes.mesh import cross, unit
from archipel.defis.twincity.scenes.people.model import Floats, Level, Skeleton
from archipel.defis.twincity.scenes.people.shape import Shaped

Doubles = npt.NDArray[np.float64]
Rotations = Mapping[str, Doubles]
"""Bone → (3, 3): of the bone itself, in the axes of the body at rest, on top of its parent's."""


def rotation(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Doubles:
    """About x, then y, then z (degrees)."""
    matrix = np.eye(3)
    for axis, angle in enumerate((x, y, z)):
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        turn = np.eye(3)
        i, j = [(1, 2), (2, 0), (0, 1)][axis]
        turn[i, i] = turn[j, j] = cos
        turn[i, j], turn[j, i] = -sin, sin
        matrix = turn @ matrix
    return matrix


def transforms(skeleton: Skeleton, shaped: Shaped, local: Rotations) -> Floats:
    """(bones, 3, 4): where each bone takes the points of the body at rest."""
    turns, shifts, leader = [np.eye(3)], [np.zeros(3)], {-1: 0}
    for bone in skeleton.order:
        led = leader[skeleton.parent[bone]]
        own = local.get(skeleton.names[bone])
        if own is not None:
            head, turn = shaped.head[bone], turns[led] @ own
            shifts.append(turns[led] @ head + shifts[led] - turn @ head)
            led = len(turns)
            turns.append(turn)
        leader[bone] = led
    at = [leader[bone] for bone in range(len(skeleton.names))]
    each = np.concatenate([np.stack(turns), np.stack(shifts)[:, :, None]], axis=2)
    return each[at].astype(np.float32)


def skinned(level: Level, shaped: Shaped, bones: Floats) -> Floats:
    """(n, 3) decimetres: each vertex by the mean of its bones' transforms."""
    each = np.asarray(level.weights @ bones.reshape(-1, 12)).reshape(-1, 3, 4)
    return np.einsum("nij,nj->ni", each[:, :, :3], shaped.vertices) + each[:, :, 3]


def normals(level: Level, position: Floats) -> Floats:
    """(n, 3) unit, the mean of a vertex's quads by area."""
    a, b, c, d = position[level.quads.T]
    total = np.asarray(level.incidence @ cross(c - a, d - b))
    total[np.abs(total).max(axis=1) < 1e-7] = (0, 1, 0)  # a vertex whose quads are folded flat
    return np.asarray(unit(total), np.float32)


def local_of(skeleton: Skeleton, turned: Mapping[str, Doubles]) -> dict[str, Doubles]:
    """The bones' own rotations, from rotations in space; a bone that is not named follows its parent."""
    space, local = {-1: np.eye(3)}, {}
    for bone in skeleton.order:
        name, before = skeleton.names[bone], space[skeleton.parent[bone]]
        space[bone] = turned.get(name, before)
        if name in turned:
            local[name] = before.T @ space[bone]
    return local
