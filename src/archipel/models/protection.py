"""What nobody does through MLflow to a model that the catalogue declares, nor to a champion. Pure.

The alias is set by the platform alone, which does not pass here. Whoever could delete the version, take the
name, or write other weights in its place would change the champion as well. Runs of its défi read it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlparse, urlunparse

from archipel.catalog.models import Catalog
from archipel.identity.person import Person
from archipel.texts import translate as _

CHAMPION = "champion"
SAFE = {"GET", "HEAD", "OPTIONS"}
REGISTRY = re.compile(r"/mlflow/(registered-models/(?:alias|create|rename|delete)|model-versions/delete)/?$")
WRITTEN = re.compile(r"/mlflow-artifacts/(?:artifacts|mpu/[a-z]+|presigned)/(?P<key>.+)$", re.DOTALL)
UPLOADED = re.compile(r"/mlflow/upload-artifact/?$")
ASKED = re.compile(r"/mlflow/(registered-models/(?:alias|get)|model-versions/get(?:-download-uri)?)$")
FILES = re.compile(r"/mlflow-artifacts/artifacts(?:/(?P<key>.+))?$", re.DOTALL)


@dataclass(frozen=True)
class Protected:
    """``champions``: model → version. ``places``: model → key of its champion's files in the artifact store,
    in parts."""

    champions: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def concerned(path: str, method: str) -> bool:
    """Whether the champions must be known before this is answered."""
    return method not in SAFE and any(one.search(path) for one in (REGISTRY, WRITTEN, UPLOADED))


def names_champion(alias: Any) -> bool:
    """However it is written: an alias that reads the same would be taken for it."""
    return not isinstance(alias, str) or alias.strip().casefold() == CHAMPION


def champion_refusal(
    path: str,
    method: str,
    asked: Mapping[str, Any],
    person: Person | None,
    catalog: Catalog,
    protected: Protected,
) -> str:
    """Why a request is refused, "" to let it on. ``asked``: its body, and its query where MLflow reads that.

    ``person``: None for a running attempt.
    """
    if method in SAFE:
        return ""
    if found := REGISTRY.search(path):
        return _registry(found.group(1), asked, person, catalog, protected)
    if found := WRITTEN.search(path):
        target = _parts(found.group("key"))
        return _frozen(any(_meet(place, target) for place in protected.places.values()))
    if UPLOADED.search(path):
        run, inside = str(asked.get("run_uuid", "")), _parts(str(asked.get("path", "")))
        own = (place for place in protected.places.values() if place[1:2] == (run,))
        return _frozen(any(_meet(place, (*place[:2], "artifacts", *inside)) for place in own))
    return ""


def models_of(experiment: str, catalog: Catalog) -> frozenset[str]:
    """The models that the runs of an experiment read: their défi's. A draft's author may be no reader of the
    défi: a draft reads those of a défi that is open to whoever works here."""
    author, _slash, slug = experiment.rpartition("/")
    defi = catalog.defis.get(slug)
    if defi is None or (author and defi.rights.read.access == "groups"):
        return frozenset()
    return frozenset(defi.models)


def may_read(path: str, method: str) -> bool:
    """Whether a champion could be what is read."""
    return method == "GET" and bool(ASKED.search(path) or FILES.search(path))


def reads_champion(
    path: str, asked: Sequence[tuple[str, str]], models: frozenset[str], protected: Protected
) -> bool:
    """Whether what a run reads is the champion of one of those models: its version, or its files."""
    query = dict(asked)
    if len(query) < len(asked):
        return False
    if asks := ASKED.search(path):
        name = query.get("name", "")
        wanted = {
            "registered-models/alias": query.get("alias") == CHAMPION,
            # MLflow's client looks whether it is a prompt.
            "registered-models/get": True,
        }.get(asks.group(1), _same(query.get("version"), protected.champions.get(name)))
        return name in models and name in protected.champions and wanted
    found = FILES.search(path)
    target = _parts((found and found.group("key")) or query.get("path", ""))
    places = (place for name, place in protected.places.items() if name in models)
    return any(target[: len(place)] == place for place in places)


def _registry(
    action: str, asked: Mapping[str, Any], person: Person | None, catalog: Catalog, protected: Protected
) -> str:
    name = str(asked.get("name", ""))
    if action == "registered-models/alias":
        if names_champion(asked.get("alias")):
            return _("l’alias « champion » ne se donne ni ne se retire ici : « archipel models promote »")
        return ""
    if action == "registered-models/create":
        return "" if _may_make(name, person, catalog) else _("ce nom de modèle est celui d’un défi")
    if action == "model-versions/delete":
        champion = protected.champions.get(name)
        return _("cette version est la championne") if _same(asked.get("version"), champion) else ""
    if name in protected.champions or catalog.model(name) is not None:
        return _("ce modèle a un champion, ou un défi en répond : il garde son nom et ne s’efface pas")
    # Protobuf's JSON has two spellings of a name.
    if any(catalog.model(str(asked.get(key, ""))) is not None for key in ("new_name", "newName")):
        return _("ce nom de modèle est celui d’un défi")
    return ""


def _may_make(name: str, person: Person | None, catalog: Catalog) -> bool:
    declared = catalog.model(name)
    if declared is None:
        return True
    return person is not None and person.works_on(declared[1].rights.write, catalog)


def _same(version: Any, champion: int | None) -> bool:
    """MLflow takes any text that Python reads as a whole number."""
    try:
        return champion is not None and int(version) == champion
    except (TypeError, ValueError):
        return False


def _parts(key: str) -> tuple[str, ...]:
    """A key as MLflow comes to read it: decoded until nothing changes any more."""
    for _turn in range(10):
        decoded = urlunparse(urlparse(unquote(key)))
        if decoded == key:
            break
        key = decoded
    return tuple(part for part in PurePosixPath(key).parts if part != "/")


def _meet(place: tuple[str, ...], target: tuple[str, ...]) -> bool:
    """Whether one lies within the other."""
    shorter = min(len(place), len(target))
    return place[:shorter] == target[:shorter]


def _frozen(touched: bool) -> str:
    return _("ces fichiers sont ceux d’un champion : ils ne changent plus") if touched else ""
