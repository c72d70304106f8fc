"""Text, sections and drawings as this page has them; what all pages have is in `page`."""

from __future__ import annotations

from collections.abc import Iterable

from archipel.defis.page import parts
from archipel.defis.page.words import NARROW, safe

NO_BREAK = "\u00a0"


def spaced(text: str) -> str:
    """With the spaces of French punctuation, on which no line breaks."""
    for mark in ("%", ";", ":", "?", "!", "»"):
        text = text.replace(f" {mark}", f"{NARROW if mark == '%' else NO_BREAK}{mark}")
    return text.replace("« ", f"«{NO_BREAK}")


def section(heading: str, body: str, *, synthetic: bool = False) -> str:
    """A framed section under its heading, which says when what it shows is ``synthetic``."""
    badge = parts.BADGE if synthetic else ""
    return spaced(parts.root(parts.section(heading, body, badge=badge)))


def absent(text: str) -> str:
    """What is not there yet, framed, so that nobody takes it for a result."""
    return f'<p class="tcy-absent"><strong>Pas encore là.</strong> {safe(text)}</p>'


def drawing(key: str, size: tuple[float, float], title: str, told: str, marks: Iterable[str]) -> str:
    """An SVG image with its title and description; ``key`` makes their ids unique on the page."""
    width, height = size
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="{safe(key)}-t {safe(key)}-d">'
        f'<title id="{safe(key)}-t">{safe(title)}</title><desc id="{safe(key)}-d">{safe(told)}</desc>'
        f"{''.join(marks)}</svg>"
    )
