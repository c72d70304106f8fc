"""The one door for runs: form, API, schedule and command line all submit here."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archipel.backends.task import State
from archipel.catalog.load import cached_catalog
from archipel.catalog.models import Catalog, Execution
from archipel.errors import Conflict, Forbidden, NotFound
from archipel.identity.person import Person
from archipel.notebook.contract import dashboard_specs, execution_specs, find_defi
from archipel.notebook.parameters import check, encode
from archipel.runs import inputs, limits
from archipel.runs.context import Context
from archipel.runs.rows import ACTIVE, Run, new_run_id, now
from archipel.texts import translate as _

MOST_ACTIVE = 100
"""Runs of one person, waiting or running: five times what a deployment runs at once by default. More would
keep the queue, which is in order, from everybody else."""


@dataclass(frozen=True)
class Request:
    """What is asked. ``target``: ``défi`` or ``défi/exécution``. ``given``: parameters as text or JSON.

    ``by_path``: file parameters name paths that the asker's own process opens (command line, no
    workspace). ``draft``: a working copy received before.
    """

    target: str
    given: Mapping[str, Any]
    draft: str | None = None
    schedule: str | None = None
    instant: str | None = None
    reason: str = ""
    by_path: bool = False


class Ledger:
    def __init__(self, context: Context) -> None:
        self._context = context

    def submit(self, request: Request, person: Person) -> Run:
        """Check everything, then write one run. A refusal has written nothing."""
        context = self._context
        self._demand_room(person)
        folder, commit = self._code(request.draft, person)
        catalog = cached_catalog(folder)
        defi, execution = find_defi(catalog, request.target)
        declared = catalog.defis[defi]
        may(person, declared.executions[execution].audience, catalog, _("lancer cette exécution"))
        self._demand_isolation(defi, catalog)
        specs = execution_specs(folder, defi, declared, execution)
        values = check(specs, request.given)
        given = inputs.look(context.data, specs, values, by_path=request.by_path)
        if request.draft:
            self._demand_draft_rights(defi, execution, declared.executions[execution], person)
        for name in declared.executions[execution].secrets:
            context.secret(name)
        run_id = new_run_id()
        staging = context.data.inputs / f"run-{run_id}"
        try:
            taken, listed = inputs.take(given, staging)
            context.desk.keep_inputs(run_id, staging)
            return context.store.add(
                _row(request, person, run_id, defi, execution, commit)
                | {"parameters": encode(specs, values | taken), "inputs": listed},
                reason=request.reason,
            )
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise

    def publish(
        self, defi: str, person: Person, *, draft_of: str | None = None, shows: Run | None = None
    ) -> Run:
        """A run of the défi's dashboard, on the run that it ``shows`` (its last good one).

        ``draft_of``: the preview of a draft's run.
        """
        context = self._context
        self._demand_room(person)
        preview = context.store.run(draft_of) if draft_of else None
        folder, commit = self._code(preview.draft if preview else None, person)
        catalog = cached_catalog(folder)
        slug, _execution = find_defi(catalog, defi)
        declared = catalog.defis[slug]
        if declared.dashboard is None:
            raise NotFound("dashboard.none", "le défi « {defi} » n’a pas de tableau de bord", defi=slug)
        if preview is None:
            may(person, declared.rights.write, catalog, _("publier ce tableau de bord"))
        if preview is not None and preview.state is not State.DONE:
            raise Conflict(
                "preview.not-done",
                "seul un brouillon réussi a un aperçu ; l’exécution {id} ne l’est pas",
                id=preview.id,
            )
        if preview is not None:
            known = context.catalog().defis.get(slug)
            board = known.dashboard.resources if known and known.dashboard else None
            limits.demand_resources(declared.dashboard.resources, board, person, context.catalog())
        self._demand_isolation(slug, catalog)
        source = preview or shows or self.last_good(slug, declared.dashboard.execution)
        specs = dashboard_specs(folder, slug, declared)
        values = check(specs, {})
        kind = "preview" if preview else "publication"
        request = Request(f"{slug}/tableau", {}, draft=preview.draft if preview else None)
        row = _row(request, person, new_run_id(), slug, "tableau", commit) | {"kind": kind}
        encoded = encode(specs, values)
        return context.store.add(row | {"parameters": encoded, "inputs": []}, parents=(source.id,))

    def _demand_isolation(self, defi: str, catalog: Catalog) -> None:
        """Raises `Held` where a défi marked « sensible » will never start; one that may yet waits queued."""
        held = self._context.isolation.held() if self._context.sensible_scope(defi, catalog) else None
        if held is not None and held.lasting:
            raise held

    def last_good(self, defi: str, execution: str) -> Run:
        done = self._context.store.runs(defi=defi, states=(State.DONE,), kind="run", limit=500, drafts=False)
        for run in done:
            if run.execution == execution:
                return run
        raise Conflict(
            "dashboard.no-run",
            "« {defi} » n’a encore aucune exécution réussie à publier",
            hint="Lancez-la d’abord : archipel run {defi}/{execution}",
            defi=defi,
            execution=execution,
        )

    def cancel(self, run_id: str, person: Person) -> Run:
        run = self.visible(run_id, person)
        catalog = self._context.catalog()
        if run.submitted_by != person.name and not person.administers(catalog):
            rights = catalog.defis[run.defi].rights if run.defi in catalog.defis else None
            if run.draft or rights is None or not person.works_on(rights.write, catalog):
                raise Forbidden("run.cancel", "vous ne pouvez pas annuler cette exécution")
        if run.state not in ACTIVE:
            raise Conflict("run.ended", "cette exécution est déjà finie ({state})", state=run.state)
        return self._context.store.change(run.id, cancel_asked=True)

    def visible(self, run_id: str, person: Person) -> Run:
        """The run, if this person may read it; told as unknown otherwise. Raises `NotFound`."""
        run = self._context.store.run(run_id)
        if not self.may_read(run, person):
            raise NotFound("run.unknown", "aucune exécution « {id} »", id=run_id[:60])
        return run

    def runs(
        self, person: Person, *, defi: str | None = None, states: tuple[State, ...] = (), limit: int = 50
    ) -> list[Run]:
        """The latest runs that this person may read."""
        catalog = self._context.catalog()
        defis = frozenset(
            slug for slug, declared in catalog.defis.items() if person.works_on(declared.rights.read, catalog)
        )
        reader = (person.name, defis)
        return self._context.store.runs(defi=defi, states=states, limit=limit, reader=reader)

    def may_read(self, run: Run, person: Person) -> bool:
        if run.submitted_by == person.name:
            return True
        if run.draft:
            return False
        catalog = self._context.catalog()
        declared = catalog.defis.get(run.defi)
        return declared is not None and person.works_on(declared.rights.read, catalog)

    def _demand_room(self, person: Person) -> None:
        """Raises `Conflict` for a person whose runs already fill the queue; the calendar is nobody."""
        count = self._context.store.active_of(person.name) if person.kind == "user" else 0
        if count >= MOST_ACTIVE:
            raise Conflict(
                "run.too-many",
                "vous avez déjà {count} exécutions en attente ou en cours",
                hint="Attendez la fin de quelques-unes, ou annulez-en.",
                count=count,
            )

    def _demand_draft_rights(self, defi: str, execution: str, asked: Execution, person: Person) -> None:
        """A draft's own catalogue gives no right: what is pinned says who may run it, with which secrets, and
        how much it may take."""
        catalog = self._context.catalog()
        pinned = catalog.defis.get(defi)
        known = pinned.executions.get(execution) if pinned else None
        if known is not None:
            may(person, known.audience, catalog, _("lancer cette exécution"))
        elif not person.works(catalog):
            raise Forbidden(
                "right.missing", "vous n’avez pas le droit de {what}", what=_("lancer cette exécution")
            )
        limits.demand(asked, known, person, catalog)
        for name in asked.secrets:
            if known is None or pinned is None or name not in known.secrets:
                raise Forbidden(
                    "draft.secret",
                    "un brouillon n’a que les secrets que le contenu épinglé déclare, pas « {name} »",
                    name=name,
                )
            may(person, pinned.rights.write, catalog, _("essayer avec les secrets de ce défi"))

    def _code(self, draft: str | None, person: Person) -> tuple[Path, str]:
        content = self._context.current()
        if draft is None:
            return content.folder, content.commit
        unknown = NotFound("draft.unknown", "aucun brouillon « {draft} » à vous", draft=draft[:40])
        if not draft.isalnum() or len(draft) > 40:
            raise unknown
        try:
            folder = self._context.library.draft(draft)
            author = (folder / ".author").read_text(encoding="utf-8")
        except (NotFound, FileNotFoundError):
            raise unknown from None
        if author != person.name:
            raise unknown
        return folder, content.commit


def may(person: Person, audience: Any, catalog: Catalog, what: str) -> None:
    if not person.works_on(audience, catalog):
        raise Forbidden("right.missing", "vous n’avez pas le droit de {what}", what=what)


def _row(
    request: Request, person: Person, run_id: str, defi: str, execution: str, commit: str
) -> dict[str, Any]:
    return {
        "id": run_id,
        "defi": defi,
        "execution": execution,
        "kind": "run",
        "state": State.QUEUED,
        "submitted_by": person.name,
        "run_as": person.name if request.draft else f"defi:{defi}",
        "submitted": now(),
        "commit": commit,
        "draft": request.draft,
        "schedule": request.schedule,
        "instant": request.instant,
    }
