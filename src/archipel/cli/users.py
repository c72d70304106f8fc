"""`archipel users`: accounts and groups of a shared workspace."""

from __future__ import annotations

import json
from typing import Any

import click

from archipel.settings import read_settings
from archipel.texts import translate as _


@click.group()
def command() -> None:
    """Comptes et groupes d’un espace partagé."""


@command.command()
@click.argument("name", metavar="NOM")
@click.option("--group", "groups", multiple=True, help="Un groupe (répétable).")
@click.option("--admin", is_flag=True, help="Administre l’espace.")
@click.option("--federated", is_flag=True, help="Se connectera par le fournisseur d’identité (OIDC).")
def add(name: str, groups: tuple[str, ...], admin: bool, federated: bool) -> None:
    """Ajouter une personne ; le refaire change ses groupes."""
    from archipel.hub.people import add_person

    add_person(read_settings().data, name, frozenset(groups), admin, federated=federated)
    if federated:
        click.echo(_("{name} : ajouté, par le fournisseur d’identité.").format(name=name))
        return
    click.echo(_("{name} : ajouté. Son lien de connexion : archipel login {name}").format(name=name))


@command.command()
@click.argument("name", metavar="NOM")
def remove(name: str) -> None:
    """Retirer une personne ; ses fichiers restent."""
    from archipel.hub.people import remove_person

    home = remove_person(read_settings().data, name)
    click.echo(
        _("{name} : retiré. Ses fichiers ({home}) et son compte système restent.", name=name, home=home)
    )


@command.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """Les personnes et leurs groupes."""
    from archipel.hub.accounts import stored_accounts

    accounts = stored_accounts(read_settings().data)
    rows: list[dict[str, Any]] = [
        {"name": account.name, "groups": sorted(account.groups), "admin": account.admin}
        for account in accounts.people.values()
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['name']:<20} {', '.join(row['groups'])}{' (administre)' if row['admin'] else ''}")
    if not rows:
        click.echo(_("Aucun compte."))


@command.group()
def group() -> None:
    """Membres d’un groupe : add, remove."""


@group.command("add")
@click.argument("group_name", metavar="GROUPE")
@click.argument("name", metavar="NOM")
def group_add(group_name: str, name: str) -> None:
    """Faire entrer NOM dans GROUPE."""
    from archipel.hub.people import change_group

    change_group(read_settings().data, name, group_name, member=True)
    click.echo(_("{name} est du groupe {group}.").format(name=name, group=group_name))


@group.command("remove")
@click.argument("group_name", metavar="GROUPE")
@click.argument("name", metavar="NOM")
def group_remove(group_name: str, name: str) -> None:
    """Faire sortir NOM de GROUPE."""
    from archipel.hub.people import change_group

    change_group(read_settings().data, name, group_name, member=False)
    click.echo(_("{name} n’est plus du groupe {group}.").format(name=name, group=group_name))
    click.echo(_("Une session déjà ouverte garde le dossier du groupe jusqu’à son redémarrage."))
