"""What a reader returns: boxes, refused rows with their reason, what was set apart."""

from __future__ import annotations

import contextlib
import gzip
import json
import math
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archipel.defis.twincity.refusal import DataRefused

START = 4096
"""Bytes that tell what a file is."""
LARGEST = 512 * 1024**2
"""Bytes of a file once unpacked: a small gzip file can hide a very large one."""
LONGEST = 100
"""Characters of a name."""
FORMULA = re.compile(r"[=@]|[+-].*[|!(]")
"""What starts a cell that a spreadsheet computes; « +60 ans » is a name."""


class BadRow(ValueError):
    """One row is refused; the message (French) is its reason."""


@dataclass
class Refused:
    """Rows that a file holds, and those that are refused, on the way."""

    source: str
    total: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        self.rows.append({"ligne": line, "motif": reason, "fichier": self.source})

    def check(self, maximum: float) -> None:
        """Raises `DataRefused`, with the first reason, when more than this share of the rows is refused."""
        if self.rows and len(self.rows) > maximum * self.total:
            first = self.rows[0]
            raise DataRefused(
                f"« {self.source} » : {len(self.rows)} ligne(s) refusée(s) sur {self.total}, plus que "
                f"taux_rejet_max = {maximum:.1%} ; la première, n° {first['ligne']} : {first['motif']}"
            )


class FromFiles:
    """What was made of files of which some rows may be refused; ``refused``: one a file."""

    refused: tuple[Refused, ...]

    @property
    def rejects(self) -> list[dict[str, Any]]:
        return [row for one in self.refused for row in one.rows]

    @property
    def total(self) -> int:
        return sum(one.total for one in self.refused)

    def check_rows(self, maximum: float) -> None:
        """Raises `DataRefused` when a file has more refused rows than this share."""
        for one in self.refused:
            one.check(maximum)


def read_text(path: Path) -> str:
    """The text of a plain or gzipped file. Raises `DataRefused`."""
    data = _opened(path, LARGEST + 1)
    if len(data) > LARGEST:
        raise DataRefused(f"« {path.name} » : plus de {LARGEST // 1024**2} Mio une fois décompressé")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataRefused(f"« {path.name} » : texte UTF-8 attendu (octet {error.start})") from None


def _opened(path: Path, most: int) -> bytes:
    """The first bytes of a plain or gzipped file, unpacked."""
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        with (gzip.open if packed else open)(path, "rb") as stream:
            return stream.read(most)
    except FileNotFoundError:
        raise DataRefused(f"« {path.name} » : fichier introuvable") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataRefused(f"« {path.name} » : illisible ou tronqué ({type(error).__name__})") from None


def read_json(path: Path) -> Any:
    text = read_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataRefused(
            f"« {path.name} » : JSON illisible, ligne {error.lineno}, colonne {error.colno}"
        ) from None
    except (ValueError, RecursionError):
        raise DataRefused(f"« {path.name} » : JSON illisible") from None


def is_json(path: Path) -> bool:
    """Whether the file starts as JSON does: MOTChallenge's starts with a number."""
    return _opened(path, START).decode("utf-8-sig", errors="replace").lstrip()[:1] in ("{", "[")


def number(value: Any, name: str) -> float:
    """Raises `BadRow` for what is no finite number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        # An integer of hundreds of digits is no float.
        with contextlib.suppress(OverflowError):
            if math.isfinite(read := float(value)):
                return read
    raise BadRow(f"{name} : nombre attendu, reçu {shown(value)}")


def word(value: Any, name: str) -> str:
    """A name that tables, figures and sentences can show. Raises `BadRow`."""
    told = value.strip() if isinstance(value, str) else ""
    if not told:
        said = "nom attendu, reçu une cellule vide" if value == "" else f"mot attendu, reçu {shown(value)}"
        raise BadRow(f"{name} : {said}")
    if len(told) > LONGEST or not told.isprintable():
        raise BadRow(f"{name} : une ligne de {LONGEST} caractères au plus attendue, reçu {shown(told)}")
    if FORMULA.match(told):
        raise BadRow(f"{name} : nom attendu, reçu ce qu’un tableur prendrait pour une formule, {shown(told)}")
    return told


def checked_box(value: Any) -> tuple[float, float, float, float]:
    """x, y, width, height in pixels. Raises `BadRow`."""
    if not isinstance(value, list | tuple) or len(value) != 4:
        raise BadRow(f"bbox : [x, y, largeur, hauteur] attendu, reçu {shown(value)}")
    x, y, width, height = (number(part, "bbox") for part in value)
    if width < 0 or height < 0:
        raise BadRow(f"bbox : largeur et hauteur positives attendues, reçu {width:g} × {height:g}")
    return x, y, width, height


def shown(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:
        # Python does not write an integer of thousands of digits.
        text = "un nombre démesuré"
    return text if len(text) <= 60 else f"{text[:57]}…"
