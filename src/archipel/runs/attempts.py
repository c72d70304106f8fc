"""One attempt of a run: its folder, its task, and what its end says."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import Any

from archipel.backends.identities import account_of
from archipel.backends.task import Mount, State, Status, Task
from archipel.catalog.load import cached_catalog
from archipel.catalog.models import Resources, parse_duration
from archipel.errors import Refused
from archipel.names import task_name
from archipel.notebook.manifest import NAME as MANIFEST
from archipel.notebook.manifest import readable_names
from archipel.notebook.order import ORDER_VARIABLE, SECRET_PREFIX, Order
from archipel.notebook.redact import Redactor, clean_folder
from archipel.notebook.values import Kind
from archipel.runs.artifacts import attempt_key
from archipel.runs.context import Context
from archipel.runs.rows import Run, now
from archipel.texts import translate as _


def begin(context: Context, run: Run, number: int, slot: int) -> None:
    """Make the folder, record the attempt, then start its task (starting twice is harmless)."""
    folder = context.artifacts.folder(attempt_key(run.defi, run.id, number))
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    staged = context.data.inputs / f"run-{run.id}"
    if staged.is_dir():
        shutil.copytree(staged, folder / "inputs")
    if os.geteuid() == 0:
        # The run's account goes through, and lists nothing on the way.
        for above in (folder.parent, folder.parent.parent, folder.parent.parent.parent):
            above.chmod(0o711)
        folder.chmod(0o700)
    token = secrets.token_urlsafe(32)
    parameters = {name: entry["value"] for name, entry in run.parameters.items()}
    mlflow_run = context.tracking.open(run, parameters) if run.kind == "run" else None
    run = context.store.change(run.id, mlflow_run=mlflow_run)
    task = task_of(context, run, number, slot, folder, token)
    context.store.add_attempt(
        run=run.id,
        number=number,
        task=task.name,
        state=str(State.RUNNING),
        folder=str(folder),
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


def task_of(context: Context, run: Run, number: int, slot: int, folder: Path, token: str) -> Task:
    """The task of an attempt, from the run's own commit (or draft)."""
    order = order_of(context, run, number, folder)
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
    mounts = [Mount(f"file://{folder}", writable=True), Mount(f"file://{order.content}")]
    if order.published:
        mounts.append(Mount(f"file://{order.published}"))
    return Task(
        name=task_name(run.id, number),
        image=order.image,
        lock=order.lock,
        command=("python", "-m", "archipel.notebook.execute"),
        env=env,
        secrets={**values, "ARCHIPEL_API_TOKEN": token},
        resources=resources,
        mounts=tuple(mounts),
        identity=context.identity(run, slot),
        timeout=timeout,
        labels={"defi": run.defi, "run": run.id},
    )


def order_of(context: Context, run: Run, number: int, folder: Path) -> Order:
    content = context.folder_of(run)
    declared = cached_catalog(content).defis[run.defi]
    base = f"notebooks/{run.defi}"
    sources = {
        name: {
            "path": str(content / base / source.path),
            "vintage": source.vintage,
            "licence": source.licence,
            "title": source.title.fr,
        }
        for name, source in declared.sources.items()
    }
    published = ""
    if run.kind == "run":
        execution = declared.executions[run.execution]
        notebook, image, names, title = execution.notebook, execution.image, execution.secrets, ""
    else:
        assert declared.dashboard is not None
        board = declared.dashboard
        notebook, image, names, title = board.notebook, board.image, (), board.title.fr
        published = str(published_folder(context, run))
    return Order(
        defi=run.defi,
        execution=run.execution,
        run=run.id,
        attempt=number,
        notebook=f"{base}/{notebook}",
        content=str(content),
        commit=run.commit,
        image=image,
        lock=context.lock_of(context.requirements_of(run), image),
        folder=str(folder),
        parameters={name: _in_folder(entry, folder) for name, entry in run.parameters.items()},
        secrets=tuple(names),
        sources=sources,
        inputs=tuple(run.inputs),
        synthetic=declared.synthetic,
        published=published,
        report="rapport" if run.kind == "run" else "tableau",
        draft=run.draft is not None,
        title=title,
    )


def published_folder(context: Context, run: Run) -> Path:
    """The folder of the run that a publication shows."""
    source = context.store.parents(run.id)[0]
    last = context.store.attempts(source)[-1]
    return Path(last.folder)


