"""The panel of a synthetic country: written, read and checked as a real one would be."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from archipel.defis.champollion import control
from archipel.defis.champollion.generation import writing
from archipel.defis.champollion.law.rules import BAN, RENEWALS
from archipel.defis.champollion.reading import contracts
from archipel.defis.champollion.score.panel import YEAR, Panel, panel

MONTHS = 12 * (writing.END.year - writing.START.year) - YEAR
"""All months of the country but the first twelve, which are read only."""


def country(folder: Path, seed: int, size: int) -> Panel:
    """``size``: contracts. The alerts of the panel are those of the rules, not those that were planted."""
    writing.write(folder, seed, size)
    read = contracts.read(folder / writing.CONTRACTS)
    asked = control.Asked(writing.END, licenciements=folder / writing.DISMISSALS)
    alerts = control.found(read, asked)
    own = read.con.execute(
        "SELECT siret, nature, motif, debut, coalesce(fin, prevue) AS fin, renouvellements FROM contrats"
    ).df()
    # How often a contract was renewed, and whether it was brief, is known at the latest when it ends: not on
    # its first day.
    seen = alerts["jour"].where(~alerts["regle"].isin([RENEWALS, BAN]), alerts["fin_lue"]).astype("int64")
    directory = pd.read_parquet(folder / writing.SITES)
    directory["siret"] = directory["siret"].astype("int64")
    first = date(writing.START.year + 1, 1, 1)
    return panel(own, alerts[["siret", "regle"]].assign(jour=seen), directory, first, MONTHS)
