"""The whole path tried as a person would take it: one step after the other, each with its time.

In a pod of a cluster, what its process stands on: no supervisor is there, nor the hub's folder of links.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx

from archipel.cluster import (
    Cluster,
    database_url,
    read_cluster,
    take_store_keys,
    try_database,
    try_store,
)
from archipel.datafolder import DataFolder
from archipel.errors import ArchipelError, Conflict, Failed
from archipel.hub import links, supervisor
from archipel.hub.accounts import read_accounts
from archipel.texts import N_
from archipel.texts import translate as _
from archipel.workspace import Workspace

DEFI = "bonjour"
PATIENCE = 120
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Visit:
    """What the steps hand to each other. ``browser`` keeps the cookies of ``name``."""

    data: DataFolder
    workspace: Workspace
    name: str
    browser: httpx.Client
    operator: httpx.Client
    run: dict[str, Any] = field(default_factory=dict)
    opened: bool = False

    @property
    def api(self) -> str:
        return f"{self.workspace.origin(self.workspace.host)}{self.workspace.portal_prefix}api/v1/"


@dataclass(frozen=True)
class Step:
    """``error``: why it failed, "" when it did not."""

    title: str
    seconds: float
    error: str = ""


def examine(data: DataFolder, name: str = "") -> Iterator[Step]:
    """The steps, as they end; of a path, nothing after the first that fails.

    Raises `Conflict` where nothing runs.
    """
    workspace = Workspace.read(data.workspace_file)
    if workspace is None:
        raise Conflict(
            "workspace.stopped",
            "l’espace de travail n’est pas démarré",
            hint="Démarrez-le : archipel up",
        )
    cluster = read_cluster(data)
    if cluster is not None:
        yield from _taken(_foundations(data, cluster))
        return
    with _visit(data, workspace, name or _somebody(data, workspace)) as visit:
        for step in _taken({title: partial(check, visit) for title, check in STEPS.items()}):
            yield step
            if step.error:
                return


def _taken(checks: Mapping[str, Callable[[], None]]) -> Iterator[Step]:
    for title, check in checks.items():
        began = time.monotonic()
        error = _tried(check)
        yield Step(_(title), time.monotonic() - began, error)


def _tried(check: Callable[[], None]) -> str:
    try:
        check()
    except ArchipelError as error:
        return str(error)
    except (httpx.HTTPError, OSError, ValueError, KeyError, IndexError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _foundations(data: DataFolder, cluster: Cluster) -> dict[str, Callable[[], None]]:
    """What this pod is given: one that has no key of the database is not asked about it."""
    checks: dict[str, Callable[[], None]] = {}
    if (data.secrets / "database").is_file():
        checks[N_("Base de données")] = partial(_database, data)
    checks[N_("Magasin d’objets")] = partial(_store, data, cluster)
    return checks


def _database(data: DataFolder) -> None:
    import sqlalchemy as sa

    try_database(sa.create_engine(database_url(data, "public"), poolclass=sa.NullPool))


def _store(data: DataFolder, cluster: Cluster) -> None:
    take_store_keys(data)
    try_store(cluster.store)


@contextmanager
def _visit(data: DataFolder, workspace: Workspace, name: str) -> Iterator[Visit]:
    headers = {"Authorization": f"token {data.key('operator')}"}
    with (
        httpx.Client(follow_redirects=True, timeout=90, trust_env=False) as browser,
        httpx.Client(headers=headers, timeout=90, trust_env=False) as operator,
    ):
        visit = Visit(data, workspace, name, browser, operator)
        try:
            yield visit
        finally:
            if visit.opened:
                operator.delete(f"{workspace.hub_api_url}/users/{name}/server")


def _somebody(data: DataFolder, workspace: Workspace) -> str:
    """The owner, or the first administrator of a shared workspace."""
    accounts = read_accounts(data, workspace)
    names = accounts.admins or accounts.names
    if not names:
        raise Conflict(
            "doctor.nobody",
            "aucun compte : rien ne peut être essayé en son nom",
            hint="archipel users add NOM --admin",
        )
    return workspace.owner if workspace.owner in names else names[0]


def _children(visit: Visit) -> None:
    told = supervisor.children(visit.data)
    down = [child["name"] for child in told if child["state"] != "running"]
    if down or not told:
        raise Failed(
            "doctor.children",
            "arrêté : {names}",
            hint="Leurs journaux sont dans {logs}",
            names=", ".join(down) or "supervisord",
            logs=visit.data.logs,
        )


def _sign_in(visit: Visit) -> None:
    token = links.new_link(visit.data.running / "links", visit.name)
    hub = f"{visit.workspace.url}hub/lien"
    page = _expect(visit.browser.get(hub, params={"auth": token}))
    hidden = dict(re.findall(r'name="(_xsrf|jeton)" value="([^"]+)"', page.text))
    _expect(visit.browser.post(hub, data=hidden, headers={"Origin": _origin(visit.workspace.url)}))
    _expect(visit.browser.get(f"{visit.api}runs"))


def _session(visit: Visit) -> None:
    user = f"{visit.workspace.hub_api_url}/users/{visit.name}"

    def ready() -> bool:
        servers = _expect(visit.operator.get(user)).json()["servers"]
        return bool(servers.get("", {}).get("ready"))

    if not ready():
        _expect(visit.operator.post(f"{user}/server", json={}))
        visit.opened = True
        _until(ready, _("la session ne démarre pas"))
    _expect(visit.browser.get(f"{visit.workspace.url}user/{visit.name}/lab"))


def _bonjour(visit: Visit) -> None:
    body = {"defi": DEFI, "parameters": {"prenom": "Archipel"}}
    asked = _expect(visit.browser.post(f"{visit.api}runs", json=body, headers=SAME_SITE)).json()
    visit.run = _ended(visit, asked["id"])


def _publish(visit: Visit) -> None:
    asked = visit.browser.post(f"{visit.api}dashboards/{DEFI}/publish", headers=SAME_SITE)
    _ended(visit, _expect(asked).json()["id"])


def _dashboard(visit: Visit) -> None:
    if not visit.workspace.content_url:
        return
    page = _expect(visit.browser.get(f"{visit.workspace.content_url}d/{DEFI}/"))
    found = re.search(r'<iframe id="page"[^>]* src="([^"]+)"', page.text)
    if found is None:
        raise Failed("doctor.frame", "la page du tableau de bord n’a pas son cadre")
    static = _expect(visit.browser.get(f"{_origin(visit.workspace.content_url)}{found.group(1)}"))
    if "Archipel" not in static.text:
        raise Failed("doctor.page", "le tableau de bord ne montre pas la dernière exécution")


def _live(visit: Visit) -> None:
    if not visit.workspace.live_suffix:
        return
    url = f"{visit.workspace.content_url}d/{DEFI}/live"
    told = _expect(visit.browser.post(url, json={}, headers=SAME_SITE)).json()
    address = urlsplit(told["url"])
    # Browsers know that *.localhost is this machine; not every resolver does.
    here = visit.workspace.live_suffix == "localhost"
    target = f"{address.scheme}://127.0.0.1:{address.port or 80}" if here else _origin(told["url"])
    host = {"Host": address.netloc}
    first = visit.browser.get(f"{target}{address.path}", headers=host, follow_redirects=False)
    cookie = first.headers.get("set-cookie", "").partition(";")[0]
    live = httpx.get(f"{target}/", headers={**host, "Cookie": cookie}, timeout=90, trust_env=False)
    if "rendered_cells" not in _expect(live).text:
        raise Failed("doctor.live", "la page vivante ne s’affiche pas")


def _mlflow(visit: Visit) -> None:
    base = f"{_origin(visit.workspace.url)}{visit.workspace.mlflow_prefix}"
    _expect(visit.browser.get(base, headers={"Accept": "text/html"}))
    query = {"run_id": visit.run["mlflow_run"] or ""}
    told = _expect(visit.browser.get(f"{base}ajax-api/2.0/mlflow/runs/get", params=query)).json()
    if not told["run"]["data"].get("metrics"):
        raise Failed("doctor.mlflow", "MLflow n’a pas les mesures de l’exécution")


STEPS: dict[str, Callable[[Visit], None]] = {
    N_("Processus de l’espace de travail"): _children,
    N_("Connexion par lien"): _sign_in,
    N_("Session JupyterLab"): _session,
    N_("Exécution de « bonjour »"): _bonjour,
    N_("Publication de son tableau de bord"): _publish,
    N_("Page du tableau de bord"): _dashboard,
    N_("Page vivante"): _live,
    N_("MLflow"): _mlflow,
}


def _ended(visit: Visit, run_id: str) -> dict[str, Any]:
    run: dict[str, Any] = {}

    def final() -> bool:
        run.update(_expect(visit.browser.get(f"{visit.api}runs/{run_id}")).json())
        return run["ended"] is not None

    _until(final, _("l’exécution ne finit pas"))
    if run["state"] != "done":
        failure = run["failure"] or {"message": run["reason"]}
        raise Failed(
            "doctor.run",
            "exécution {id} : {state} ({reason})",
            hint="Son journal : archipel runs logs {id}",
            id=run_id,
            state=run["state"],
            reason=failure["message"],
        )
    return run


def _until(done: Callable[[], bool], sentence: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise Failed("doctor.slow", sentence)
        time.sleep(0.3)


def _expect(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is a success. Raises `Failed` with where and what."""
    if answer.is_success:
        return answer
    raise Failed(
        "doctor.answer",
        "{method} {url} : {status} {text}",
        method=answer.request.method,
        url=answer.request.url.copy_with(query=None),
        status=answer.status_code,
        text=answer.text[:200].strip(),
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
