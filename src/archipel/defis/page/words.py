"""Numbers, days and text as a French page writes them; what is missing is « — », never 0."""

from __future__ import annotations

import html
from datetime import date

NARROW, MISSING = "\u202f", "—"
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre",
)  # fmt: skip


class Markup(str):
    """HTML that was made here: put in a page as it is. Anything else is escaped."""

    __slots__ = ()


def safe(text: object) -> str:
    return text if isinstance(text, Markup) else html.escape(str(text), quote=True)


def known(value: object) -> bool:
    """Whether a cell of a table holds something: neither None nor a NaN."""
    return value is not None and bool(value == value)


def figure(value: float | None, digits: int = 0, *, zeros: bool = False) -> str:
    """« 1 234,5 », « −2 ». ``zeros``: with as many digits as asked, as a measure has: « 0,60 »."""
    if value is None or value != value:
        return MISSING
    # « z »: what rounds to 0 has no sign.
    text = f"{float(value):z,.{digits}f}".translate({ord(","): NARROW, ord("."): ",", ord("-"): "−"})
    return text if zeros or "," not in text else text.rstrip("0").rstrip(",")


def percent(share: float | None, digits: int = 0, *, zeros: bool = False) -> str:
    """Of a share: ``0.42`` is « 42 % »."""
    return (
        MISSING if share is None or share != share else f"{figure(100 * share, digits, zeros=zeros)}{NARROW}%"
    )


def gap(value: float | None, digits: int = 0, *, zeros: bool = False) -> str:
    """With its sign: « +0,021 »; 0 has none."""
    text = figure(value, digits, zeros=zeros)
    return text if text[0] in f"−{MISSING}" or not text.strip("0,") else f"+{text}"


def interval(least: str, most: str) -> str:
    """« [0,58 ; 0,62] », which no line breaks."""
    return f"[{least}\u00a0;\u00a0{most}]"


def with_interval(value: float, low: float, high: float, digits: int = 0, *, zeros: bool = False) -> str:
    """« 0,6 [0,58 ; 0,62] », which a line breaks before the bracket only."""
    told, least, most = (figure(one, digits, zeros=zeros) for one in (value, low, high))
    return f"{told} {interval(least, most)}"


def plural(number: int, word: str, several: str = "") -> str:
    """« 1 scène », « 40 scènes »."""
    return f"{figure(number)} {word if number < 2 else several or word + 's'}"


def day(iso: object) -> str:
    """``2023-03-22`` → « 22/03/2023 »."""
    return "/".join(reversed(str(iso)[:10].split("-"))) if iso and known(iso) else MISSING


def month(iso: object) -> str:
    """``2024-07``, or a day of it → « 07/2024 »."""
    return "/".join(reversed(str(iso)[:7].split("-"))) if iso and known(iso) else MISSING


def month_in_words(iso: object) -> str:
    """``2022-09-30`` → « septembre 2022 »."""
    if not isinstance(iso, str) or not iso:
        return MISSING
    when = date.fromisoformat(iso)
    return f"{MONTHS[when.month - 1]} {when.year}"


def siren(number: str) -> str:
    """By threes: « 732 829 320 »."""
    return NARROW.join((number[:3], number[3:6], number[6:]))


def siret(number: str) -> str:
    """By threes, and the five of the establishment: « 732 829 320 00074 »."""
    return f"{siren(number[:9])}{NARROW}{number[9:]}"
