"""Whom the alerts fall on: by sector and by size, small groups untold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from archipel.defis.signauxfaibles.economy import SECTORS
from archipel.defis.signauxfaibles.evaluation import Judged, Sample

SMALLEST = 5
"""Firms: of a smaller group nothing is told."""
SIZES = ((10, 19), (20, 49), (50, 249), (250, 10**9))
SIZE_NAMES = ("10 à 19", "20 à 49", "50 à 249", "250 et plus")


def by_group(one: Sample, judged: Judged, model: str = "archipel") -> pd.DataFrame:
    """Alerts of the forward split by sector and by size; figures of fewer than `SMALLEST` firms are NaN, and
    those of the next smallest groups, until what totals tell of all that is hidden is of so many firms.

    ``critere, groupe, entreprises, lignes, observe, prevu, part_rouge, part_orange, rappel, precision,
    fausses_alertes``: the last three at the orange threshold (orange and red together).
    """
    test = judged.split.test
    firm, month, label = one.firm[test], one.month[test], one.label[test]
    score, (red, orange) = judged.scores[model], judged.levels[model]
    size = np.digitize(one.seen.headcount[firm, month], [low for low, _high in SIZES[1:]])
    frame = pd.DataFrame({"firm": firm, "label": label, "score": score})
    # A red threshold below the orange one would leave no orange: whatever is red is at least orange.
    frame = frame.assign(rouge=score >= red, alerte=score >= min(orange, red))
    keys = {
        "secteur": (one.seen.sector[firm], [sector.name for sector in SECTORS]),
        "taille": (size, SIZE_NAMES),
    }
    lines = []
    for criterion, (ranks, names) in keys.items():
        parts = dict(list(frame.groupby(ranks)))
        hidden = _hidden({rank: part["firm"].nunique() for rank, part in parts.items()})
        lines += [
            _group(criterion, names[rank], part, known=rank not in hidden) for rank, part in parts.items()
        ]
    return pd.DataFrame(lines)


def _hidden(firms: dict[Any, int]) -> set[Any]:
    """Groups that are not told. ``firms``: how many in each."""
    smallest = sorted(firms, key=lambda name: firms[name])
    hidden = [name for name in smallest if firms[name] < SMALLEST]
    for name in smallest[len(hidden) :]:
        if not hidden or sum(firms[one] for one in hidden) >= SMALLEST:
            break
        hidden.append(name)
    return set(hidden)


def _group(criterion: str, name: str, part: pd.DataFrame, *, known: bool) -> dict[str, object]:
    firms = int(part["firm"].nunique())
    nothing = float("nan")
    label, alert = part["label"], part["alerte"]
    figures = {
        "lignes": len(part),
        "observe": label.mean(),
        "prevu": part["score"].mean(),
        "part_rouge": part["rouge"].mean(),
        "part_orange": (alert & ~part["rouge"]).mean(),
        "rappel": alert[label].mean(),
        "precision": label[alert].mean(),
        "fausses_alertes": alert[~label].mean(),
    }
    told = {key: float(value) if known else nothing for key, value in figures.items()}
    return {"critere": criterion, "groupe": name, "entreprises": firms if known else None, **told}
