"""Every pair of groups within a condition of a detector: the table of gaps, and what could not be computed.

A gap is recall of group a minus recall of group b (equal-opportunity difference, Hardt et al. 2016), of
pooled counts. The family of Holm's correction is one detector: all its computable comparisons, in every
condition. A detector's verdict does not depend on which others were audited with it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from archipel.defis.twincity.audit import power
from archipel.defis.twincity.audit.proportions import holm, newcombe, pooled_test
from archipel.defis.twincity.sets.boxes import Floats

KEY = ["detecteur", "condition"]
PAIR = [*KEY, "groupe_a", "groupe_b"]
COLUMNS = [*PAIR, "n_a", "n_b", "rappel_a", "rappel_b", "ecart", "bas", "haut", "p", "p_holm"]
NOT_COMPUTED = [*PAIR, "motif"]
POWERS = [
    *PAIR, "n_a", "n_b", "grappes_a", "grappes_b", "rappel", "effet_grappes", "puissance_3_points",
    "puissance_apres_correction", "ecart_visible",
]  # fmt: skip
ALONE = "un seul groupe : rien à comparer"
FEWEST = 5
"""Persons expected, found or missed, below which a test by the normal law is only approximate."""
FEWEST_CLUSTERS = 20
"""Scenes or images of a group, below which its variance is hardly known."""


def paired_groups(groups: pd.DataFrame) -> pd.DataFrame:
    """`PAIR` and `n_a, n_b, detectes_a, detectes_b` from rows of `KEY`, `groupe, n, detectes`; groups
    stand in the order of the rows."""
    which = groups.groupby(KEY, sort=False).ngroup().to_numpy()
    rows = np.argsort(which, kind="stable")
    members = np.split(rows, np.flatnonzero(np.diff(which[rows])) + 1)
    two = [one[np.stack(np.triu_indices(len(one), 1))] for one in members]
    first, second = np.concatenate(two, axis=1)
    columns = {name: groups[name].to_numpy()[first] for name in KEY}
    for name in ("groupe", "n", "detectes"):
        values = groups[name].to_numpy()
        columns |= {f"{name}_a": values[first], f"{name}_b": values[second]}
    return pd.DataFrame(columns)


def from_counts(groups: pd.DataFrame) -> pd.DataFrame:
    """The table of gaps of independent persons: Newcombe's interval, the pooled z-test."""
    pairs = paired_groups(groups)
    counts = [pairs[name].to_numpy(dtype=float) for name in ("detectes_a", "n_a", "detectes_b", "n_b")]
    low, high = newcombe(*counts)
    return completed(pairs, low, high, pooled_test(*counts))


def completed(pairs: pd.DataFrame, low: Floats, high: Floats, p: Floats) -> pd.DataFrame:
    """`COLUMNS`, from `paired_groups` and each pair's interval and p; empty (NaN) where a group is."""
    n_a, n_b = pairs["n_a"].to_numpy(dtype=float), pairs["n_b"].to_numpy(dtype=float)
    known = (n_a > 0) & (n_b > 0)
    frame = pairs.assign(
        rappel_a=pairs["detectes_a"] / np.where(n_a > 0, n_a, np.nan),
        rappel_b=pairs["detectes_b"] / np.where(n_b > 0, n_b, np.nan),
        bas=np.where(known, low, np.nan),
        haut=np.where(known, high, np.nan),
        p=np.where(known, p, np.nan),
    )
    frame["ecart"] = frame["rappel_a"] - frame["rappel_b"]
    frame["p_holm"] = frame.groupby("detecteur", sort=False)["p"].transform(lambda one: holm(one.to_numpy()))
    return frame[COLUMNS]


def not_computed(groups: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """`NOT_COMPUTED`: pairs with an empty group, and conditions of one group."""
    rows = list(_alone(groups))
    for row in gaps[gaps["ecart"].isna()].to_dict("records"):
        empty = [row[f"groupe_{one}"] for one in "ab" if not row[f"n_{one}"]]
        names = " ni ".join(f"« {name} »" for name in empty)
        rows.append({**{name: row[name] for name in PAIR}, "motif": f"aucune personne dans {names}"})
    return pd.DataFrame(rows, columns=NOT_COMPUTED)


def _alone(groups: pd.DataFrame) -> Iterator[dict[str, str]]:
    for key, frame in groups.groupby(KEY, sort=False):
        if len(frame) == 1:
            name = frame["groupe"].iloc[0]
            yield dict(zip(NOT_COMPUTED, (*key, name, "", ALONE), strict=True))


def power_table(gaps: pd.DataFrame, clusters: pd.DataFrame | None = None) -> pd.DataFrame:
    """`POWERS`: what each comparison could see. It rests on sizes and on the recall of both groups
    together, not on the gap that was found. ``clusters``, row by row: in how many scenes or images each
    group is (`grappes_a, grappes_b`) and their design effect (`effet_grappes`); independent persons without.

    After correction: at the strictest step of Holm's, 5 % over the size of the family.
    """
    if clusters is None:
        unknown = pd.array([None] * len(gaps), dtype="Int64")
        clusters = pd.DataFrame({"grappes_a": unknown, "grappes_b": unknown}).assign(effet_grappes=1.0)
    known = gaps.join(clusters)[gaps["ecart"].notna()].reset_index(drop=True)
    n = known["n_a"] + known["n_b"]
    known["rappel"] = (known["rappel_a"] * known["n_a"] + known["rappel_b"] * known["n_b"]) / n
    known["famille"] = known.groupby("detecteur", sort=False)["ecart"].transform("size")
    cells = known[["rappel", "n_a", "n_b", "effet_grappes", "famille"]].itertuples(index=False)
    told = [
        (
            power.gap_power(recall, a, b, design=d),
            power.gap_power(recall, a, b, design=d, alpha=power.ALPHA / size),
            power.smallest_gap(recall, a, b, design=d),
        )
        for recall, a, b, d, size in cells
    ]
    columns = zip(*told, strict=True) if told else ((), (), ())
    for name, values in zip(POWERS[-3:], columns, strict=True):
        known[name] = pd.array(values, dtype="Float64")
    return known[POWERS]


def approximate(powers: pd.DataFrame) -> pd.Series:
    """Which rows of `POWERS` expect fewer than `FEWEST` persons found, or missed, in a group, or have a
    group in fewer than `FEWEST_CLUSTERS` scenes or images."""
    rare = np.minimum(powers["rappel"], 1 - powers["rappel"])
    few = powers[["n_a", "n_b"]].min(axis=1) * rare < FEWEST
    held = powers[["grappes_a", "grappes_b"]].min(axis=1) < FEWEST_CLUSTERS
    return few | held.fillna(False)
