"""A workspace from start to stop: prepare, write where it answers, supervise, wait, end in order."""

from __future__ import annotations

import asyncio
import getpass
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx

from archipel.backends.local import LocalBackend, start_ticks
from archipel.catalog.load import load_catalog
from archipel.catalog.needed import needed
from archipel.content import ensure_pinned, pinned
from archipel.datafolder import DataFolder
from archipel.environments import ensure
from archipel.environments.platformcode import ensure_platform_code
from archipel.errors import ArchipelError, Failed, Refused
from archipel.hub import links, place, supervisor
from archipel.hub.homes import PERSONAL_ACCOUNT
from archipel.hub.secrets import ensure_keys
from archipel.identity.oidc import demand_files, load_oidc
from archipel.identity.provider import answering
from archipel.notebook.review import check_content
from archipel.output import write_atomically
from archipel.texts import translate as _
from archipel.workspace import Workspace

Say = Callable[[str], None]
START_SECONDS = 120


@dataclass(frozen=True)
class Wish:
    """What `archipel up` was asked."""

    port: int = 8000
    bind: str = "127.0.0.1"
    mode: Literal["personal", "shared"] = "personal"
    host: str = "localhost"
    content_host: str = "127.0.0.1"
    live_suffix: str = "localhost"
    base_path: str = "/"
    scheme: str = "http"
    public_port: int | None = None
    tls_cert: str = ""
    tls_key: str = ""
    first_results: bool = True
    oidc: str = ""
    allow_sensible: bool = False


def owner_name() -> str:
    """Account of a personal workspace: who started it; never « root »."""
    name = os.environ.get("SUDO_USER") or getpass.getuser()
    return PERSONAL_ACCOUNT if name == "root" else name


def start(data: DataFolder, content: Path, wish: Wish, say: Say) -> Workspace:
    """Everything up and answering, from the clone at ``content``.

    Raises an `ArchipelError` with a next step; nothing is left running.
    """
    if wish.mode == "shared" and os.geteuid() != 0:
        raise Refused(
            "place.shared-root",
            "le mode partagé crée un compte système par personne : il demande root",
            hint="sudo archipel up --shared ; ou, pour vous seul, archipel up",
        )
    place.prepare(data)
    with place.alone(data):
        return _start(data, content, wish, say)


def _start(data: DataFolder, content: Path, wish: Wish, say: Say) -> Workspace:
    before = Workspace.read(data.workspace_file)
    place.demand_stopped(data)
    place.demand_port(wish.bind, wish.port)
    if wish.oidc:
        _try_provider(Path(wish.oidc), say)
    ensure_keys(data)
    ensure_pinned(data, content, check_content, say)
    _ensure_environments(data, say)
    ensure_platform_code(data)
    workspace = Workspace(
        mode=wish.mode,
        owner=owner_name(),
        scheme=wish.scheme,
        host=wish.host,
        port=wish.port,
        content_host=wish.content_host,
        live_suffix=wish.live_suffix,
        ports=place.inner_ports(before),
        bind=wish.bind,
        base_path=wish.base_path,
        public_port=wish.public_port,
        tls_cert=wish.tls_cert,
        tls_key=wish.tls_key,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        first_results=wish.first_results,
        oidc=wish.oidc,
        allow_sensible=wish.allow_sensible,
    )
    write_atomically(data.workspace_file, workspace.to_json().encode())
    data.stopping.unlink(missing_ok=True)
    process = supervisor.start(data)
    workspace = replace(workspace, pid=process.pid, ticks=start_ticks(process.pid) or 0)
    write_atomically(data.workspace_file, workspace.to_json().encode())
    try:
        wait_ready(data, workspace, say)
    except BaseException:
        stop(data, say, patience=0)
        raise
    return workspace


def _try_provider(path: Path, say: Say) -> None:
    """Its settings must be right; one that does not answer now may later, and is only told."""
    oidc = load_oidc(path)
    demand_files(oidc)
    try:
        asyncio.run(answering(oidc))
        say(_("Fournisseur d’identité : {name}, qui répond.", name=oidc.name))
    except Failed as error:
        say(_("Fournisseur d’identité : {trouble} On l’essaiera à chaque connexion.", trouble=f"{error}"))


def _ensure_environments(data: DataFolder, say: Say) -> None:
    current = pinned(data)
    assert current is not None
    catalog = load_catalog(current.folder)
    for name in needed(catalog):
        ensure(data, current.folder, catalog, name, say)


