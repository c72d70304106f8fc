"""`archipel env`: environments of the catalogue's images."""

from __future__ import annotations

import json

import click

from archipel.catalog.models import Catalog
from archipel.errors import Refusals
from archipel.settings import Settings, read_settings
from archipel.texts import translate as _


@click.group()
def command() -> None:
    """Environnements des images : list, install, check, remove."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Une ligne JSON.")
def list_(as_json: bool) -> None:
    """Les environnements : faits, à faire, et ceux que plus aucune image ne demande."""
    from archipel.environments import find, made

    settings, catalog = _opened()
    rows = []
    for name, image in catalog.images.items():
        environment = find(settings.data, settings.content, name)
        rows.append(
            {
                "image": name,
                "lock": environment.lock,
                "ready": environment.complete,
                "wanted": True,
                "size_mb": image.size_mb,
                "folder": str(environment.folder),
            }
        )
    known = {row["folder"] for row in rows}
    rows += [
        {
            "image": e.image,
            "lock": e.lock,
            "ready": True,
            "wanted": False,
            "size_mb": None,
            "folder": str(e.folder),
        }
        for e in made(settings.data)
        if str(e.folder) not in known
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        state = _("prêt") if row["ready"] else _("à faire (environ {size} Mo)").format(size=row["size_mb"])
        if not row["wanted"]:
            state = _("ancien (sert à relire d’anciennes exécutions ; « archipel env remove » l’efface)")
        click.echo(f"{row['image']:<14} {row['lock']}  {state}")


@command.command()
@click.argument("images", nargs=-1)
def install(images: tuple[str, ...]) -> None:
    """Faire les environnements IMAGES (par défaut, ceux que « make install » fait)."""
    from archipel.catalog.needed import needed
    from archipel.environments import ensure

    settings, catalog = _opened()
    wanted = images or needed(catalog)
    _demand_known(wanted, catalog)
    for name in wanted:
        ensure(settings.data, settings.content, catalog, name, click.echo)


@command.command()
@click.argument("images", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Une ligne JSON.")
def check(images: tuple[str, ...], as_json: bool) -> None:
    """Vérifier de l’intérieur ce que les IMAGES (par défaut, celles déjà faites) promettent."""
    from archipel import environments
    from archipel.environments.platformcode import ensure_platform_code
    from archipel.errors import Failed

    settings, catalog = _opened()
    ready = tuple(n for n in catalog.images if environments.find(settings.data, settings.content, n).complete)
    _demand_known(images, catalog)
    code = ensure_platform_code(settings.data)
    rows, broken = [], []
    for name in images or ready:
        environment = environments.ensure(settings.data, settings.content, catalog, name, click.echo)
        for result in environments.check(environment, settings.content, catalog, code):
            rows.append({"image": name, "unit": result.name, "problem": result.problem})
            if not as_json:
                click.echo(f"{name:<14} {result.name} : {result.problem or _('bon')}")
            if result.problem:
                broken.append(f"{name}: {result.name}")
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    if broken:
        raise Failed("environment.unit", "promesse non tenue : {units}", units=", ".join(broken))


@command.command("remove")
@click.argument("images", nargs=-1)
@click.option("--old", is_flag=True, help="Seulement ceux que plus aucune image ne demande.")
def remove_(images: tuple[str, ...], old: bool) -> None:
    """Effacer les environnements des IMAGES ; ils se refont au premier besoin."""
    from archipel.content import pinned
    from archipel.environments import find, made, remove
    from archipel.errors import Refused

    settings, catalog = _opened()
    _demand_known(images, catalog)
    if not images and not old:
        raise Refused("environment.which", "quels environnements ? (IMAGES, ou --old)")
    kept = set()
    if old:
        current = pinned(settings.data)
        wanted = {settings.content, current.folder if current else settings.content}
        kept = {find(settings.data, content, name).folder for content in wanted for name in catalog.images}
    for environment in made(settings.data):
        if (not images or environment.image in images) and environment.folder not in kept:
            remove(environment)
            click.echo(_("Effacé : {folder}").format(folder=environment.folder))


def _opened() -> tuple[Settings, Catalog]:
    from archipel.catalog.load import load_catalog

    settings = read_settings()
    return settings, load_catalog(settings.content)


def _demand_known(names: tuple[str, ...], catalog: Catalog) -> None:
    from archipel.catalog.references import unknown

    if errors := [unknown(n, catalog.images, _("l’image"), "") for n in names if n not in catalog.images]:
        raise Refusals(errors)
