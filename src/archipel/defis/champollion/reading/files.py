"""A table in a file, CSV or Parquet, as DuckDB sees it: with line numbers, its texts as they stand."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from archipel.defis.champollion.refusal import DataRefused

CHUNK = 100_000
"""Rows."""
ENCODING = "encodage : UTF-8 attendu"


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
    return _csv(con, path, wanted, optional)


def _parquet(
    con: duckdb.DuckDBPyConnection, path: Path, wanted: Sequence[str], optional: Sequence[str]
) -> None:
    try:
        con.execute(
            "CREATE OR REPLACE VIEW parquet AS SELECT * FROM read_parquet($f)".replace("$f", _text(path))
        )
        names = [row[0] for row in con.execute("DESCRIBE parquet").fetchall()]
    except duckdb.Error as error:
        reason = str(error).split("\n", 1)[0][:200]
        raise DataRefused(f"« {path.name} » : Parquet illisible ({reason})") from None
    kept = _columns(path, names, wanted, optional)
    chosen = ", ".join(f'"{names[place]}" AS {name}' for name, place in kept.items())
    missing = "".join(f", NULL::VARCHAR AS {name}" for name in optional if name not in kept)
    con.execute(
        f"CREATE OR REPLACE VIEW brut AS SELECT row_number() OVER () AS ligne, {chosen}{missing} FROM parquet"
    )


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _csv(
    con: duckdb.DuckDBPyConnection, path: Path, wanted: Sequence[str], optional: Sequence[str]
) -> list[dict[str, Any]]:
    refused: list[dict[str, Any]] = []
    names = [*wanted, *optional]
    schema = pa.schema([("ligne", pa.int64()), *((name, pa.string()) for name in names)])
    con.execute(
        f"CREATE OR REPLACE TABLE brut (ligne BIGINT, {', '.join(f'{name} VARCHAR' for name in names)})"
    )
    for rows in _chunks(path, wanted, optional, refused):
        if not rows:
            continue
        columns = zip(*rows, strict=True)
        batch = pa.table(
            [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema
        )
        con.register("morceau", batch)
        con.execute("INSERT INTO brut SELECT * FROM morceau")
        con.unregister("morceau")
    return refused


def _chunks(
    path: Path, wanted: Sequence[str], optional: Sequence[str], refused: list[dict[str, Any]]
) -> Iterator[list[tuple[Any, ...]]]:
    with path.open("rb") as raw:
        stream = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
        first = stream.readline()
        separator = max(",;\t", key=first.count)
        stream.seek(0)
        reader = csv.reader(stream, delimiter=separator)
        try:
            header = [name.strip().lower() for name in next(reader, [])]
            places = _columns(path, header, wanted, optional)
            order = [places.get(name) for name in (*wanted, *optional)]
            rows: list[tuple[Any, ...]] = []
            for cells in reader:
                line = reader.line_num
                if not cells:
                    continue
                reason = _unreadable(cells, len(header))
                if reason:
                    refused.append({"ligne": line, "motif": reason})
                    continue
                rows.append((line, *(cells[n].strip() if n is not None else None for n in order)))
                if len(rows) == CHUNK:
                    yield rows
                    rows = []
        except csv.Error as error:
            raise DataRefused(
                f"« {path.name} » : ligne {reader.line_num} : CSV illisible ({error})"
            ) from None
        yield rows


def _unreadable(cells: Sequence[str], width: int) -> str:
    if len(cells) != width:
        return f"{width} colonnes attendues, {len(cells)} lues"
    if any(not cell.isascii() and any("\udc80" <= letter <= "\udcff" for letter in cell) for cell in cells):
        return ENCODING
    return ""


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
        what = f"il manque {', '.join(missing)}" if missing else f"{', '.join(twice)} y est deux fois"
        raise DataRefused(f"« {path.name} » : ligne 1 : {what} ; colonnes lues : {shown}")
    return {name: told.index(name) for name in (*wanted, *optional) if name in told}
