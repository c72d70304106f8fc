"""`archipel catalog`: check it, and its JSON Schema."""

from __future__ import annotations

import json

import click

from archipel.settings import read_settings
from archipel.texts import translate as _


@click.group()
def command() -> None:
    """Vérifier le catalogue."""


@command.command()
@click.option("--json", "as_json", is_flag=True)
def check(as_json: bool) -> None:
    """Tout le contenu : catalogue, paramètres, planifications, notebooks."""
    from archipel.errors import Refusals
    from archipel.notebook.review import check_content

    settings = read_settings()
    try:
        catalog = check_content(settings.content)
    except Refusals as refusals:
        if as_json:
            click.echo(json.dumps(refusals.as_json(), ensure_ascii=False))
        raise
    told = {"defis": len(catalog.defis), "images": len(catalog.images), "profiles": len(catalog.profiles)}
    if as_json:
        click.echo(json.dumps(told))
    else:
        click.echo(_("Catalogue valide : {defis} défis, {images} images, {profiles} profils.").format(**told))


@command.command()
@click.option("--write", is_flag=True, help="L’écrire dans catalog/catalog.schema.json.")
def schema(write: bool) -> None:
    """Le schéma JSON, pour la complétion dans un éditeur."""
    from archipel.catalog.schema import schema_text
    from archipel.output import write_atomically

    text = schema_text()
    if write:
        write_atomically(read_settings().content / "catalog" / "catalog.schema.json", text.encode())
    else:
        click.echo(text, nl=False)
