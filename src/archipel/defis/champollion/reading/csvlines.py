"""A CSV in UTF-8, line by line: a line that cannot be read is set apart, and takes no other with it."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import duckdb
import pyarrow as pa

from archipel.defis.champollion.refusal import DataRefused

CHUNK = 100_000
"""Rows."""
ENCODING = "encodage : UTF-8 attendu"
QUOTE = "guillemet ouvert, jamais refermé"
TOO_LONG = f"champ de plus de {csv.field_size_limit()} caractères"

Row = tuple[Any, ...]
Places = Callable[[Sequence[str]], Mapping[str, int]]


class _Lines:
    """The lines of a file; those of the record being read are kept, and can be read again."""

    def __init__(self, stream: TextIO) -> None:
        self.number = 0
        self.record: list[str] = []
        self._stream, self._again = stream, deque[str]()

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._stream)
        self.number += 1
        self.record.append(line)
        return line

    def give_back(self) -> None:
        self.number -= len(self.record) - 1
        self._again.extendleft(reversed(self.record[1:]))


def load(
    con: duckdb.DuckDBPyConnection, path: Path, names: Sequence[str], places: Places
) -> list[dict[str, Any]]:
    """The table ``lignes_lues``: ``ligne`` and ``names``, all texts, null where the file has no such column.

    ``places``: where each column stands in a header. Returns the rejects; raises `DataRefused`.
    """
    refused: list[dict[str, Any]] = []
    schema = pa.schema([("ligne", pa.int64()), *((name, pa.string()) for name in names)])
    columns = ", ".join(f"{name} VARCHAR" for name in names)
    con.execute(f"CREATE OR REPLACE TABLE lignes_lues (ligne BIGINT, {columns})")
    for rows in _chunks(path, names, places, refused):
        if not rows:
            continue
        held = [
            pa.array(column, field.type)
            for column, field in zip(zip(*rows, strict=True), schema, strict=True)
        ]
        con.register("morceau", pa.table(held, schema))
        con.execute("INSERT INTO lignes_lues SELECT * FROM morceau")
        con.unregister("morceau")
    return refused


def _chunks(
    path: Path, names: Sequence[str], places: Places, refused: list[dict[str, Any]]
) -> Iterator[list[Row]]:
    with path.open("rb") as raw:
        stream = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
        first = stream.readline()
        separator = max(",;\t", key=first.count)
        stream.seek(0)
        lines = _Lines(stream)
        reader = csv.reader(lines, delimiter=separator)
        try:
            header = [name.strip().lower() for name in next(reader, [])]
        except csv.Error as error:
            raise DataRefused(f"« {path.name} » : ligne 1 : CSV illisible ({error})") from None
        found = places(header)
        order = [found.get(name) for name in names]
        rows: list[Row] = []
        for cells in _records(reader, lines, len(header), separator, refused):
            rows.append((lines.number, *(cells[n].strip() if n is not None else None for n in order)))
            if len(rows) == CHUNK:
                yield rows
                rows = []
        yield rows


def _records(
    reader: Iterator[list[str]], lines: _Lines, width: int, separator: str, refused: list[dict[str, Any]]
) -> Iterator[list[str]]:
    """Records of the right width. One that swallowed others by a quote left open gives them back."""
    while True:
        lines.record.clear()
        cells: list[str] | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            reason = TOO_LONG
        else:
            reason = _unreadable(cells, width) if cells else ""
        if len(lines.record) > 1 and _swallowed(cells, lines.record, width, separator):
            lines.give_back()
            reason = QUOTE
        if reason:
            refused.append({"ligne": lines.number, "motif": reason})
        elif cells:
            yield cells


def _swallowed(cells: Sequence[str] | None, record: Sequence[str], width: int, separator: str) -> bool:
    """Whether a record over several lines is several: a title over two lines leaves neither whole."""
    if cells is None or len(cells) != width:
        return True
    return any(line.count(separator) >= width - 1 for line in record[1:])


def _unreadable(cells: Sequence[str], width: int) -> str:
    if len(cells) != width:
        return f"{width} colonnes attendues, {len(cells)} lues"
    if any(not cell.isascii() and any("\udc80" <= letter <= "\udcff" for letter in cell) for cell in cells):
        return ENCODING
    return ""
