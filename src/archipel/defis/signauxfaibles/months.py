"""Months as whole numbers since January 1970."""

from __future__ import annotations

from datetime import date


def number(day: date) -> int:
    return (day.year - 1970) * 12 + day.month - 1


def text(month: int) -> str:
    """``2024-07``."""
    return f"{1970 + month // 12}-{month % 12 + 1:02d}"
