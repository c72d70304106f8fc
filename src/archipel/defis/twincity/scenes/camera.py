"""Where points of the scene fall in the picture: one pinhole for both renderers."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.scenes.description import Camera

Doubles = npt.NDArray[np.float64]
NEAR, FAR = 0.25, 400.0
FRAME = 24.0
"""Millimetres: the height of a 24 × 36 picture."""


@lru_cache(maxsize=8)
def axes(camera: Camera) -> Doubles:
    """(3, 3): the picture's right, up and backwards, in the scene. Looking along z, right is −x."""
    yaw, pitch = math.radians(camera.yaw), math.radians(camera.pitch)
    forward = np.array([math.sin(yaw) * math.cos(pitch), math.sin(pitch), math.cos(yaw) * math.cos(pitch)])
    right = np.array([-math.cos(yaw), 0.0, math.sin(yaw)])
    return np.stack([right, np.cross(right, forward), -forward])


@lru_cache(maxsize=8)
def eye(camera: Camera) -> Doubles:
    return np.array([camera.x, camera.height, camera.z])


def view(camera: Camera) -> Doubles:
    """(4, 4), from the scene to the camera's axes."""
    matrix = np.eye(4)
    matrix[:3, :3] = axes(camera)
    matrix[:3, 3] = -matrix[:3, :3] @ eye(camera)
    return matrix


def field(camera: Camera) -> float:
    """Vertical field of view, degrees."""
    return math.degrees(2 * math.atan(FRAME / 2 / camera.focal))


def projection(camera: Camera) -> Doubles:
    """(4, 4), OpenGL's clip space."""
    scale = 2 * camera.focal / FRAME
    matrix = np.zeros((4, 4))
    matrix[0, 0], matrix[1, 1] = scale * camera.rows / camera.width, scale
    matrix[2, 2], matrix[2, 3] = (FAR + NEAR) / (NEAR - FAR), 2 * FAR * NEAR / (NEAR - FAR)
    matrix[3, 2] = -1
    return matrix


def pixels(camera: Camera, points: npt.ArrayLike) -> tuple[Doubles, Doubles]:
    """(n, 2) pixels from the top left, and (n,) depths in metres; what is behind has a depth below `NEAR`."""
    points = np.asarray(points, np.float64).reshape(-1, 3)
    seen = (points - eye(camera)) @ axes(camera).T
    depth = -seen[:, 2]
    safe = np.maximum(depth, NEAR)
    scale = camera.focal / FRAME * camera.rows
    x = camera.width / 2 + scale * seen[:, 0] / safe
    y = camera.rows / 2 - scale * seen[:, 1] / safe
    return np.stack([x, y], axis=1), depth


def in_view(camera: Camera, centres: npt.ArrayLike, radii: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """(n,): whether balls (metres) may touch the picture."""
    seen = (np.asarray(centres, np.float64).reshape(-1, 3) - eye(camera)) @ axes(camera).T
    radius, depth = np.asarray(radii, np.float64), -seen[:, 2]
    up = FRAME / 2 / camera.focal
    within = depth > NEAR - radius
    for axis, slope in ((0, up * camera.width / camera.rows), (1, up)):
        within &= np.abs(seen[:, axis]) - slope * depth < radius * math.hypot(1, slope)
    return np.asarray(within)
