"""What an execution accepts: the notebook's `parameters` cell joined with the catalogue's manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archipel.catalog.load import read_catalog
from archipel.catalog.models import Catalog, Defi, Parameter
from archipel.errors import ArchipelError, Refusals, Refused
from archipel.notebook.cell import ParameterSpec, read_cell
from archipel.notebook.parameters import check, join
from archipel.texts import translate as _


def read_notebook(path: Path, shown_as: str = "") -> dict[str, Any]:
    """The JSON of a notebook of format 4. Raises `Refused` for anything else."""
    where = shown_as or str(path)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(
            "notebook.unreadable", "notebook illisible : {reason}", where=where, reason=error.strerror
        ) from None
    except (ValueError, RecursionError):
        raise Refused("notebook.not-json", "ce n’est pas un notebook (JSON attendu)", where=where) from None
    if not isinstance(raw, dict) or raw.get("nbformat") != 4 or not isinstance(raw.get("cells"), list):
        raise Refused("notebook.format", "ce n’est pas un notebook de format 4", where=where)
    return raw


def cell_source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def parameters_cell(notebook: Mapping[str, Any], where: str) -> str:
    """Source of the one cell tagged `parameters`. Raises `Refused` where there is none, or several."""
    found = [
        cell
        for cell in notebook["cells"]
        if cell.get("cell_type") == "code" and "parameters" in cell.get("metadata", {}).get("tags", ())
    ]
    if len(found) != 1:
        raise Refused(
            "notebook.parameters",
            "une cellule étiquetée « parameters » attendue, {count} trouvées",
            where=where,
            count=len(found),
        )
    return cell_source(found[0])


def specs_of(
    content: Path,
    slug: str,
    notebook: str,
    manifest: Mapping[str, Parameter],
    datasets: tuple[str, ...],
    shared: Mapping[str, Parameter] | None = None,
) -> tuple[ParameterSpec, ...]:
    """What a notebook of the défi ``slug`` accepts; ``shared`` entries serve where its cell has their name.

    Raises `Refusals`.
    """
    where = f"notebooks/{slug}/{notebook}"
    try:
        source = parameters_cell(read_notebook(content / where, where), where)
    except Refused as error:
        raise Refusals([error]) from None
    declared = read_cell(source, where)
    names = {spec.name for spec in declared}
    inherited = {name: entry for name, entry in (shared or {}).items() if name in names}
    return join(declared, {**inherited, **manifest}, datasets)


def execution_specs(content: Path, slug: str, defi: Defi, execution: str) -> tuple[ParameterSpec, ...]:
    declared = defi.executions[execution]
    return specs_of(content, slug, declared.notebook, declared.parameters, tuple(defi.sources))


def dashboard_specs(content: Path, slug: str, defi: Defi) -> tuple[ParameterSpec, ...]:
    """Controls of the dashboard; a défi without a dashboard has none.

    A control is declared once: one that has the name of a parameter of its execution, and no entry of its
    own, is declared there.
    """
    board = defi.dashboard
    if board is None:
        return ()
    shared = defi.executions[board.execution].parameters if board.execution in defi.executions else {}
    return specs_of(content, slug, board.notebook, board.controls, tuple(defi.sources), shared)


def check_content(content: Path) -> Catalog:
    """The whole content: catalogue, notebooks' parameters, schedules' values, house rules.

    Raises `Refusals` with everything that is wrong; this is what ``content take`` demands.
    """
    from archipel.notebook.rules import check_notebook

    catalog, errors = read_catalog(content)
    if catalog is None:
        raise Refusals(errors)
    for slug, defi in catalog.defis.items():
        errors += _defi_errors(content, slug, defi)
    for path in sorted((content / "notebooks").glob("*/*.ipynb")):
        errors += [violation.as_error() for violation in check_notebook(path, content)]
    if errors:
        raise Refusals(errors)
    return catalog


def _defi_errors(content: Path, slug: str, defi: Defi) -> list[ArchipelError]:
    errors: list[ArchipelError] = []
    known: dict[str, tuple[ParameterSpec, ...]] = {}
    for name in defi.executions:
        try:
            known[name] = execution_specs(content, slug, defi, name)
        except Refusals as refusals:
            errors += _placed(refusals, f"catalog/defis/{slug}.yaml:executions.{name}.parameters")
    try:
        dashboard_specs(content, slug, defi)
    except Refusals as refusals:
        errors += _placed(refusals, f"catalog/defis/{slug}.yaml:dashboard.controls")
    for name, schedule in defi.schedules.items():
        if schedule.execution in known:
            try:
                check(known[schedule.execution], schedule.parameters)
            except Refusals as refusals:
                errors += _placed(refusals, f"catalog/defis/{slug}.yaml:schedules.{name}.parameters")
    return errors


def _placed(refusals: Refusals, place: str) -> list[ArchipelError]:
    """The same errors with the place in the catalogue; those of a notebook keep their own."""
    for error in refusals.errors:
        if not error.where.startswith("notebooks/"):
            error.where = f"{place}.{error.where}" if error.where else place
    return list(refusals.errors)


def find_defi(catalog: Catalog, name: str) -> tuple[str, str]:
    """``défi`` or ``défi/execution`` → both slugs. Raises `Refused` with the nearest name.

    A défi alone means its execution named ``execution``, or its only one.
    """
    from archipel.catalog.references import unknown

    slug, _slash, execution = name.partition("/")
    if slug not in catalog.defis:
        raise unknown(slug, catalog.defis, _("le défi"), "")
    known = catalog.defis[slug].executions
    if not execution:
        if "execution" in known or len(known) == 1:
            return slug, "execution" if "execution" in known else next(iter(known))
        raise unknown("", known, _("l’exécution"), "")
    if execution not in known:
        raise unknown(execution, known, _("l’exécution"), "")
    return slug, execution
