"""Errors that a person reads: a stable code, a sentence, a place and a next step.

The sentence is a gettext message identifier in French with ``{named}`` holes; it is translated when it
is shown, not when it is raised, so one error reads in French in a terminal and in English in a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archipel.texts import translate


class ArchipelError(Exception):
    """A failure that has a sentence for its reader.

    ``code``: stable, dotted, never reused (listed in docs/reference.md).
    ``message``, ``hint``: French gettext identifiers, formatted with ``values``.
    ``where``: a place as ``file:line:key``, a parameter's name, an address; never translated.
    """

    exit_code = 1
    http_status = 500

    def __init__(self, code: str, message: str, *, where: str = "", hint: str = "", **values: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.where, self.hint, self.values = code, message, where, hint, values

    def sentence(self) -> str:
        told = translate(self.message).format(**self.values)
        # What was received may hold half a character, which no answer can.
        return told.encode("utf-8", "replace").decode()

    def next_step(self) -> str:
        return translate(self.hint).format(**self.values) if self.hint else ""

    def __str__(self) -> str:
        told = f"{self.where}: {self.sentence()}" if self.where else self.sentence()
        if step := self.next_step():
            told += f" {step}" if told.endswith((".", "?", "!", "…")) else f". {step}"
        return told

    def as_json(self) -> dict[str, str]:
        return {
            "code": self.code,
            "message": self.sentence(),
            "where": self.where,
            "hint": self.next_step(),
        }


class Refused(ArchipelError):
    """What was asked is wrong, and nothing was done (exit code 2, HTTP 422)."""

    exit_code = 2
    http_status = 422


class Forbidden(Refused):
    """The person may not do this (HTTP 403)."""

    http_status = 403


class NotFound(Refused):
    """There is no such thing (HTTP 404)."""

    http_status = 404


class Conflict(Refused):
    """Something that is there already stands in the way (HTTP 409)."""

    http_status = 409


class TooLarge(Refused):
    """More was sent than is read (HTTP 413)."""

    http_status = 413


class Failed(ArchipelError):
    """It was tried and it failed (exit code 3, HTTP 500)."""

    exit_code = 3


class Unavailable(Failed):
    """What it stands on does not answer now: asked again later, it may go well (HTTP 503)."""

    http_status = 503


class Refusals(Refused):
    """Several refusals at once: all that is wrong is told in one answer."""

    def __init__(self, errors: Sequence[ArchipelError]) -> None:
        super().__init__("refused", "{count} erreurs", count=len(errors))
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "message": str(self), "errors": [e.as_json() for e in self.errors]}
