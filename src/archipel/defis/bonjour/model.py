"""Greetings, counted."""

from __future__ import annotations

import pandas as pd


def greetings(name: str, number: int) -> pd.DataFrame:
    """``number`` rows: ``rang`` (from 1), ``salutation``, ``lettres`` (letters of the greeting)."""
    lines = [f"Bonjour {name}{' !' * rank}" for rank in range(1, number + 1)]
    letters = [sum(character.isalpha() for character in line) for line in lines]
    return pd.DataFrame({"rang": range(1, number + 1), "salutation": lines, "lettres": letters})
