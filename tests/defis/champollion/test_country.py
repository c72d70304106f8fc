"""The synthetic country: what is planted is what is found, and the same seed makes the same country."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from archipel.defis.champollion import control, summary
from archipel.defis.champollion.generation import writing
from archipel.defis.champollion.generation.calendars import after_opening_days, last_lawful
from archipel.defis.champollion.generation.country import sites
from archipel.defis.champollion.law import months
from archipel.defis.champollion.reading import contracts, siret
from support import champollionoracle as oracle

AU = date(2026, 6, 1)


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pays")
    writing.write(folder, 3, 3000)
    return folder


def test_all_that_is_planted_is_found_and_nothing_else(country: Path) -> None:
    read = contracts.read(country / writing.CONTRACTS)
    assert (read.rejects, read.warnings) == ([], [])
    asked = control.Asked(AU, licenciements=country / writing.DISMISSALS)
    told = summary.against_planted(control.check(read, asked).alerts, country / writing.PLANTED)
    assert told["mis"].sum() > 40
    assert (told["manques"].sum(), told["en_trop"].sum()) == (0, 0)


def test_the_oracle_finds_the_same(country: Path) -> None:
    rows = pd.read_parquet(country / writing.CONTRACTS).astype(object)
    rows = rows.where(rows.notna(), "").astype(str)
    # The oracle knows no spellings: each job by its merged title.
    rows["poste"] = [contracts.titles.merged(title) for title in rows["poste"]]
    dismissals = pd.read_csv(country / writing.DISMISSALS, dtype=str)
    gone = [
        (one.siret, contracts.titles.merged(one.poste), date.fromisoformat(one.date))
        for one in dismissals.itertuples()
    ]
    found = oracle.alerts(rows.to_dict("records"), AU, dismissals=gone)
    planted = pd.read_parquet(country / writing.PLANTED)
    assert {(rule, name) for rule, name, _before in found} == set(
        planted[["regle", "contrat_id"]].itertuples(index=False, name=None)
    )


def test_the_same_seed_makes_the_same_country(country: Path, tmp_path: Path) -> None:
    writing.write(tmp_path, 3, 3000)
    for name in (writing.CONTRACTS, writing.PLANTED, writing.SITES):
        assert (tmp_path / name).read_bytes() == (country / name).read_bytes()
    writing.write(tmp_path, 4, 3000)
    assert (tmp_path / writing.CONTRACTS).read_bytes() != (country / writing.CONTRACTS).read_bytes()


def test_sites_are_valid_and_apart(country: Path) -> None:
    places = pd.concat([sites(1, part * 300, 300) for part in range(40)])
    assert siret.valid(places["siret"].to_numpy()).all()
    assert places["siret"].is_unique
    assert places["siren"].nunique() == len(places) * 2 // 3
    assert places["risque"].between(0, 1).all()


def test_days_counted_two_ways() -> None:
    """The generator's own arithmetic, day by day and month by month."""
    draw = np.random.default_rng(0)
    starts = draw.integers(17000, 20500, 300)
    counts = draw.integers(0, 30, 300)
    opened = after_opening_days(starts, counts)
    for start, count, day in zip(starts, counts, opened, strict=True):
        first, last = date.fromordinal(719163 + int(start)), date.fromordinal(719163 + int(day))
        assert oracle.opening_days(first, last, frozenset(range(5))) == count
    for months_long in (3, 18, 24):
        ends = last_lawful(starts, months_long)
        told = [
            months.last_day(date.fromordinal(719163 + int(day)), months_long).toordinal() for day in starts
        ]
        assert (ends + 719163).tolist() == told
