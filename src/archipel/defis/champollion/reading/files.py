"""A table in a file, CSV or Parquet, as DuckDB sees it: with line numbers, its texts as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from archipel.defis.champollion.reading import csvlines
from archipel.defis.champollion.refusal import DataRefused


def load(
    con: duckdb.DuckDBPyConnection, path: Path, wanted: Sequence[str], optional: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The view ``brut`` of ``path``: ``ligne`` and the columns asked for, others left out.

    Lines of a CSV that cannot be read are left out, and returned as rejects. Raises `DataRefused` for a file
    of another form.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise DataRefused(f"« {path.name} » : fichier illisible ({error.strerror})") from None
    if not head.strip():
        raise DataRefused(f"« {path.name} » : fichier vide")
    if head[:4] == b"PAR1":
        _parquet(con, path, wanted, optional)
        return []
    if b"\0" in head:
        raise DataRefused(f"« {path.name} » : ni du CSV en UTF-8, ni du Parquet (octet nul)")
    names = [*wanted, *optional]
    refused = csvlines.load(con, path, names, lambda header: _columns(path, header, wanted, optional))
    con.execute("CREATE OR REPLACE VIEW brut AS FROM lignes_lues")
    return refused


def _parquet(
    con: duckdb.DuckDBPyConnection, path: Path, wanted: Sequence[str], optional: Sequence[str]
) -> None:
    with readable(path):
        con.execute(f"CREATE OR REPLACE VIEW parquet AS SELECT * FROM {parquet(path)}")
        names = [row[0] for row in con.execute("DESCRIBE parquet").fetchall()]
    kept = _columns(path, names, wanted, optional)
    chosen = ", ".join(f'"{names[place]}" AS {name}' for name, place in kept.items())
    missing = "".join(f", NULL::VARCHAR AS {name}" for name in optional if name not in kept)
    con.execute(
        f"CREATE OR REPLACE VIEW brut AS SELECT row_number() OVER () AS ligne, {chosen}{missing} FROM parquet"
    )


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Raises `DataRefused` for a Parquet file that turns out, while it is read, to be broken."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        # A value between quotes may be anybody's number.
        reason = re.sub(r'"[^"]*"', "« … »", str(error).replace(str(path), path.name).split("\n", 1)[0])[:200]
        raise DataRefused(f"« {path.name} » : Parquet illisible ({reason})") from None


def parquet(*paths: Path) -> str:
    """What SQL reads these very files with: no pattern in a name, no column in a folder's."""
    names = ", ".join(
        text("".join(f"[{one}]" if one in "[*?" else one for one in str(path))) for path in paths
    )
    return f"read_parquet([{names}], hive_partitioning = false)"


def text(value: object) -> str:
    """A text as SQL writes it."""
    return "'" + str(value).replace("'", "''") + "'"


def keep(con: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """The temporary table ``name``, of these values."""
    con.register(f"{name}_lus", table)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM {name}_lus")
    con.unregister(f"{name}_lus")


def rejects(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """``ligne`` and ``motif`` of each row of a query that gives a line's number and a reason."""
    return [{"ligne": line, "motif": reason} for line, reason in con.execute(query).fetchall()]


def _columns(
    path: Path, names: Sequence[str], wanted: Sequence[str], optional: Sequence[str]
) -> dict[str, int]:
    """Where each column stands. Raises `DataRefused` when one is missing or given twice."""
    told = [name.strip().lower() for name in names]
    missing = [name for name in wanted if name not in told]
    twice = sorted({name for name in (*wanted, *optional) if told.count(name) > 1})
    if missing or twice:
        shown = ", ".join(name[:40] for name in told[:30])
        shown = "".join(letter if letter.isprintable() else "�" for letter in shown)
        if len(missing) == len(wanted):
            # A file without a header: these are somebody's cells.
            shown = "aucune de celles-ci (un en-tête est attendu)"
        what = f"il manque {', '.join(missing)}" if missing else f"{', '.join(twice)} y est deux fois"
        raise DataRefused(f"« {path.name} » : ligne 1 : {what} ; colonnes lues : {shown}")
    return {name: told.index(name) for name in (*wanted, *optional) if name in told}
