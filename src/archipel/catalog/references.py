"""What one catalogue file says of another, and of the files beside: every broken reference."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from archipel.catalog.models import Catalog, Defi
from archipel.catalog.yamltree import Tree
from archipel.errors import ArchipelError, Refused
from archipel.names import is_slug, nearest
from archipel.texts import translate as _

Path_ = tuple[str | int, ...]


def broken_references(catalog: Catalog, trees: dict[str, Tree], content: Path) -> list[ArchipelError]:
    """``trees``: ``images``, ``profiles`` and one per défi, for the places of the messages."""
    errors: list[ArchipelError] = []
    errors += _images(catalog, trees["images"])
    errors += _profiles(catalog, trees["profiles"])
    for slug, defi in catalog.defis.items():
        errors += _defi(catalog, slug, defi, trees[slug], content)
    return [*errors, *_models(catalog, trees)]


def unknown(word: str, accepted: Iterable[str], what: str, where: str) -> ArchipelError:
    """A word that names nothing, with the nearest that does."""
    names = sorted(accepted)
    near = nearest(word, names)
    return Refused(
        "catalog.unknown-reference",
        "{what} « {word} » n’existe pas (il y a : {accepted})",
        hint="Le plus proche est « {near} »." if near else "",
        where=where,
        what=what,
        word=word,
        accepted=", ".join(names) or "—",
        near=near,
    )


def _images(catalog: Catalog, tree: Tree) -> Iterator[ArchipelError]:
    yield from _slugs(catalog.images, tree, ("images",))
    for name, image in catalog.images.items():
        if image.parent is not None and image.parent not in catalog.images:
            yield unknown(image.parent, catalog.images, _("l’image"), tree.place(("images", name, "parent")))
        elif _cycle(catalog, name):
            yield Refused(
                "catalog.cycle",
                "cette image descend d’elle-même",
                where=tree.place(("images", name, "parent")),
            )


def _cycle(catalog: Catalog, name: str) -> bool:
    seen: set[str] = set()
    current: str | None = name
    while current is not None and current in catalog.images:
        if current in seen:
            return True
        seen.add(current)
        current = catalog.images[current].parent
    return False


def _profiles(catalog: Catalog, tree: Tree) -> Iterator[ArchipelError]:
    yield from _slugs(catalog.profiles, tree, ("profiles",))
    for name, profile in catalog.profiles.items():
        if profile.image not in catalog.images:
            yield unknown(
                profile.image, catalog.images, _("l’image"), tree.place(("profiles", name, "image"))
            )
    if sum(profile.default for profile in catalog.profiles.values()) != 1:
        yield Refused(
            "catalog.default-profile",
            "un profil, et un seul, porte « default: true »",
            where=tree.place(("profiles",)),
        )


def _defi(catalog: Catalog, slug: str, defi: Defi, tree: Tree, content: Path) -> Iterator[ArchipelError]:
    notebooks = content / "notebooks" / slug
    for part in ("executions", "schedules", "sources", "models"):
        yield from _slugs(getattr(defi, part), tree, (part,))
    for name, execution in defi.executions.items():
        here: Path_ = ("executions", name)
        if execution.image not in catalog.images:
            yield unknown(execution.image, catalog.images, _("l’image"), tree.place((*here, "image")))
        yield from inside(notebooks, execution.notebook, tree.place((*here, "notebook")))
    for name, schedule in defi.schedules.items():
        if schedule.execution not in defi.executions:
            place = tree.place(("schedules", name, "execution"))
            yield unknown(schedule.execution, defi.executions, _("l’exécution"), place)
        yield from _cron(schedule.cron, tree.place(("schedules", name, "cron")))
    for name, source in defi.sources.items():
        yield from inside(notebooks, source.path, tree.place(("sources", name, "path")))
    if defi.dashboard is not None:
        board = defi.dashboard
        if board.execution not in defi.executions:
            place = tree.place(("dashboard", "execution"))
            yield unknown(board.execution, defi.executions, _("l’exécution"), place)
        if board.image not in catalog.images:
            yield unknown(board.image, catalog.images, _("l’image"), tree.place(("dashboard", "image")))
        for name in board.sources or ():
            if name not in defi.sources:
                yield unknown(name, defi.sources, _("la source"), tree.place(("dashboard", "sources")))
        yield from inside(notebooks, board.notebook, tree.place(("dashboard", "notebook")))
    for name, model in defi.models.items():
        if model.shipped is not None:
            yield from inside(notebooks, model.shipped, tree.place(("models", name, "shipped")))


def _models(catalog: Catalog, trees: dict[str, Tree]) -> Iterator[ArchipelError]:
    """A name of the registry has one défi to answer for it."""
    known: dict[str, str] = {}
    for slug, defi in catalog.defis.items():
        for name in defi.models:
            if (other := known.setdefault(name, slug)) != slug:
                yield Refused(
                    "catalog.model-twice",
                    "le modèle « {name} » est déjà déclaré par le défi « {other} »",
                    where=trees[slug].place(("models", name)),
                    name=name,
                    other=other,
                )


def inside(folder: Path, relative: str, where: str) -> Iterator[ArchipelError]:
    """A path of the catalogue stays in the défi's folder, links followed, and is there."""
    pure = PurePosixPath(relative)
    if pure.is_absolute() or ".." in pure.parts or "\\" in relative or "\0" in relative:
        yield Refused(
            "catalog.path",
            "chemin refusé « {path} » : relatif au dossier du défi, sans « .. »",
            where=where,
            path=relative,
        )
        return
    target = folder / relative
    if not os.path.exists(target):  # noqa: PTH110  # False, too, for a name too long
        yield Refused("catalog.no-file", "fichier absent : {path}", where=where, path=relative)
    # The défi's own folder may be the link.
    elif not target.resolve().is_relative_to(folder.parent.resolve() / folder.name):
        yield Refused(
            "catalog.path", "« {path} » est un lien qui sort du dossier du défi", where=where, path=relative
        )


def _cron(expression: str, where: str) -> Iterator[ArchipelError]:
    from archipel.catalog.cron import problem

    if reason := problem(expression):
        yield Refused(
            "catalog.cron",
            "planification « {cron} » refusée : {reason}",
            where=where,
            cron=expression,
            reason=reason,
        )


def _slugs(names: Iterable[str], tree: Tree, path: Path_) -> Iterator[ArchipelError]:
    for name in names:
        if not is_slug(name):
            yield Refused(
                "catalog.slug",
                "nom « {name} » refusé : minuscules, chiffres et tirets, 40 caractères au plus",
                where=tree.place((*path, name)),
                name=name,
            )
