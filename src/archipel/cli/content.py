"""`archipel content`: the commit that runs, schedules and dashboards use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from archipel.settings import read_settings
from archipel.texts import translate as _

SHOWN = 8
"""Files named on one line; the others are counted."""


@click.group()
def command() -> None:
    """Contenu épinglé : catalogue, notebooks, code des défis."""


@command.command()
@click.option("--from", "source", type=click.Path(path_type=Path), help="Dépôt à comparer.")
@click.option("--json", "as_json", is_flag=True, help="Une ligne JSON.")
def status(source: Path | None, as_json: bool) -> None:
    """Le commit épinglé, et ce qui le sépare de votre dépôt."""
    from archipel.cli.reach import api_client
    from archipel.content.repository import status as status_of

    settings = read_settings()
    # From a session, what is pinned is the workspace's to tell; the data folder is not in reach.
    client = api_client(settings) if settings.api_url else None
    commit = client.get("content")["commit"] if client is not None else None
    told = status_of(settings.data, source or settings.content, commit)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in status_lines(told):
        click.echo(line)


def status_lines(told: dict[str, Any]) -> list[str]:
    """The status as sentences."""
    lines = [_("Épinglé : {commit}").format(commit=told["pinned"] or _("rien encore"))]
    if told["head"] is None:
        return [*lines, _("« {source} » n’est pas un dépôt git.").format(source=told["source"])]
    lines.append(_("Dépôt   : {commit} ({source})").format(commit=told["head"], source=told["source"]))
    if told["pinned"] == told["head"]:
        lines.append(_("Le dépôt en est là."))
    elif told["pinned"] is None or told["behind"]:
        lines.append(_("Pour le prendre : archipel content take HEAD"))
    elif told["behind"] is None:
        lines.append(_("Le commit épinglé vient d’un autre dépôt."))
    for title, names in (
        (_("Ce qui change : {files}"), told["changed"]),
        (_("Pas encore dans un commit : {files}"), told["uncommitted"]),
    ):
        if names:
            more = _(" et {count} autres").format(count=len(names) - SHOWN) if len(names) > SHOWN else ""
            lines.append(title.format(files=", ".join(names[:SHOWN]) + more))
    return lines


@command.command()
@click.argument("commit")
@click.option("--from", "source", type=click.Path(path_type=Path), help="Dépôt où il se trouve.")
def take(commit: str, source: Path | None) -> None:
    """Vérifier tout le contenu d’un COMMIT, puis l’épingler."""
    from archipel.cli.reach import api_client
    from archipel.content.git import is_repository

    settings = read_settings()
    folder = source or settings.content
    client = api_client(settings)
    if client is not None and is_repository(folder):
        from archipel.content.workingcopy import bundle

        data, full = bundle(folder, commit)
        taken = client.send("content/take", data, commit=full)["commit"]
    else:
        from archipel.content import take as take_commit
        from archipel.notebook.review import check_content

        taken = take_commit(settings.data, folder, commit, check_content).commit
    click.echo(_("Contenu épinglé : {commit}").format(commit=taken))
