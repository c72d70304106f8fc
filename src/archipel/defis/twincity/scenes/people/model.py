"""The MakeHuman bodies as arrays, at three levels of detail.

Source: makehumancommunity/makehuman at a8bc2d54, CC0 (`SOURCE.md` beside the file). Decimetres, y up, the
body looks along z, its left is towards x.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from archipel.defis.twincity.refusal import DataRefused

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
CELLS = (0.0, 0.14, 0.33, 0.62)
"""Decimetres: vertices of one cell become one, at each level of detail. The first keeps them all."""
KEPT = ("body", "helper-tights", "helper-skirt", "helper-hair", "helper-l-eye", "helper-r-eye")
REGIONS = {
    "tête": ("head", "neck", "jaw", "eye", "oculi", "orbicularis", "oris", "levator", "risorius",
             "temporalis", "special", "tongue"),
    "tronc": ("spine", "clavicle", "breast", "shoulder"),
    "hanches": ("root", "pelvis"),
    "bras": ("upperarm",),
    "avant-bras": ("lowerarm",),
    "main": ("wrist", "metacarpal", "finger"),
    "cuisse": ("upperleg",),
    "jambe": ("lowerleg",),
    "pied": ("foot", "toe"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Level:
    """One level of detail. ``faces``: quads by group; ``shapes`` (36, n, 3) are offsets from ``rest``."""

    rest: Floats
    shapes: Floats
    weights: Any  # sparse (n, bones)
    faces: dict[str, Ints]
    region: npt.NDArray[np.str_]
    incidence: Any  # sparse (n, quads): a vertex's quads
    quads: Ints
    body: Ints  # vertices of the body itself


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Joints are linear in the shape, as vertices are: ``head_shapes`` (36, bones, 3)."""

    names: tuple[str, ...]
    parent: tuple[int, ...]  # −1: none
    order: tuple[int, ...]  # parents first
    head: Floats
    tail: Floats
    head_shapes: Floats
    tail_shapes: Floats


@dataclass(frozen=True, eq=False)
class Bodies:
    targets: tuple[str, ...]
    skeleton: Skeleton
    levels: tuple[Level, ...]
    folder: Path
    ends: Floats  # (37, k): heights at rest, then the shapes', of vertices that may be highest or lowest


@lru_cache(maxsize=2)
def load(folder: Path) -> Bodies:
    """Raises `DataRefused` where the folder has no readable `bodies.npz`."""
    path = folder / "bodies.npz"
    try:
        with np.load(path) as stored:
            data = {name: stored[name] for name in stored.files}
    except (OSError, ValueError) as error:
        raise DataRefused(
            f"« {path} » : corps de MakeHuman attendus (bodies.npz), illisible ({type(error).__name__})"
        ) from None
    count, vertices = len(data["target_names"]), data["vertices"]
    shapes = np.zeros((count, len(vertices), 3), np.float32)
    moved = np.cumsum(data["target_index"], dtype=np.int64)
    shapes.reshape(-1, 3)[moved] = data["target_offset"] * data["target_unit"]
    names = [str(one) for one in data["bone_names"]]
    weights = sparse.csr_matrix(
        (data["weight"].astype(np.float32), (data["weight_vertex"], data["weight_bone"])),
        shape=(len(vertices), len(names)),
    )
    return Bodies(
        tuple(str(one) for one in data["target_names"]),
        _skeleton(data, names, shapes),
        tuple(_level(data, names, shapes, weights, cell) for cell in CELLS),
        folder,
        _ends(data, shapes),
    )


def _ends(data: dict[str, Any], shapes: Floats) -> Floats:
    body = np.unique(data["faces"][data["face_group"] == list(data["groups"]).index("body")])
    height = data["vertices"][body, 1]
    ends = body[(height > height.max() - 0.3) | (height < height.min() + 0.3)]
    return np.concatenate([data["vertices"][None, ends, 1], shapes[:, ends, 1]])


