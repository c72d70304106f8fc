"""Garments, cut out of the helper geometry by position at rest, then pushed off the body.

Decimetres. There are no tailored garments in the bodies' files: a cut, an offset, a colour and a weave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from archipel.defis.twincity.scenes.people.model import Floats, Ints, Level

SHOULDER, WRIST = np.array([1.68, 5.25], np.float32), np.array([4.31, 2.45], np.float32)


@dataclass(frozen=True)
class Cut:
    """What of the helper a garment takes: ``low`` to ``high`` (y) on trunk and legs, and the arms down to
    ``sleeve`` (0 the shoulder, 1 the wrist, below −0.2 none at all)."""

    group: str
    low: float
    high: float
    sleeve: float
    offset: float
    flare: float = 0.0  # more offset at the lowest edge
    quilt: float = 0.0  # depth of horizontal pads


NECK = 5.72
TOPS = {
    "débardeur": Cut("helper-tights", -0.9, 5.6, -0.12, 0.09),
    "t-shirt": Cut("helper-tights", -1.0, NECK, 0.34, 0.13, 0.12),
    "chemise": Cut("helper-tights", -1.1, 5.9, 0.97, 0.14, 0.16),
    "pull": Cut("helper-tights", -0.9, 5.85, 1.0, 0.19, 0.06),
}
BOTTOMS = {
    "pantalon": Cut("helper-tights", -7.75, 0.9, -1, 0.10, 0.22),
    "jean": Cut("helper-tights", -7.7, 0.9, -1, 0.07, 0.07),
    "large": Cut("helper-tights", -7.85, 0.9, -1, 0.14, 0.28),
    "legging": Cut("helper-tights", -7.4, 0.9, -1, 0.03),
    "short": Cut("helper-tights", -3.4, 0.9, -1, 0.14, 0.2),
    "jupe": Cut("helper-skirt", -3.9, 1.2, -1, 0.06, 0.1),
    "jupe longue": Cut("helper-skirt", -6.6, 1.2, -1, 0.06, 0.3),
    "robe": Cut("helper-skirt", -4.4, 1.9, -1, 0.1, 0.3),
}
COATS = {
    "veste": (Cut("helper-tights", -1.1, 5.95, 1.0, 0.3, 0.1),),
    "doudoune": (Cut("helper-tights", -1.0, 6.1, 1.02, 0.5, 0.0, 0.1),),
    "manteau": (
        Cut("helper-tights", -0.2, 6.0, 1.02, 0.34),
        Cut("helper-skirt", -4.6, 1.4, -1, 0.26, 0.3),
    ),
    "imperméable": (
        Cut("helper-tights", -0.2, 6.05, 1.02, 0.36),
        Cut("helper-skirt", -3.4, 1.4, -1, 0.28, 0.45),
    ),
}


def under(top: Cut) -> Cut:
    """The same beneath a coat: nothing of it shows but at the neck."""
    return replace(top, low=2.6, sleeve=min(top.sleeve, 0.2), offset=0.08, flare=0.0)


SHOE = Cut("helper-tights", -9, -7.62, -1, 0.1)
BOOT = Cut("helper-tights", -9, -6.5, -1, 0.11)


@dataclass(frozen=True, eq=False)
class Piece:
    """Vertices of the level that a garment uses, their offset along the normal, and its triangles.

    A vertex beyond the garment's edge is drawn back to it: it lies ``share`` of the way from ``inner``.
    """

    vertices: Ints
    offset: Floats
    faces: Ints
    inner: Ints
    share: Floats


def whole(vertices: Ints, offset: Floats, faces: Ints) -> Piece:
    """A piece whose vertices all stay where they are."""
    return Piece(vertices, offset, faces, vertices, np.ones(len(vertices), np.float32))


def along_arm(rest: Floats) -> Floats:
    """0 at the shoulder, 1 at the wrist, for vertices of the arms."""
    run = WRIST - SHOULDER
    flat = np.stack([np.abs(rest[:, 0]), rest[:, 1]], axis=1) - SHOULDER
    return np.asarray(flat @ run / (run @ run), np.float32)


@lru_cache(maxsize=8)
def arms(level: Level) -> np.ndarray:
    return np.isin(level.region, ("bras", "avant-bras", "main")) & (along_arm(level.rest) > -0.05)


def beyond(level: Level, cut: Cut) -> Floats:
    """How far each vertex at rest is beyond the garment's edges (dm); below 0: the garment covers it."""
    y, wide = level.rest[:, 1], np.abs(level.rest[:, 0])
    trunk = np.maximum(cut.low - y, y - cut.high)
    if cut.sleeve < 0 and cut.low > -3:  # straps
        trunk = np.maximum(trunk, np.where(y > 4.1, wide - 1.3, -1))
        trunk = np.maximum(trunk, np.where(y > 4.9, 0.35 - wide, -1))
    sleeve = (along_arm(level.rest) - cut.sleeve) * float(np.linalg.norm(WRIST - SHOULDER))
    return np.where(arms(level), sleeve, trunk).astype(np.float32)


@lru_cache(maxsize=128)
def piece(level: Level, cut: Cut) -> Piece:
    """The garment with clean edges: quads that the edge crosses end on it."""
    out = beyond(level, cut)
    quads = level.faces[cut.group]
    quads = quads[(out[quads] < 0).any(axis=1)]
    vertices, faces = compact(quads)
    inner = np.arange(len(out))
    for step in (2, 1, 3):  # the diagonal serves where no side leads inside
        near = np.roll(quads, step, axis=1)
        crossed = (out[quads] >= 0) & (out[near] < 0)
        inner[quads[crossed]] = near[crossed]
    inner = inner[vertices]
    share = np.where(inner == vertices, 1.0, -out[inner] / np.maximum(out[vertices] - out[inner], 1e-6))
    rest = level.rest[vertices]
    edge = np.clip((cut.high - rest[:, 1]) / max(cut.high - cut.low, 0.1), 0, 1)
    offset = cut.offset + cut.flare * edge**2
    folds = np.sin(rest[:, 1] * 7 + 3 * np.sin(rest[:, 0] * 4)) * np.sin(rest[:, 0] * 5 + rest[:, 2] * 6)
    offset = offset * (1 + 0.13 * folds) + cut.quilt * np.abs(np.sin(rest[:, 1] * 5.2))
    return Piece(vertices, offset.astype(np.float32), faces, inner, np.clip(share, 0, 1).astype(np.float32))


def compact(quads: Ints) -> tuple[Ints, Ints]:
    """The vertices that quads use, and triangles (m, 3) among them; folded triangles are left out."""
    vertices, local = np.unique(quads, return_inverse=True)
    local = local.reshape(-1, 4)
    faces = np.concatenate([local[:, (0, 1, 2)], local[:, (0, 2, 3)]])
    apart = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 0] != faces[:, 2])
    return vertices, faces[apart]


@lru_cache(maxsize=256)
def bare(level: Level, cuts: tuple[Cut, ...]) -> tuple[Ints, Ints]:
    """What garments leave of the body: its vertices and triangles."""
    hidden = np.zeros(len(level.rest), bool)
    shoulder = (np.abs(level.rest[:, 0]) > 0.85) & (level.rest[:, 1] > 4.5)
    for cut in cuts:
        if cut.group == "helper-tights":
            hidden |= beyond(level, cut) < np.where(shoulder, -0.02, -0.25)
    quads = level.faces["body"]
    return compact(quads[~hidden[quads].all(axis=1)])
