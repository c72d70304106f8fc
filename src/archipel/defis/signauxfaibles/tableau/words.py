"""Numbers, months and text as a French page writes them, safe inside HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

NARROW, MISSING = "\u202f", "—"
BADGE = '<span class="sgf-etiquette">données synthétiques</span>'


def safe(text: object) -> str:
    return html.escape(str(text), quote=True)


def figure(value: float | None, digits: int = 0) -> str:
    """``1 234,5``; a missing value is « — », never 0."""
    if value is None or value != value:
        return MISSING
    text = f"{value:,.{digits}f}".replace(",", NARROW).replace(".", ",")
    return text.rstrip("0").rstrip(",") if digits and "," in text else text


def percent(value: float | None, digits: int = 1) -> str:
    return MISSING if value is None or value != value else f"{figure(100 * value, digits)}{NARROW}%"


def plural(number: int, word: str, several: str = "") -> str:
    return f"{figure(number)} {word if number < 2 else several or word + 's'}"


def siren(number: str) -> str:
    """By threes: « 732 829 320 »."""
    return NARROW.join((number[:3], number[3:6], number[6:]))


def gap(value: float, digits: int = 3) -> str:
    """With its sign: « +0,021 »."""
    return MISSING if value != value else f"{'−' if value < 0 else '+'}{figure(abs(value), digits)}"


def month(text: str) -> str:
    """``2024-07`` → « 07/2024 »."""
    return "/".join(reversed(text.split("-")))


def with_interval(value: float, low: float, high: float, digits: int = 3) -> str:
    return f"{figure(value, digits)} [{figure(low, digits)} ; {figure(high, digits)}]"


def section(heading: str, body: str) -> str:
    return f'<section class="sgf-bloc" aria-label="{safe(heading)}"><h2>{safe(heading)}</h2>{body}</section>'


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
        f'<div class="sgf-defile" tabindex="0" role="region" aria-label="{safe(caption)}"><table>'
        f"<caption>{safe(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return f"<details><summary>{safe(summary)}</summary>{inner}</details>" if summary else inner


def wrapped(heading: str, body: str) -> str:
    return f'<div class="sgf">{section(heading, body)}</div>'
