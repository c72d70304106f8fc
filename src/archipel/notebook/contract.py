"""What an execution accepts: the notebook's `parameters` cell joined with the catalogue's manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from archipel.catalog.models import Catalog, Defi, Parameter
from archipel.errors import Refusals, Refused
from archipel.notebook.cell import ParameterSpec, read_cell
from archipel.notebook.parameters import join
from archipel.notebook.stored import parameters_cell, read_notebook
from archipel.texts import translate as _


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
