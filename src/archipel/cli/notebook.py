"""`archipel notebook`: the house rules of a stored notebook."""

from __future__ import annotations

from pathlib import Path

import click

from archipel.settings import read_settings
from archipel.texts import translate as _


@click.group()
def command() -> None:
    """Vérifier et nettoyer les notebooks."""


def _paths(paths: tuple[Path, ...]) -> list[Path]:
    return list(paths) or sorted((read_settings().content / "notebooks").glob("*/*.ipynb"))


@command.command()
@click.argument(
    "paths", metavar="[CHEMIN]...", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def check(paths: tuple[Path, ...]) -> None:
    """Les règles de la maison (par défaut, tous les notebooks du contenu)."""
    from archipel.errors import Refusals
    from archipel.notebook.rules import check_notebook

    chosen = _paths(paths)
    violations = [violation for path in chosen for violation in check_notebook(path)]
    if violations:
        raise Refusals([violation.as_error() for violation in violations])
    click.echo(_("Notebooks relus : {count}, rien à redire.", count=len(chosen)))


@command.command()
@click.argument(
    "paths", metavar="[CHEMIN]...", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def strip(paths: tuple[Path, ...]) -> None:
    """Retirer les résultats enregistrés et les métadonnées de trop."""
    from archipel.notebook.rules import strip_notebook

    for path in _paths(paths):
        if strip_notebook(path):
            click.echo(str(path))
