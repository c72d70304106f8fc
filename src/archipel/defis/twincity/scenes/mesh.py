"""Triangles with what both renderers need of their surface, and the solids that streets are made of.

Metres; x to the right of the street, y up, z along it. Colours are sRGB bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
VERTEX = np.dtype(
    [
        ("position", "f4", 3),
        ("normal", "f4", 3),
        ("uv", "f4", 3),  # u, v, layer of the surface textures
        ("colour", "u1", 4),  # sRGB, then gloss
        ("light", "u1", 4),  # open to the sky, own light, share of it by night only, whether it is ground
        ("person", "i4"),  # 0: none, else position in the scene + 1
    ]
)

Colour = tuple[float, float, float]
"""sRGB, each 0 to 1."""


@dataclass(frozen=True)
class Mesh:
    """``vertices`` (n,) of `VERTEX`; ``faces`` (m, 3) uint32, positions of vertices."""

    vertices: npt.NDArray[Any]
    faces: npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Surface:
    """What a part is made of: colour, texture layer and its size in metres, gloss 0 to 1, own light."""

    colour: Colour
    layer: int = 0
    tile: float = 1.0
    gloss: float = 0.0
    glow: float = 0.0
    open: float = 1.0


def cross(a: Any, b: Any) -> Any:
    """Of rows of three. numpy's own spends five times as long on arranging axes."""
    x, y, z = (b[..., axis] for axis in range(3))
    return np.stack(
        [a[..., 1] * z - a[..., 2] * y, a[..., 2] * x - a[..., 0] * z, a[..., 0] * y - a[..., 1] * x], -1
    )


def unit(vectors: Any) -> Any:
    return vectors / np.maximum(np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True)), 1e-9)


def merged(meshes: Sequence[Mesh]) -> Mesh:
    if not meshes:
        return Mesh(np.zeros(0, VERTEX), np.zeros((0, 3), np.uint32))
    starts = np.cumsum([0] + [len(one.vertices) for one in meshes[:-1]])
    return Mesh(
        np.concatenate([one.vertices for one in meshes]),
        np.concatenate([one.faces + np.uint32(at) for one, at in zip(meshes, starts, strict=True)]),
    )


def built(position: Any, normal: Any, uv: Any, faces: Any, surface: Surface) -> Mesh:
    """A mesh of one surface; ``uv`` (n, 2) in metres."""
    vertices = np.zeros(len(position), VERTEX)
    vertices["position"] = position
    vertices["normal"] = normal
    vertices["uv"][:, :2] = np.asarray(uv) / surface.tile
    vertices["uv"][:, 2] = surface.layer
    paint(vertices, surface.colour, surface.gloss)
    vertices["light"] = (int(255 * surface.open), int(255 * surface.glow), 0, 0)
    return Mesh(vertices, np.asarray(faces, np.uint32).reshape(-1, 3))


def paint(vertices: npt.NDArray[Any], colour: Any, gloss: float = 0.0) -> None:
    """Sets the colours of fresh vertices; ``colour`` is one, or one a vertex."""
    vertices["colour"][:, :3] = np.clip(np.asarray(colour) * 255 + 0.5, 0, 255).astype(np.uint8)
    vertices["colour"][:, 3] = int(255 * gloss)


def quads(corners: Any, surface: Surface) -> Mesh:
    """Flat quads, ``corners`` (q, 4, 3) counter-clockwise; texture along the first side, in metres."""
    corners = np.asarray(corners, np.float32).reshape(-1, 4, 3)
    along, up = corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0]
    normal = unit(cross(along, up))
    wide, high = (np.sqrt((one * one).sum(axis=1)) for one in (along, up))
    uv = np.zeros((len(corners), 4, 2), np.float32)
    uv[:, 1:3, 0] = wide[:, None]
    uv[:, 2:, 1] = high[:, None]
    first = 4 * np.arange(len(corners), dtype=np.uint32)[:, None]
    faces = np.concatenate([first + np.array(one, np.uint32) for one in ((0, 1, 2), (0, 2, 3))])
    return built(corners.reshape(-1, 3), np.repeat(normal, 4, axis=0), uv.reshape(-1, 2), faces, surface)


def panel(
    low: tuple[float, float], high: tuple[float, float], depth: float, surface: Surface, across: float = 1.0
) -> Mesh:
    """An upright rectangle that looks along z, its texture stretched: ``across`` tiles wide, one high."""
    (left, bottom), (right, top) = low, high
    corners = [(left, bottom, depth), (right, bottom, depth), (right, top, depth), (left, top, depth)]
    mesh = quads([corners], surface)
    mesh.vertices["uv"][:, :2] = ((0, 0), (across, 0), (across, 1), (0, 1))
    return mesh


_BOX = np.array(
    [
        [[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]],
        [[1, 0, 0], [0, 0, 0], [0, 1, 0], [1, 1, 0]],
        [[1, 0, 1], [1, 0, 0], [1, 1, 0], [1, 1, 1]],
        [[0, 0, 0], [0, 0, 1], [0, 1, 1], [0, 1, 0]],
        [[0, 1, 1], [1, 1, 1], [1, 1, 0], [0, 1, 0]],
        [[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]],
    ],
    np.float32,
)  # fmt: skip


