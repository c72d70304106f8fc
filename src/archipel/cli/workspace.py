"""`archipel up | down | status | login`."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import click

from archipel.settings import Settings, read_settings
from archipel.texts import translate as _
from archipel.workspace import Workspace


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--bind", default="127.0.0.1", show_default=True, help="Adresse d’écoute.")
@click.option("--shared", is_flag=True, help="Plusieurs personnes, un compte système chacune (root).")
@click.option("--host", default="localhost", show_default=True, help="Nom de la première origine.")
@click.option(
    "--content-host", default="127.0.0.1", show_default=True, help="Nom de la seconde ; « - » : aucune."
)
@click.option(
    "--live-suffix",
    default="localhost",
    show_default=True,
    help="Suffixe des tableaux vivants ; « - » : aucun.",
)
@click.option("--base-path", default="/", show_default=True, help="Préfixe, derrière un serveur mandataire.")
@click.option("--public-scheme", type=click.Choice(["http", "https"]), help="Ce que voit le navigateur.")
@click.option("--public-port", type=click.IntRange(1, 65535), help="Port que voit le navigateur.")
@click.option(
    "--tls-cert",
    help="Certificat (HTTPS servi ici), avec --tls-key.",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--tls-key", help="Sa clé.", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--oidc",
    help="Connexion par un fournisseur d’identité (oidc.yaml), avec --shared.",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--allow-sensible",
    is_flag=True,
    help="Laisser partir ce qui est marqué « sensible », que cette machine n’isole pas du réseau.",
)
@click.option("--empty", is_flag=True, help="Sans les premières exécutions d’un espace neuf.")
@click.option("--detach", is_flag=True, help="Rendre la main une fois démarré.")
def up(**options: Any) -> None:
    """Démarrer l’espace de travail sur cette machine."""
    from archipel.hub import run

    settings = read_settings()
    wish = _wish(options)
    new = not settings.data.ledger.exists() and not options["empty"]
    workspace = run.start(settings.data, settings.content, wish, click.echo)
    click.echo("")
    click.echo(_("Archipel est prêt : {url}").format(url=workspace.url))
    if workspace.mode == "personal":
        click.echo(
            _("Espace personnel : un seul compte, {name} ; tout lui appartient.").format(name=workspace.owner)
        )
        click.echo(_("Lien de connexion, valable une fois, dix minutes :"))
        click.echo(f"  {run.link(settings.data, workspace)}")
    elif workspace.oidc:
        click.echo(_("Espace partagé : chacun se connecte par le fournisseur d’identité, à cette adresse."))
        click.echo(
            _(
                "Adresses à lui déclarer : {url}hub/oauth_callback (retour), {url}hub/deconnecte (sortie)"
            ).format(url=workspace.url)
        )
    else:
        click.echo(_("Espace partagé : archipel users add NOM, puis archipel login NOM."))
    if new:
        click.echo(_("Espace neuf : chaque défi s’exécute une fois, puis son tableau de bord est publié."))
    if options["detach"]:
        return
    click.echo(_("Ctrl-C pour arrêter."))
    _stay(settings, workspace)


def _wish(options: dict[str, Any]) -> Any:
    from archipel.errors import Refused
    from archipel.hub import run

    if bool(options["tls_cert"]) != bool(options["tls_key"]):
        raise Refused("up.tls", "--tls-cert et --tls-key se donnent ensemble")
    if options["oidc"] and not options["shared"]:
        raise Refused("up.oidc", "--oidc se donne avec --shared : il fait un compte par personne")
    path = "/" + options["base_path"].strip("/") + "/"
    local = options["host"] == "localhost"
    if not local and options["content_host"] == "127.0.0.1":
        # A second origin cannot be guessed for a real name: until it is given, nothing is served live.
        options |= {"content_host": "-", "live_suffix": "-"}
    return run.Wish(
        port=options["port"],
        bind=options["bind"],
        mode="shared" if options["shared"] else "personal",
        host=options["host"],
        content_host="" if options["content_host"] == "-" else options["content_host"],
        live_suffix="" if options["live_suffix"] == "-" else options["live_suffix"],
        base_path="/" if path == "//" else path,
        scheme=options["public_scheme"] or ("https" if options["tls_cert"] else "http"),
        public_port=options["public_port"],
        tls_cert=str(options["tls_cert"].absolute()) if options["tls_cert"] else "",
        tls_key=str(options["tls_key"].absolute()) if options["tls_key"] else "",
        first_results=not options["empty"],
        oidc=str(options["oidc"].absolute()) if options["oidc"] else "",
        allow_sensible=options["allow_sensible"],
    )


def _stay(settings: Settings, workspace: Workspace) -> None:
    """In the foreground until Ctrl-C, SIGTERM, or `archipel down` elsewhere.

    Raises `Failed` when the supervisor ended by itself.
    """
    from archipel.errors import Failed
    from archipel.hub import run, supervisor

    asked = {"stop": False}

    def ask(_signal: int, _frame: Any) -> None:
        asked["stop"] = True

    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)
    while not asked["stop"] and settings.data.workspace_file.exists():
        run.reap(workspace.pid)
        if not supervisor.alive(workspace) and not run.being_stopped(settings.data):
            raise Failed(
                "place.supervisor",
                "le superviseur s’est arrêté de lui-même",
                hint="Son journal : {log} ; relancer : archipel up",
                log=settings.data.logs / "supervisor.log",
            )
        time.sleep(0.3)
    if asked["stop"]:
        click.echo(_("\nArrêt…"))
        run.stop(settings.data, click.echo)
    click.echo(_("Arrêté."))


@click.command()
def down() -> None:
    """Arrêter l’espace de travail."""
    from archipel.errors import Conflict
    from archipel.hub import run

    data = read_settings().data
    if Workspace.read(data.workspace_file) is None:
        raise Conflict("place.not-running", "rien ne tourne", where=str(data.root))
    run.stop(data, click.echo)
    click.echo(_("Arrêté."))


@click.command()
@click.argument("name", metavar="[NOM]", required=False, default="")
def login(name: str) -> None:
    """Un nouveau lien de connexion, valable une fois, dix minutes."""
    from archipel.errors import Conflict, NotFound
    from archipel.hub import run, supervisor
    from archipel.hub.accounts import read_accounts

    data = read_settings().data
    workspace = Workspace.read(data.workspace_file)
    if workspace is None or not (workspace.cluster or supervisor.alive(workspace)):
        raise Conflict("place.not-running", "rien ne tourne", hint="Démarrez d’abord : archipel up")
    accounts = read_accounts(data, workspace)
    people = accounts.names
    if not name and workspace.mode == "shared":
        raise NotFound("account.name", "quel compte ? (il y a : {names})", names=", ".join(people) or "—")
    if name and name not in people:
        raise NotFound(
            "account.unknown",
            "aucun compte « {name} » (il y a : {names})",
            name=name,
            names=", ".join(people) or "—",
        )
    if name and accounts.people[name].federated:
        raise Conflict(
            "account.no-link",
            "« {name} » se connecte par le fournisseur d’identité, jamais par un lien",
            hint="Un compte de secours : archipel users add NOM --admin",
            name=name,
        )
    click.echo(run.link(data, workspace, name))


@click.command()
@click.option("--json", "as_json", is_flag=True)
def status(as_json: bool) -> int:
    """Ce qui tourne, et où sont les journaux."""
    from archipel.hub.status import status_of

    told = status_of(read_settings().data)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return 0 if told["running"] else 1
    if told["running"]:
        click.echo(_("Archipel tourne : {url} ({mode})").format(**told))
        for child in told["children"]:
            click.echo(
                f"  {child['name']:<11} {child['state']:<10} pid {child['pid']:<8} {child['uptime']} s"
            )
        for session in told["sessions"]:
            click.echo(_("  session de {name}").format(**session))
    else:
        click.echo(_("Archipel ne tourne pas."))
    click.echo(_("Données   : {data} ({free_mb} Mo libres)").format(**told))
    click.echo(_("Journaux  : {logs}").format(**told))
    click.echo(_("Contenu   : {content}").format(content=told["content"] or _("rien encore")))
    return 0 if told["running"] else 1
