"""A folder of YAML files → `Catalog`, or every error at once as ``file:line:key: message``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from archipel.catalog.models import Catalog, Defi, Image, Model, Profile, Workspace
from archipel.catalog.references import broken_references
from archipel.catalog.told import told
from archipel.catalog.yamltree import Tree, read_tree
from archipel.errors import ArchipelError, Refusals, Refused
from archipel.names import is_slug, nearest

T = TypeVar("T", bound=BaseModel)


class ImagesFile(Model):
    images: dict[str, Image]


class ProfilesFile(Model):
    profiles: dict[str, Profile]


def load_catalog(content: Path) -> Catalog:
    """Read ``<content>/catalog``. Raises `Refusals` with all that is wrong, sorted by place."""
    read = read_catalog(content)
    if read.catalog is None or read.errors:
        raise Refusals(read.errors)
    return read.catalog


@lru_cache(maxsize=32)
def cached_catalog(content: Path) -> Catalog:
    """`load_catalog` of a folder that never changes, read once: a checkout of a commit, a draft."""
    return load_catalog(content)


@dataclass(frozen=True)
class Reading:
    """The catalogue where it could be built, every error, and where each défi's file says what."""

    catalog: Catalog | None
    errors: list[ArchipelError]
    trees: dict[str, Tree] = field(default_factory=dict)


def read_catalog(content: Path) -> Reading:
    folder = content / "catalog"
    if not folder.is_dir():
        return Reading(None, [Refused("catalog.absent", "dossier « catalog » absent", where=str(content))])
    errors: list[ArchipelError] = []
    images, images_tree = read_model(folder / "images.yaml", content, ImagesFile, errors)
    profiles, profiles_tree = read_model(folder / "profiles.yaml", content, ProfilesFile, errors)
    workspace, _workspace_tree = read_model(folder / "workspace.yaml", content, Workspace, errors)
    defis: dict[str, Defi] = {}
    trees: dict[str, Tree] = {}
    for path in sorted((folder / "defis").glob("[!.]*")):
        defi, tree = _read_defi(path, content, errors)
        if defi is not None and tree is not None:
            defis[path.stem], trees[path.stem] = defi, tree
    errors += _misplaced(folder, content)
    if images is None or profiles is None or workspace is None:
        return Reading(None, sorted(errors, key=_place))
    catalog = Catalog.model_construct(
        workspace=workspace, images=images.images, profiles=profiles.profiles, defis=defis
    )
    trees_by_room = {"images": images_tree, "profiles": profiles_tree, **trees}
    errors += broken_references(catalog, {k: t for k, t in trees_by_room.items() if t}, content)
    return Reading(catalog, sorted(errors, key=_place), trees)


def _read_defi(path: Path, content: Path, errors: list[ArchipelError]) -> tuple[Defi | None, Tree | None]:
    if path.suffix != ".yaml" or not is_slug(path.stem):
        errors.append(
            Refused(
                "catalog.file-name",
                "nom de fichier attendu : minuscules, chiffres et tirets, puis .yaml",
                where=str(path.relative_to(content)),
            )
        )
        return None, None
    return read_model(path, content, Defi, errors)


def _misplaced(folder: Path, content: Path) -> Iterable[ArchipelError]:
    """Files of the catalogue's folder that nothing reads: usually a misspelt name."""
    known = {"images.yaml", "profiles.yaml", "workspace.yaml", "catalog.schema.json", "defis"}
    for path in sorted(folder.iterdir()):
        if path.name not in known and not path.name.startswith("."):
            near = nearest(path.name, known)
            yield Refused(
                "catalog.unknown-file",
                "fichier inconnu du catalogue",
                hint="Le plus proche est « {near} »." if near else "",
                where=str(path.relative_to(content)),
                near=near,
            )


def read_model(
    path: Path, content: Path, model: type[T], errors: list[ArchipelError]
) -> tuple[T | None, Tree | None]:
    """One YAML file as a value of ``model``, and its tree; what is wrong with it goes to ``errors``."""
    shown_as = str(path.relative_to(content))
    try:
        tree = read_tree(path, shown_as)
    except Refusals as refusals:
        errors.extend(refusals.errors)
        return None, None
    try:
        return model.model_validate(tree.data if tree.data is not None else {}), tree
    except ValidationError as invalid:
        errors.extend(told(error, tree, model) for error in invalid.errors())
        return None, tree


def _place(error: ArchipelError) -> tuple[str, int, str]:
    name, _sep, rest = error.where.partition(":")
    line, _sep, key = rest.partition(":")
    return name, int(line) if line.isdigit() else 0, key
