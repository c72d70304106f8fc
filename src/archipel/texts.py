"""Every sentence that a person reads goes through here: French identifiers, English catalogue.

French is the language of the message identifiers, so it needs no catalogue; English comes from
``locale/en``. The current language is a context variable: a web request sets it from the reader's
browser, the command line from the environment.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("fr", "en")
LOCALE = Path(__file__).parent / "locale"
LANGUAGE_COOKIE = "archipel-langue"
"""What a person chose in a page goes before what the browser asks."""
_language: ContextVar[str] = ContextVar("archipel_language", default="fr")


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "fr":
        return gettext.NullTranslations()
    return gettext.translation("archipel", LOCALE, [language], fallback=True)


def translate(message: str, **values: object) -> str:
    """The sentence in the reader's language, its ``{named}`` holes filled; itself where none is known."""
    told = _catalogue(_language.get()).gettext(message) if message else ""
    return told.format(**values) if values else told


_ = translate


def N_(message: str) -> str:  # noqa: N802  # gettext's own name
    """Marks a sentence that is translated later, where it is shown."""
    return message


def language() -> str:
    return _language.get()


def set_language(code: str) -> None:
    _language.set(code if code in LANGUAGES else "fr")


@contextmanager
def speaking(code: str) -> Iterator[None]:
    token = _language.set(code if code in LANGUAGES else "fr")
    try:
        yield
    finally:
        _language.reset(token)


def preferred(accept_language: str) -> str:
    """The first of our languages in an ``Accept-Language`` header or a ``LANG`` value; French else."""
    for part in accept_language.replace("_", "-").lower().split(","):
        code = part.split(";")[0].strip()[:2]
        if code in LANGUAGES:
            return code
    return "fr"


def paris(instant: str | None) -> str:
    """An ISO instant as ``24/11/2026 06:00`` in Paris, the same in both languages; "" for None."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    if not instant:
        return ""
    return datetime.fromisoformat(instant).astimezone(ZoneInfo("Europe/Paris")).strftime("%d/%m/%Y %H:%M")
