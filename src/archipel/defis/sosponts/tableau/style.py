"""The sheet of the dashboard: sober, in the manner of the State's design system, without a web font."""

from __future__ import annotations

from pathlib import Path

STYLE = f"<style>\n{Path(__file__).with_name('style.css').read_text(encoding='utf-8')}</style>"
