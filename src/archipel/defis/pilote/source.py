"""One door for what the défi reads: the shipped extract, or a file that somebody gives."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pandas as pd

from archipel.defis.pilote.barometer import read_barometer
from archipel.defis.pilote.longtable import COLUMNS, is_long_table, read_long_table
from archipel.defis.pilote.reading import Reading, records_frame, series_frame
from archipel.defis.pilote.refusal import DataRefused
from archipel.defis.pilote.structure import Structure

LARGEST = 200 * 1024**2
"""Bytes. The largest file of the barometer is 2.4 MB."""


def read(given: str | None, extract: Path, structure: Structure) -> Reading:
    """The file at ``given``, or the shipped extract of the folder ``extract`` when there is none."""
    return read_file(Path(given), structure) if given else read_extract(extract)


def read_file(path: Path, structure: Structure) -> Reading:
    """A file of the barometer (JSON) or a PILOTE long table (CSV).

    Raises `DataRefused`: what is wrong and where, in French.
    """
    text = _text(path)
    if text.lstrip()[:1] in ("[", "{"):
        return read_barometer(_parsed(text, path.name), path.name, structure)
    if is_long_table(text):
        return read_long_table(text, path.name, structure)
    first = "".join(letter if letter.isprintable() else "�" for letter in text.lstrip().split("\n")[0][:40])
    raise DataRefused(
        f"« {path.name} » : ni un fichier du baromètre (JSON), ni une table PILOTE (CSV : "
        f"{', '.join(COLUMNS)}) ; il commence par « {first} »"
    )


def read_extract(folder: Path) -> Reading:
    """The departmental extract of the barometer shipped with the notebook."""
    text = {"dep": str, "id_ovq": str, "from_code": str}
    raw = pd.read_csv(folder / "barometre-departemental.csv", dtype=text)
    records = raw.rename(columns=_EXTRACT_COLUMNS).assign(maille="dept")
    records["niveau_source"] = records["niveau_source"].replace({"dep": "dept"})
    series = pd.read_csv(folder / "series-departementales.csv", dtype=text)
    series = series.rename(columns={**_EXTRACT_COLUMNS, "value": "valeur"}).assign(maille="dept")
    origin = "extrait du baromètre des résultats de l’action publique, maille départementale, janvier 2023"
    return Reading(
        records_frame(records.to_dict("records")),
        series_frame(series.to_dict("records")),
        (),
        len(records),
        origin,
    )


_EXTRACT_COLUMNS = {
    "dep": "territoire",
    "id_ovq": "politique",
    "initial_value": "valeur_initiale",
    "initial_value_date": "date_initiale",
    "latest_value": "valeur",
    "latest_value_date": "date_valeur",
    "target": "cible",
    "target_date": "date_cible",
    "target_percentage": "taux_publie",
    "progression_last_update": "valeur_precedente",
    "progression_last_update_date": "date_precedente",
    "from_level": "niveau_source",
}


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise DataRefused(f"« {path.name} » : plus de {LARGEST // 1024**2} Mo, refusé")
        data = path.read_bytes()
    except OSError as error:
        raise DataRefused(f"« {path.name} » : fichier illisible ({error.strerror})") from None
    if not data.strip():
        raise DataRefused(f"« {path.name} » : fichier vide")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataRefused(f"« {path.name} » : texte UTF-8 attendu (octet {error.start})") from None


_IN_A_WORD = re.compile(r"[^\s\[\]{},:]*\s*")
_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|(-?Infinity|NaN)')


def _parsed(text: str, source: str) -> Any:
    twice: list[tuple[Any, str]] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        read = dict(items)
        if len(read) != len(items):
            names = [name for name, _value in items]
            twice.append((read, next(name for name in names if names.count(name) > 1)))
        return read

    try:
        constant = _constant(text, source)
        content = json.loads(text, object_pairs_hook=pairs, parse_constant=constant, parse_int=_whole)
    except json.JSONDecodeError as error:
        # Cut short: nothing is left, or nothing but the end of a word, a number or a text.
        cut = error.msg.startswith("Unterminated string") or (
            error.msg != "Extra data" and _IN_A_WORD.fullmatch(text, error.pos)
        )
        what = "JSON tronqué" if cut else "ce n’est pas du JSON"
        raise DataRefused(
            f"« {source} » : {what}, ligne {error.lineno}, colonne {error.colno} ({error.msg})"
        ) from None
    except RecursionError:
        raise DataRefused(f"« {source} » : JSON trop profond") from None
    if twice:
        # The last to close lies in no other such object: it is in the document.
        read, name = twice[-1]
        place = _place_of(read, content)
        raise DataRefused(f"« {source} » : clé « {name} » donnée deux fois dans un même objet : {place}")
    return content


def _whole(digits: str) -> float:
    """Python refuses to read thousands of digits in words of its own: infinite here, refused with its row."""
    return int(digits) if len(digits) < 400 else math.inf


def _place_of(wanted: Any, content: Any) -> str:
    """Where an object stands in the document: ``[3].ovq[0]``."""
    left = [("", content)]
    while True:
        place, one = left.pop()
        if one is wanted:
            return place or "l’objet"
        if isinstance(one, dict):
            left += [(f"{place}.{name}".removeprefix("."), value) for name, value in one.items()]
        elif isinstance(one, list):
            left += [(f"{place}[{rank}]", value) for rank, value in enumerate(one)]


def _constant(text: str, source: str) -> Any:
    def refuse(word: str) -> Any:
        # JSON has no such number: the first one outside a text is the one that was met.
        position = next(found.start(1) for found in _CONSTANT.finditer(text) if found[1])
        line = text.count("\n", 0, position) + 1
        column = position - text.rfind("\n", 0, position)
        raise DataRefused(f"« {source} » : ligne {line}, colonne {column} : « {word} » n’est pas un nombre")

    return refuse
