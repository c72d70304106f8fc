"""The whole content, reviewed at once: what ``catalog check`` tells and ``content take`` demands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archipel.catalog.load import read_catalog
from archipel.catalog.models import Catalog, Defi
from archipel.catalog.yamltree import Tree
from archipel.errors import ArchipelError, Refusals
from archipel.notebook.cell import ParameterSpec
from archipel.notebook.contract import dashboard_specs, execution_specs
from archipel.notebook.parameters import check
from archipel.notebook.rules import check_notebook


def check_content(content: Path) -> Catalog:
    """Catalogue, notebooks' parameters, schedules' values, house rules.

    Raises `Refusals` with everything that is wrong, the places sorted.
    """
    read = read_catalog(content)
    errors = list(read.errors)
    if read.catalog is None:
        raise Refusals(errors)
    # A path that was refused is not read.
    refused = {error.where for error in errors}
    for slug, defi in read.catalog.defis.items():
        errors += _defi(content, slug, defi, read.trees[slug], refused)
    for path in sorted((content / "notebooks").glob("*/*.ipynb")):
        if path.resolve().is_relative_to(content.resolve()):
            errors += [violation.as_error() for violation in check_notebook(path, content)]
    if errors:
        raise Refusals(errors)
    return read.catalog


def _defi(content: Path, slug: str, defi: Defi, tree: Tree, refused: set[str]) -> Iterator[ArchipelError]:
    known: dict[str, tuple[ParameterSpec, ...]] = {}
    for name in defi.executions:
        if tree.place(("executions", name, "notebook")) in refused:
            continue
        try:
            known[name] = execution_specs(content, slug, defi, name)
        except Refusals as refusals:
            yield from _placed(refusals, tree, ("executions", name, "parameters"))
    if tree.place(("dashboard", "notebook")) not in refused:
        try:
            dashboard_specs(content, slug, defi)
        except Refusals as refusals:
            yield from _placed(refusals, tree, ("dashboard", "controls"))
    for name, schedule in defi.schedules.items():
        if schedule.execution in known:
            try:
                check(known[schedule.execution], schedule.parameters)
            except Refusals as refusals:
                yield from _placed(refusals, tree, ("schedules", name, "parameters"))


def _placed(refusals: Refusals, tree: Tree, path: tuple[str, ...]) -> Iterator[ArchipelError]:
    """The same errors with the place in the catalogue; those of a notebook keep their own."""
    for error in refusals.errors:
        if not error.where.startswith("notebooks/"):
            name = error.where or str(error.values.get("name", ""))
            error.where = tree.place((*path, name) if name else path)
        yield error
