"""Champollion's rules over millions of contracts: beside a vectorised pandas version, and row by row.

    PYTHONPATH=src:tests .venv/bin/python benchmarks/champollion.py [--contracts 10000000] [--folder FOLDER]

Each part is a process of its own, whose greatest memory is told. The pandas version and the engine must give
the same rows; the row-by-row one is the tests' oracle, on a sample.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from champollion_pandas import every_rule
from measure import record

from archipel.defis.champollion import control, summary
from archipel.defis.champollion.engine.contracts import Check
from archipel.defis.champollion.engine.days import Opening
from archipel.defis.champollion.generation import writing
from archipel.defis.champollion.reading import agreements, contracts, declarations
from support import champollionoracle as oracle

AU = date(2026, 6, 1)
SEED = 7
SAMPLE = 20_000
FAULTS, FAULTY = (0.0, 0.05, 0.1, 0.2, 0.4), 100_000
"""Shares of contracts with a fault, and contracts of each country."""
MEMORY = "3000MB"
REBUILT = "rebatis.parquet"
NAMES = ["regle", "contrat_id", "precedent_id"]


def peak() -> float:
    """GB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)


def rules(path: Path) -> dict[str, Any]:
    """Reading and judging, apart; what a plain scan of the same columns costs."""
    con = contracts.connect(MEMORY)
    began = time.perf_counter()
    con.execute(
        "SELECT count(*), sum(hash(siret, poste, nature, motif, date_debut, date_fin_prevue, date_fin, "
        f"renouvellements)) FROM read_parquet('{path}')"
    ).fetchall()
    scanned = time.perf_counter()
    read = contracts.read(path, con=con)
    done = time.perf_counter()
    opening = control.calendars(con, Opening(), {}, AU)
    con.execute("CREATE OR REPLACE TEMP TABLE trouves (regle VARCHAR)")
    judging = time.perf_counter()
    dismissed = control.known_dismissals(read, path.with_name(writing.DISMISSALS))
    found = control.judge(con, opening, None, dismissed, Check(AU))
    judged = time.perf_counter()
    told = found[NAMES].fillna("").sort_values(NAMES).reset_index(drop=True)
    told.to_parquet(path.with_name("moteur.parquet"), index=False)
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as file:
        file.write("idcc,texte,mois_max,carence_longue\n2216,Accord d’essai,12,1/4\n")
        file.flush()
        agreed = agreements.read(Path(file.name))
    again = time.perf_counter()
    control.judge(con, opening, agreed, dismissed, Check(AU))
    return {
        "contracts": read.total, "alerts": len(found), "scan_s": round(scanned - began, 2),
        "read_s": round(done - scanned, 2), "rules_s": round(judged - judging, 2),
        "with_an_agreement_s": round(time.perf_counter() - again, 2), "peak_gb": peak(),
    }  # fmt: skip


def dismissals(path: Path) -> pd.DataFrame:
    """``siret, titre, date`` of the economic dismissals that lie beside the contracts."""
    told = pd.read_csv(path.with_name(writing.DISMISSALS), dtype=str)
    return told.assign(titre=told["poste"].map(contracts.titles.merged), date=pd.to_datetime(told["date"]))


def vectorised(path: Path) -> dict[str, Any]:
    frame = pd.read_parquet(path)
    frame["titre"] = frame["poste"].map(
        {title: contracts.titles.merged(title) for title in frame["poste"].unique()}
    )
    gone = dismissals(path)
    began = time.perf_counter()
    found = every_rule(frame, gone, AU)
    took = time.perf_counter() - began
    ours = pd.read_parquet(path.with_name("moteur.parquet"))
    told = found[NAMES].sort_values(NAMES).reset_index(drop=True)
    return {
        "rules_s": round(took, 2),
        "alerts": len(found),
        "equal": bool(told.equals(ours)),
        "peak_gb": peak(),
    }


def by_row(path: Path) -> dict[str, Any]:
    rows = pd.read_parquet(path).head(SAMPLE).astype(object)
    last = rows["siret"].iloc[-1]
    rows = rows[rows["siret"] != last]
    rows["poste"] = [contracts.titles.merged(title) for title in rows["poste"]]
    rows = rows.where(rows.notna(), "").astype(str).to_dict("records")
    gone = [(one.siret, one.titre, one.date.date()) for one in dismissals(path).itertuples()]
    sites = {row["siret"] for row in rows}
    gone = [one for one in gone if one[0] in sites]
    began = time.perf_counter()
    found = oracle.alerts(rows, AU, dismissals=gone)
    took = time.perf_counter() - began
    known = {row["contrat_id"] for row in rows}
    ours = pd.read_parquet(path.with_name("moteur.parquet"))
    ours = ours[ours["contrat_id"].isin(known)]
    return {
        "contracts": len(rows), "rules_s": round(took, 2), "alerts": len(found),
        "equal": found == set(ours[NAMES].itertuples(index=False, name=None)),
    }  # fmt: skip


