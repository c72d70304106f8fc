"""The tables that the reference fairness study published (arXiv 2308.02935, release of 2023), found again
from their counts. Their difference is the second group's recall minus the first's: the second is our a."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pytest

from archipel.defis.twincity.audit import gaps
from support.realdata import real_data
from support.workbook import sheet

DETECTORS = ("YOLOX", "RetinaNet", "Faster RCNN", "Cascade RCNN", "ALFNet", "CSP", "MGAN", "PRNet")


@dataclass(frozen=True)
class Table:
    """First rows of its blocks of eight detectors, and columns: detector, counts and miss rates of both
    groups, difference, p."""

    file: str
    sheet: str
    blocks: tuple[int, ...]
    columns: str

    def published(self) -> pd.DataFrame:
        cells = sheet(real_data("pedestrian-fairness") / "v1-2023" / f"{self.file}.xlsx", self.sheet)
        names = ["detecteur", "n_b", "detectes_b", "oubli_b", "n_a", "detectes_a", "oubli_a", "ecart", "p"]
        rows = [
            {
                "condition": str(block),
                **{n: cells[f"{c}{row}"] for n, c in zip(names, self.columns, strict=False)},
            }
            for block in self.blocks
            for row in range(block, block + len(DETECTORS))
        ]
        return pd.DataFrame(rows)


TABLES = (
    Table("RQ1-overall_fairness", "Gender-Graph", (3, 11, 19, 27), "CHIKLMOQP"),
    Table("RQ1-overall_fairness", "Age-Graph", (3, 11, 19, 27), "EIJLMNPRQ"),
    Table("RQ1-overall_fairness", "Skin-Table", (3,), "CHILMNQR"),
    Table("RQ2.1-brightness", "Day-Night-gender", (24, 33), "CEFGIJKNM"),
    Table("RQ2.2-contrast", "Contrast-Gender", (3, 12, 21, 30, 39), "ACDEGHIKL"),
    Table("RQ2.3-weather", "Weather-Gender", (3, 12), "CEFGIJKNM"),
    Table("RQ2.3-weather", "Weather-Age", (3, 12), "CEFGIJKNM"),
    Table("RQ2.3-weather", "Weather-Skin", (15,), "CEFGIJKNM"),
)


def as_counts(table: pd.DataFrame) -> pd.DataFrame:
    parts = [
        table[["detecteur", "condition", f"n_{one}", f"detectes_{one}"]]
        .set_axis([*gaps.KEY, "n", "detectes"], axis=1)
        .assign(groupe=one)
        for one in "ab"
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("table", TABLES, ids=lambda one: f"{one.sheet}")
def test_miss_rates_differences_and_p(table: Table) -> None:
    published = table.published()
    assert [*published["detecteur"]] == [*DETECTORS] * len(table.blocks)
    found = published[gaps.KEY].merge(gaps.from_counts(as_counts(published)), on=gaps.KEY)
    for name in ("a", "b"):
        assert 1 - found[f"rappel_{name}"].to_numpy() == pytest.approx(published[f"oubli_{name}"], abs=1e-6)
    assert found["ecart"].to_numpy() == pytest.approx(published["ecart"], abs=1e-6)
    if "p" in published:
        assert found["p"].to_numpy() == pytest.approx(published["p"], abs=1e-6)
    assert ((found["bas"] < found["ecart"]) & (found["ecart"] < found["haut"])).all()


def test_the_headline_is_two_detectors() -> None:
    """« 7.5 % worse for dark skin » is a mean; detector by detector it is two, and two the other way."""
    found = gaps.from_counts(as_counts(TABLES[2].published())).set_index("detecteur")
    assert found["ecart"].mean() == pytest.approx(-0.0752, abs=5e-5)
    rounded = {name: round(value, 3) for name, value in found["ecart"].items()}
    assert rounded == dict(
        zip(DETECTORS, (-0.307, -0.280, 0.024, 0.027, -0.014, -0.034, -0.019, 0.002), strict=True)
    )
    sure = found[found["p_holm"] < 0.05]["ecart"]
    assert {*sure[sure < 0].index} == {"YOLOX", "RetinaNet"}
    assert {*sure[sure > 0].index} == {"Faster RCNN", "Cascade RCNN"}
