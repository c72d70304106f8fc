"""`archipel content`: the commit that runs, schedules and dashboards use."""

from __future__ import annotations

import json
from pathlib import Path

import click

from archipel.cli.reach import api_client
from archipel.settings import read_settings
from archipel.texts import translate as _


@click.group()
def command() -> None:
    """Contenu épinglé : catalogue, notebooks, code des défis."""


@command.command()
@click.option("--json", "as_json", is_flag=True)
def status(as_json: bool) -> None:
    """Le commit épinglé, et ce qui le sépare de votre dépôt."""
    from archipel.content.repository import status as status_of

    settings = read_settings()
    client = api_client(settings) if settings.api_url else None
    told = status_of(settings.data, settings.content)
    if client is not None:
        told["pinned"] = client.get("content")["commit"]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(_("Épinglé : {commit}").format(commit=told["pinned"] or _("rien encore")))
    click.echo(_("Dépôt   : {commit} ({source})").format(commit=told["head"] or "—", source=told["source"]))
    if told["behind"]:
        click.echo(_("{count} commits à prendre : archipel content take HEAD").format(count=told["behind"]))
    uncommitted = told["uncommitted"]
    if isinstance(uncommitted, list) and uncommitted:
        click.echo(_("Pas encore dans un commit : {files}").format(files=", ".join(uncommitted[:8])))


@command.command()
@click.argument("commit")
@click.option("--from", "source", type=click.Path(path_type=Path), help="Dépôt où il se trouve.")
def take(commit: str, source: Path | None) -> None:
    """Vérifier tout le contenu d’un COMMIT, puis l’épingler."""
    settings = read_settings()
    folder = source or settings.content
    client = api_client(settings)
    if client is not None:
        from archipel.content.workingcopy import bundle

        data, full = bundle(folder, commit)
        taken = client.send("content/take", data, commit=full)["commit"]
    else:
        from archipel.content import take as take_commit
        from archipel.notebook.contract import check_content

        taken = take_commit(settings.data, folder, commit, check_content).commit
    click.echo(_("Contenu épinglé : {commit}").format(commit=taken))
