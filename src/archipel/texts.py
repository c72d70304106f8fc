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
_language: ContextVar[str] = ContextVar("archipel_language", default="fr")


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "fr":
        return gettext.NullTranslations()
    return gettext.translation("archipel", Path(__file__).parent / "locale", [language], fallback=True)


def translate(message: str) -> str:
    """The sentence in the reader's language; itself where no translation is known."""
    return _catalogue(_language.get()).gettext(message) if message else ""


_ = translate


def plural(singular: str, several: str, count: int) -> str:
    return _catalogue(_language.get()).ngettext(singular, several, count)


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
