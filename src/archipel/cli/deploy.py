"""`archipel deploy`: what a deployment on Kubernetes is given."""

from __future__ import annotations

import click

from archipel.settings import read_settings


@click.group()
def command() -> None:
    """Déploiement sur Kubernetes : values."""


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

    from archipel.catalog.load import load_catalog
    from archipel.catalog.region import load_region
    from archipel.deploy.tree import Tree
    from archipel.deploy.values import chart_values, z2jh_values

    content = read_settings().content
    tree = Tree(content, load_catalog(content), load_region(content))
    told = chart_values(tree) if chart == "archipel" else z2jh_values(tree)
    click.echo(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), nl=False)
