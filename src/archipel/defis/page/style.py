"""The sheet of a dashboard: sober, in the manner of the State's design system, without a web font."""

from __future__ import annotations

from pathlib import Path


def sheet(own: Path) -> str:
    """The common rules, then those of the défi's ``own`` file, which may override them."""
    texts = (path.read_text(encoding="utf-8") for path in (Path(__file__).with_name("style.css"), own))
    return f"<style>\n{''.join(texts)}</style>"
