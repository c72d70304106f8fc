"""Counterfactual pairs: the same scene and camera, one attribute of one person changed.

A pair is one person in two images of one `pair`, told apart by a single attribute: found in the first, in
the second, in both, in neither. With one swapped person a scene the test is McNemar's; where several share
a scene their differences are summed by scene first (Yang, Sun & Hardin, Biometrical Journal 52 (2010)
638–652), and the same test, on the sums, is robust to scenes. With fewer than `FEW` scenes that differ it
is exact, each scene's sum having either sign alike (one person a scene: McNemar's exact, binomial).

Interval: Wald's with Bonett and Price's adjustment (Journal of Educational and Behavioral Statistics 37
(2012) 479–488), which Fagerland, Lydersen & Laake 2014 recommend, with scenes' variance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from archipel.defis.twincity.audit import power
from archipel.defis.twincity.audit.attributes import Fields, Labels
from archipel.defis.twincity.audit.gaps import PAIR
from archipel.defis.twincity.audit.proportions import Z, holm, two_sided
from archipel.defis.twincity.sets.boxes import Bools, Floats, Ints, overlaps

COLUMNS = [
    *PAIR, "paires", "scenes", "trouve_a_seul", "trouve_b_seul", "rappel_a", "rappel_b", "ecart", "bas",
    "haut", "test", "p", "p_holm", "puissance_3_points", "puissance_apres_correction",
    "ecart_visible",
]  # fmt: skip
FEW = 25
"""Scenes that differ, below which the normal law is not relied on (Fagerland et al. 2013)."""
SAME = 0.5
"""Overlap of whole bodies above which two boxes of a pair are the same person."""


@dataclass(frozen=True)
class Swaps:
    """One row a pair of persons: condition and groups by position, truths by row, scene by cluster."""

    condition: Ints
    a: Ints
    b: Ints
    truth_a: Ints
    truth_b: Ints
    scene: Ints


def swaps(
    images: Sequence[Fields],
    persons: Sequence[Fields],
    image: Ints,
    boxes: Floats,
    counted: Bools,
    labels: Sequence[Labels],
    cluster: Ints,
) -> Swaps:
    """Persons are recognised from one image of a pair to the other by their `person` where the truth tells
    it, else by the boxes of their whole bodies; those of whom more than one attribute differs are left out.
    ``counted``: truths that are to be found."""
    attributes = [(at, one) for at, one in enumerate(labels) if one.condition.swapped]
    codes = np.array([one.person for _at, one in attributes], dtype=np.int64).reshape(
        len(attributes), len(image)
    )
    by_pair: dict[str, list[int]] = {}
    for at, row in enumerate(images):
        if row.get("pair") is not None:
            by_pair.setdefault(str(row["pair"]), []).append(at)
    told = _by_image(image, counted)
    rows = []
    for members in by_pair.values():
        for first, second in combinations(members, 2):
            for one, two in _same(told.get(first), told.get(second), persons, boxes):
                differs = np.flatnonzero(codes[:, one] != codes[:, two])
                if len(differs) == 1 and min(codes[differs[0], [one, two]]) >= 0:
                    a, b = sorted((one, two), key=lambda t: int(codes[differs[0], t]))
                    k = int(differs[0])
                    rows.append((attributes[k][0], codes[k, a], codes[k, b], a, b, cluster[first]))
    return Swaps(*np.array(rows, dtype=np.int64).reshape(-1, 6).T)


def _by_image(image: Ints, counted: Bools) -> dict[int, Ints]:
    rows = np.flatnonzero(counted)
    if not len(rows):
        return {}
    rows = rows[np.argsort(image[rows], kind="stable")]
    names, starts = np.unique(image[rows], return_index=True)
    return dict(zip(names.tolist(), np.split(rows, starts[1:]), strict=True))


def _same(
    first: Ints | None, second: Ints | None, persons: Sequence[Fields], boxes: Floats
) -> Iterator[tuple[int, int]]:
    if first is None or second is None:
        return
    names = [_numbered(rows, persons) for rows in (first, second)]
    if len(names[0]) == len(first) and len(names[1]) == len(second):
        yield from ((at, names[1][one]) for one, at in names[0].items() if one in names[1])
        return
    common = overlaps(boxes[first][:, None], boxes[second][None], np.zeros(1, dtype=bool))
    for one, two in zip(*linear_sum_assignment(common, maximize=True), strict=True):
        if common[one, two] >= SAME:
            yield int(first[one]), int(second[two])


def _numbered(rows: Ints, persons: Sequence[Fields]) -> dict[int | str, int]:
    """Rows by their person's number, where each has its own."""
    told = {at: persons[at].get("person") for at in rows.tolist()}
    return {one: at for at, one in told.items() if isinstance(one, int | str)}


