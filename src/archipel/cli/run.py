"""`archipel run`: submit an execution and say what became of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from archipel.cli.reach import api_client, operator, own_context, to_stderr
from archipel.settings import Settings, read_settings
from archipel.texts import translate as _

EXIT = {"done": 0, "failed": 3, "cancelled": 130, "interrupted": 3}


@click.command()
@click.argument("target", metavar="DÉFI[/EXÉCUTION]")
@click.option("-p", "--parameter", "pairs", multiple=True, metavar="NOM=VALEUR", help="Un paramètre.")
@click.option("--draft", is_flag=True, help="Brouillon : votre copie de travail, pour vous seul.")
@click.option("--no-wait", is_flag=True, help="Rendre la main aussitôt.")
@click.option("--json", "as_json", is_flag=True, help="Dernière ligne : l’exécution en JSON.")
def command(target: str, pairs: tuple[str, ...], draft: bool, no_wait: bool, as_json: bool) -> int:
    """Lancer une exécution d’un défi : archipel run pilote -p decimales=1"""
    from archipel.notebook.parameters import parse_assignments

    settings = read_settings()
    given = parse_assignments(pairs)
    client = api_client(settings)
    if client is None:
        run = _here(settings, target, given, draft)
    else:
        run = _there(settings, client, target, given, draft, no_wait)
    tell(run)
    if as_json:
        click.echo(json.dumps(run, ensure_ascii=False))
    return EXIT.get(run["state"], 0)


def _there(
    settings: Settings, client: Any, target: str, given: dict[str, Any], draft: bool, no_wait: bool
) -> dict[str, Any]:
    """Through the workspace's API: files are read by this process and sent."""
    from archipel.catalog.load import load_catalog
    from archipel.notebook.contract import execution_specs, find_defi
    from archipel.notebook.parameters import check
    from archipel.runs.client import uploaded

    draft_id = None
    if draft:
        from archipel.content.workingcopy import snapshot

        draft_id = client.send("drafts", snapshot(settings.content))["draft"]
    folder = settings.content if draft else _pinned_folder(settings)
    catalog = load_catalog(folder)
    defi, execution = find_defi(catalog, target)
    specs = execution_specs(folder, defi, catalog.defis[defi], execution)
    check(specs, given)
    _demand_readable(specs, given)
    body = {
        "defi": defi,
        "execution": execution,
        "parameters": uploaded(client, specs, given),
        "draft": draft_id,
    }
    run: dict[str, Any] = client.post("runs", body)
    to_stderr(_("Exécution {id}").format(id=run["id"]))
    if no_wait:
        return run
    try:
        run = client.wait(run["id"], Progress())
    except KeyboardInterrupt:
        client.post(f"runs/{run['id']}/cancel")
        run = client.wait(run["id"], Progress())
    return run


def _pinned_folder(settings: Settings) -> Path:
    """What the workspace runs, where this process may read it; a session's own clone else."""
    from archipel.content import pinned

    try:
        current = pinned(settings.data)
    except OSError:
        current = None
    return current.folder if current and current.folder.is_dir() else settings.content


def _demand_readable(specs: Any, given: dict[str, Any]) -> None:
    from archipel.notebook.parameters import check
    from archipel.runs.inputs import look

    look(read_settings().data, specs, check(specs, given), by_path=True)


def _here(settings: Settings, target: str, given: dict[str, Any], draft: bool) -> dict[str, Any]:
    """In this process, under the ledger's lock, by the same ledger and scheduler as the workspace's."""
    from archipel.errors import Conflict
    from archipel.runs.ledger import Request
    from archipel.runs.scheduler import Scheduler
    from archipel.runs.view import as_json

    if draft:
        raise Conflict(
            "draft.no-workspace",
            "un brouillon se lance dans un espace de travail démarré",
            hint="Démarrez-le : archipel up",
        )
    with own_context(settings, to_stderr) as context:
        scheduler = Scheduler(context, slots=1)
        run = scheduler.ledger.submit(Request(target, given, by_path=True), operator())
        to_stderr(_("Exécution {id}").format(id=run.id))
        heard = Progress()
        scheduler.finish(run.id, lambda: heard(as_json(context.store.run(run.id), context.store)))
        return as_json(context.store.run(run.id), context.store)


class Progress:
    """The cell reached, on one line of a terminal; silent elsewhere."""

    def __init__(self) -> None:
        self._shown = ""

    def __call__(self, run: dict[str, Any]) -> None:
        if not sys.stderr.isatty() or not run.get("folder"):
            return
        line = _last_cell(Path(run["folder"]) / "events.jsonl") or run["state"]
        if line != self._shown:
            click.echo(f"\r\033[K{line}", err=True, nl=False)
            self._shown = line


def _last_cell(events: Path) -> str:
    try:
        lines = events.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    for line in reversed(lines):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("event") == "cell":
            return _("cellule {index} sur {count}").format(**event)
    return ""


def tell(run: dict[str, Any]) -> None:
    from archipel.runs.view import failure_told, state_name

    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)
    seconds = f" ({run['seconds']} s)" if run["seconds"] is not None else ""
    click.echo(f"{run['defi']}/{run['execution']} : {state_name(run['state'])}{seconds}", err=True)
    if failure := run["failure"]:
        click.echo(failure_told(failure), err=True)
    if run["reason"]:
        click.echo(run["reason"], err=True)
    if run["folder"]:
        click.echo(_("Dossier : {folder}").format(folder=run["folder"]), err=True)
