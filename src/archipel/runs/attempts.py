"""One attempt of a run: its place, its task, and what its end says."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from archipel.artifacts import attempt_key
from archipel.backends.task import State, Status, Task
from archipel.catalog.load import cached_catalog
from archipel.catalog.models import Resources, parse_duration
from archipel.errors import Refused
from archipel.isolation import Held
from archipel.names import task_name
from archipel.notebook.accepted import Kind
from archipel.notebook.manifest import NAME as MANIFEST
from archipel.notebook.order import ORDER_VARIABLE, SECRET_PREFIX, Order
from archipel.runs import reasons, written
from archipel.runs.context import Context
from archipel.runs.desk import Places
from archipel.runs.rows import Run, now
from archipel.texts import translate as _


def begin(context: Context, run: Run, number: int, slot: int) -> None:
    """Make its place ready, record the attempt, then start its task (starting twice is harmless)."""
    published = published_record(context, run) if run.kind != "run" else ""
    places = context.desk.lay_out(run, number, published)
    token = secrets.token_urlsafe(32)
    parameters = {name: entry["value"] for name, entry in run.parameters.items()}
    mlflow_run = run.mlflow_run
    if run.kind == "run" and mlflow_run is None:
        mlflow_run = context.tracking.open(run, parameters)
    run = context.store.change(run.id, mlflow_run=mlflow_run)
    task = task_of(context, run, number, slot, places, token)
    context.store.add_attempt(
        run=run.id,
        number=number,
        task=task.name,
        state=str(State.RUNNING),
        folder=places.record,
        slot=slot,
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        started=now(),
    )
    context.backend.start(task)


def image_of(context: Context, run: Run) -> str:
    """The image of a run's notebook, by its own commit's catalogue."""
    declared = cached_catalog(context.folder_of(run)).defis[run.defi]
    if run.kind == "run":
        return declared.executions[run.execution].image
    assert declared.dashboard is not None
    return declared.dashboard.image


def task_of(context: Context, run: Run, number: int, slot: int, places: Places, token: str) -> Task:
    """The task of an attempt, from the run's own commit (or draft)."""
    order = order_of(context, run, number, places)
    declared = cached_catalog(context.folder_of(run)).defis[run.defi]
    execution = declared.executions.get(run.execution)
    resources: Resources
    if run.kind == "run":
        assert execution is not None
        resources, timeout = execution.resources, execution.timeout_delta
    else:
        assert declared.dashboard is not None
        resources, timeout = declared.dashboard.resources, parse_duration("15m")
    values = {SECRET_PREFIX + name: context.secret(name) for name in order.secrets}
    env = {ORDER_VARIABLE: order.to_json(), **context.tracking.environment(run, token)}
    if context.api_url:
        env |= {"ARCHIPEL_API_URL": context.api_url}
    return Task(
        name=task_name(run.id, number),
        image=order.image,
        lock=order.lock,
        command=places.command,
        env=env,
        secrets={**values, "ARCHIPEL_API_TOKEN": token},
        resources=resources,
        mounts=places.mounts,
        identity=context.identity(run, slot),
        timeout=timeout,
        labels={"defi": run.defi, "run": run.id},
        sensible=scope_of(context, run),
    )


def scope_of(context: Context, run: Run) -> str:
    """Of a run whose défi is marked « sensible »; "" for the others."""
    return context.sensible_scope(run.defi, cached_catalog(context.folder_of(run)))


def held(context: Context, run: Run, isolated: Callable[[], Held | None]) -> bool:
    """Whether a queued « sensible » run waits for the network to be proved cut; the run says so.

    ``isolated``: what holds up all of them, if anything does.
    """
    why = isolated() if scope_of(context, run) else None
    told, before = (reasons.HELD.get(why.code, "") if why else ""), run.reason or ""
    # What else it waits for is not known here, and stays said.
    if told != before and (told or before in reasons.HELD.values()):
        context.store.change(run.id, reason=told)
    return why is not None


