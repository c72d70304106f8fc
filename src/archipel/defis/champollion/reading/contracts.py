"""The file of contracts, row by row: what is wrong is set apart with its line and reason, the rest is kept.

All of it is done in columns: ten millions of rows are read in seconds.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import duckdb
import numpy as np
import pyarrow as pa

from archipel.defis.champollion.engine.contracts import COLUMNS as CANONICAL
from archipel.defis.champollion.law.codes import CHECKED, ECONOMIC_DISMISSALS, INFERRED
from archipel.defis.champollion.reading import files, rows, siret, titles
from archipel.defis.champollion.refusal import DataRefused

COLUMNS = (
    "contrat_id", "siret", "idcc", "poste", "salarie_id", "nature", "motif", "date_debut", "date_fin_prevue",
    "date_fin", "statut_fin", "renouvellements",
)  # fmt: skip
OPTIONAL = ("motif_fin", "siret_utilisateur", "debut_deduit")
"""``siret_utilisateur``: of a mission as its agency declares it; it is judged there. ``debut_deduit``:
« oui » where the first day is not declared, « non » or nothing elsewhere."""
AT_ONCE = 5_000_000
"""Contracts that are judged together: more, and they no longer hold in the memory of a run."""

Profile = Literal["strict", "fictif"]
"""« fictif »: a made-up base, whose SIRET keys are faulty: they are warned of, not refused."""


@dataclass
class Read:
    """The table ``contrats`` (`engine.contracts.COLUMNS`) is in ``con``, with ``licenciements_lus``,
    ``sites_dits``: those of which it is told why other contracts than these end, dismissals among them, and
    ``autres``: ``siret, debut, fin`` of the contracts of other natures, that no rule judges.

    ``rejects``: refused rows, of ``total``. ``warnings``: rows kept, or counted once, with the reason.
    ``titles``: title as typed → (number, merged title).
    """

    con: duckdb.DuckDBPyConnection
    total: int
    rejects: list[dict[str, Any]]
    warnings: list[dict[str, Any]] = field(default_factory=list)
    titles: dict[str, tuple[int, str]] = field(default_factory=dict)

    def turns(self) -> Iterator[None]:
        """``contrats`` with some of the establishments at a time, by number, where there are more contracts
        than `AT_ONCE`, about so many together; with all of them again at the end. No rule looks at two.
        """
        ends = _cut(self.con)
        if len(ends) <= 1:
            yield
            return
        self.con.execute("ALTER TABLE contrats RENAME TO tous")
        try:
            for after, last in pairwise([-1, *ends]):
                self.con.execute(
                    f"CREATE OR REPLACE TABLE contrats AS FROM tous WHERE siret > {after} AND siret <= {last}"
                )
                yield
        finally:
            self.con.execute("DROP TABLE contrats; ALTER TABLE tous RENAME TO contrats")


def _cut(con: duckdb.DuckDBPyConnection) -> list[int]:
    """The last establishment of each turn."""
    told = con.execute("SELECT siret, count(*) AS nombre FROM contrats GROUP BY 1 ORDER BY 1").fetchnumpy()
    turn = np.cumsum(told["nombre"]) // (AT_ONCE + 1)
    return [int(one) for one in told["siret"][np.flatnonzero(np.diff(turn, append=-1))]]


def connect(memory: str = "1500MB") -> duckdb.DuckDBPyConnection:
    """A base in memory, without network or extensions; what does not fit lies in ``TMPDIR``.

    An instant with a time zone is of the day that it was in France.
    """
    con = duckdb.connect()
    aside = tempfile.gettempdir().replace("'", "''")
    con.execute(f"SET memory_limit = '{memory}'; SET temp_directory = '{aside}/duckdb-{os.getpid()}'")
    con.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
    con.execute("SET TimeZone = 'Europe/Paris'")
    return con


def read(path: Path, profile: Profile = "strict", con: duckdb.DuckDBPyConnection | None = None) -> Read:
    """Every contract of the file (CSV or Parquet). Raises `DataRefused` for a file of another form."""
    con = con or connect()
    refused = files.load(con, path, COLUMNS, OPTIONAL)
    types = {row[0]: row[1] for row in con.execute("DESCRIBE brut").fetchall()}
    con.execute(f"CREATE OR REPLACE TEMP VIEW lu AS SELECT {rows.typed(types)} FROM brut")
    with files.readable(path):
        total = _one(con, "SELECT count(*) FROM lu") + len(refused)
        if not total:
            raise DataRefused(f"« {path.name} » : aucune ligne sous l’en-tête")
        result = Read(con, total, refused)
        con.execute(
            "CREATE OR REPLACE TABLE sites_dits AS SELECT DISTINCT siret FROM lu "
            f"WHERE siret IS NOT NULL AND rupture <> '' AND nature NOT IN ({rows.listed(CHECKED)})"
        )
        _bad_keys(con)
        _twice(con, profile)
        result.titles = _titles(con)
        con.execute(f"CREATE OR REPLACE TABLE contrats AS {_judged(profile)}")
        con.execute(f"CREATE OR REPLACE TABLE autres AS {_others(profile)}")
    _set_apart(con, result)
    _keep(con, result)
    con.execute("DROP VIEW lu")
    return result


def _one(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    return con.execute(query).fetchall()[0][0]


def _bad_keys(con: duckdb.DuckDBPyConnection) -> None:
    """The table ``cles``: SIRETs of 14 digits whose key is wrong."""
    every = con.execute("SELECT DISTINCT siret FROM lu WHERE siret IS NOT NULL").fetchnumpy()["siret"]
    bad = siret.wrong(every)
    files.keep(con, "cles", pa.table({"siret": bad, "fausse": np.ones(len(bad), dtype=bool)}))


def _twice(con: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    """The table ``doubles``: lines whose contract was declared on an earlier one that nothing else refuses.

    Hashes first: of ten million names, next to none has another's.
    """
    wrong = rows.reason(strict=profile == "strict")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE doubles AS "
        "WITH vus AS "
        "(SELECT hash(contrat_id) AS h FROM lu WHERE contrat_id <> '' GROUP BY 1 HAVING count(*) > 1), "
        "bonnes AS (SELECT ligne, contrat_id FROM "
        "(SELECT *, NULL::BIGINT AS premiere FROM lu LEFT JOIN cles USING (siret)) "
        f"WHERE hash(contrat_id) IN (SELECT h FROM vus) AND {wrong} IS NULL) "
        "SELECT ligne, premiere FROM "
        "(SELECT ligne, min(ligne) OVER (PARTITION BY contrat_id) AS premiere FROM bonnes) "
        "WHERE ligne > premiere"
    )


def _titles(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    """The table ``titres``: the number of each title as typed."""
    told = titles.numbered(row[0] for row in con.execute("SELECT DISTINCT poste FROM lu").fetchall())
    ranks = pa.array([rank for rank, _merged in told.values()], pa.int32())
    files.keep(con, "titres", pa.table({"poste": pa.array(list(told), pa.string()), "titre": ranks}))
    return told


def _judged(profile: Profile) -> str:
    """What is refused (``raison``), warned of (``fausse``) or kept, read once and with nothing more: at
    national scale, each text that is carried along weighs gigabytes."""
    return (
        "SELECT ligne AS rang, contrat_id, siret, titre, poste, idcc, nature, motif, "
        f"{_number('debut')}, {_number('prevue')}, {_number('fin')}, statut, "
        "renouv::INTEGER AS renouvellements, rupture, 0::INTEGER AS calendrier, "
        "deduit = 'oui' AS debut_deduit, salarie_id, fausse, "
        f"{rows.reason(strict=profile == 'strict')} AS raison "
        "FROM lu LEFT JOIN titres USING (poste) LEFT JOIN cles USING (siret) LEFT JOIN doubles USING (ligne) "
        f"WHERE raison IS NOT NULL OR fausse OR nature IN ({rows.listed(CHECKED)}) "
        f"OR rupture IN ({rows.listed(ECONOMIC_DISMISSALS)})"
    )


def _others(profile: Profile) -> str:
    """Contracts of other natures (open-ended ones mostly): a headcount wants them."""
    return (
        f"SELECT siret, {_number('debut')}, {_number('fin')} "
        "FROM lu LEFT JOIN cles USING (siret) LEFT JOIN doubles USING (ligne) "
        f"WHERE nature NOT IN ({rows.listed(CHECKED)}) AND {rows.reason(strict=profile == 'strict')} IS NULL"
    )


def _set_apart(con: duckdb.DuckDBPyConnection, result: Read) -> None:
    result.rejects += files.rejects(con, "SELECT rang, raison FROM contrats WHERE raison IS NOT NULL")
    result.rejects.sort(key=lambda row: row["ligne"])
    con.execute("DELETE FROM contrats WHERE raison IS NOT NULL")
    result.warnings += files.rejects(
        con, "SELECT min(rang) AS rang, 'siret : clé fausse (' || lpad(siret::VARCHAR, 14, '0') || ')' || "
        "CASE count(*) WHEN 1 THEN '' ELSE ', sur ' || count(*) || ' lignes dont celle-ci' END "
        "FROM contrats WHERE fausse GROUP BY siret ORDER BY 1"
    )  # fmt: skip


def _keep(con: duckdb.DuckDBPyConnection, result: Read) -> None:
    """The tables ``contrats`` (fixed-term contracts and missions, each once) and ``licenciements_lus``."""
    con.execute(
        "CREATE OR REPLACE TABLE licenciements_lus AS SELECT DISTINCT siret, titre, fin AS licencie "
        f"FROM contrats WHERE rupture IN ({rows.listed(ECONOMIC_DISMISSALS)}) AND fin IS NOT NULL"
    )
    con.execute(f"DELETE FROM contrats WHERE nature NOT IN ({rows.listed(CHECKED)})")
    _once(con, result)
    for column in ("salarie_id", "fausse", "raison"):
        con.execute(f"ALTER TABLE contrats DROP COLUMN {column}")
    assert [row[0] for row in con.execute("DESCRIBE contrats").fetchall()] == list(CANONICAL)


def _number(column: str) -> str:
    """A date as the engine counts days."""
    return f"({column} - DATE '1970-01-01')::INTEGER AS {column}"


def _once(con: duckdb.DuckDBPyConnection, result: Read) -> None:
    """One contract declared under two names (by agency and user, or under a changed number) is counted once.

    The same person, site, job, nature and first day. The name with a declared end is kept, the latest; else
    one that still runs, before one whose end is inferred. It keeps what only the others tell.
    """
    same = "siret, titre, salarie_id, nature, debut"
    ends = f"CASE WHEN fin IS NULL THEN 1 WHEN statut = '{INFERRED}' THEN 2 ELSE 0 END, fin DESC, contrat_id"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE repetes AS "
        f"WITH vus AS (SELECT hash({same}) AS h FROM contrats WHERE salarie_id <> '' "
        "GROUP BY 1 HAVING count(*) > 1) "
        "SELECT rang, contrat_id, first_value(contrat_id) OVER ordre AS gardee, "
        "max(prevue) OVER memes AS prevue, max(renouvellements) OVER memes AS renouvellements, "
        "max(rupture) OVER memes AS rupture FROM contrats "
        f"WHERE salarie_id <> '' AND hash({same}) IN (SELECT h FROM vus) "
        f"WINDOW memes AS (PARTITION BY {same}), ordre AS (PARTITION BY {same} ORDER BY {ends})"
    )
    result.warnings += files.rejects(
        con, "SELECT rang, 'contrat déjà déclaré sous le nom ' || gardee || ' : compté une fois' "
        "FROM repetes "
        "WHERE contrat_id <> gardee ORDER BY rang"
    )  # fmt: skip
    con.execute(
        "UPDATE contrats SET prevue = coalesce(contrats.prevue, repetes.prevue), "
        "renouvellements = repetes.renouvellements, "
        "rupture = coalesce(nullif(contrats.rupture, ''), repetes.rupture) "
        "FROM repetes WHERE repetes.rang = contrats.rang AND repetes.contrat_id = gardee"
    )
    con.execute("DELETE FROM contrats WHERE rang IN (SELECT rang FROM repetes WHERE contrat_id <> gardee)")
