"""The figure of counting: counted beside true, the error by number of people, a sequence over time."""

from __future__ import annotations

from typing import Any

import numpy as np

from archipel.defis.twincity.counting.report import Report
from archipel.defis.twincity.curves import BLUE, GREY, sober

MANY = 2000
"""Points beyond which they are drawn as one picture within the SVG."""


def figure(told: Report, *, synthetic: bool = False) -> Any:
    """As a matplotlib figure; it says when data are ``synthetic``."""
    from matplotlib.figure import Figure

    sequence = told.counted.sets.mot
    drawn = Figure(figsize=(10, 7.6 if sequence else 4.4), layout="constrained")
    grid = drawn.add_gridspec(2 if sequence else 1, 2)
    _scatter(drawn.add_subplot(grid[0, 0]), told)
    _by_band(drawn.add_subplot(grid[0, 1]), told)
    if sequence:
        _over_time(drawn.add_subplot(grid[1, :]), told)
    return sober(drawn, synthetic=synthetic)


def _scatter(axes: Any, told: Report) -> None:
    rows = told.images[told.images["part"] == "mesure"]
    end = max(float(rows[["vrai", "compte"]].to_numpy().max()), 1.0)
    axes.plot([0, end], [0, end], color=GREY, linewidth=0.8, label="compte juste")
    axes.axhline(told.constant, color=GREY, linewidth=0.8, linestyle=":", label="compte constant")
    axes.scatter(
        rows["vrai"], rows["compte"], s=14, color=BLUE, alpha=0.35, linewidths=0, rasterized=len(rows) > MANY
    )
    axes.set(xlabel="Personnes dans l’image", ylabel="Personnes comptées", title="Compté et vrai, par image")
    axes.legend(frameon=False, fontsize=8)


def _by_band(axes: Any, told: Report) -> None:
    bands, at = told.bands, np.arange(len(told.bands))
    reach = [bands["biais"] - bands["biais_bas"], bands["biais_haut"] - bands["biais"]]
    axes.errorbar(
        at - 0.1, bands["biais"], yerr=np.maximum(reach, 0), fmt="o", color=BLUE, markersize=4,
        label="écart moyen (compté − vrai)",
    )  # fmt: skip
    axes.plot(at + 0.1, bands["mae"], "D", color=GREY, markersize=4, label="erreur absolue moyenne")
    axes.axhline(0, color="black", linewidth=0.8)
    names = [f"{name}\n(n = {n})" for name, n in zip(bands["personnes"], bands["images"], strict=True)]
    axes.set_xticks(at, names, fontsize=8)
    axes.set(xlabel="Personnes dans l’image (n images)", ylabel="Personnes", title="Erreur selon le nombre")
    axes.legend(frameon=False, fontsize=8)


def _over_time(axes: Any, told: Report) -> None:
    frames = told.images["image"].astype(int)
    axes.plot(frames, told.images["vrai"], color="black", linewidth=1, label="vrai")
    axes.plot(frames, told.images["compte"], color=BLUE, linewidth=1, label="compté")
    axes.fill_between(
        frames, 0, 1, where=told.counted.development, transform=axes.get_xaxis_transform(), step="mid",
        color="#eeeeee", zorder=0, label="images de réglage",
    )  # fmt: skip
    axes.set(xlabel="Image de la séquence", ylabel="Personnes", title="Compte au fil du temps")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8, ncols=3)
