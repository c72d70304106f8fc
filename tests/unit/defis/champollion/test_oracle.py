"""The rules against a slow, plain walk through days that shares no code with them; what must always hold."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archipel.defis.champollion import control
from archipel.defis.champollion.reading import contracts
from support import champollionoracle as oracle

from .conftest import OTHER_SITE, SITE, row, write

AU = date(2026, 11, 1)
FIRST = date(2018, 1, 1)


def judged(folder: Path, rows: list[dict[str, str]], **asked: Any) -> set[tuple[str, str, str]]:
    read = contracts.read(write(folder / "contrats.csv", rows))
    assert read.rejects == []
    found = control.check(read, control.Asked(AU, **asked)).alerts
    names = ["regle", "contrat_id", "contrat_precedent_id"]
    return {tuple(one) for one in found[names].itertuples(index=False)}


def some_rows(seed: int, number: int, jobs: int) -> list[dict[str, str]]:
    """Contracts of every kind on few jobs, close to each other; long ones too; some without an end."""
    draw = random.Random(seed)
    rows = []
    for rank in range(number):
        job = draw.randrange(jobs)
        start = FIRST + timedelta(days=draw.randrange(2400))
        days = draw.choice([draw.randrange(1, 40), draw.randrange(10, 18), draw.randrange(260, 1200)])
        end = start + timedelta(days=days - 1)
        planned = draw.choice([end, end, end, None, end + timedelta(days=draw.randrange(60))])
        ended = draw.random() < 0.93
        rows.append(
            row(
                f"c{rank:05d}", f"{start}", f"{end}" if ended else "",
                date_fin_prevue=f"{planned}" if planned else "",
                siret=(SITE, OTHER_SITE)[job % 2], poste=f"poste {job // 2}",
                nature=draw.choice(["02", "02", "03", "01"]),
                motif=draw.choice(["02"] * 4 + ["", *[f"{code:02d}" for code in range(1, 16)]]),
                renouvellements=str(draw.choice([0, 0, 0, 1, 2, 3])),
                statut_fin=draw.choice(["1", "2"]),
                motif_fin=draw.choice(["", "", "031", "036", "037"]),
            )
        )  # fmt: skip
    return rows


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("up", [True, False], ids=["up", "down"])
def test_the_same_alerts_as_day_by_day(tmp_path: Path, seed: int, up: bool) -> None:
    rows = some_rows(seed, 500, 16)
    dismissals = [
        (SITE, f"poste {rank}", FIRST + timedelta(days=300 * rank + 40 + turn))
        for rank in range(8)
        for turn in (0, 700)
    ]
    file = tmp_path / "licenciements.csv"
    file.write_text(
        "siret,poste,date\n" + "".join(f"{site},{job},{day}\n" for site, job, day in dismissals),
        encoding="utf-8",
    )
    found = judged(tmp_path, rows, arrondi="superieur" if up else "inferieur", licenciements=file)
    expected = oracle.alerts(rows, AU, up, dismissals=dismissals)
    assert {rule for rule, *_ in expected} == {
        "motif", "terme", "renouvellements", "duree_totale", "carence", "interdiction",
    }  # fmt: skip
    assert found == expected


MOTIVES = st.sampled_from([f"{code:02d}" for code in range(1, 16)])
DAYS = st.integers(0, 60)


@st.composite
def contracts_of_a_job(draw: st.DrawFn) -> list[dict[str, str]]:
    rows = []
    for rank in range(draw(st.integers(2, 6))):
        start = FIRST + timedelta(days=draw(DAYS))
        end = start + timedelta(days=draw(DAYS))
        rows.append(
            row(
                f"c{rank}",
                f"{start}",
                f"{end}",
                motif=draw(MOTIVES),
                nature=draw(st.sampled_from(["02", "03"])),
            )
        )
    return rows


many = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@many
@given(rows=contracts_of_a_job(), shuffled=st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(tmp_path: Path, rows: list[dict[str, str]], shuffled: Any) -> None:
    before = judged(tmp_path, rows)
    shuffled.shuffle(rows)
    assert judged(tmp_path, rows) == before


@many
@given(rows=contracts_of_a_job(), other=contracts_of_a_job())
def test_two_establishments_never_touch_each_other(
    tmp_path: Path, rows: list[dict[str, str]], other: list[dict[str, str]]
) -> None:
    elsewhere = [{**one, "siret": OTHER_SITE, "contrat_id": f"x{one['contrat_id']}"} for one in other]
    assert judged(tmp_path, rows + elsewhere) == judged(tmp_path, rows) | judged(tmp_path, elsewhere)


@many
@given(
    rows=contracts_of_a_job(),
    motives=st.lists(st.sampled_from(["01", "03", "05", "07"]), min_size=6, max_size=6),
)
def test_exempt_motives_on_both_never_make_a_waiting_period(
    tmp_path: Path, rows: list[dict[str, str]], motives: list[str]
) -> None:
    spared = [{**one, "motif": motive} for one, motive in zip(rows, motives, strict=False)]
    assert not {rule for rule, *_ in judged(tmp_path, spared)} & {"carence"}


@many
@given(rows=contracts_of_a_job(), renewed=st.integers(0, 9))
def test_a_declared_renewal_never_shortens_the_total_length(
    tmp_path: Path, rows: list[dict[str, str]], renewed: int
) -> None:
    def long(found: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
        return {one for one in found if one[0] in ("duree_totale", "carence")}

    stretched: list[Mapping[str, str]] = [
        {**one, "date_fin": "2023-06-30", "date_fin_prevue": "2023-06-30"} for one in rows
    ]
    before = long(judged(tmp_path, [dict(one) for one in stretched]))
    assert long(judged(tmp_path, [{**one, "renouvellements": str(renewed)} for one in stretched])) == before
