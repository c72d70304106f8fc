"""What is drawn, or held out, as one: images that are not independent stay together.

In a sequence blocks are short (a second of video, see `BLOCK`): neighbours of two blocks show the same people
still, so its intervals are too narrow. Whoever shows them says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.boxes import Bools, Ints, Truth

BLOCK = 25
"""Frames of a sequence that stay together; longer ones would leave too few of the usual sequences."""
THIRD = 3
LEAST_CLUSTERS = 5
"""Fewer units hardly differ from a resample to the next: what is in fewer has no interval by them."""
FEWEST = 2
"""Units in each part, below which nothing can be chosen in one and measured in the other."""


def of_images(truth: Truth) -> Ints:
    """The unit of each image: its scene or pair where the truth tells one, else itself; in a sequence, so
    many frames that follow each other."""
    if truth.about:
        return clusters(truth.about)
    return np.arange(len(truth.images), dtype=np.int64) // BLOCK


def clusters(images: Sequence[Mapping[str, Any]]) -> Ints:
    """What is resampled as one: images that share a scene or a counterfactual pair; else each image."""
    names: dict[tuple[str, Any], int] = {}
    edges = []
    for at, row in enumerate(images):
        for field in ("scene", "pair"):
            one = row.get(field)
            if one is not None:
                edges.append((at, len(images) + names.setdefault((field, str(one)), len(names))))
    size = len(images) + len(names)
    first, second = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(edges)), (first, second)), shape=(size, size))
    _number, part = connected_components(graph, directed=False)
    return np.unique(part[: len(images)], return_inverse=True)[1].astype(np.int64)


def development(truth: Truth, unit: Ints) -> Bools:
    """Images on which a setting is chosen, a third by the hash of names; figures are of the others.

    The name is that of the unit's first image: its file, or its identifier. Raises `DataRefused` where one
    of the parts has fewer than `FEWEST` units.
    """
    files = truth.files or ("",) * len(truth.images)
    names = [file or str(one) for file, one in zip(files, truth.images, strict=True)]
    _units, first, of = np.unique(unit, return_index=True, return_inverse=True)
    chosen = held_out([names[at] for at in first], THIRD)
    parts = int(chosen.sum()), int((~chosen).sum())
    if min(parts) < FEWEST:
        raise DataRefused(
            "trop peu d’images, ou de groupes d’images qui vont ensemble : "
            f"{parts[0]} pour régler, {parts[1]} pour mesurer ; "
            f"{FEWEST} au moins attendus dans chaque part (un tiers et deux tiers, par le nom)"
        )
    return np.asarray(chosen[of])


def held_out(names: Sequence[str], one_in: int) -> Bools:
    """One in so many, by the hash of its name: the same whatever else is in the set."""
    return np.asarray(folds(names, one_in) == 0)


def folds(names: Sequence[str], count: int) -> Ints:
    """Which of ``count`` folds each is in, by the hash of its name; the first is `held_out`."""
    return np.array([_digest(name) % count for name in names], dtype=np.int64)


def _digest(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
