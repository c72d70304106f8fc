"""A run as the API, the command line and the pages show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archipel.notebook.accepted import Kind
from archipel.texts import N_
from archipel.texts import translate as _

if TYPE_CHECKING:
    from archipel.runs.rows import Run
    from archipel.runs.store import Store

STATES = {
    "queued": N_("en attente"),
    "running": N_("en cours"),
    "done": N_("réussie"),
    "failed": N_("échouée"),
    "cancelled": N_("annulée"),
    "interrupted": N_("interrompue"),
}


def state_name(state: str) -> str:
    return _(STATES.get(str(state), str(state)))


def failure_told(failure: dict[str, Any]) -> str:
    """Where and why a run failed, in a line."""
    cell = _("cellule {n} : ").format(n=failure["cell"]) if failure.get("cell") else ""
    return f"{cell}{failure['error']} : {failure['message']}"


def as_json(run: Run, store: Store, content_url: str = "") -> dict[str, Any]:
    attempts = store.attempts(run.id)
    last = attempts[-1] if attempts else None
    report = (
        f"{content_url}r/{run.id}/{last.number}/rapport.html"
        if content_url and last and run.state.final
        else None
    )
    shown = run.id if run.kind == "preview" else run.defi
    board = f"{content_url}d/{shown}/" if content_url and run.kind != "run" and run.state.final else None
    return {
        "id": run.id,
        "defi": run.defi,
        "execution": run.execution,
        "kind": run.kind,
        "state": str(run.state),
        "submitted_by": run.submitted_by,
        "run_as": run.run_as,
        "submitted": run.submitted,
        "started": run.started,
        "ended": run.ended,
        "seconds": run.seconds,
        "parameters": {name: plain(entry) for name, entry in run.parameters.items()},
        "commit": run.commit,
        "draft": run.draft,
        "schedule": run.schedule,
        "instant": run.instant,
        "folder": last.folder if last else None,
        "attempts": len(attempts),
        "failure": run.failure,
        "reason": _(run.reason) if run.reason else None,
        "report_url": report,
        "dashboard_url": board,
        "mlflow_run": run.mlflow_run,
    }


def plain(entry: dict[str, Any]) -> Any:
    """A parameter's value without its kind; a date as its text, a file as its name."""
    value = entry["value"]
    if isinstance(value, dict) and set(value) == {"date"}:
        return value["date"]
    if entry["kind"] in (Kind.FICHIER, Kind.DOSSIER) and value:
        return str(value).rpartition("/")[2]
    return value