def months(path: Path) -> dict[str, Any]:
    """From monthly declarations to contracts, in turns."""
    con = contracts.connect(MEMORY)
    rows = con.execute(f"SELECT count(*) FROM read_parquet('{path}')").fetchall()[0][0]
    began = time.perf_counter()
    con.execute(f"SELECT sum(hash(columns(*))) FROM read_parquet('{path}')").fetchall()
    scanned = time.perf_counter()
    told = declarations.rebuild(con, path, path.with_name(REBUILT), max(1, rows // 8_000_000))
    return {
        "contract_months": rows, "contracts": told.contracts, "rejects": len(told.rejects),
        "scan_s": round(scanned - began, 1), "rebuild_s": round(time.perf_counter() - scanned, 1),
        "rebuild_gb": peak(),
    }  # fmt: skip


def rebuilt(path: Path) -> dict[str, Any]:
    """Every rule on the contracts that `months` left, told in words, establishment by establishment."""
    began = time.perf_counter()
    # As the execution « controle » reads them.
    read = contracts.read(path.with_name(REBUILT))
    done, read_gb = time.perf_counter(), peak()
    print(f"read in {done - began:.0f} s, {read_gb} GB", file=sys.stderr, flush=True)
    asked = control.Asked(AU, licenciements=path.with_name(writing.DISMISSALS))
    checked = control.check(read, asked)
    return {
        "alerts": len(checked.alerts), "establishments": len(checked.establishments),
        "read_s": round(done - began, 1), "check_s": round(time.perf_counter() - done, 1),
        "read_gb": read_gb, "check_gb": peak(),
    }  # fmt: skip


def faults(folder: Path) -> dict[str, Any]:
    """Recall and precision of the planted abuses, as more contracts are declared with a fault."""
    told = {}
    for share in FAULTS:
        place = folder / f"fautes-{share}"
        writing.write_declarations(place, SEED, FAULTY, share)
        to = place / writing.CONTRACTS
        rows = declarations.rebuild(contracts.connect(MEMORY), place / writing.DECLARATIONS, to).rows
        asked = control.Asked(AU, licenciements=place / writing.DISMISSALS)
        alerts = control.check(contracts.read(to), asked).alerts
        compared = summary.against_planted(alerts, place / writing.PLANTED)
        figures = summary.recall_and_precision(compared)
        told[f"{share:g}"] = {
            "contract_months": rows, "planted": int(compared["mis"].sum()),
            "recall": round(figures["rappel"][0], 4), "precision": round(figures["precision"][0], 4),
            "inferred": int(alerts["date_inferee"].sum()),
        }  # fmt: skip
    return told


PARTS = {
    "faults": faults, "rules": rules, "vectorised": vectorised, "by_row": by_row, "months": months,
    "rebuilt": rebuilt,
}  # fmt: skip


def part(name: str, path: Path) -> dict[str, Any]:
    words = [sys.executable, __file__, "--part", name, "--folder", str(path)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(name, told, flush=True)
    return told


def main(options: argparse.Namespace) -> None:
    folder = Path(options.folder or tempfile.mkdtemp())
    path = folder / writing.CONTRACTS
    if not path.exists():
        writing.write(folder, SEED, options.contracts)
    told = {name: part(name, path) for name in ("rules", "vectorised", "by_row")}
    scale = told["rules"]["contracts"] / told["by_row"]["contracts"]
    told["ratios"] = {
        "pandas / engine": round(told["vectorised"]["rules_s"] / told["rules"]["rules_s"], 1),
        "row by row / engine": round(told["by_row"]["rules_s"] * scale / told["rules"]["rules_s"]),
        "rules / scan": round(told["rules"]["rules_s"] / told["rules"]["scan_s"], 1),
    }
    record("champollion rules", {**told, "target": {"rules_s": 10, "peak_gb": 4}})
    if not (told["vectorised"]["equal"] and told["by_row"]["equal"]):
        raise SystemExit("the engine, pandas and the oracle do not find the same")
    record("champollion faults", part("faults", folder))
    if options.months:
        declared = folder / writing.DECLARATIONS
        if not declared.exists():
            writing.write_declarations(folder / "mois", SEED, options.months, 0.05)
            declared = folder / "mois" / writing.DECLARATIONS
        record("champollion declarations", part("months", declared) | part("rebuilt", declared))


if __name__ == "__main__":
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--contracts", type=int, default=10_000_000)
    said.add_argument("--months", type=int, default=0, help="contracts of the monthly declarations")
    said.add_argument("--folder")
    said.add_argument("--part", choices=PARTS)
    chosen = said.parse_args()
    if chosen.part:
        print(json.dumps(PARTS[chosen.part](Path(chosen.folder))))
    else:
        main(chosen)
