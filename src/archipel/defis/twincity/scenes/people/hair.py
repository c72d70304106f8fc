"""Hair and hats from the scalp, the helper for long hair, and the colours of a face."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from archipel.defis.twincity.scenes.people.clothes import Piece, compact, whole
from archipel.defis.twincity.scenes.people.model import Floats, Level

CROWN = np.array([0.0, 7.45, 0.3], np.float32)
THICK = {"rasé": 0.02, "court": 0.13, "mi-long": 0.17, "long": 0.15, "chignon": 0.1, "afro": 0.62}
"""Decimetres over the scalp. « chauve » has none."""


def hairline(rest: Floats, lift: float = 0.0) -> np.ndarray:
    """Whether a point of the head, at rest, is above the line from nape to forehead."""
    return np.asarray(rest[:, 1] > 6.72 + 0.78 * (rest[:, 2] + 0.4) + lift)


@lru_cache(maxsize=64)
def scalp(level: Level, thick: float, lift: float = 0.0) -> Piece:
    head = (level.region == "tête") & hairline(level.rest, lift) & (level.rest[:, 1] > 6.6 + lift)
    quads = level.faces["body"]
    vertices, faces = compact(quads[head[quads].all(axis=1)])
    rest = level.rest[vertices]
    rise = np.clip((rest[:, 1] - 6.9) / 1.2, 0.25, 1)
    tufts = 1 + 0.2 * np.sin(rest[:, 0] * 17) * np.sin(rest[:, 2] * 15 + rest[:, 1] * 9)
    return whole(vertices, (thick * rise * tufts).astype(np.float32), faces)


@lru_cache(maxsize=8)
def strands(level: Level, down_to: float) -> Piece:
    quads = level.faces["helper-hair"]
    y, z = level.rest[:, 1], level.rest[:, 2]
    kept = (y > down_to) & ((z < 0.75) | (y > 8.0))
    vertices, faces = compact(quads[kept[quads].all(axis=1)])
    return whole(vertices, np.full(len(vertices), 0.04, np.float32), faces)


def face_tint(rest: Floats) -> Floats:
    """What multiplies the skin's colour, (n, 3): lips, brows; 1 elsewhere."""
    x, y, z = np.abs(rest[:, 0]), rest[:, 1], rest[:, 2]
    tint = np.ones_like(rest)
    lips = (x < 0.3) & (y > 6.53) & (y < 6.8) & (z > 1.33)
    tint[lips] = (0.88, 0.72, 0.7)
    return tint


def brows(rest: Floats) -> np.ndarray:
    x, y, z = np.abs(rest[:, 0]), rest[:, 1], rest[:, 2]
    return np.asarray((x > 0.12) & (x < 0.56) & (y > 7.44) & (y < 7.56) & (z > 1.2))
