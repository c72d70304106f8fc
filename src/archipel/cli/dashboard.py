"""`archipel dashboard`: publish the last good run, list versions, go back to one, preview a draft."""

from __future__ import annotations

import json
from typing import Any

import click

from archipel.cli.reach import api_client, operator, own_context, running_workspace, to_stderr
from archipel.settings import Settings, read_settings
from archipel.texts import paris
from archipel.texts import translate as _


@click.group()
def command() -> None:
    """Tableaux de bord : publish, list, show, preview."""


@command.command()
@click.argument("defi", metavar="DÉFI")
@click.option("--json", "as_json", is_flag=True, help="Dernière ligne : la publication en JSON.")
def publish(defi: str, as_json: bool) -> int:
    """Publier la dernière exécution réussie d’un DÉFI."""
    from archipel.cli.run import EXIT, Progress, tell

    settings = read_settings()
    client = api_client(settings)
    if client is None:
        run = _publish_here(settings, defi)
    else:
        asked = client.post(f"dashboards/{client.part(defi)}/publish")
        run = client.wait(asked["id"], Progress())
    tell(run)
    _tell_address(run, client)
    if as_json:
        click.echo(json.dumps(run, ensure_ascii=False))
    return EXIT.get(run["state"], 0)


@command.command()
@click.argument("run", metavar="EXÉCUTION")
def preview(run: str) -> int:
    """L’aperçu du tableau de bord d’un brouillon, pour vous seul."""
    from archipel.cli.run import EXIT, Progress, tell

    client = running_workspace(read_settings())
    asked = client.post(f"runs/{client.part(run)}/preview")
    shown = client.wait(asked["id"], Progress())
    tell(shown)
    if shown["state"] == "done":
        click.echo(_("Aperçu : {url}").format(url=shown["dashboard_url"]))
    return EXIT.get(shown["state"], 0)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Une ligne JSON.")
def list_them(as_json: bool) -> None:
    """Les tableaux de bord publiés et leurs versions."""
    boards = running_workspace(read_settings()).get("dashboards")
    if as_json:
        click.echo(json.dumps(boards, ensure_ascii=False))
        return
    if not boards:
        click.echo(_("Aucun tableau de bord publié."))
    for board in boards:
        click.echo(f"{board['defi']} — {board['title']} {board['url'] or ''}")
        for version in board["versions"]:
            mark = "→" if version["id"] == board["shown"] else " "
            click.echo(f"  {mark} {version['id']}  {paris(version['published'])}  {version['commit'][:10]}")


@command.command()
@click.argument("defi", metavar="DÉFI")
@click.argument("version", metavar="VERSION")
def show(defi: str, version: str) -> None:
    """Montrer une VERSION publiée (revenir en arrière)."""
    client = running_workspace(read_settings())
    client.post(f"dashboards/{client.part(defi)}/show", {"version": version})
    click.echo(_("« {defi} » montre la version {version}.").format(defi=defi, version=version))


def _publish_here(settings: Settings, defi: str) -> dict[str, Any]:
    from archipel.runs.scheduler import Scheduler
    from archipel.runs.view import as_json

    with own_context(settings, to_stderr) as context:
        scheduler = Scheduler(context, slots=1)
        run = scheduler.ledger.publish(defi, operator())
        scheduler.finish(run.id, lambda: None)
        return as_json(context.store.run(run.id), context.store)


def _tell_address(run: dict[str, Any], client: Any) -> None:
    if run["state"] != "done":
        return
    if client is None:
        click.echo(_("Publié ; « archipel up » le sert."))
    else:
        click.echo(_("Publié : {url}").format(url=run["dashboard_url"]))
