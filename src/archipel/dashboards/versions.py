"""Versions of a dashboard: immutable folders of the store, and a pointer to the one that is shown."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

from archipel.artifacts import Artifacts, version_key
from archipel.errors import NotFound

log = logging.getLogger("archipel.dashboards")


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

    @property
    def key(self) -> str:
        return version_key(self.defi, self.id)


@lru_cache(maxsize=4096)
def _written(artifacts: Artifacts, defi: str, version: str) -> Version:
    """A version is never written again: what was read once is kept."""
    return told(artifacts.open(f"{version_key(defi, version)}/version.json").read(), defi, version)


def told(text: bytes, defi: str, version: str) -> Version:
    """What a ``version.json`` says. Raises `ValueError` where it is none, or not that very folder's."""
    try:
        values: dict[str, Any] = json.loads(text)
        found = Version(**values)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    for field in fields(Version):
        if type(getattr(found, field.name)) is not _TYPES[str(field.type)]:
            raise ValueError(f"{field.name}: {field.type} expected")
    if (found.defi, found.id) != (defi, version):
        raise ValueError(f"of {found.defi}/{found.id}")
    return found


_TYPES = {"str": str, "bool": bool}


def read(artifacts: Artifacts, defi: str, version: str) -> Version | None:
    """None for one that is not there, or not whole: ``version.json`` is written last."""
    try:
        return _written(artifacts, defi, version)
    except NotFound:
        return None
    except ValueError as error:
        # Nobody but the platform writes there. One that is spoilt hides no other, and stops nothing.
        log.warning("dashboard %s: version %s left out, malformed (%s)", defi, version, error)
        return None


def write(artifacts: Artifacts, version: Version) -> None:
    artifacts.write(f"{version.key}/version.json", json.dumps(asdict(version), ensure_ascii=False).encode())


def current(artifacts: Artifacts, defi: str) -> Version | None:
    """The version shown; None where nothing was published."""
    pointer = artifacts.read(f"dashboards/{defi}/current.json")
    return read(artifacts, defi, json.loads(pointer)["version"]) if pointer else None


def every(artifacts: Artifacts, defi: str) -> list[Version]:
    """Each whole version of a défi, previews included."""
    names = [name for name in artifacts.names(f"dashboards/{defi}") if "." not in name]
    return [version for name in names if (version := read(artifacts, defi, name))]


def listed(artifacts: Artifacts, defi: str) -> list[Version]:
    """Every published version, the latest first; previews are not versions."""
    found = [version for version in every(artifacts, defi) if not version.draft]
    return sorted(found, key=lambda version: version.published, reverse=True)


def preview(artifacts: Artifacts, version: str) -> Version | None:
    """A draft's preview by its identifier."""
    if not version.replace("-", "").isalnum():
        return None
    for defi in artifacts.names("dashboards"):
        found = read(artifacts, defi, version)
        if found is not None and found.draft:
            return found
    return None


def show(artifacts: Artifacts, defi: str, version: str) -> None:
    """Point at a version. Raises `NotFound` for one that is not there, or is a preview."""
    if version not in {known.id for known in listed(artifacts, defi)}:
        raise NotFound(
            "dashboard.version", "« {defi} » n’a pas de version « {version} »", defi=defi, version=version
        )
    artifacts.write(f"dashboards/{defi}/current.json", json.dumps({"version": version}).encode())
