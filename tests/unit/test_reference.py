"""The reference that is read is the one of the code."""

from __future__ import annotations

from support.reference import PATH, text


def test_the_reference_is_the_one_of_the_code() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "make texts"
