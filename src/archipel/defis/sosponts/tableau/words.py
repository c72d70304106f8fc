"""Numbers and text as a French page writes them, safe inside HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

NARROW, MISSING = "\u202f", "—"
BADGE = '<span class="sos-etiquette">données synthétiques</span>'


def safe(text: object) -> str:
    return html.escape(str(text), quote=True)


def figure(value: float | None, digits: int = 0) -> str:
    """``1 234,5``; a missing value is « — », never 0."""
    if value is None or value != value:
        return MISSING
    return f"{value:,.{digits}f}".replace(",", NARROW).replace(".", ",")


def percent(value: float | None, digits: int = 0) -> str:
    return MISSING if value is None or value != value else f"{figure(100 * value, digits)}{NARROW}%"


def between(value: float, low: float, high: float, *, share: bool = False) -> str:
    """« 0,60 [0,58 ; 0,62] », or in percent."""
    if value != value:
        return MISSING
    if share:
        return f"{percent(value)} [{figure(100 * low)} ; {figure(100 * high)}]"
    return f"{figure(value, 2)} [{figure(low, 2)} ; {figure(high, 2)}]"


def section(heading: str, body: str, badge: str = "") -> str:
    return (
        f'<div class="sos"><section class="sos-bloc" aria-label="{safe(heading)}">'
        f"<h2>{safe(heading)} {badge}</h2>{body}</section></div>"
    )


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
        f'<div class="sos-defile" tabindex="0" role="region" aria-label="{safe(caption)}"><table>'
        f"<caption>{safe(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return f"<details><summary>{safe(summary)}</summary>{inner}</details>" if summary else inner
