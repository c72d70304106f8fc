"""Expected texts that are files: compared whole, written anew only when asked (``--update-golden``)."""

from __future__ import annotations

from pathlib import Path


def matches(path: Path, text: str, update: bool) -> None:
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"{path.name}: run pytest --update-golden, then review it"
    assert text == path.read_text(encoding="utf-8"), f"{path.name}: pytest --update-golden, then review"
