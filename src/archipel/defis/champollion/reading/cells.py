"""Cells as SQL reads them, whatever a file holds them as: text, whole numbers, numbers with « .0 », dates.

Each function gives the expression of one column; ``kind``: its type in DuckDB.
"""

from __future__ import annotations

from datetime import date

EARLIEST, LATEST = date(1950, 1, 1), date(2100, 12, 31)
_FRACTIONAL, _TEXT = ("DOUBLE", "FLOAT", "DECIMAL"), "VARCHAR"
SPACES = " \u00a0\u202f\u2009"
"""Those that are typed within numbers."""
PERSON = "(^|[^0-9])[1-4][0-9]{4}([0-9]{2}|2[AB])[0-9]{6}([0-9]{2})?($|[^0-9])"
"""A person's number (NIR), with or without its key, once spaces are taken off; a SIRET has 14 digits."""
SHOWN = 40
"""Characters of a value that a reason repeats."""


def shown(name: str) -> str:
    """What a reason repeats of a text: its beginning, unless a person's number slipped in."""
    return (
        f"CASE WHEN {name} = '' THEN 'rien' ELSE '« ' || "
        f"CASE WHEN regexp_matches(translate({name}, '{SPACES}', ''), '{PERSON}') "
        f"THEN '(numéro de personne, non répété)' ELSE left({name}, {SHOWN}) END || ' »' END"
    )


def text(name: str, kind: str) -> str:
    """Spaces around taken off; empty where there is nothing."""
    return f"coalesce(trim({name}), '')" if kind == _TEXT else f"coalesce({name}::VARCHAR, '')"


def numeral(name: str, kind: str) -> str:
    """The text of a code or a number: a table with holes holds « 2 » as 2.0."""
    if kind.startswith(_FRACTIONAL):
        value = f"{name}::DOUBLE"
        return (
            f"CASE WHEN {name} IS NULL OR isnan({value}) THEN '' WHEN abs({value}) < 1e15 "
            f"AND trunc({value}) = {value} THEN {value}::BIGINT::VARCHAR ELSE {name}::VARCHAR END"
        )
    told = text(name, kind)
    return f"CASE WHEN ends_with({told}, '.0') THEN left({told}, -2) ELSE {told} END"


def count(name: str, kind: str) -> str:
    """A whole number from 0 to 99, 0 where there is nothing; NULL for anything else."""
    told = numeral(name, kind)
    return (
        f"CASE WHEN {told} = '' THEN 0 WHEN regexp_full_match({told}, '[0-9]{{1,2}}') "
        f"THEN ({told})::INTEGER END"
    )


def code(name: str, kind: str, width: int) -> str:
    """A code of so many characters, its zeros put back."""
    told, plain = numeral(name, kind), text(name, kind)
    # Most are whole, and are not searched.
    whole = f"WHEN length({plain}) IN (0, {width}) AND NOT ends_with({plain}, '.0') THEN {plain} "
    return (
        f"CASE {whole}WHEN regexp_full_match({told}, '[0-9]{{1,{width}}}') "
        f"THEN lpad({told}, {width}, '0') ELSE {told} END"
    )


def siret(name: str, kind: str) -> str:
    """Its digits without spaces; where it is held as a number, with the zeros that it begins with."""
    told = numeral(name, kind)
    if kind == _TEXT:
        # Most are plain, and are not searched.
        return f"CASE WHEN length({name}) = 14 THEN {name} ELSE translate({told}, '{SPACES}', '') END"
    return (
        f"CASE WHEN regexp_full_match({told}, '[1-9][0-9]{{0,12}}') THEN lpad({told}, 14, '0') "
        f"ELSE {told} END"
    )


def day(name: str, kind: str) -> str:
    """AAAA-MM-JJ or JJ/MM/AAAA; NULL for anything else."""
    if kind.startswith(("DATE", "TIMESTAMP")):
        return f"{name}::DATE"
    told = f"trim({name}::VARCHAR)"
    # « 5/1/23 » is of the year 23: it is ten characters, or not a date.
    whole = f"CASE WHEN length({told}) = 10 THEN {told} END"
    return f"coalesce(try_strptime({whole}, '%Y-%m-%d'), try_strptime({whole}, '%d/%m/%Y'))::DATE"
