"""A folder of YAML files → `Catalog`, or every error at once as ``file:line:key: message``."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from archipel.catalog.models import Catalog, Defi, Image, Model, Profile, Workspace
from archipel.catalog.references import broken_references
from archipel.catalog.yamltree import Tree, read_tree
from archipel.errors import ArchipelError, Refusals, Refused
from archipel.names import is_slug
from archipel.texts import N_
from archipel.texts import translate as _

T = TypeVar("T", bound=BaseModel)


class ImagesFile(Model):
    images: dict[str, Image]


class ProfilesFile(Model):
    profiles: dict[str, Profile]


def load_catalog(content: Path) -> Catalog:
    """Read ``<content>/catalog``. Raises `Refusals` with all that is wrong, sorted by place."""
    catalog, errors = read_catalog(content)
    if catalog is None or errors:
        raise Refusals(errors)
    return catalog


def read_catalog(content: Path) -> tuple[Catalog | None, list[ArchipelError]]:
    """The catalogue where it could be built, and every error."""
    folder = content / "catalog"
    if not folder.is_dir():
        return None, [Refused("catalog.absent", "dossier « catalog » absent", where=str(content))]
    errors: list[ArchipelError] = []
    images, images_tree = _read(folder / "images.yaml", content, ImagesFile, errors)
    profiles, profiles_tree = _read(folder / "profiles.yaml", content, ProfilesFile, errors)
    workspace, _workspace_tree = _read(folder / "workspace.yaml", content, Workspace, errors)
    defis: dict[str, Defi] = {}
    trees: dict[str, Tree] = {}
    for path in sorted((folder / "defis").glob("[!.]*")):
        defi, tree = _read_defi(path, content, errors)
        if defi is not None and tree is not None:
            defis[path.stem], trees[path.stem] = defi, tree
    errors += _misplaced(folder, content)
    if images is None or profiles is None or workspace is None:
        return None, sorted(errors, key=_place)
    catalog = Catalog.model_construct(
        workspace=workspace, images=images.images, profiles=profiles.profiles, defis=defis
    )
    trees_by_room = {"images": images_tree, "profiles": profiles_tree, **trees}
    errors += broken_references(catalog, {k: t for k, t in trees_by_room.items() if t}, content)
    return catalog, sorted(errors, key=_place)


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
    return _read(path, content, Defi, errors)


def _misplaced(folder: Path, content: Path) -> Iterable[ArchipelError]:
    """Files of the catalogue's folder that nothing reads: usually a misspelt name."""
    known = {"images.yaml", "profiles.yaml", "workspace.yaml", "catalog.schema.json", "defis"}
    for path in sorted(folder.iterdir()):
        if path.name not in known and not path.name.startswith("."):
            near = get_close_matches(path.name, known, n=1)
            yield Refused(
                "catalog.unknown-file",
                "fichier inconnu du catalogue",
                hint="Le plus proche est « {near} »." if near else "",
                where=str(path.relative_to(content)),
                near=near[0] if near else "",
            )


def _read(
    path: Path, content: Path, model: type[T], errors: list[ArchipelError]
) -> tuple[T | None, Tree | None]:
    shown_as = str(path.relative_to(content))
    try:
        tree = read_tree(path, shown_as)
    except Refusals as refusals:
        errors.extend(refusals.errors)
        return None, None
    try:
        return model.model_validate(tree.data if tree.data is not None else {}), tree
    except ValidationError as invalid:
        errors.extend(_told(error, tree, model) for error in invalid.errors())
        return None, tree


def _told(error: Any, tree: Tree, model: type[BaseModel]) -> ArchipelError:
    """One pydantic error as a French sentence with its place and the nearest accepted word."""
    path = tuple(part for part in error["loc"] if part != "[key]")
    kind, context = error["type"], error.get("ctx", {})
    where = tree.place(path)
    if kind == "extra_forbidden":
        accepted = _accepted_keys(model, path[:-1])
        near = get_close_matches(str(path[-1]), accepted, n=1)
        return Refused(
            "catalog.unknown-key",
            "clé inconnue « {key} » (acceptées : {accepted})",
            hint="La plus proche est « {near} »." if near else "",
            where=where,
            key=path[-1],
            accepted=", ".join(accepted),
            near=near[0] if near else "",
        )
    sentences = {
        "missing": N_("valeur manquante"),
        "string_type": N_("texte attendu, reçu {got}"),
        "int_type": N_("nombre entier attendu, reçu {got}"),
        "int_parsing": N_("nombre entier attendu, reçu {got}"),
        "float_type": N_("nombre attendu, reçu {got}"),
        "float_parsing": N_("nombre attendu, reçu {got}"),
        "bool_type": N_("« true » ou « false » attendu, reçu {got}"),
        "bool_parsing": N_("« true » ou « false » attendu, reçu {got}"),
        "model_type": N_("groupe de clés attendu, reçu {got}"),
        "dict_type": N_("groupe de clés attendu, reçu {got}"),
        "tuple_type": N_("liste attendue, reçu {got}"),
        "string_too_short": N_("texte trop court ({min_length} caractères au moins)"),
        "string_too_long": N_("texte trop long ({max_length} caractères au plus)"),
        "string_pattern_mismatch": N_("forme refusée : {got} (attendue : {pattern})"),
        "greater_than": N_("{got} refusé : plus grand que {gt} attendu"),
        "greater_than_equal": N_("{got} refusé : {ge} au moins"),
        "less_than_equal": N_("{got} refusé : {le} au plus"),
        "literal_error": N_("{got} refusé (acceptés : {expected})"),
        "value_error": N_("{error}"),
    }
    values = {key: value for key, value in context.items() if key not in ("got", "reason")}
    if "expected" in values:
        values["expected"] = values["expected"].replace(" or ", _(" ou "))
    return Refused(
        f"catalog.{kind.replace('_', '-')}",
        sentences.get(kind, N_("valeur refusée : {reason}")),
        where=where,
        got=repr(error.get("input"))[:80],
        reason=error["msg"],
        **values,
    )


def _accepted_keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that the model accepts at a path: walks annotations through dicts and optional parts."""
    current: Any = model
    for part in path:
        if isinstance(current, type) and issubclass(current, BaseModel):
            current = current.model_fields[str(part)].annotation if part in current.model_fields else None
        else:
            arguments = getattr(current, "__args__", ())
            current = arguments[-1] if arguments else None
        current = _bare(current)
    if isinstance(current, type) and issubclass(current, BaseModel):
        return list(current.model_fields)
    return []


def _bare(annotation: Any) -> Any:
    """``X | None`` → ``X``."""
    arguments = [a for a in getattr(annotation, "__args__", ()) if a is not type(None)]
    if len(arguments) == 1 and type(None) in annotation.__args__:
        return arguments[0]
    return annotation


def _place(error: ArchipelError) -> tuple[str, int, str]:
    name, _sep, rest = error.where.partition(":")
    line, _sep, key = rest.partition(":")
    return name, int(line) if line.isdigit() else 0, key
