"""Versions of a dashboard: immutable folders, and a pointer to the one that is shown."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from archipel.datafolder import DataFolder
from archipel.errors import NotFound
from archipel.output import write_atomically


@dataclass(frozen=True)
class Version:
    """``id``: the publishing run. ``run``: the run whose results it shows. Instants: ISO 8601, UTC."""

    id: str
    defi: str
    run: str
    published: str
    computed: str
    commit: str
    synthetic: bool = False
    draft: str = ""
    author: str = ""

    @property
    def label(self) -> str:
        """First part of the live page's host name: the défi, or the preview's own."""
        return f"brouillon-{self.id[-6:]}-{self.defi}"[:63].rstrip("-") if self.draft else self.defi


def dashboards_folder(data: DataFolder) -> Path:
    return data.artifacts / "dashboards"


def folder_of(data: DataFolder, defi: str, version: str) -> Path:
    return dashboards_folder(data) / defi / version


def read(folder: Path) -> Version:
    values: dict[str, Any] = json.loads((folder / "version.json").read_text(encoding="utf-8"))
    return Version(**values)


def write(folder: Path, version: Version) -> None:
    write_atomically(folder / "version.json", json.dumps(asdict(version), ensure_ascii=False).encode())


def current(data: DataFolder, defi: str) -> Version | None:
    """The version shown; None where nothing was published."""
    try:
        pointer = json.loads((dashboards_folder(data) / defi / "current.json").read_text(encoding="utf-8"))
        return read(folder_of(data, defi, pointer["version"]))
    except (FileNotFoundError, NotADirectoryError):
        return None


def listed(data: DataFolder, defi: str) -> list[Version]:
    """Every published version, the latest first; previews are not versions."""
    folder = dashboards_folder(data) / defi
    found = [read(path.parent) for path in folder.glob("*/version.json")] if folder.is_dir() else []
    return sorted((v for v in found if not v.draft), key=lambda v: v.published, reverse=True)


def preview(data: DataFolder, version: str) -> Version | None:
    """A draft's preview by its identifier."""
    for path in (
        dashboards_folder(data).glob(f"*/{version}/version.json")
        if version.replace("-", "").isalnum()
        else ()
    ):
        found = read(path.parent)
        if found.draft:
            return found
    return None


def show(data: DataFolder, defi: str, version: str) -> None:
    """Point at a version. Raises `NotFound` for one that is not there, or is a preview."""
    if version not in {known.id for known in listed(data, defi)}:
        raise NotFound(
            "dashboard.version", "« {defi} » n’a pas de version « {version} »", defi=defi, version=version
        )
    pointer = dashboards_folder(data) / defi / "current.json"
    write_atomically(pointer, json.dumps({"version": version}).encode())
