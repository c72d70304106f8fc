"""A stored notebook, as JSON: an ordinary file of format 4 that anybody may have written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archipel.errors import Refused

MAX_BYTES = 20 * 1024**2
"""A notebook without results is some kilobytes; a draft may hold its charts."""


def read_notebook(path: Path, shown_as: str = "") -> dict[str, Any]:
    """The JSON of a notebook of format 4. Raises `Refused` for anything else."""
    where = shown_as or str(path)
    try:
        # A device has no end: only what is a file is opened.
        if path.exists() and not path.is_file():
            raise Refused("notebook.not-a-file", "ce n’est pas un fichier ordinaire", where=where)
        if path.stat().st_size > MAX_BYTES:
            raise Refused(
                "notebook.too-large",
                "fichier trop gros : {size} octets ; {maximum} au plus",
                where=where,
                size=path.stat().st_size,
                maximum=MAX_BYTES,
            )
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused("notebook.absent", "fichier absent : {path}", where=where, path=path.name) from None
    except OSError as error:
        raise Refused(
            "notebook.unreadable", "notebook illisible : {reason}", where=where, reason=error.strerror
        ) from None
    except (ValueError, RecursionError):
        raise Refused("notebook.not-json", "ce n’est pas un notebook (JSON attendu)", where=where) from None
    if not _well_formed(raw):
        raise Refused("notebook.format", "ce n’est pas un notebook de format 4", where=where)
    notebook: dict[str, Any] = raw
    return notebook


def source_of(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def tags_of(cell: Mapping[str, Any]) -> list[str]:
    tags: list[str] = cell.get("metadata", {}).get("tags", [])
    return tags


def parameters_cell(notebook: Mapping[str, Any], where: str) -> str:
    """Source of the one cell tagged `parameters`. Raises `Refused` where there is none, or several."""
    found = [
        cell
        for cell in notebook["cells"]
        if cell.get("cell_type") == "code" and "parameters" in tags_of(cell)
    ]
    if len(found) != 1:
        raise Refused(
            "notebook.parameters",
            "une cellule étiquetée « parameters » attendue, {count} trouvées",
            where=where,
            count=len(found),
        )
    return source_of(found[0])


def _well_formed(notebook: Any) -> bool:
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4:
        return False
    cells, metadata = notebook.get("cells"), notebook.get("metadata", {})
    if not isinstance(metadata, dict) or not isinstance(metadata.get("kernelspec", {}), dict):
        return False
    return isinstance(cells, list) and all(
        isinstance(cell, dict)
        and isinstance(cell.get("cell_type"), str)
        and isinstance(cell.get("metadata", {}), dict)
        and isinstance(tags_of(cell), list)
        and _texts(cell.get("source", ""))
        for cell in cells
    )


def _texts(source: Any) -> bool:
    return isinstance(source, str) or (
        isinstance(source, list) and all(isinstance(line, str) for line in source)
    )
