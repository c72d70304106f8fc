"""Counts as vendors and papers give them: one row a detector, condition and group."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.reading import BadRow, Refused, read_text, shown, word

COLUMNS = ["detecteur", "condition", "groupe", "n", "detectes"]
NAMES, NUMBERS = COLUMNS[:3], COLUMNS[3:]
MOST_GROUPS = 100
"""Of one condition: more is no grouping, and every pair of them is compared."""
MOST_DETECTORS = 100
MOST_PAIRS = 100_000
"""Of groups, in all conditions: each costs a search for the gap that it could have seen."""
LARGEST = 10**12
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}(\.0{1,9})?")

Key = tuple[str, str, str]


def read(path: Path) -> tuple[pd.DataFrame, Refused]:
    """`COLUMNS` in the file's order, and refused rows. Comma or semicolon; other columns are passed over.

    Rows that tell different counts of one group are all refused; of rows that repeat each other the first
    is kept. Raises `DataRefused` for a file of another form, or where nothing can be compared.
    """
    text = read_text(path)
    try:
        reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text), strict=True)
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise DataRefused(f"« {path.name} » : CSV illisible ({error})") from None
    header = [name.strip() for name in lines[0][1]] if lines else []
    absent = [name for name in COLUMNS if header.count(name) != 1]
    if absent:
        raise DataRefused(
            f"« {path.name} » : colonnes {', '.join(COLUMNS)} attendues une fois chacune ; "
            f"il manque ou se répète : {', '.join(absent)} ; reçu : {shown(', '.join(header))}"
        )
    refused, rows = Refused(path.name), []
    for number, cells in lines[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        refused.total += 1
        try:
            rows.append((number, *_row(cells, header)))
        except BadRow as error:
            refused.refuse(number, str(error))
    if not refused.total:
        raise DataRefused(f"« {path.name} » : ensemble vide, aucune ligne de comptes")
    return _once(rows, refused), refused


def check(groups: pd.DataFrame, source: str) -> None:
    """Raises `DataRefused` where no condition has two groups, or there are too many to compare."""
    sizes = groups.groupby(["detecteur", "condition"], sort=False).size()
    if (sizes > MOST_GROUPS).any():
        where = " / ".join(sizes.idxmax())
        raise DataRefused(
            f"« {source} » : {sizes.max()} groupes dans « {where} », {MOST_GROUPS} au plus ; "
            "la colonne « groupe » attend peu de valeurs différentes"
        )
    detectors = groups["detecteur"].nunique()
    if detectors > MOST_DETECTORS:
        raise DataRefused(
            f"« {source} » : {detectors} détecteurs, {MOST_DETECTORS} au plus ; "
            "la colonne « detecteur » attend peu de valeurs différentes"
        )
    pairs = int((sizes * (sizes - 1) // 2).sum())
    if pairs > MOST_PAIRS:
        raise DataRefused(f"« {source} » : {pairs} comparaisons de groupes, {MOST_PAIRS} au plus")
    if not (sizes > 1).any():
        raise DataRefused(
            f"« {source} » : rien à comparer, aucune condition n’a deux groupes "
            f"({len(groups)} ligne(s) acceptée(s))"
        )


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _row(cells: list[str], header: list[str]) -> tuple[str, str, str, int, int]:
    if len(cells) != len(header):
        raise BadRow(f"{len(header)} cellules attendues, reçu {len(cells)}")
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    detector, condition, group = (word(row[name], name) for name in NAMES)
    n, found = (_count(row[name], name) for name in NUMBERS)
    if found > n:
        raise BadRow(f"detectes : au plus n = {n} attendu, reçu {found}")
    return detector, condition, group, n, found


def _count(text: str, name: str) -> int:
    if not text:
        raise BadRow(f"{name} : nombre entier attendu, reçu une cellule vide")
    if not _WHOLE.fullmatch(text):
        raise BadRow(f"{name} : nombre entier attendu, reçu {shown(text)}")
    value = int(text.partition(".")[0])
    if not 0 <= value <= LARGEST:
        raise BadRow(f"{name} : de 0 à {LARGEST} attendu, reçu {shown(text)}")
    return value


def _once(rows: Iterable[tuple[int, str, str, str, int, int]], refused: Refused) -> pd.DataFrame:
    """One row a group. The file says which of two contradicting rows is right as little as we know it."""
    told: dict[Key, list[tuple[int, int, int]]] = {}
    for line, detector, condition, group, n, found in rows:
        told.setdefault((detector, condition, group), []).append((line, n, found))
    kept = []
    for key, counts in told.items():
        first, others = counts[0], counts[1:]
        same = len({one[1:] for one in counts}) == 1
        for line, *_counts in others if same else counts:
            lines = ", ".join(str(one) for one, *_rest in counts if one != line)
            how = "répète" if same else "contredit"
            refused.refuse(line, f"{' / '.join(key)} : {how} la ligne {lines}")
        if same:
            kept.append((*key, *first[1:]))
    refused.rows.sort(key=lambda row: row["ligne"])
    return pd.DataFrame(kept, columns=COLUMNS)
