"""The command `archipel`: parse, call, print, exit code. Each group is imported when it is used."""

from __future__ import annotations

import gettext
import importlib
import os
import sys
from typing import Any

import click

from archipel.names import nearest
from archipel.texts import LOCALE, N_, preferred, set_language
from archipel.texts import translate as _

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("workspace:up", N_("Démarrer l’espace de travail sur cette machine")),
    "down": ("workspace:down", N_("L’arrêter")),
    "status": ("workspace:status", N_("Dire ce qui tourne")),
    "login": ("workspace:login", N_("Donner un nouveau lien de connexion")),
    "users": ("users:command", N_("Comptes et groupes (mode partagé)")),
    "run": ("run:command", N_("Lancer une exécution d’un défi")),
    "runs": ("runs:command", N_("Suivre les exécutions : list, show, logs, cancel")),
    "schedule": ("schedule:command", N_("Exécutions planifiées")),
    "dashboard": ("dashboard:command", N_("Publier et gérer les tableaux de bord")),
    "models": ("models:command", N_("Modèles enregistrés : list, show, promote")),
    "content": ("content:command", N_("Contenu épinglé : catalogue, notebooks, code des défis")),
    "catalog": ("catalog:command", N_("Vérifier le catalogue")),
    "notebook": ("notebook:command", N_("Vérifier et nettoyer les notebooks")),
    "env": ("env:command", N_("Environnements des images")),
    "image": ("image:command", N_("Images de conteneurs : list, build, check, sbom, save, push, root")),
    "deploy": ("deploy:command", N_("Déploiement sur Kubernetes : values")),
    "doctor": ("doctor:command", N_("Vérifier que tout marche, de bout en bout")),
    "serve": ("serve:command", ""),
}
"""Name → module of this package and attribute, and its line in the help ("" hides it)."""


def _translated(command: click.Command) -> click.Command:
    """The command, and those below it, with their help in the reader's language."""
    command.help = _(command.help or "")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            parameter.help = _(parameter.help or "")
    if isinstance(command, click.Group):
        command.subcommand_metavar = _("COMMANDE…")
        for below in command.commands.values():
            _translated(below)
    return command


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that `--help` costs nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _colon, attribute = COMMANDS[cmd_name][0].partition(":")
        loaded = importlib.import_module(f"archipel.cli.{module}")
        return _translated(getattr(loaded, attribute))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, _(line)) for name, (_module, line) in COMMANDS.items() if line]
        with formatter.section(_("Commandes")):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            near = nearest(name, COMMANDS)
            told = _("commande inconnue : {name}").format(name=name)
            if near:
                told += _(" ; la plus proche est « {near} »").format(near=near)
            raise click.UsageError(told)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="archipel", prog_name="archipel", help=N_("Donner la version."))
def command() -> None:
    """Archipel : l’espace de travail de science des données de l’État."""


def speak(code: str) -> None:
    """The language of the command, of click's own words too (they go by gettext's global domain)."""
    set_language(code)
    gettext.bindtextdomain("click", LOCALE)
    gettext.textdomain("click")
    os.environ["LANGUAGE"] = code


def main(arguments: list[str] | None = None) -> None:
    """Run the command and leave with its exit code: 0 done, 1 unexpected, 2 refused, 3 failed."""
    speak(preferred(os.environ.get("ARCHIPEL_LANG") or "fr"))
    from archipel.errors import ArchipelError

    try:
        result: Any = _translated(command).main(arguments, prog_name="archipel", standalone_mode=False)
    except ArchipelError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        told = (
            _("{path} : {reason}", path=error.filename, reason=error.strerror)
            if error.filename
            else str(error)
        )
        click.echo(told, err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo(_("Interrompu."), err=True)
        sys.exit(130)
    sys.exit(result if isinstance(result, int) else 0)
