"""How a command reaches the workspace: its API where one runs, else this process under the ledger's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from archipel.settings import Settings
from archipel.workspace import Workspace

if TYPE_CHECKING:
    from archipel.identity.person import Person
    from archipel.runs.client import Client
    from archipel.runs.context import Context


def api_client(settings: Settings) -> Client | None:
    """A client of the session's API, or of the running workspace that this account owns; else None."""
    from archipel.runs.client import Client

    if settings.api_url:
        return Client(settings.api_url, settings.api_token)
    try:
        workspace = Workspace.read(settings.data.workspace_file)
        token = settings.data.key("operator")
    except OSError:
        return None
    from archipel.hub.supervisor import alive

    if workspace is None or not alive(workspace):
        return None
    return Client(workspace.api_url, token)


def running_workspace(settings: Settings) -> Client:
    """`api_client`, for what nothing but a workspace does. Raises `Conflict` where none runs."""
    from archipel.errors import Conflict

    client = api_client(settings)
    if client is None:
        raise Conflict(
            "workspace.stopped",
            "l’espace de travail n’est pas démarré",
            hint="Démarrez-le : archipel up",
        )
    return client


def operator() -> Person:
    """Who uses this machine's data folder without any workspace: its owner, who administers it."""
    import getpass

    from archipel.identity.person import Person

    return Person(getpass.getuser(), admin=True)


@contextmanager
def own_context(settings: Settings, say: Callable[[str], None]) -> Iterator[Context]:
    """The ledger in this process, for want of a workspace. Raises `Conflict` when another holds it."""
    from archipel.artifacts import Artifacts
    from archipel.content import ensure_pinned
    from archipel.dashboards.publish import promoter
    from archipel.notebook.review import check_content
    from archipel.runs.store import writer
    from archipel.runs.tracking import tracking
    from archipel.runs.wiring import build_context

    with writer(settings.data.ledger_lock):
        ensure_pinned(settings.data, settings.content, check_content, say)
        yield build_context(
            settings.data,
            tracking=tracking(settings.data),
            on_published=promoter(Artifacts(f"file://{settings.data.artifacts}")),
            say=say,
        )


def to_stderr(message: str) -> None:
    click.echo(message, err=True)
