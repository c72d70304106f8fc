"""Each of Monk's ten tones against the reference one, for one detector: what is known, and what is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from archipel.defis.page.words import known
from archipel.defis.twincity.audit import power

CONDITION = "teint"
TONES = tuple(f"Monk {tone}" for tone in range(1, 11))
ESTABLISHED, BOUNDED, UNSEEN, OPEN = (
    "écart établi",
    "borné à ± 3 points",
    "ne peut pas être conclu",
    "non établi",
)
REFERENCE, NOT_COMPUTED = "référence", "non calculable"


@dataclass(frozen=True)
class Tone:
    """Shares; ``gap`` with its interval: this tone's recall minus the reference's. None: not known.

    ``power``: to see three points, before and after Holm's correction; ``visible``: the least gap that had
    80 % of chances to be seen, before it.
    """

    name: str
    n: int | None
    recall: float | None
    low: float | None
    high: float | None
    gap: float | None = None
    gap_low: float | None = None
    gap_high: float | None = None
    p_holm: float | None = None
    power: float | None = None
    power_corrected: float | None = None
    visible: float | None = None
    verdict: str = NOT_COMPUTED


def tones(
    detector: str,
    reference: str,
    gaps: pd.DataFrame,
    powers: pd.DataFrame | None,
    conditions: pd.DataFrame | None,
    point: str = "",
) -> list[Tone]:
    """The ten, lightest first. ``point``: the operating point whose recalls are told; the first where ""."""
    pairs = _against(gaps, detector, reference)
    sizes = _against(powers, detector, reference) if powers is not None else {}
    recalls = _recalls(conditions, detector, point) if conditions is not None else {}
    return [_tone(name, reference, pairs, sizes.get(name, {}), recalls.get(name, {})) for name in TONES]


def _against(frame: pd.DataFrame, detector: str, reference: str) -> dict[str, dict[str, Any]]:
    """Rows of a table of pairs that have the reference in them, by the other group."""
    mine = frame[(frame["detecteur"] == detector) & (frame["condition"] == CONDITION)]
    rows = {}
    for row in mine.to_dict("records"):
        both = [str(row["groupe_a"]), str(row["groupe_b"])]
        if reference in both:
            both.remove(reference)
            rows[both[0]] = row
    return {str(name): {str(key): value for key, value in row.items()} for name, row in rows.items()}


def _recalls(frame: pd.DataFrame, detector: str, point: str) -> dict[str, dict[str, Any]]:
    mine = frame[(frame["detecteur"] == detector) & (frame["condition"] == CONDITION)]
    if len(mine):
        wanted = point if point in set(mine["point"]) else mine["point"].iloc[0]
        mine = mine[mine["point"] == wanted]
    return {str(row["groupe"]): {str(k): v for k, v in row.items()} for row in mine.to_dict("records")}


def _tone(
    name: str, reference: str, pairs: dict[str, dict[str, Any]], size: dict[str, Any], recall: dict[str, Any]
) -> Tone:
    n = _value(recall, "n")
    own = Tone(
        name,
        None if n is None else int(n),
        _value(recall, "rappel"),
        _value(recall, "rappel_bas"),
        _value(recall, "rappel_haut"),
    )
    if name == reference:
        return replace(own, verdict=REFERENCE if n else NOT_COMPUTED)
    row = pairs.get(name, {})
    gap, low, high, p = (_value(row, one) for one in ("ecart", "bas", "haut", "p_holm"))
    if gap is None:
        return own
    if row["groupe_a"] == reference:
        gap, low, high = -gap, _minus(high), _minus(low)
    corrected = _value(size, "puissance_apres_correction")
    return replace(
        own,
        gap=gap,
        gap_low=low,
        gap_high=high,
        p_holm=p,
        power=_value(size, "puissance_3_points"),
        power_corrected=corrected,
        visible=_value(size, "ecart_visible"),
        verdict=verdict(low, high, p, corrected),
    )


def verdict(
    low: float | None, high: float | None, p_holm: float | None, power_corrected: float | None
) -> str:
    """As the audit's conclusion says it: established; else within three points; else whether it could have
    been seen at all."""
    if p_holm is not None and p_holm < power.ALPHA:
        return ESTABLISHED
    if low is not None and high is not None and low > -power.GAP and high < power.GAP:
        return BOUNDED
    return OPEN if power_corrected is not None and power_corrected >= power.POWER else UNSEEN


def _value(row: dict[str, Any], name: str) -> float | None:
    value: Any = row.get(name)
    return float(value) if value is not pd.NA and known(value) else None


def _minus(value: float | None) -> float | None:
    return None if value is None else -value
