"""The figure of the audit: each gap with its interval, established ones apart."""

from __future__ import annotations

from typing import Any

import pandas as pd

from archipel.defis.twincity.audit import power

MOST = 40
BLUE, GREY = "#000091", "#929292"


def shown(gaps: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The comparisons that are drawn: all, or those of smallest p, in the order of the table."""
    known = gaps[gaps["ecart"].notna()]
    return known.loc[known["p"].sort_values(kind="stable").index[:most].sort_values()]


def figure(gaps: pd.DataFrame, *, synthetic: bool = False) -> Any:
    """Gaps in points, a line a comparison, as a matplotlib figure; it says when data are ``synthetic``."""
    from matplotlib.figure import Figure

    told, whole = shown(gaps), int(gaps["ecart"].notna().sum())
    drawn = Figure(figsize=(9, 1.6 + 0.26 * max(len(told), 1)), layout="constrained")
    axes = drawn.subplots()
    for sure, color, name in ((True, BLUE, "établi (p de Holm < 5 %)"), (False, GREY, "non établi")):
        rows = told[(told["p_holm"] < power.ALPHA) == sure]
        at = [told.index.get_loc(one) for one in rows.index]
        middle = 100 * rows["ecart"]
        reach = [100 * (rows["ecart"] - rows["bas"]), 100 * (rows["haut"] - rows["ecart"])]
        axes.errorbar(
            middle, at, xerr=reach, fmt="o" if sure else "D", color=color, markersize=4, linewidth=1.2,
            markerfacecolor=color if sure else "white", label=name,
        )  # fmt: skip
    axes.axvline(0, color="black", linewidth=0.8)
    axes.axvspan(-100 * power.GAP, 100 * power.GAP, color="#eeeeee", zorder=0)
    labels = told["condition"] + " : " + told["groupe_a"] + " − " + told["groupe_b"]
    if told["detecteur"].nunique() > 1:
        labels = told["detecteur"] + " · " + labels
    # A dollar in a name begins no formula.
    axes.set_yticks(range(len(told)), list(labels), fontsize=8, parse_math=False)
    axes.set_ylim(max(len(told), 1) - 0.5, -0.5)
    axes.set_xlabel("Écart de rappel, en points, et son intervalle à 95 % (bande grise : ± 3 points)")
    part = "" if len(told) == whole else f" ({len(told)} des {whole} comparaisons, celles de plus petit p)"
    axes.set_title(f"Écarts entre groupes{part}{' — données synthétiques' if synthetic else ''}", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="best")
    return drawn
