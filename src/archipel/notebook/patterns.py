"""How long a manifest's regular expression may make its reader think. Pure.

A draft's author writes it, and the portal's process matches it: Python's engine tries every way in which a
text may fit, holds every other thread meanwhile, and cannot be stopped. So the ways are counted before.
"""

from __future__ import annotations

import re
from math import prod
from re import _constants as code  # type: ignore[attr-defined]  # the parser is the engine's own, and private
from re import _parser as parser  # type: ignore[attr-defined]  # idem
from typing import Any

MOST_TEXT = 200
"""Characters of a text that is held against a pattern."""
MOST_PATTERN = 200
MOST_WAYS = 10**7
"""A tenth of a second or so, for all the texts of a value. Three repeats without end in a row are
under it, one inside another is not."""

_REPEATS = (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT)


class TooManyWays(ValueError):
    pass


def bounded(pattern: str) -> str:
    """The pattern. Raises `TooManyWays`, or what `re.compile` raises."""
    if len(pattern) > MOST_PATTERN or _ways(parser.parse(pattern)) > MOST_WAYS:
        raise TooManyWays(pattern)
    return re.compile(pattern).pattern


def affordable(pattern: str, texts: int) -> bool:
    """Whether as many texts may be held against a `bounded` pattern."""
    return texts * _ways(parser.parse(pattern)) <= MOST_WAYS


def _ways(parsed: Any) -> int:
    """At most how many ways a text of `MOST_TEXT` characters may be read."""
    return prod(_of_one(operator, argument) for operator, argument in parsed)


def _of_one(operator: Any, argument: Any) -> int:
    if operator in _REPEATS:
        least, most, inner = argument
        return _repeated(_ways(inner), int(least), min(int(most), MOST_TEXT))
    if operator is code.BRANCH:
        return sum(map(_ways, argument[1]))
    if operator is code.SUBPATTERN:
        return _ways(argument[3])
    if operator in (code.ASSERT, code.ASSERT_NOT):
        return _ways(argument[1])
    if operator is code.ATOMIC_GROUP:
        return _ways(argument)
    if operator in (code.GROUPREF, code.GROUPREF_EXISTS):
        # What a group took is compared at each of its ways.
        raise TooManyWays
    return 1


def _repeated(ways: int, least: int, most: int) -> int:
    if ways == 1:
        return max(1, most - least + 1)
    total = 0
    for count in range(min(least, most), most + 1):
        total += ways**count
        if total > MOST_WAYS:
            raise TooManyWays
    return total
