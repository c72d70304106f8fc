"""A value as Python source: what a notebook receives, and nothing executable in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from archipel.texts import translate as _

MAX_DEPTH = 20
"""Python's own parser refuses deep brackets; nobody means them."""


class BadValue(ValueError):
    """Why a value is refused, in the reader's language; ``code`` is ``type`` or ``bounds``."""

    def __init__(self, reason: str, code: str = "type") -> None:
        super().__init__(reason)
        self.code = code

    def as_message(self) -> str:
        """The reason as a message of `archipel.errors`, whose braces are holes."""
        return str(self).replace("{", "{{").replace("}", "}}")


def literal(value: Any, depth: int = 0) -> str:
    """Python source of a value: accents kept, ``date(2024, 1, 1)`` for dates, nothing executable.

    Raises `BadValue` for what has no literal (NaN, an object), or that no file can hold.
    """
    if value is None or isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadValue(_("NaN et infini refusés"))
        return repr(value)
    if isinstance(value, date):
        return f"date({value.year}, {value.month}, {value.day})"
    if isinstance(value, str):
        return repr(readable(value))
    if depth >= MAX_DEPTH:
        raise BadValue(_("plus de {n} niveaux").format(n=MAX_DEPTH))
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(item, depth + 1) for item in value) + "]"
    if isinstance(value, Mapping):
        pairs = (f"{literal(key)}: {literal(item, depth + 1)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    raise BadValue(_("valeur de type {name} refusée").format(name=type(value).__name__))


def readable(text: str) -> str:
    """The text, where a file and an environment variable can hold it. Raises `BadValue`."""
    if "\0" in text:
        raise BadValue(_("caractère nul dans le texte"))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadValue(_("caractère illisible dans le texte")) from None
    return text
