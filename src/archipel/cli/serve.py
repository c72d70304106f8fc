"""`archipel serve CHILD`: one process of the workspace, started by its supervisor."""

from __future__ import annotations

import os
import sys

import click

from archipel import asgi
from archipel.cluster import await_store, read_cluster, take_configuration, take_store_keys
from archipel.settings import read_settings
from archipel.workspace import Workspace

CHILDREN = ["proxy", "hub", "mlflow", "dashboards", "portal", "scheduler", "keeper"]


@click.command(hidden=True)
@click.argument("child", type=click.Choice(CHILDREN))
def command(child: str) -> None:
    """Un processus de l’espace de travail."""
    settings = read_settings()
    if settings.config is not None:
        take_configuration(settings.data, settings.config)
    workspace = Workspace.read(settings.data.workspace_file)
    if workspace is None:
        raise click.ClickException("workspace.json absent")
    cluster = read_cluster(settings.data)
    if cluster is None:
        _end_with_supervisor()
    elif child != "proxy":
        asgi.speak()
        take_store_keys(settings.data)
        if child != "hub":
            # The hub only reads there what is pinned, and says itself what it waits for: people wait for it.
            await_store(cluster.store)
    if child == "hub":
        arguments = [sys.executable, "-m", "jupyterhub", "-f", _hub_file()]
        settings.data.hub.mkdir(exist_ok=True)
        os.chdir(settings.data.hub)
        os.execv(sys.executable, arguments)  # noqa: S606  # this process becomes the hub
    if child == "proxy":
        from archipel.hub.proxy import command_of

        program, environment = command_of(settings.data, workspace)
        os.execve(program[0], program, {**os.environ, **environment})  # noqa: S606  # becomes the proxy
    if child == "keeper":
        from archipel.hub.keeper import listen

        listen(settings.data)
    elif cluster is not None and child in ("portal", "scheduler"):
        from archipel.portal import clustered

        serve = clustered.serve_portal if child == "portal" else clustered.serve_scheduler
        serve(settings.data, workspace, cluster)
    elif child == "portal":
        from archipel.portal.serve import serve as serve_portal

        serve_portal(settings.data, workspace)
    elif child == "dashboards":
        from archipel.dashboards.app import serve as serve_dashboards

        serve_dashboards(settings.data, workspace)
    elif child == "mlflow":
        from archipel.models.server import serve as serve_mlflow

        serve_mlflow(settings.data, workspace)


def _end_with_supervisor() -> None:
    """SIGTERM when the supervisor dies, however it dies: its port and folder are then free again."""
    import ctypes
    import signal

    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM, 0, 0, 0)


def _hub_file() -> str:
    from pathlib import Path

    import archipel.hub

    return str(Path(archipel.hub.__file__).parent / "jupyterhub_config.py")
