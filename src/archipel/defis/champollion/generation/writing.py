"""The synthetic country on disk: written as it is drawn, a stretch of establishments at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from archipel.defis.champollion.engine.contracts import number
from archipel.defis.champollion.engine.days import day_of
from archipel.defis.champollion.generation.contracts import Stretch, stretch
from archipel.defis.champollion.generation.country import SECTORS
from archipel.defis.champollion.generation.declarations import declared
from archipel.defis.champollion.reading.contracts import COLUMNS
from archipel.defis.champollion.refusal import DataRefused

CONTRACTS, PLANTED, SITES, DISMISSALS, DECLARATIONS = (
    "contrats.parquet", "abus.parquet", "etablissements.parquet", "licenciements.csv", "declarations.parquet",
)  # fmt: skip
MONTHS = pa.schema(
    [
        *((name, pa.string()) for name in (
            "norme", "mois", "siret", "numero", "salarie_id", "poste", "nature", "motif", "idcc",
        )),
        *((name, pa.date32()) for name in ("date_debut", "date_fin_prevue", "date_fin")),
        ("motif_fin", pa.string()), ("siret_utilisateur", pa.string()), ("renouvellements", pa.int32()),
    ]
)  # fmt: skip
"""Columns of the monthly declarations that are written."""
START, END = date(2019, 1, 1), date(2026, 1, 1)
SHORTEST = 365
"""Days: with less, many a job would have no contract at all."""


@dataclass(frozen=True)
class Written:
    contracts: int
    planted: int
    sites: int


def stretches(seed: int, contracts: int, start: date = START, end: date = END) -> Iterator[Stretch]:
    """Whole establishments, until there are as many contracts as asked for. Raises `DataRefused`."""
    if (end - start).days < SHORTEST:
        raise DataRefused(
            f"debut, fin : du {start} au {end} reçu ; {SHORTEST} jours au moins attendus de l’un à l’autre"
        )
    left, part = contracts, 0
    while left > 0:
        one = stretch(seed, part, number(start), number(end))
        if len(one.contracts) > left:
            one = _first(one, left)
        yield one
        left -= len(one.contracts)
        part += 1


def _first(one: Stretch, wanted: int) -> Stretch:
    """The first establishments that have so many contracts together."""
    told = one.contracts["siret"]
    counts = told.value_counts().reindex(one.sites["siret"], fill_value=0).cumsum()
    kept = one.sites[: int((counts < wanted).sum()) + 1]
    contracts = one.contracts[told.isin(kept["siret"])]
    return Stretch(
        kept, contracts, one.planted[one.planted["contrat_id"].isin(contracts["contrat_id"])],
        one.dismissals[one.dismissals["siret"].isin(kept["siret"])],
    )  # fmt: skip


def write(folder: Path, seed: int, contracts: int, start: date = START, end: date = END) -> Written:
    """What the check reads, the abuses planted (``contrat_id, regle``), the sites with their risk."""
    folder.mkdir(parents=True, exist_ok=True)
    writers: dict[str, pq.ParquetWriter] = {}
    counts = np.zeros(3, int)
    dismissals = []
    try:
        for one in stretches(seed, contracts, start, end):
            for name, frame in (
                (CONTRACTS, as_file(one.contracts)), (PLANTED, one.planted), (SITES, described(one.sites)),
            ):  # fmt: skip
                table = pa.Table.from_pandas(frame, preserve_index=False)
                if name not in writers:
                    writers[name] = pq.ParquetWriter(folder / name, table.schema, compression="zstd")
                writers[name].write_table(table)
            dismissals.append(one.dismissals)
            counts += len(one.contracts), len(one.planted), len(one.sites)
    finally:
        for writer in writers.values():
            writer.close()
    _write_dismissals(folder, dismissals)
    return Written(*(int(count) for count in counts))


def write_declarations(
    folder: Path, seed: int, contracts: int, faults: float, start: date = START, end: date = END
) -> Written:
    """The same country as its employers declare it, month by month (``declarations.parquet``), with faults.

    Contracts among the abuses planted bear the names that `reading.declarations` rebuilds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    writer: pq.ParquetWriter | None = None
    planted, dismissals, counts = [], [], np.zeros(3, int)
    try:
        for part, one in enumerate(stretches(seed, contracts, start, end)):
            told = declared(one, seed, part, faults)
            table = pa.Table.from_pandas(told.months, schema=MONTHS, preserve_index=False)
            writer = writer or pq.ParquetWriter(folder / DECLARATIONS, MONTHS, compression="zstd")
            writer.write_table(table)
            planted.append(one.planted.assign(contrat_id=one.planted["contrat_id"].map(told.names)))
            dismissals.append(one.dismissals)
            counts += len(told.months), len(one.planted), len(one.sites)
    finally:
        if writer:
            writer.close()
    pd.concat(planted, ignore_index=True).to_parquet(folder / PLANTED, index=False)
    _write_dismissals(folder, dismissals)
    return Written(*(int(count) for count in counts))


def _write_dismissals(folder: Path, parts: list[pd.DataFrame]) -> None:
    told = pd.concat(parts, ignore_index=True)
    told["date"] = [day_of(day).isoformat() for day in told["licencie"]]
    told["siret"] = told["siret"].map("{:014d}".format)
    told[["siret", "poste", "date"]].to_csv(folder / DISMISSALS, index=False)


def as_file(contracts: pd.DataFrame) -> pd.DataFrame:
    """The columns that the check reads: texts, and dates as dates."""
    planned = contracts["prevue"].to_numpy()
    frame = pd.DataFrame(
        {
            "contrat_id": contracts["contrat_id"],
            "siret": contracts["siret"].map("{:014d}".format),
            "idcc": contracts["idcc"],
            "poste": contracts["poste"].astype(str),
            "salarie_id": contracts["salarie_id"],
            "nature": contracts["nature"],
            "motif": contracts["motif"],
            "date_debut": _dates(contracts["debut"].to_numpy()),
            "date_fin_prevue": _dates(planned, planned < 0),
            "date_fin": _dates(contracts["fin"].to_numpy()),
            "statut_fin": "2",
            "renouvellements": contracts["renouvellements"].astype("int32"),
        }
    )
    return frame[list(COLUMNS)]


def _dates(days: np.ndarray, missing: np.ndarray | None = None) -> pa.Array | pd.Series:
    array = pa.array(days.astype("int32"), mask=missing).cast(pa.date32())
    return pd.Series(array.to_pandas(), dtype=object).where(lambda column: column.notna(), None)


def described(places: pd.DataFrame) -> pd.DataFrame:
    """Establishments as a directory would have them, with the risk that only a generator knows."""
    return pd.DataFrame(
        {
            "siret": places["siret"].map("{:014d}".format),
            "siren": places["siren"].map("{:09d}".format),
            "naf": np.array([one.naf for one in SECTORS])[places["secteur"]],
            "secteur": np.array([one.name for one in SECTORS])[places["secteur"]],
            "departement": places["departement"],
            "effectif": places["effectif"],
            "risque_vrai": places["risque"],
        }
    )
