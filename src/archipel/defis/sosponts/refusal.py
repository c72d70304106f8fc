"""What the package refuses, in words that name what and where."""

from __future__ import annotations


class DataRefused(ValueError):
    """The data cannot be used as they are; the message (French) names what is wrong and where."""
