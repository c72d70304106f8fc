"""What light reaches: the depth seen by the sun, or by night by the lamp nearest to the view."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.scenes import camera
from archipel.defis.twincity.scenes.description import Camera
from archipel.defis.twincity.scenes.light import Light

Doubles = npt.NDArray[np.float64]


def looked_at(seen: Camera) -> tuple[Doubles, float]:
    """A point of the ground in the middle of what matters, and the radius around it (m)."""
    forward, at = -camera.axes(seen)[2], camera.eye(seen)
    reach = 26.0 if forward[1] > -0.15 else min(26.0, at[1] / -forward[1])
    centre = at + forward * reach * 0.8
    centre[1] = 1.0
    return centre, 10.0 + 0.95 * reach


def sun_matrix(light: Light, seen: Camera) -> Doubles:
    centre, radius = looked_at(seen)
    matrix = np.eye(4)
    matrix[:3, :3] = _facing(light.sun) / radius
    matrix[2, :3] *= -radius / 120.0
    matrix[:3, 3] = -matrix[:3, :3] @ centre
    return matrix


def lamp_matrix(place: Doubles) -> Doubles:
    """A lamp looks down, 150° wide."""
    facing = np.eye(4)
    facing[:3, :3] = _facing(np.array([0.0, 1.0, 0.0]))
    facing[:3, 3] = -facing[:3, :3] @ (place - (0, 0.6, 0))
    near, far, scale = 0.3, 60.0, 1 / math.tan(math.radians(75))
    matrix = np.zeros((4, 4))
    matrix[0, 0] = matrix[1, 1] = scale
    matrix[2, 2], matrix[2, 3], matrix[3, 2] = (far + near) / (near - far), 2 * far * near / (near - far), -1
    return matrix @ facing


def _facing(towards: Doubles) -> Doubles:
    """(3, 3): right, up, and towards the light."""
    back = towards / np.linalg.norm(towards)
    side = np.cross((0.0, 0.0, 1.0) if abs(back[2]) < 0.9 else (1.0, 0.0, 0.0), back)
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(back, side), back])