def wait_ready(data: DataFolder, workspace: Workspace, say: Say) -> None:
    """Until each child answers; told one by one. Raises `Failed` with the log of the one that does not."""
    health = {
        "proxy": f"http://127.0.0.1:{workspace.ports['proxy_api']}/api/routes",
        "hub": f"{workspace.hub_api_url}/",
        "mlflow": f"{workspace.internal_url('mlflow')}{workspace.mlflow_prefix}health",
        "dashboards": f"{workspace.internal_url('dashboards')}/healthz",
        "portal": f"{workspace.internal_url('portal')}{workspace.portal_prefix}healthz",
    }
    waiting, deadline, begun = dict(health), time.monotonic() + START_SECONDS, time.monotonic()
    while waiting:
        for name, url in list(waiting.items()):
            if _answers(url, data if name == "proxy" else None):
                del waiting[name]
                say(f"  {name:<11} {time.monotonic() - begun:4.1f} s")
        if time.monotonic() > deadline:
            name = next(iter(waiting))
            raise Failed(
                "place.not-ready",
                "« {name} » ne répond pas après {seconds} s",
                hint="Son journal dit pourquoi : {log}",
                name=name,
                seconds=START_SECONDS,
                log=data.logs / f"{name}.log",
            )
        time.sleep(0.1)


def _answers(url: str, proxied: DataFolder | None) -> bool:
    headers = {"Authorization": f"token {proxied.key('proxy')}"} if proxied else {}
    try:
        return httpx.get(url, headers=headers, timeout=2, trust_env=False).status_code < 400
    except httpx.HTTPError:
        return False


def link(data: DataFolder, workspace: Workspace, name: str = "") -> str:
    """A new one-time address that signs in ``name`` (the owner by default)."""
    token = links.new_link(data.running / "links", name or workspace.owner)
    return f"{workspace.url}hub/lien?auth={token}"


def stop(data: DataFolder, say: Say, patience: float = 30) -> None:
    """End the workspace in order: running work has ``patience`` seconds, then sessions, then the rest."""
    workspace = Workspace.read(data.workspace_file)
    if workspace is None:
        return
    data.stopping.touch()
    operator = httpx.Client(
        headers={"Authorization": f"token {data.key('operator')}"}, timeout=10, trust_env=False
    )
    _wait_runs(workspace, operator, say, patience)
    _stop_sessions(workspace, operator, say)
    supervisor.shut_down(data)
    deadline = time.monotonic() + 40
    while supervisor.alive(workspace) and time.monotonic() < deadline:
        reap(workspace.pid)
        time.sleep(0.1)
    _end_tasks(data)
    data.workspace_file.unlink(missing_ok=True)


def being_stopped(data: DataFolder) -> bool:
    """Whether somebody asked for the end, here or with `archipel down`."""
    return data.stopping.exists()


def reap(pid: int) -> None:
    """Where the supervisor is our own child, its end must be read."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def _wait_runs(workspace: Workspace, operator: httpx.Client, say: Say, patience: float) -> None:
    health = f"{workspace.internal_url('portal')}{workspace.portal_prefix}healthz"
    deadline, told = time.monotonic() + patience, False
    while True:
        try:
            running = int(operator.get(health).json()["running"])
        except (httpx.HTTPError, ValueError, KeyError):
            return
        if not running or time.monotonic() > deadline:
            return
        if not told:
            say(
                _(
                    "Exécutions en cours : {count} ; elles ont {n} s pour finir…",
                    count=running,
                    n=int(patience),
                )
            )
            told = True
        time.sleep(0.5)


def _stop_sessions(workspace: Workspace, operator: httpx.Client, say: Say) -> None:
    try:
        users: list[dict[str, Any]] = operator.get(f"{workspace.hub_api_url}/users").json()
    except (httpx.HTTPError, ValueError):
        return
    for user in users:
        if isinstance(user, dict) and user.get("server"):
            say(_("Session de {name} arrêtée.").format(name=user["name"]))
            operator.delete(f"{workspace.hub_api_url}/users/{user['name']}/server")
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            users = operator.get(f"{workspace.hub_api_url}/users", params={"state": "active"}).json()
        except (httpx.HTTPError, ValueError):
            return
        if not users:
            return
        time.sleep(0.3)


def _end_tasks(data: DataFolder) -> None:
    """What still runs is stopped; the next start finds it interrupted and says so."""
    backend = LocalBackend(data.running / "tasks", lambda _image, _lock: data.root, data.root)
    tasks = data.running / "tasks"
    for folder in sorted(tasks.iterdir()) if tasks.is_dir() else ():
        if (folder / "exit.json").is_file():
            continue
        try:
            backend.stop(folder.name, timedelta(seconds=5))
        except (ArchipelError, OSError):
            continue
