"""`archipel image`: container images, from the same declaration as the environments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archipel.settings import read_settings
from archipel.texts import translate as _

if TYPE_CHECKING:
    from archipel.deploy.engines import Engine
    from archipel.deploy.tree import Tree

engine_option = click.option(
    "--engine",
    "engine_name",
    type=click.Choice(["docker", "podman", "buildah"]),
    help="L’outil (par défaut, le premier qui fonctionne ici).",
)


@click.group()
@click.option(
    "--pinned",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Dossier du contenu épinglé, dont les verrous ne sont pas ceux de ce clone : ses images.",
)
@click.pass_context
def command(context: click.Context, pinned: Path | None) -> None:
    """Images de conteneurs : list, build, check, sbom, save, push, root."""
    context.obj = pinned


@command.command("list")
@engine_option
@click.option("--json", "as_json", is_flag=True, help="Une ligne JSON.")
def list_(engine_name: str | None, as_json: bool) -> None:
    """Les images : leur nom complet, et si elles sont faites ici."""
    from archipel.deploy.images import present
    from archipel.deploy.tree import image_names
    from archipel.errors import Refused

    tree = _tree()
    try:
        engine = _engine(engine_name)
    except Refused as error:
        if engine_name:
            raise
        # Their names are known without any tool.
        engine = None
        click.echo(str(error), err=True)
    rows = []
    for name in image_names(tree.catalog):
        image = tree.image(name)
        ready = None if engine is None else present(engine, image.runnable)
        rows.append({"image": name, "reference": image.runnable.reference, "ready": ready})
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        state = "" if row["ready"] is None else _("prête") if row["ready"] else _("à faire")
        click.echo(f"{row['image']:<14} {row['reference']}  {state}".rstrip())


@command.command()
@click.argument("images", nargs=-1)
@click.option("--force", is_flag=True, help="Refaire aussi ce qui est déjà là (correctifs de Debian).")
@engine_option
def build(images: tuple[str, ...], force: bool, engine_name: str | None) -> None:
    """Faire les IMAGES qui manquent, et celles dont elles partent (par défaut, toutes les courantes)."""
    from archipel.deploy.images import ensure
    from archipel.deploy.tree import demand_known, usual

    tree = _tree()
    demand_known(images, tree.catalog)
    ensure(tree, _engine(engine_name), images or usual(tree.catalog), click.echo, force)


@command.command()
@click.argument("images", nargs=-1, required=True)
@click.option("--user", default="", help="Compte « uid:gid » (par défaut, celui de l’image).")
@engine_option
def check(images: tuple[str, ...], user: str, engine_name: str | None) -> None:
    """Vérifier de l’intérieur ce que les IMAGES et leurs parents promettent."""
    from archipel.deploy import inside
    from archipel.deploy.tree import demand_known
    from archipel.errors import Failed

    tree = _tree()
    demand_known(images, tree.catalog)
    engine, broken = _engine(engine_name), []
    for name in images:
        for result in inside.check(tree, engine, tree.image(name), user):
            click.echo(f"{name:<14} {result.name} : {result.problem or _('bon')}")
            if result.problem:
                broken.append(f"{name}: {result.name}")
    if broken:
        raise Failed("image.unit", "promesse non tenue : {units}", units=", ".join(broken))


@command.command()
@click.argument("image")
@click.option("--output", type=click.Path(path_type=Path), help="Fichier (par défaut, la sortie).")
@engine_option
def sbom(image: str, output: Path | None, engine_name: str | None) -> None:
    """La liste de ce que contient l’IMAGE (CycloneDX 1.6, JSON)."""
    from archipel.deploy import inside
    from archipel.deploy.sbom import sbom as sbom_of
    from archipel.deploy.tree import demand_known

    tree = _tree()
    demand_known([image], tree.catalog)
    wanted = tree.image(image)
    text = sbom_of(wanted.runnable.reference, inside.inventory(_engine(engine_name), wanted))
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@command.command()
@click.argument("image")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@engine_option
def save(image: str, file: Path, engine_name: str | None) -> None:
    """Écrire l’IMAGE dans une archive FILE, que prennent « docker load » et containerd."""
    from archipel.deploy import images
    from archipel.deploy.tree import demand_known

    tree = _tree()
    demand_known([image], tree.catalog)
    images.save(_engine(engine_name), tree.image(image), file)
    click.echo(_("{reference} : dans {file}", reference=tree.image(image).runnable.reference, file=file))


@command.command()
@click.argument("images", nargs=-1, required=True)
@engine_option
def push(images: tuple[str, ...], engine_name: str | None) -> None:
    """Pousser les IMAGES vers le registre de region.yaml."""
    from archipel.deploy import images as made
    from archipel.deploy.tree import demand_known

    tree = _tree()
    demand_known(images, tree.catalog)
    made.push(tree, _engine(engine_name), images, click.echo)


@command.command()
@engine_option
def root(engine_name: str | None) -> None:
    """Faire l’image racine avec les paquets de Debian, là où aucun registre ne la donne (mmdebstrap)."""
    from archipel.deploy.root import make_root

    tree = _tree()
    click.echo(_("Image racine avec les paquets de Debian : environ une demi-minute…"))
    click.echo(_("{reference} : faite.").format(reference=make_root(tree.region, _engine(engine_name))))


def _engine(name: str | None) -> Engine:
    from archipel.deploy.engines import find

    return find(name or "")


def _tree() -> Tree:
    from archipel.catalog.load import load_catalog
    from archipel.catalog.region import load_region
    from archipel.deploy.tree import Tree

    content, pinned = read_settings().content, click.get_current_context().find_object(Path)
    return Tree(content, load_catalog(pinned or content), load_region(content), pinned)
