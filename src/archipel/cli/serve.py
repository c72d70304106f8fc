"""`archipel serve CHILD`: one process of the workspace, started by its supervisor."""

from __future__ import annotations

import os
import sys

import click

from archipel.settings import read_settings
from archipel.workspace import Workspace


@click.command(hidden=True)
@click.argument("child", type=click.Choice(["proxy", "hub", "mlflow", "dashboards", "portal", "keeper"]))
def command(child: str) -> None:
    """Un processus de l’espace de travail."""
    settings = read_settings()
    workspace = Workspace.read(settings.data.workspace_file)
    if workspace is None:
        raise click.ClickException("workspace.json absent")
    _end_with_supervisor()
    if child == "hub":
        arguments = [sys.executable, "-m", "jupyterhub", "-f", _hub_file()]
        os.chdir(settings.data.hub)
        os.execv(sys.executable, arguments)  # noqa: S606  # this process becomes the hub
    if child == "proxy":
        from archipel.hub.proxy import command_of

        program, environment = command_of(settings.data, workspace)
        os.execve(program[0], program, {**os.environ, **environment})  # noqa: S606  # becomes the proxy
    if child == "keeper":
        from archipel.hub.keeper import listen

        listen(settings.data)
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
