"""Parts of a page as HTML, readable without sight and without a mouse. Their classes are in `style.css`.

Text is escaped, but for what says HTML (``body``, ``badge``, ``blocks``) and for `words.Markup`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archipel.defis.page.words import safe

BADGE = '<span class="arc-etiquette">données synthétiques</span>'


def root(*blocks: str) -> str:
    """What a cell of the notebook shows: type, colours and sizes of the sheet hold below it."""
    return f'<div class="arc">{"".join(blocks)}</div>'


def section(heading: str, body: str, *, title: str = "", badge: str = "") -> str:
    """A framed section with its heading; ``title`` names it for who hears it, by default the heading."""
    mark = f" {badge}" if badge else ""
    return (
        f'<section class="arc-bloc" aria-label="{safe(title or heading)}">'
        f"<h2>{safe(heading)}{mark}</h2>{body}</section>"
    )


def header(over: str, heading: str, body: str, cards: Iterable[tuple[str, str, str]], badge: str = "") -> str:
    """What is shown, then key figures. ``over``: said above the heading; ``cards``: (label, value, note)."""
    mark = f" {badge}" if badge else ""
    told = "".join(
        f"<li><b>{safe(label)}</b><strong>{safe(value)}</strong><small>{safe(note)}</small></li>"
        for label, value, note in cards
    )
    return (
        f'<div class="arc-entete"><p class="arc-sur">{safe(over)}</p>'
        f"<h2>{safe(heading)}{mark}</h2>{body}</div>"
        f'<ul class="arc-cles">{told}</ul>'
    )


def note(text: str) -> str:
    return f'<p class="arc-note">{safe(text)}</p>'


def notice(text: str) -> str:
    """What the reader asked for and does not get, before all else; nothing for an empty text."""
    return f'<p class="arc-avis" role="alert">{safe(text)}</p>' if text else ""


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
        f'<div class="arc-defile" tabindex="0" role="region" aria-label="{safe(caption)}"><table>'
        f"<caption>{safe(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return f"<details><summary>{safe(summary)}</summary>{inner}</details>" if summary else inner


def scrolling(label: str, size: tuple[int, int], body: str) -> str:
    """A drawing of (width, height) that scrolls where the page is narrow; ``label`` tells it."""
    return (
        f'<div class="arc-large" tabindex="0" role="region" aria-label="{safe(label)}"><svg '
        f'viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{safe(label)}">{body}</svg></div>'
    )
