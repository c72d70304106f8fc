"""`archipel deploy`: what a deployment on Kubernetes is given, and whether it may be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archipel.settings import read_settings
from archipel.texts import translate as _

if TYPE_CHECKING:
    from archipel.deploy.tree import Tree

SCHEMA = Path("charts", "archipel", "values.schema.json")


@click.group()
def command() -> None:
    """Déploiement sur Kubernetes : values, check, schema."""


@command.command()
@click.option(
    "--for",
    "chart",
    type=click.Choice(["archipel", "z2jh"]),
    default="archipel",
    help="Pour quel chart : le nôtre, ou zero-to-jupyterhub.",
)
def values(chart: str) -> None:
    """Les valeurs du chart qui suivent du catalogue et de la région, en YAML."""
    import yaml

    from archipel.deploy.values import chart_values, z2jh_values

    tree = _tree()
    told = chart_values(tree) if chart == "archipel" else z2jh_values(tree)
    click.echo(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), nl=False)


@command.command()
@click.option(
    "-f",
    "--values",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Un fichier de valeurs, comme à helm ; le dernier l’emporte.",
)
@click.argument("manifests", metavar="[MANIFESTES]", type=click.File(encoding="utf-8"), required=False)
def check(files: tuple[Path, ...], manifests: Any) -> None:
    """Relire des valeurs (-f), ou les manifestes rendus d’un chart (« - » : l’entrée).

    Les valeurs : clés, unités, images, Secrets attendus. Les manifestes : chaque pod doit tenir dans un
    espace de noms « restricted », sans jeton ni secret en clair.
    """
    from archipel.errors import Refusals

    if manifests is not None:
        import yaml

        from archipel.deploy.restricted import problems

        objects = [one for one in yaml.safe_load_all(manifests) if one]
        if found := problems(objects):
            raise Refusals(found)
        click.echo(_("Manifestes relus : {count} objets, rien à redire.").format(count=len(objects)))
    if files or manifests is None:
        from archipel.deploy.review import check_values
        from archipel.deploy.values import chart_values

        tree = _tree()
        check_values(files, chart_values(tree), sorted(tree.catalog.images))
        click.echo(_("Valeurs relues, rien à redire."))


@command.command()
@click.option("--write", is_flag=True, help="L’écrire dans charts/archipel/values.schema.json.")
def schema(write: bool) -> None:
    """Le schéma JSON des valeurs du chart, que helm vérifie."""
    from archipel.deploy.chart import schema_text
    from archipel.output import write_atomically

    if write:
        write_atomically(read_settings().content / SCHEMA, schema_text().encode())
    else:
        click.echo(schema_text(), nl=False)


def _tree() -> Tree:
    from archipel.catalog.load import load_catalog
    from archipel.catalog.region import load_region
    from archipel.deploy.tree import Tree

    content = read_settings().content
    return Tree(content, load_catalog(content), load_region(content))
