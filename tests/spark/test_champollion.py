"""Champollion's one expression on Spark and on DuckDB: the same rows. Runs in an environment of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

pyspark = pytest.importorskip("pyspark", reason="needs requirements/spark.txt: `make test-spark`")

from archipel.defis.champollion import control  # noqa: E402 — after the skip
from archipel.defis.champollion.engine.alerts import SCHEMAS, queries  # noqa: E402 — after the skip
from archipel.defis.champollion.engine.contracts import Check  # noqa: E402 — after the skip
from archipel.defis.champollion.engine.days import Opening  # noqa: E402 — after the skip
from archipel.defis.champollion.generation import writing  # noqa: E402 — after the skip
from archipel.defis.champollion.reading import agreements, contracts  # noqa: E402 — after the skip

KEYS = ["regle", "contrat_id"]


@pytest.fixture(scope="module")
def spark() -> Iterator[pyspark.sql.SparkSession]:
    if shutil.which("java") is None:
        pytest.skip("needs Java")
    session = (
        pyspark.sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.mark.parametrize("with_agreements", [False, True], ids=["the law alone", "branch agreements"])
@pytest.mark.parametrize("up", [True, False], ids=["up", "down"])
def test_the_same_rows(
    spark: pyspark.sql.SparkSession, tmp_path: Path, up: bool, with_agreements: bool
) -> None:
    writing.write(tmp_path, 9, 6000)
    file = tmp_path / "accords.csv"
    file.write_text(
        "idcc,texte,carence_longue,renouvellements_max,mois_max,carence_motifs_exclus\n"
        "1979,Restauration (essai),1/4,1,12,\n3043,Nettoyage (essai),,,,02 01\n",
        encoding="utf-8",
    )
    read = contracts.read(tmp_path / writing.CONTRACTS)
    on = Check(date(2026, 6, 1), up)
    opening = control.calendars(read.con, Opening(), {}, on.au)
    agreed = agreements.read(file) if with_agreements else None
    dismissed = control.known_dismissals(read, tmp_path / writing.DISMISSALS)
    ours = control.judge(read.con, opening, agreed, dismissed, on)

    for name in SCHEMAS:
        if name == "accords" and agreed is None:
            continue
        path = tmp_path / f"{name}.parquet"
        read.con.execute(f"COPY {name} TO '{path}' (FORMAT parquet)")
        spark.read.parquet(str(path)).createOrReplaceTempView(name)
    sql = queries(on, "pyspark", agreed=agreed is not None, dismissed=True)
    spark.sql(sql.broken).cache().createOrReplaceTempView("trouves")
    theirs = spark.sql(sql.named).toPandas()

    assert len(ours) > 30
    assert set(ours["regle"]) >= {"carence", "duree_totale", "motif", "renouvellements", "terme"}
    sides = [
        frame[sorted(ours.columns)].sort_values(KEYS).reset_index(drop=True).astype(object)
        for frame in (ours, theirs)
    ]
    sides = [frame.where(frame.notna(), None) for frame in sides]
    pd.testing.assert_frame_equal(*sides, check_dtype=False)