def order_of(context: Context, run: Run, number: int, places: Places) -> Order:
    declared = cached_catalog(context.folder_of(run)).defis[run.defi]
    base = f"notebooks/{run.defi}"
    sources = {
        name: {
            "path": f"{places.content}/{base}/{source.path}",
            "vintage": source.vintage,
            "licence": source.licence,
            "title": source.title.fr,
        }
        for name, source in declared.sources.items()
    }
    if run.kind == "run":
        execution = declared.executions[run.execution]
        notebook, image, names, title = execution.notebook, execution.image, execution.secrets, ""
    else:
        assert declared.dashboard is not None
        board = declared.dashboard
        notebook, image, names, title = board.notebook, board.image, (), board.title.fr
    return Order(
        defi=run.defi,
        execution=run.execution,
        run=run.id,
        attempt=number,
        notebook=f"{base}/{notebook}",
        content=places.content,
        commit=run.commit,
        image=image,
        lock=context.lock_of(context.requirements_of(run), image),
        folder=places.folder,
        parameters={name: _in_folder(entry, places.folder) for name, entry in run.parameters.items()},
        secrets=tuple(names),
        sources=sources,
        inputs=tuple(run.inputs),
        synthetic=declared.synthetic,
        published=places.published,
        report="rapport" if run.kind == "run" else "tableau",
        draft=run.draft is not None,
        title=title,
    )


def published_record(context: Context, run: Run) -> str:
    """The attempt's folder, as the ledger has it, of the run that a publication shows."""
    source = context.store.parents(run.id)[0]
    return context.store.attempts(source)[-1].folder


def _in_folder(entry: dict[str, Any], folder: str) -> dict[str, Any]:
    if entry["kind"] in (Kind.FICHIER, Kind.DOSSIER) and entry["value"] is not None:
        return {**entry, "value": f"{folder}/{entry['value']}"}
    return entry


def outcome(
    context: Context, run: Run, number: int, status: Status
) -> tuple[State, dict[str, Any] | None, str]:
    """What the end of a task means for its run: (state, failure, a sentence).

    A task stopped without anybody having cancelled its run was interrupted.
    """
    key = attempt_key(run.defi, run.id, number)
    if status.state is State.CANCELLED and run.cancel_asked:
        return State.CANCELLED, None, ""
    if status.state is not State.FAILED and context.artifacts.exists(f"{key}/{MANIFEST}"):
        # Written last, by an attempt that succeeded: that its process was lost afterwards changes nothing.
        # One that failed after it sent something else than it wrote.
        return State.DONE, None, ""
    if status.state is State.CANCELLED:
        return State.INTERRUPTED, None, _("Interrompue : l’espace de travail s’est arrêté avant sa fin.")
    if status.state is State.INTERRUPTED:
        why = reasons.sentence(status.reason)
        return State.INTERRUPTED, None, why or _("Interrompue : son processus a disparu sans dire sa fin.")
    explained = reasons.failure(status.reason)
    if explained is not None:
        return State.FAILED, explained, ""
    told = written.failure(context.artifacts.under(key))
    return State.FAILED, told or reasons.unexplained(status.exit_code), ""


def seal(context: Context, run: Run, number: int) -> None:
    """Put the log in, then nobody writes the attempt again.

    Sealing again is harmless: a stop of the scheduler may come between the seal and its record.
    """
    log = context.backend.logs(task_name(run.id, number))
    context.desk.put_away(run, number, log, _secrets(context, run))


def _secrets(context: Context, run: Run) -> list[str]:
    """The values that the run was given; one that is gone since cannot be looked for."""
    execution = cached_catalog(context.folder_of(run)).defis[run.defi].executions.get(run.execution)
    found = []
    for name in execution.secrets if execution else ():
        with contextlib.suppress(Refused):
            found.append(context.secret(name))
    return found
