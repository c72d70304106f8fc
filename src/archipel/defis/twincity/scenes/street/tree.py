"""Plane trees: a trunk, boughs, and sprays of leaves; bare in winter."""

from __future__ import annotations

import math

import numpy as np

from archipel.defis.twincity.scenes.description import Colour, Item
from archipel.defis.twincity.scenes.mesh import (
    Floats,
    Mesh,
    Surface,
    boxes,
    built,
    grid_faces,
    lathe,
    merged,
    quads,
    repeated,
)
from archipel.defis.twincity.scenes.textures import LAYERS

BARK = Surface((0.52, 0.47, 0.38), LAYERS["bark"], 1.5)
SEASONS = (
    (0.0, (0.40, 0.33, 0.22)), (0.55, (0.42, 0.56, 0.20)), (1.0, (0.30, 0.46, 0.16)),
    (1.0, (0.26, 0.42, 0.15)), (0.9, (0.38, 0.42, 0.15)), (0.6, (0.62, 0.44, 0.14)),
    (0.15, (0.50, 0.34, 0.14)),
)  # fmt: skip
"""Share and colour of the leaves: winter, April, May and June, summer, September, October, November."""
MONTHS = (0, 0, 0, 1, 2, 2, 3, 3, 4, 5, 6, 0)
"""Of those, each month's."""


def tree_mesh(item: Item, month: int) -> Mesh:
    """One metre high, about the foot of the trunk; the item's size is its height."""
    draw = np.random.default_rng(int(item.variant * 2**32))
    height = 9.0
    fork = height * 0.36
    trunk = lathe(
        [(0.26, 0), (0.2, 0.3), (0.17, fork * 0.7), (0.14, fork), (0.1, height * 0.6), (0.03, height * 0.9)],
        BARK,
        9,
    )
    share, colour = SEASONS[MONTHS[month - 1]]
    ends, boughs = _boughs(draw, height, fork, 16)
    parts = [trunk, boughs, _grate()]
    if share:
        parts.append(_leaves(draw, ends, height, share, colour))
    else:
        parts.append(_twigs(draw, ends, height))
    mesh = merged(parts)
    mesh.vertices["position"] /= height
    return mesh


def _boughs(draw: np.random.Generator, height: float, fork: float, count: int) -> tuple[Floats, Mesh]:
    turn = np.arange(count) * 2.4 + draw.uniform(-0.3, 0.3, count)
    start = np.stack([np.zeros(count), np.linspace(fork, height * 0.72, count), np.zeros(count)], 1)
    reach = height * draw.uniform(0.2, 0.34, count)
    rise = height * draw.uniform(0.12, 0.24, count)
    end = start + np.stack([np.cos(turn) * reach, rise, np.sin(turn) * reach], 1)
    start, end = start.astype(np.float32), end.astype(np.float32)
    return end, _sticks(start, end, 0.07, 0.02)


def _sticks(start: Floats, end: Floats, thick: float, thin: float) -> Mesh:
    """Tapered sticks of three sides."""
    count = len(start)
    along = end - start
    side = np.cross(along, (0.3, 1.0, 0.2))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(along, side)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    angle = np.arange(4) * 2 * math.pi / 3
    ring = side[:, None] * np.cos(angle)[:, None] + other[:, None] * np.sin(angle)[:, None]
    position = np.stack([start[:, None] + thick * ring, end[:, None] + thin * ring], 1)
    normal = np.stack([ring, ring], 1)
    uv = np.zeros((count, 2, 4, 2))
    uv[..., 0], uv[:, 1, :, 1] = angle * 0.1, 1.0
    faces = grid_faces(2, 4)[None] + (8 * np.arange(count, dtype=np.uint32))[:, None, None]
    return built(
        position.reshape(-1, 3), normal.reshape(-1, 3), uv.reshape(-1, 2), faces.reshape(-1, 3), BARK
    )


def _twigs(draw: np.random.Generator, ends: Floats, height: float) -> Mesh:
    start = np.repeat(ends, 7, axis=0)
    start[:, 1] -= draw.uniform(0, 0.5, len(start))
    end = (start + draw.normal(0, 0.08 * height, start.shape) + (0, 0.07 * height, 0)).astype(np.float32)
    more = np.repeat(end, 2, axis=0)
    tips = (more + draw.normal(0, 0.05 * height, more.shape) + (0, 0.03 * height, 0)).astype(np.float32)
    return merged([_sticks(start, end, 0.022, 0.01), _sticks(more, tips, 0.012, 0.005)])


def _leaves(draw: np.random.Generator, ends: Floats, height: float, share: float, colour: Colour) -> Mesh:
    count = int(230 * share)
    size = 0.11 * height
    centre = np.array([0, height * 0.7, 0])
    around = ends[draw.integers(len(ends), size=count)]
    at = around + draw.normal(0, 0.075 * height, (count, 3))
    card = quads(
        [[(-size, -size, 0), (size, -size, 0), (size, size, 0), (-size, size, 0)]],
        Surface(colour, LAYERS["leaves"], 2 * size),
    )
    tone = draw.uniform(0.7, 1.2, (count, 1)) * np.array([1.0, 1.0, 1.0]) + draw.normal(0, 0.05, (count, 3))
    leaves = repeated(card, at, draw.uniform(0, 2 * math.pi, count), tint=tone)
    # Cards lean by up to a third of a turn, and are lit as the round crown that they make.
    local = leaves.vertices["position"].reshape(count, 4, 3) - at[:, None]
    lean = draw.uniform(-1.2, 1.2, count)
    local[..., 2] += local[..., 1] * np.sin(lean)[:, None]
    local[..., 1] *= np.cos(lean)[:, None]
    leaves.vertices["position"] = (local + at[:, None]).reshape(-1, 3)
    out = (leaves.vertices["position"] - centre) / height
    out[:, 1] += 0.12
    leaves.vertices["normal"] = out / np.linalg.norm(out, axis=1, keepdims=True)
    leaves.vertices["light"][:, 0] = np.clip(110 + 500 * np.linalg.norm(out, axis=1), 0, 255)
    return leaves


def _grate() -> Mesh:
    return boxes([(-0.7, 0.0, -0.7)], [(0.7, 0.015, 0.7)], Surface((0.24, 0.22, 0.2), LAYERS["checks"], 0.4))