def table(detector: str, told: Swaps, found: Bools, labels: Sequence[Labels]) -> pd.DataFrame:
    """`COLUMNS`, one row a condition and pair of groups; all of a detector are one family of Holm's. Power
    after correction: at the strictest step, as in `gaps.power_table`."""
    rows = []
    keys = np.stack([told.condition, told.a, told.b])
    compared = np.unique(keys, axis=1).T
    strictest = power.ALPHA / max(len(compared), 1)
    for condition, a, b in compared:
        mine = (keys == np.array([[condition], [a], [b]])).all(axis=0)
        label = labels[condition]
        names = detector, label.condition.name, label.groups[a], label.groups[b]
        sides = found[told.truth_a[mine]], found[told.truth_b[mine]]
        rows.append((*names, *_figures(*sides, told.scene[mine], strictest)))
    frame = pd.DataFrame(rows, columns=[one for one in COLUMNS if one != "p_holm"])
    frame["p_holm"] = holm(frame["p"].to_numpy(dtype=float))
    frame["ecart_visible"] = pd.array(frame["ecart_visible"], dtype="Float64")
    return frame[COLUMNS]


def _figures(a: Bools, b: Bools, scene: Ints, strictest: float) -> tuple[object, ...]:
    n, only_a, only_b = len(a), int((a & ~b).sum()), int((b & ~a).sum())
    _names, at, size = np.unique(scene, return_inverse=True, return_counts=True)
    sums = np.bincount(at, weights=a.astype(float) - b).astype(float)
    p, test = compared(sums, alone=bool((size == 1).all()))
    low, high = interval(sums, size.astype(float))
    discordant = (only_a + only_b) / n
    # Whole scenes are drawn: their sums vary more, or less, than as many independent persons would.
    design = float((sums**2).sum() / (only_a + only_b)) if only_a + only_b else 1.0
    independent = n / design if design else float(n)
    return (
        n, len(size), only_a, only_b, a.mean(), b.mean(), a.mean() - b.mean(), low, high, test, p,
        power.of_pairs(independent, power.GAP, max(discordant, power.GAP)),
        power.of_pairs(independent, power.GAP, max(discordant, power.GAP), strictest),
        power.smallest_paired_gap(independent, discordant) if discordant else None,
    )  # fmt: skip


def compared(sums: Floats, *, alone: bool) -> tuple[float, str]:
    """p and name of the test of ``sums``, found in a minus found in b, one a scene."""
    different = np.abs(sums[sums != 0]).astype(np.int64)
    names = ("McNemar exact", "McNemar") if alone else ("signes des scènes, exact", "score par scène")
    if len(different) >= FEW:
        return float(two_sided(sums.sum(keepdims=True), np.sqrt((sums**2).sum(keepdims=True)))[0]), names[1]
    chances = np.ones(1)
    for one in different:
        step = np.zeros(2 * one + 1)
        step[[0, -1]] = 0.5
        chances = np.convolve(chances, step)
    total = np.arange(len(chances)) - (len(chances) - 1) // 2
    return min(float(chances[np.abs(total) >= abs(sums.sum())].sum()), 1.0), names[0]


def interval(sums: Floats, size: Floats) -> tuple[float, float]:
    """Of the gap, from each scene's sum of differences and number of pairs: two more scenes of one pair
    are added, one of each sign."""
    sums, size = np.r_[sums, 1, -1], np.r_[size, 1, 1]
    n = size.sum()
    centre = sums.sum() / n
    half = Z * np.sqrt(((sums - size * centre) ** 2).sum()) / n
    return float(max(centre - half, -1)), float(min(centre + half, 1))
