"""`archipel schedule`: what comes by itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from archipel.settings import read_settings
from archipel.texts import paris
from archipel.texts import translate as _


@click.group()
def command() -> None:
    """Exécutions planifiées."""


@command.command("next")
@click.option("--count", default=10, show_default=True, type=click.IntRange(1, 100), help="Combien.")
@click.option("--json", "as_json", is_flag=True)
def next_(count: int, as_json: bool) -> None:
    """Les prochaines, dans l’ordre."""
    from archipel.catalog.load import load_catalog
    from archipel.content import pinned
    from archipel.runs.due import coming

    settings = read_settings()
    try:
        current = pinned(settings.data)
    except OSError:
        current = None
    catalog = load_catalog(current.folder if current and current.folder.is_dir() else settings.content)
    schedules = {
        f"{defi}/{name}": schedule
        for defi, declared in catalog.defis.items()
        for name, schedule in declared.schedules.items()
    }
    found = coming(schedules, datetime.now(UTC), count)
    if as_json:
        click.echo(json.dumps([{"schedule": name, "at": at.isoformat()} for at, name in found]))
        return
    for at, name in found:
        execution = schedules[name].execution
        click.echo(f"{paris(at.isoformat())}  {name}  ({name.partition('/')[0]}/{execution})")
    if not found:
        click.echo(_("Aucune exécution planifiée."))
