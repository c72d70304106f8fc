"""The version of a model that a fresh installation starts with: files that lie among the content.

It passes by its own card and audit, or stands by an override that the journal keeps and the page shows.
"""

from __future__ import annotations

from pathlib import Path

from archipel.catalog.models import Catalog
from archipel.errors import Refusals
from archipel.identity.person import Person
from archipel.models.champions import Champions, Promotion
from archipel.texts import N_

INSTALLATION = Person("installation", admin=True)
REASON = N_("Version livrée avec Archipel pour commencer : elle n’a pas passé tous les seuils.")


def start(champions: Champions, catalog: Catalog, content: Path) -> list[Promotion]:
    """Register and promote what has no version at all; what anybody registered is left alone."""
    made = []
    for defi, declared in catalog.defis.items():
        for name, model in declared.models.items():
            if model.shipped is None or champions.registry.versions(name):
                continue
            folder = content / "notebooks" / defi / model.shipped
            number = champions.registry.register(name, defi, _files(folder))
            made.append(_promoted(champions, name, number))
    return made


def _files(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _promoted(champions: Champions, name: str, number: int) -> Promotion:
    try:
        return champions.promote(name, number, INSTALLATION)
    except Refusals:
        return champions.promote(name, number, INSTALLATION, override=True, reason=REASON)
