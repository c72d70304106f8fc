"""The rules against a slow, plain walk through days that shares no code with them; what must always hold."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archipel.defis.champollion import control
from archipel.defis.champollion.reading import contracts, siret
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


def test_establishments_taken_in_turns_are_told_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = contracts.read(write(tmp_path / "contrats.csv", some_rows(5, 300, 6)))
    asked = control.Asked(AU)
    whole = control.check(read, asked)
    monkeypatch.setattr(contracts, "AT_ONCE", 60)
    parts = control.check(read, asked)
    assert len(whole.alerts) > 50
    pd.testing.assert_frame_equal(parts.alerts, whole.alerts)
    pd.testing.assert_frame_equal(parts.establishments, whole.establishments)
    assert parts.counts == whole.counts
    assert read.con.execute("SELECT count(*) FROM contrats").fetchall() == [
        (whole.counts["contrats_juges"][0],)
    ]


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
NEARLY_18_MONTHS = st.integers(544, 552)
SITES = [f"{one:014d}" for one in siret.with_key(np.full(40, 732829320), np.arange(1, 41))]
"""Those of an example, a job on each: one question of the engine answers for all of them."""


@st.composite
def contracts_of_jobs(
    draw: st.DrawFn, lengths: st.SearchStrategy[int] = DAYS, motives: st.SearchStrategy[str] = MOTIVES
) -> list[dict[str, str]]:
    """Two to six contracts of the job of each of `SITES`, close to each other."""
    rows = []
    for site in SITES:
        for rank in range(draw(st.integers(2, 6))):
            start = FIRST + timedelta(days=draw(DAYS))
            end = start + timedelta(days=draw(lengths))
            rows.append(
                row(
                    f"{site[-4:]}-{rank}", f"{start}", f"{end}", siret=site, motif=draw(motives),
                    nature=draw(st.sampled_from(["02", "03"])),
                )
            )  # fmt: skip
    return rows


many = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@many
@given(rows=contracts_of_jobs(), shuffled=st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(tmp_path: Path, rows: list[dict[str, str]], shuffled: Any) -> None:
    before = judged(tmp_path, rows)
    shuffled.shuffle(rows)
    assert judged(tmp_path, rows) == before


@many
@given(rows=contracts_of_jobs(), alone=st.sampled_from(SITES))
def test_two_establishments_never_touch_each_other(
    tmp_path: Path, rows: list[dict[str, str]], alone: str
) -> None:
    own, others = ([one for one in rows if (one["siret"] == alone) is here] for here in (True, False))
    assert judged(tmp_path, rows) == judged(tmp_path, own) | judged(tmp_path, others)


@many
@given(rows=contracts_of_jobs(motives=st.sampled_from(["01", "03", "05", "07"])))
def test_exempt_motives_on_both_never_make_a_waiting_period(
    tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    pair = [
        row("a", "2024-01-01", "2024-01-31", motif="01"),
        row("b", "2024-02-01", "2024-02-09", motif="05"),
    ]
    assert not [one for one in judged(tmp_path, rows + pair) if one[0] == "carence"]
    # Were one of the two not exempt, there would be days to wait.
    pair[0]["motif"] = "02"
    assert {one for one in judged(tmp_path, rows + pair) if one[0] == "carence"} == {("carence", "b", "a")}


@many
@given(rows=contracts_of_jobs(lengths=NEARLY_18_MONTHS), renewed=st.randoms(use_true_random=False))
def test_a_declared_renewal_never_shortens_the_total_length(
    tmp_path: Path, rows: list[dict[str, str]], renewed: Any
) -> None:
    def long(rows: list[dict[str, str]]) -> set[tuple[str, str, str]]:
        return {one for one in judged(tmp_path, rows) if one[0] in ("duree_totale", "carence")}

    rows += [row("to the day", "2019-01-15", "2020-07-14"), row("a day more", "2021-01-15", "2022-07-15")]
    before = long(rows)
    assert {name for rule, name, _before in before if rule == "duree_totale"} & {
        "to the day",
        "a day more",
    } == {"a day more"}
    assert long([{**one, "renouvellements": str(renewed.randrange(10))} for one in rows]) == before
