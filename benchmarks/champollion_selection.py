"""How often the 95 % interval of what past inspections tell covers the truth: naive, and corrected.

    PYTHONPATH=src .venv/bin/python benchmarks/champollion_selection.py [--draws 30] [--contracts 60000]

One country, its past inspections drawn anew each time.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measure import record

from archipel.defis.champollion.score import inspections, study, synthetic


def main(draws: int, contracts: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        panel = synthetic.country(Path(folder), 4, contracts)
    covered: dict[str, int] = {}
    for seed in range(draws):
        told = study.selection(panel, inspections.inspections(panel, seed), seed).set_index("methode")
        truth = told.loc["vérité", "valeur"]
        for name in ("naïve", "corrigée", "bras aléatoire"):
            low, high = told.loc[name, ["bas", "haut"]]
            covered[name] = covered.get(name, 0) + int(low <= truth <= high)
        print(seed, covered, flush=True)
    record("champollion selection", {"draws": draws, "contracts": contracts, "covered": covered})


if __name__ == "__main__":
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--draws", type=int, default=30)
    said.add_argument("--contracts", type=int, default=60_000)
    chosen = said.parse_args()
    main(chosen.draws, chosen.contracts)
