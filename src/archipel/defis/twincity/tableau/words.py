"""Numbers and text as a French page writes them, safe inside HTML; sections and tables."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

NARROW, NO_BREAK = "\u202f", "\u00a0"
MISSING = "—"
SYNTHETIC = '<span class="tcy-etiquette">données synthétiques</span>'


class Markup(str):
    """HTML that was made here: put in a table as it is. Anything else is escaped."""

    __slots__ = ()


def safe(text: object) -> str:
    return text if isinstance(text, Markup) else html.escape(str(text), quote=True)


def known(value: object) -> bool:
    """Whether a cell of a table holds something: neither None nor a NaN."""
    return value is not None and bool(value == value)


def figure(value: float | None, digits: int = 1) -> str:
    """``1 234,5``, without needless zeros; what is missing is « — », never 0."""
    if value is None or value != value:
        return MISSING
    text = f"{value:,.{digits}f}".replace(",", NARROW).replace(".", ",").replace("-", "−")
    return text.rstrip("0").rstrip(",") if digits and "," in text else text


def percent(value: float | None, digits: int = 0) -> str:
    """Of a share: ``0.42`` is « 42 % »."""
    if value is None or value != value:
        return MISSING
    return f"{100 * value:.{digits}f}".replace(".", ",").replace("-", "−") + f"{NARROW}%"


def between(low: float | None, high: float | None, digits: int = 0) -> str:
    """An interval of shares: « 38 à 47 % »."""
    if low is None or high is None or low != low or high != high:
        return MISSING
    return f"{percent(low, digits).removesuffix(f'{NARROW}%')} à {percent(high, digits)}"


def signed(value: float | None, digits: int = 1) -> str:
    """A gap of shares in points: « −2,1 »."""
    if value is None or value != value:
        return MISSING
    told = f"{abs(100 * value):.{digits}f}".replace(".", ",")
    return ("+" if value > 0 else "−" if value < 0 else "") + told


def span(low: float | None, high: float | None) -> str:
    """An interval of gaps, in points: « −4,0 à +1,2 »."""
    if low is None or high is None or low != low or high != high:
        return MISSING
    return f"{signed(low)} à {signed(high)}"


def chance(p: float | None) -> str:
    """A p-value: « 0,031 », « < 0,001 »."""
    if p is None or p != p:
        return MISSING
    return "< 0,001" if p < 0.001 else f"{p:.3f}".replace(".", ",")


def spaced(text: str) -> str:
    """With the spaces of French punctuation, on which no line breaks."""
    for mark in ("%", ";", ":", "?", "!", "»"):
        text = text.replace(f" {mark}", f"{NARROW if mark == '%' else NO_BREAK}{mark}")
    return text.replace("« ", f"«{NO_BREAK}")


def plural(number: int, word: str, several: str = "") -> str:
    """« 1 scène », « 40 scènes »."""
    return f"{figure(number, 0)} {word if number < 2 else several or word + 's'}"


def section(heading: str, body: str, *, synthetic: bool = False) -> str:
    """A framed section under its heading, which says when what it shows is ``synthetic``."""
    mark = f" {SYNTHETIC}" if synthetic else ""
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
