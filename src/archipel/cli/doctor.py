"""`archipel doctor`: the whole path, one line a step."""

from __future__ import annotations

import json

import click

from archipel.settings import read_settings


@click.command()
@click.argument("name", metavar="NOM", required=False, default="")
@click.option("--json", "as_json", is_flag=True, help="Une ligne JSON par étape.")
def command(name: str, as_json: bool) -> int:
    """Essayer tout le chemin au nom de NOM ; dans un pod d’un cluster, sa base et son magasin d’objets."""
    from archipel.hub.doctor import examine

    code = 0
    for step in examine(read_settings().data, name):
        if as_json:
            told = {"step": step.title, "seconds": round(step.seconds, 2), "error": step.error}
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            mark = "✗" if step.error else "✓"
            click.echo(f"{mark} {step.title:<40} {step.seconds:5.1f} s")
            if step.error:
                click.echo(f"  {step.error}", err=True)
        if step.error:
            code = 3
    return code
