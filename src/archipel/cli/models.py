"""`archipel models`: registered models, what their versions are worth, which one is the champion."""

from __future__ import annotations

import json
from typing import Any

import click

from archipel.cli.reach import running_workspace
from archipel.settings import read_settings
from archipel.texts import paris
from archipel.texts import translate as _


@click.group()
def command() -> None:
    """Modèles enregistrés : list, show, promote."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Une ligne JSON.")
def list_(as_json: bool) -> None:
    """Les modèles des défis et leur version championne."""
    found = running_workspace(read_settings()).get("models")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for model in found:
        click.echo(f"{model['name']:<24} {_champion(model):<24} {model['defi']} — {model['title']}")
    if not found:
        click.echo(_("Aucun modèle."))


@command.command()
@click.argument("name", metavar="NOM")
@click.option(
    "--version", "number", type=click.IntRange(1, 2**31 - 1), help="Une version (la dernière sinon)."
)
@click.option("--json", "as_json", is_flag=True, help="Une ligne JSON.")
def show(name: str, number: int | None, as_json: bool) -> None:
    """Un modèle : ses versions, ses promotions, et si une version passerait."""
    client = running_workspace(read_settings())
    model = client.get(f"models/{client.part(name)}")
    number = number or model["latest"]
    judged = client.get(f"models/{client.part(name)}/versions/{number}") if number else None
    if as_json:
        click.echo(json.dumps(model | {"judged": judged}, ensure_ascii=False))
        return
    click.echo(f"{model['name']} — {model['title']} ({model['defi']})")
    click.echo(f"  {_champion(model)}")
    for version in model["versions"]:
        mark = "→" if version["version"] == model["champion"] else " "
        click.echo(f"  {mark} {version['version']:>4}  {paris(version['created'])}")
    if judged is None:
        click.echo(_("Aucune version. Celle qu’une exécution a laissée dans MLflow, depuis une session :"))
        click.echo(f'  mlflow.register_model("runs:/RUN/modele", "{model["name"]}")')
    else:
        _tell_verdict(judged)
    for promotion in model["promotions"]:
        _tell_promotion(promotion)
    if model["astray"]:
        click.echo(
            _("La championne n’est pas celle de la dernière promotion : promouvez de nouveau la bonne.")
        )


@command.command()
@click.argument("name", metavar="NOM")
@click.argument("number", metavar="VERSION", type=click.IntRange(1, 2**31 - 1))
@click.option("--override", is_flag=True, help="Passer outre un refus (administrateurs), avec --reason.")
@click.option("--reason", default="", help="Pourquoi passer outre ; reste écrit.")
@click.option("--json", "as_json", is_flag=True, help="Une ligne JSON.")
def promote(name: str, number: int, override: bool, reason: str, as_json: bool) -> None:
    """Donner à une VERSION l’alias « champion », si sa carte et son audit passent les seuils du défi."""
    if override != bool(reason.strip()):
        raise click.UsageError(_("--override se donne avec --reason, et seulement avec elle"))
    client = running_workspace(read_settings())
    body = {"version": number, "override": override, "reason": reason}
    done = client.post(f"models/{client.part(name)}/promote", body)
    if as_json:
        click.echo(json.dumps(done, ensure_ascii=False))
        return
    click.echo(_("« {name} » : la version {number} est championne.", name=name, number=number))
    for refusal in done["refusals"]:
        click.echo(f"  {_('passé outre')} {refusal['threshold']}: {refusal['message']}")


def _champion(model: dict[str, Any]) -> str:
    if model["champion"] is None:
        return _("aucune championne")
    return _("championne : version {n}", n=model["champion"])


def _tell_verdict(judged: dict[str, Any]) -> None:
    if judged["passes"]:
        click.echo(_("La version {n} passe tous les seuils.", n=judged["version"]))
        return
    click.echo(_("La version {n} ne passe pas :", n=judged["version"]))
    for refusal in judged["refusals"]:
        click.echo(f"  {refusal['threshold']}: {refusal['message']}")


def _tell_promotion(promotion: dict[str, Any]) -> None:
    why = f" — {_('dérogation')} : « {promotion['reason']} »" if promotion["reason"] else ""
    previous = promotion["previous"] or "—"
    click.echo(f"  {paris(promotion['at'])}  {previous} → {promotion['version']}  {promotion['by']}{why}")
