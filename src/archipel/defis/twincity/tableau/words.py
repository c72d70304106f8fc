"""Text as a French page writes it, safe inside HTML; sections, tables and drawings."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from archipel.defis.twincity.wording import NARROW

NO_BREAK = "\u00a0"
BADGE = '<span class="tcy-etiquette">données synthétiques</span>'


class Markup(str):
    """HTML that was made here: put in a table as it is. Anything else is escaped."""

    __slots__ = ()


def safe(text: object) -> str:
    return text if isinstance(text, Markup) else html.escape(str(text), quote=True)


def spaced(text: str) -> str:
    """With the spaces of French punctuation, on which no line breaks."""
    for mark in ("%", ";", ":", "?", "!", "»"):
        text = text.replace(f" {mark}", f"{NARROW if mark == '%' else NO_BREAK}{mark}")
    return text.replace("« ", f"«{NO_BREAK}")


def section(heading: str, body: str, *, synthetic: bool = False) -> str:
    """A framed section under its heading, which says when what it shows is ``synthetic``."""
    mark = f" {BADGE}" if synthetic else ""
    return spaced(
        f'<div class="tcy"><section class="tcy-bloc" aria-label="{safe(heading)}">'
        f"<h2>{safe(heading)}{mark}</h2>{body}</section></div>"
    )


def note(text: str) -> str:
    return f'<p class="tcy-note">{safe(text)}</p>'


def absent(text: str) -> str:
    """What is not there yet, framed, so that nobody takes it for a result."""
    return f'<p class="tcy-absent"><strong>Pas encore là.</strong> {safe(text)}</p>'


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
        f'<div class="tcy-defile" tabindex="0" role="region" aria-label="{safe(caption)}"><table>'
        f"<caption>{safe(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return f"<details><summary>{safe(summary)}</summary>{inner}</details>" if summary else inner


def drawing(key: str, size: tuple[float, float], title: str, told: str, parts: Iterable[str]) -> str:
    """An SVG image with its title and description; ``key`` makes their ids unique on the page."""
    width, height = size
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="{safe(key)}-t {safe(key)}-d">'
        f'<title id="{safe(key)}-t">{safe(title)}</title><desc id="{safe(key)}-d">{safe(told)}</desc>'
        f"{''.join(parts)}</svg>"
    )
