"""Titles of jobs as they are typed, merged: accents, case, abbreviations, gender, then a reviewed dictionary.

Two titles become one when what remains of them is the same. Words are never dropped but marks of gender
(« H/F »), and digits are kept: « Poste 1 » and « Poste 2 » stay two.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

_GENDERS = re.compile(
    r"(?:^|[(\[ ])\s*[hfm]\s*[/|-]\s*[hfmx](?:\s*[/|-]\s*[hfmx])?\s*[)\]]?(?=\s|$)|\([hfm]\)"
)
_INCLUSIVE = re.compile(
    r"(?<=\w\w)(?:[(.·/-]+(?:e|ne|ere|iere|rice|trice|euse|se|sse)|\s*[(/]\s*(?:ere|iere|rice|trice|euse))"
    r"(?:[).·]|\b)s?"
)
"""After two letters at least: « D.E. » is a diploma."""
_SPACES = re.compile(r"[\W_]+")
_FEMININE = (
    (re.compile(r"(?<=\w{3})trices?$"), "teur"),
    (re.compile(r"(?<=\w{3})euses?$"), "eur"),
    (re.compile(r"(?<=\w{3})ieres?$"), "ier"),
    (re.compile(r"(?<=\w{3})iennes?$"), "ien"),
    (re.compile(r"(?<=\w{3})eres?$"), "er"),
)
"""Endings that name the same trade; « -ante », « -ée » and the like are the dictionary's, title by title."""


def _plain(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("’", "'"))
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


@cache
def dictionary() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """(word → word, title → title) of `titres.csv`, which a person reviewed."""
    words: dict[str, str] = {}
    titles: dict[str, str] = {}
    with Path(__file__).with_name("titres.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            (words if row["quoi"] == "mot" else titles)[row["lu"]] = row["retenu"]
    return words, titles


def merged(title: str) -> str:
    """What remains of a title: « VENDEUSE (H/F) » and « vendeur » are both « vendeur »."""
    words, titles = dictionary()
    text = _INCLUSIVE.sub("", _GENDERS.sub(" ", _plain(title)))
    kept = [_masculine(words.get(word, word)) for word in _SPACES.sub(" ", text).split()]
    kept = [word for rank, word in enumerate(kept) if rank == 0 or word.isdigit() or word != kept[rank - 1]]
    told = " ".join(kept) or _SPACES.sub(" ", _plain(title)).strip() or title.strip()
    return titles.get(told, told)


def _masculine(word: str) -> str:
    words, _titles = dictionary()
    for ending, instead in _FEMININE:
        if ending.search(word):
            return words.get(word, ending.sub(instead, word))
    return word


def numbered(titles: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Each title as typed → (number of its merged title, merged title). The order given never matters."""
    told = {title: merged(title) for title in titles}
    rank = {name: number for number, name in enumerate(sorted(set(told.values())))}
    return {title: (rank[name], name) for title, name in told.items()}
