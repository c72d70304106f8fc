"""The two curves of a detector, at overlap 0.5: precision over recall, miss rate over false positives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from archipel.defis.twincity.evaluation import Sets
from archipel.defis.twincity.metrics import missrate
from archipel.defis.twincity.sets.boxes import Floats, Ints

COLUMNS = ["classe", "score", "rappel", "precision", "fppi", "taux_oubli"]
MOST_POINTS = 2000
"""Of a class, and those that `read_at` names: a curve of a hundred thousand points looks the same."""
BLUE, GREY = "#000091", "#666666"


def curve_table(sets: Sets) -> pd.DataFrame:
    """`COLUMNS`: one row a point of a class's curve, the surest detection first."""
    frames = []
    for k, (_one, name) in enumerate(sets.truth.categories):
        mine = (
            sets.truth.select(sets.truth.category == k),
            sets.detections.select(sets.detections.category == k),
        )
        outcome = missrate.scored(*mine)
        total = int(outcome.truths.sum())
        if not total:
            continue
        hits, wrong = np.cumsum(outcome.hit), np.cumsum(~outcome.hit)
        spread = np.linspace(0, max(len(hits) - 1, 0), MOST_POINTS).astype(int)
        kept = np.union1d(spread, read_at(wrong / outcome.images))[: len(hits)]
        frame = pd.DataFrame(
            {
                "score": outcome.score[kept],
                "rappel": hits[kept] / total,
                "precision": hits[kept] / (kept + 1),
                "fppi": wrong[kept] / outcome.images,
                "taux_oubli": 1 - hits[kept] / total,
            }
        )
        frames.append(frame.assign(classe=name)[COLUMNS])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)


def read_at(fppi: Floats) -> Ints:
    """Of rising false alarms per image: the last row within each of `missrate.POINTS` that has one. A curve
    is read there: to leave such a row out is to tell another figure."""
    last = np.searchsorted(fppi, missrate.POINTS, side="right") - 1
    return np.unique(last[last >= 0])


def figure(table: pd.DataFrame, *, synthetic: bool = False) -> Any:
    """Both curves side by side, as a matplotlib figure; one line a class (at most ten). It says when data are
    ``synthetic``."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = drawn.subplots(1, 2)
    names = list(dict.fromkeys(table["classe"]))[:10]
    for name in names:
        one, color = table[table["classe"] == name], BLUE if len(names) == 1 else None
        # A dollar in a name begins no formula.
        label = str(name).replace("$", r"\$")
        left.plot(one["rappel"], one["precision"], color=color, label=label)
        right.plot(one["fppi"].clip(lower=1e-3), one["taux_oubli"].clip(lower=1e-3), color=color, label=label)
    left.set(xlabel="Rappel", ylabel="Précision", xlim=(0, 1), ylim=(0, 1.02))
    left.set_title("Précision selon le rappel")
    right.set(
        xlabel="Fausses alertes par image", ylabel="Part de personnes oubliées", xscale="log", yscale="log"
    )
    right.set_title("Oublis selon les fausses alertes")
    for point in missrate.POINTS:
        right.axvline(point, color=GREY, linewidth=0.4, linestyle=":")
    if len(names) > 1:
        left.legend(frameon=False)
        right.legend(frameon=False)
    return sober(drawn, synthetic=synthetic)


def sober(drawn: Any, *, synthetic: bool = False) -> Any:
    """The figure itself, its axes with a pale grid and no frame; it says when data are ``synthetic``."""
    for axes in drawn.axes:
        axes.grid(color="#dddddd", linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
    if synthetic:
        drawn.suptitle("Données synthétiques", fontsize=10)
    return drawn