def boxes(low: Any, high: Any, surface: Surface) -> Mesh:
    """Boxes along the axes, ``low`` and ``high`` (n, 3) or (3,)."""
    low = np.atleast_2d(np.asarray(low, np.float32))
    high = np.atleast_2d(np.asarray(high, np.float32))
    corners = low[:, None, None] + _BOX * (high - low)[:, None, None]
    return quads(corners.reshape(-1, 4, 3), surface)


def lathe(profile: Any, surface: Surface, sides: int = 10) -> Mesh:
    """A solid of revolution about y; ``profile`` (p, 2): radius and height, from below to the top."""
    profile = np.asarray(profile, np.float32)
    turn = np.linspace(0, 2 * math.pi, sides + 1, dtype=np.float32)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    radius, height = profile[:, 0], profile[:, 1]
    position = np.empty((len(profile), sides + 1, 3), np.float32)
    position[..., 0] = radius[:, None] * ring[:, 0]
    position[..., 1] = height[:, None]
    position[..., 2] = radius[:, None] * ring[:, 1]
    slope = np.gradient(profile, axis=0)
    out = np.stack([slope[:, 1], -slope[:, 0]], axis=1)
    out = unit(out)
    normal = np.empty_like(position)
    normal[..., 0] = out[:, :1] * ring[:, 0]
    normal[..., 1] = out[:, 1:]
    normal[..., 2] = out[:, :1] * ring[:, 1]
    uv = np.empty((len(profile), sides + 1, 2), np.float32)
    uv[..., 0] = turn / (2 * math.pi) * max(float(radius.max()) * 2 * math.pi, 0.01)
    uv[..., 1] = height[:, None]
    return built(
        position.reshape(-1, 3), normal.reshape(-1, 3), uv.reshape(-1, 2),
        grid_faces(len(profile), sides + 1), surface,
    )  # fmt: skip


def grid_faces(rows: int, columns: int) -> npt.NDArray[np.uint32]:
    """Triangles between the vertices of a grid, (2 (rows − 1) (columns − 1), 3)."""
    at = np.arange(rows * columns, dtype=np.uint32).reshape(rows, columns)
    a, b, c, d = at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]
    return np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], -2).reshape(-1, 3)


def sheet(position: Any, surface: Surface, uv: Any | None = None) -> Mesh:
    """A curved surface through a grid of points, (rows, columns, 3); normals from the grid itself."""
    position = np.asarray(position, np.float32)
    down, across = np.gradient(position, axis=0), np.gradient(position, axis=1)
    normal = unit(cross(across, down))
    rows, columns = position.shape[:2]
    if uv is None:
        steps = np.linalg.norm(across, axis=-1).cumsum(1), np.linalg.norm(down, axis=-1).cumsum(0)
        uv = np.stack(steps, -1)
    return built(
        position.reshape(-1, 3), normal.reshape(-1, 3), np.asarray(uv).reshape(-1, 2),
        grid_faces(rows, columns), surface,
    )  # fmt: skip


def turned(yaw: Any) -> Floats:
    """Rotations about y, (…, 3, 3): yaw 0 keeps z, a positive one turns z towards x (radians)."""
    yaw = np.asarray(yaw, np.float32)
    matrix = np.zeros((*yaw.shape, 3, 3), np.float32)
    matrix[..., 0, 0] = matrix[..., 2, 2] = np.cos(yaw)
    matrix[..., 0, 2] = np.sin(yaw)
    matrix[..., 2, 0] = -matrix[..., 0, 2]
    matrix[..., 1, 1] = 1
    return matrix


def moved(mesh: Mesh, to: Any = (0, 0, 0), yaw: float = 0.0, scale: Any = 1.0) -> Mesh:
    """The mesh scaled, turned about y, then shifted."""
    vertices, rotation = mesh.vertices.copy(), turned(yaw).T
    vertices["position"] = (mesh.vertices["position"] * np.asarray(scale, np.float32)) @ rotation
    vertices["position"] += np.asarray(to, np.float32)
    normal = (
        mesh.vertices["normal"] @ rotation
        if np.ndim(scale) == 0
        else (unit(mesh.vertices["normal"] / np.asarray(scale, np.float32)) @ rotation)
    )
    vertices["normal"] = normal
    return Mesh(vertices, mesh.faces)


def repeated(mesh: Mesh, to: Any, yaw: Any = 0.0, tint: Any | None = None) -> Mesh:
    """Copies of a mesh: ``to`` (n, 3), ``yaw`` one or (n,), ``tint`` (n, 3) times the colour."""
    to = np.asarray(to, np.float32).reshape(-1, 3)
    count, size = len(to), len(mesh.vertices)
    vertices = np.tile(mesh.vertices, count)
    rotation = turned(yaw).swapaxes(-1, -2)
    position, normal = mesh.vertices["position"] @ rotation, mesh.vertices["normal"] @ rotation
    vertices["position"] = (position + to[:, None]).reshape(-1, 3)
    vertices["normal"] = np.broadcast_to(normal, (count, size, 3)).reshape(-1, 3)
    if tint is not None:
        colour = vertices["colour"][:, :3].reshape(count, size, 3) * np.asarray(tint, np.float32).reshape(
            -1, 1, 3
        )
        vertices["colour"][:, :3] = np.clip(colour, 0, 255).astype(np.uint8).reshape(-1, 3)
    faces = mesh.faces[None] + (size * np.arange(count, dtype=np.uint32))[:, None, None]
    return Mesh(vertices, faces.reshape(-1, 3).astype(np.uint32))
