"""The figure of « ausol »: recall by posture, and what an alarm is worth by how often somebody lies."""

from __future__ import annotations

from typing import Any

import numpy as np

from archipel.defis.page import words
from archipel.defis.twincity.audit.operating import OVERLAPS
from archipel.defis.twincity.curves import BLUE, GREY, sober
from archipel.defis.twincity.lying.posture import POSTURE
from archipel.defis.twincity.lying.report import Report

MARKS = (("o", BLUE), ("D", GREY))


def figure(told: Report, *, synthetic: bool = False) -> Any:
    """As a matplotlib figure; it says when data are ``synthetic``."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(10, 4.4), layout="constrained")
    left, right = drawn.subplots(1, 2)
    _recalls(left, told)
    _alarm(right, told)
    for axes in (left, right):
        axes.set_ylim(-2, 102)
    return sober(drawn, synthetic=synthetic)


def _recalls(axes: Any, told: Report) -> None:
    rows = told.recalls[(told.recalls["condition"] == POSTURE) & (told.recalls["iou"] == OVERLAPS[0])]
    for shift, (mark, color), point in zip((-0.1, 0.1), MARKS, told.points, strict=False):
        one = rows[rows["point"] == point.name]
        at, middle = np.arange(len(one)) + shift, 100 * one["rappel"]
        reach = [middle - 100 * one["rappel_bas"], 100 * one["rappel_haut"] - middle]
        axes.errorbar(
            at, middle, yerr=np.maximum(reach, 0), fmt=mark, color=color, markersize=5, label=point.name
        )
    first = rows[rows["point"] == told.points[0].name]
    names = [f"{group}\n(n = {n})" for group, n in zip(first["groupe"], first["n"], strict=True)]
    # A dollar in a name begins no formula.
    axes.set_xticks(np.arange(len(first)), names, parse_math=False)
    axes.set(ylabel="Personnes trouvées, en %", title="Rappel par posture")
    axes.legend(frameon=False, fontsize=8, loc="best")


def _alarm(axes: Any, told: Report) -> None:
    rows = told.prevalence
    axes.fill_between(
        rows["prevalence"], 100 * rows["bas"], 100 * rows["haut"], color="#e3e3fd", label="intervalle"
    )
    axes.plot(rows["prevalence"], 100 * rows["precision"], "o-", color=BLUE, markersize=4, label="précision")
    labels = [f"1 / {words.figure(n)}" for n in rows["une_image_sur"]]
    axes.set_xscale("log")
    axes.set_xticks(rows["prevalence"], labels)
    axes.minorticks_off()
    axes.set(xlabel="Part des images où quelqu’un est au sol", ylabel="Alarmes justes, en %")
    axes.set_title("Ce que vaut une alarme" if told.rule else "Alarme non réglée")
    axes.legend(frameon=False, fontsize=8)
