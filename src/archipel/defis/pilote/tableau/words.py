"""Numbers, dates and text as a French page writes them, safe inside HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from datetime import date

_NARROW = "\u202f"
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre",
)  # fmt: skip


def safe(text: object) -> str:
    return html.escape(str(text), quote=True)


def figure(value: float | None, digits: int = 1) -> str:
    """``1 234,5``; a missing value is « — », never 0."""
    if value is None or value != value:
        return "—"
    text = f"{value:,.{digits}f}".replace(",", _NARROW).replace(".", ",")
    return text.rstrip("0").rstrip(",") if digits and "," in text else text


def percent(value: float | None, digits: int = 1) -> str:
    return figure(value, digits) + ("" if value is None or value != value else f"{_NARROW}%")


def points(value: float) -> str:
    """A signed gap: « −0,1 point », « +12 points »."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{figure(abs(value))}{_NARROW}point{'s' if abs(value) >= 2 else ''}"


def month(iso: str | None) -> str:
    """``2022-09-30`` → « septembre 2022 »."""
    if not isinstance(iso, str) or not iso:
        return "—"
    day = date.fromisoformat(iso)
    return f"{_MONTHS[day.month - 1]} {day.year}"


def plural(number: int, word: str, several: str = "") -> str:
    return f"{figure(number, 0)} {word if number < 2 else several or word + 's'}"


def rank(position: int) -> str:
    return "1ᵉʳ" if position == 1 else f"{position}ᵉ"


def section(heading: str, body: str, *, title: str = "") -> str:
    """A framed section with its heading; ``title`` names it for who hears it, by default the heading."""
    name = safe(title or heading)
    return f'<section class="pil-bloc" aria-label="{name}"><h2>{safe(heading)}</h2>{body}</section>'


def table(caption: str, headers: Sequence[str], rows: Iterable[Sequence[object]], summary: str = "") -> str:
    """An accessible table; folded under ``summary`` when there is one. The first cell heads its row."""
    head = "".join(f'<th scope="col">{safe(name)}</th>' for name in headers)
    body = "".join(
        f'<tr><th scope="row">{safe(row[0])}</th>'
        + "".join(f"<td>{safe(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    inner = (
        f'<div class="pil-defile" tabindex="0" role="region" aria-label="{safe(caption)}"><table>'
        f"<caption>{safe(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return f"<details><summary>{safe(summary)}</summary>{inner}</details>" if summary else inner