def _in_folder(entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    if entry["kind"] in (Kind.FICHIER, Kind.DOSSIER) and entry["value"] is not None:
        return {**entry, "value": str(folder / entry["value"])}
    return entry


def outcome(folder: Path, status: Status, *, asked: bool) -> tuple[State, dict[str, Any] | None, str]:
    """What the end of a task means for its run: (state, failure, a sentence).

    ``asked``: whether somebody cancelled the run; a task stopped otherwise was interrupted.
    """
    if status.state is State.CANCELLED and asked:
        return State.CANCELLED, None, ""
    if status.state is State.CANCELLED:
        return State.INTERRUPTED, None, _("Interrompue : l’espace de travail s’est arrêté avant sa fin.")
    if status.state is State.INTERRUPTED:
        return State.INTERRUPTED, None, _("Interrompue : son processus a disparu sans dire sa fin.")
    if status.state is State.DONE and (folder / MANIFEST).is_file():
        return State.DONE, None, ""
    if status.reason == "timeout":
        failure = {"cell": None, "error": _("Délai dépassé"), "message": _("la durée permise est écoulée")}
        return State.FAILED, failure, ""
    return State.FAILED, told_failure(folder) or _unexplained(status), ""


def told_failure(folder: Path) -> dict[str, Any] | None:
    """The `failed` event that the executor wrote, if it had the time to."""
    try:
        lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("event") == "failed":
            return {key: event.get(key) for key in ("cell", "error", "message")}
    return None


def _unexplained(status: Status) -> dict[str, Any]:
    killed = status.exit_code == 137
    message = (
        _("arrêtée par le système ; le plus souvent, la mémoire a manqué") if killed else _("voir le journal")
    )
    return {"cell": None, "error": f"Code {status.exit_code}", "message": message}


def seal(context: Context, run: Run, number: int, folder: Path) -> None:
    """Put the log in, then nobody writes the folder again: a past attempt is never altered.

    Sealing again is harmless: a stop of the scheduler may come between the seal and its record.
    """
    owner = folder.stat().st_uid
    _take(folder)
    log = folder / "log.txt"
    # Whatever the task put under that name, a link to somewhere else included, is not the log.
    if log.is_dir() and not log.is_symlink():
        shutil.rmtree(log)
    log.unlink(missing_ok=True)
    with log.open("wb") as stream:
        for chunk in context.backend.logs(task_name(run.id, number)):
            stream.write(chunk)
    if not (folder / MANIFEST).is_file():
        # The executor did not come to its end: what it would have cleaned may still hold a secret.
        readable_names(folder)
        clean_folder(folder, Redactor(_secrets(context, run)))
    _read_only(folder, owner)
    if os.geteuid() == 0:
        # Its own dashboard reads it, or the author of a draft; other people go through the platform.
        reader = account_of(context.identity(run, 0) if run.draft else f"d-{run.defi}")
        os.chown(folder, 0, reader.gid if reader else 0)
        folder.chmod(0o750)
    else:
        folder.chmod(0o555)
    discard_inputs(context, run)


def _secrets(context: Context, run: Run) -> list[str]:
    """The values that the run was given; one that is gone since cannot be looked for."""
    execution = cached_catalog(context.folder_of(run)).defis[run.defi].executions.get(run.execution)
    found = []
    for name in execution.secrets if execution else ():
        with contextlib.suppress(Refused):
            found.append(context.secret(name))
    return found


def _take(folder: Path) -> None:
    """Every directory becomes the platform's before a name in it is trusted: whoever owned it may still
    run (a draft's author), and would put a link where a file was."""
    folder.chmod(0o700)
    changed = os.geteuid() == 0
    while changed:
        changed = False
        for _base, _folders, _files, descriptor in os.fwalk(folder):
            if os.fstat(descriptor).st_uid != 0:
                os.fchown(descriptor, 0, 0)
                os.fchmod(descriptor, 0o700)
                changed = True


def discard_inputs(context: Context, run: Run) -> None:
    """The copy that waited for the run to start: its attempt has its own."""
    shutil.rmtree(context.data.inputs / f"run-{run.id}", ignore_errors=True)


def _read_only(folder: Path, owner: int) -> None:
    """Everything under the folder becomes the platform's, for reading; what is no plain file goes."""
    root = os.geteuid() == 0
    for base, folders, _files in os.walk(folder):
        for name in folders:
            if not Path(base, name).is_symlink():
                Path(base, name).chmod(0o700)
    for base, folders, files in os.walk(folder, topdown=False):
        for name in (*files, *folders):
            path = Path(base, name)
            told = path.lstat()
            # A hard link to somebody else's file would give that file away with the attempt.
            ours = not root or told.st_uid == owner or (told.st_uid == 0 and told.st_nlink == 1)
            if stat.S_ISDIR(told.st_mode):
                path.chmod(0o555)
            elif stat.S_ISREG(told.st_mode) and ours:
                path.chmod(0o444)
            else:
                path.unlink()
                continue
            if root:
                os.chown(path, 0, 0)
    if root:
        os.chown(folder, 0, 0)
