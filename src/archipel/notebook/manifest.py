"""The manifest of an attempt: hash and size of every file, written last; without it, it did not end."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from archipel.output import write_atomically
from archipel.texts import translate as _

NAME = "manifest.json"
FORMAT = 1
_NOT_LISTED = {NAME, "log.txt"}
"""``log.txt`` is the backend's: it still grows when the manifest is written."""


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_of(folder: Path) -> list[Path]:
    """Every regular file of the folder, links left out, in order of name."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.relative_to(folder).as_posix() not in _NOT_LISTED
    )


def readable_names(folder: Path) -> list[str]:
    """Rename what is not named in UTF-8, read as Latin-1; one line for each, for the journal."""
    told = []
    # The deepest first: a folder may be renamed itself.
    for path in sorted(folder.rglob("*"), key=lambda one: -len(one.parts)):
        raw = os.fsencode(path.name)
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("latin-1")
            while path.with_name(name).exists():
                name = f"_{name}"
            path.rename(path.with_name(name))
            told.append(_("nom de fichier illisible (UTF-8 attendu), renommé « {name} »", name=name))
    return told


def write_manifest(folder: Path) -> dict[str, Any]:
    files = {
        path.relative_to(folder).as_posix(): {"sha256": sha256_of(path), "size": path.stat().st_size}
        for path in files_of(folder)
    }
    manifest = {"format": FORMAT, "files": files}
    write_atomically(folder / NAME, (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
    return manifest


def problems(folder: Path) -> list[str]:
    """What differs from the manifest: one line a file; empty when all is as it was written."""
    try:
        manifest = json.loads((folder / NAME).read_text(encoding="utf-8"))
        listed = {name: entry["sha256"] for name, entry in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [f"{NAME} : {_('absent ou illisible')}"]
    here = {path.relative_to(folder).as_posix(): path for path in files_of(folder)}
    found = [f"{name} : {_('absent')}" for name in listed if name not in here]
    found += [f"{name} : {_('en trop')}" for name in here if name not in listed]
    found += [
        f"{name} : {_('modifié')}"
        for name, path in here.items()
        if name in listed and sha256_of(path) != listed[name]
    ]
    return sorted(found)