def _skeleton(data: dict[str, Any], names: list[str], shapes: Floats) -> Skeleton:
    rows = {str(name): at for at, name in enumerate(data["joint_names"])}
    used = data["joint_vertices"] >= 0
    share = (used / used.sum(axis=1, keepdims=True)).astype(np.float32)
    vertices = np.where(used, data["joint_vertices"], 0)

    def joints(ends: Any) -> tuple[Floats, Floats]:
        at = [rows[str(one)] for one in ends]
        part, where = share[at][..., None], vertices[at]
        moved = np.stack([(one[where] * part).sum(axis=1) for one in shapes])
        return (data["vertices"][where] * part).sum(axis=1), moved

    head, head_shapes = joints(data["bone_head"])
    tail, tail_shapes = joints(data["bone_tail"])
    parent = tuple(int(one) for one in data["bone_parent"])
    order: list[int] = []
    while len(order) < len(parent):
        order += [b for b, p in enumerate(parent) if b not in order and (p < 0 or p in order)]
    return Skeleton(tuple(names), parent, tuple(order), head, tail, head_shapes, tail_shapes)


def _level(data: dict[str, Any], names: list[str], shapes: Floats, weights: Any, cell: float) -> Level:
    rest, groups = data["vertices"], [str(one) for one in data["groups"]]
    kept_faces = {name: data["faces"][data["face_group"] == groups.index(name)] for name in KEPT}
    kept: list[Ints] = []
    faces: dict[str, Ints] = {}
    size = 0
    for name, quads in kept_faces.items():
        used, local = np.unique(quads, return_inverse=True)
        chosen, into = _clustered(rest[used], cell)
        folded = into[local.reshape(quads.shape)] + size
        faces[name] = folded[_solid(folded)]
        kept.append(used[chosen])
        size += len(chosen)
    at = np.concatenate(kept)
    quads = np.concatenate(list(faces.values()))
    rows, columns = quads.ravel(), np.repeat(np.arange(len(quads)), 4)
    incidence = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), (len(at), len(quads)))
    mine = weights[at]
    total = np.maximum(np.asarray(mine.sum(axis=1)), 1e-6)
    return Level(
        rest[at], np.ascontiguousarray(shapes[:, at]), mine.multiply(1 / total).tocsr().astype(np.float32),
        faces, _regions(names, mine), incidence, quads, np.unique(faces["body"]),
    )  # fmt: skip


def _clustered(position: Floats, cell: float) -> tuple[Ints, Ints]:
    """Vertices that stay (the nearest to their cell's mean), and which of them each vertex becomes."""
    if cell == 0:
        every = np.arange(len(position))
        return every, every
    # An offset of half a cell keeps the body's two halves apart at x = 0.
    _, into = np.unique(np.floor(position / cell + 0.5).astype(np.int64), axis=0, return_inverse=True)
    into = into.ravel()
    count = np.bincount(into)
    mean = np.stack([np.bincount(into, position[:, axis]) / count for axis in range(3)], axis=1)
    off = np.linalg.norm(position - mean[into], axis=1)
    order = np.lexsort((off, into))
    return order[np.concatenate([[0], np.cumsum(count)[:-1]])], into


def _solid(quads: Ints) -> npt.NDArray[np.bool_]:
    """Quads that keep at least three corners apart."""
    ordered = np.sort(quads, axis=1)
    return np.asarray((np.diff(ordered, axis=1) != 0).sum(axis=1) >= 2)


def _regions(names: list[str], weights: Any) -> npt.NDArray[np.str_]:
    of_bone = [
        next(region for region, starts in REGIONS.items() if name.startswith(starts)) for name in names
    ]
    regions = list(REGIONS)
    share = np.zeros((len(names), len(regions)), np.float32)
    share[np.arange(len(names)), [regions.index(one) for one in of_bone]] = 1
    return np.array(regions)[np.asarray(weights @ share).argmax(axis=1)]
