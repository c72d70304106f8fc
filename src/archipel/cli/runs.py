"""`archipel runs`: what became of each execution."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from archipel.cli.reach import api_client, operator, own_context, to_stderr
from archipel.runs.view import failure_told, state_name
from archipel.settings import read_settings
from archipel.texts import paris
from archipel.texts import translate as _


@click.group()
def command() -> None:
    """Suivre les exécutions : list, show, logs, cancel."""


@command.command("list")
@click.option("--defi", help="Celles d’un défi.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500))
@click.option("--json", "as_json", is_flag=True)
def list_(defi: str | None, limit: int, as_json: bool) -> None:
    """Les dernières exécutions."""
    found = _runs(defi, limit)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    if found:
        state, what, when, took = _("état"), _("exécution"), _("demandée"), _("durée")
        head = f"{'ID':<{len(found[0]['id'])}}  {state:<12} {what:<24} {when:<16}  {took:>9}  {_('par')}"
        click.echo(head)
    for run in found:
        who = _("calendrier") if run["schedule"] else run["submitted_by"]
        seconds = f"{run['seconds']:.1f} s" if run["seconds"] is not None else "—"
        click.echo(
            f"{run['id']}  {state_name(run['state']):<12} {run['defi'] + '/' + run['execution']:<24} "
            f"{paris(run['submitted'])}  {seconds:>9}  {who}"
        )
    if not found:
        click.echo(_("Aucune exécution."))


@command.command()
@click.argument("run_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
def show(run_id: str, as_json: bool) -> None:
    """Tout d’une exécution."""
    run = _run(run_id)
    if as_json:
        click.echo(json.dumps(run, ensure_ascii=False))
        return
    click.echo(f"{run['defi']}/{run['execution']} — {state_name(run['state'])}")
    for label, value in (
        (_("demandée"), f"{paris(run['submitted'])} — {run['submitted_by']}"),
        (_("commencée"), paris(run["started"])),
        (_("finie"), paris(run["ended"])),
        (_("durée"), "" if run["seconds"] is None else f"{run['seconds']:.1f} s"),
        (_("contenu"), run["commit"]),
        (_("dossier"), run["folder"]),
        (_("rapport"), run["report_url"]),
        ("MLflow", run["mlflow_run"]),
        (_("échec"), run["failure"] and failure_told(run["failure"])),
        (_("raison"), run["reason"]),
    ):
        if value:
            click.echo(f"  {label:<10} {value}")
    for name, value in run["parameters"].items():
        click.echo(f"  -p {name}={json.dumps(value, ensure_ascii=False)}")


@command.command()
@click.argument("run_id", metavar="ID")
@click.option("-f", "--follow", is_flag=True, help="Suivre jusqu’à la fin.")
def logs(run_id: str, follow: bool) -> None:
    """Le journal d’une exécution."""
    offset = 0
    while True:
        run = _run(run_id)
        chunk = _log(run, offset)
        offset += len(chunk)
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        if not follow or run["state"] not in ("queued", "running"):
            return
        time.sleep(0.5)


@command.command()
@click.argument("run_id", metavar="ID")
def cancel(run_id: str) -> None:
    """Annuler une exécution en attente ou en cours."""
    settings = read_settings()
    client = api_client(settings)
    if client is not None:
        client.post(f"runs/{client.part(run_id)}/cancel")
    else:
        from archipel.runs.ledger import Ledger
        from archipel.runs.scheduler import Scheduler

        with own_context(settings, to_stderr) as context:
            Ledger(context).cancel(run_id, operator())
            Scheduler(context).turn_one(run_id)
    click.echo(_("Annulation demandée."))


def _runs(defi: str | None, limit: int) -> list[dict[str, Any]]:
    settings = read_settings()
    client = api_client(settings)
    if client is not None:
        found: list[dict[str, Any]] = client.get("runs", defi=defi, limit=limit)
        return found
    from archipel.runs.view import as_json
    from archipel.runs.wiring import read_store

    store = read_store(settings.data)
    return [as_json(run, store) for run in store.runs(defi=defi, limit=limit)]


def _run(run_id: str) -> dict[str, Any]:
    settings = read_settings()
    client = api_client(settings)
    if client is not None:
        found: dict[str, Any] = client.get(f"runs/{client.part(run_id)}")
        return found
    from archipel.runs.view import as_json
    from archipel.runs.wiring import read_store

    store = read_store(settings.data)
    return as_json(store.run(run_id), store)


def _log(run: dict[str, Any], offset: int) -> bytes:
    settings = read_settings()
    client = api_client(settings)
    if client is not None:
        chunk: bytes = client.text(f"runs/{run['id']}/logs", offset=offset)
        return chunk
    from archipel.names import task_name

    for path in (
        settings.data.running / "tasks" / task_name(run["id"], run["attempts"] or 1) / "log.txt",
        *([Path(run["folder"]) / "log.txt"] if run["folder"] else []),
    ):
        if path.is_file():
            data: bytes = path.read_bytes()
            return data[offset:]
    return b""
