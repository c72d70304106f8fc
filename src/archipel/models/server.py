"""The process `archipel serve mlflow`: MLflow's own auth application behind our gate, one worker.

`uvicorn` on the application alone is one process (259 MB, 3.5 s); MLflow's own command starts several.
The variables that its application reads are private: the version is pinned.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from archipel import asgi
from archipel.artifacts import Artifacts
from archipel.catalog.load import cached_catalog
from archipel.catalog.models import Catalog
from archipel.cluster import MAKING, prepared, read_cluster
from archipel.content import pinned
from archipel.content.shared import SharedContent
from archipel.datafolder import DataFolder
from archipel.errors import Unavailable
from archipel.identity.person import Person
from archipel.identity.signin import HubSignIn
from archipel.models.access import (
    NONE,
    READ,
    SOURCES,
    Attempt,
    attempt_permission,
    experiment_permission,
    model_permission,
)
from archipel.models.gate import IDENTITY, Gate
from archipel.models.protection import models_of
from archipel.models.registry import MlflowRegistry
from archipel.output import write_atomically
from archipel.workspace import Workspace

GRANT_SECONDS = 5.0


def serve(data: DataFolder, workspace: Workspace) -> None:
    asgi.speak()
    if (cluster := read_cluster(data)) is not None:
        SharedContent(data, Artifacts(cluster.store)).follow()
    asgi.serve(create_app(data, workspace), workspace.listens("mlflow"))


def create_app(data: DataFolder, workspace: Workspace) -> Gate:
    """The gate around MLflow's application. Sets this process's environment: call it once."""
    with places_of(data) as places:
        os.environ.update(environment(data, workspace, places))
        import mlflow.server.auth as auth

        inner = auth.create_app()
        registry = MlflowRegistry(places.tables, Artifacts(places.artifacts))
    return Gate(
        inner,
        sign_in=HubSignIn(
            workspace=workspace,
            service="mlflow",
            api_token=data.key("mlflow"),
            prefix=workspace.mlflow_prefix,
            cookie_secret=sealing_key(data).encode(),
            origin=workspace.origin(workspace.host),
        ),
        prefix=workspace.mlflow_prefix,
        origin=workspace.origin(workspace.host),
        catalog=lambda: current_catalog(data),
        attempt_of=AttemptTokens(workspace),
        grant=Grants(auth.store, lambda: current_catalog(data)),
        protected=registry.protected,
    )


def sealing_key(data: DataFolder) -> str:
    """Of this process's own cookies, from the one key that it has: the platform's opens doors elsewhere."""
    return hmac.new(data.key("mlflow").encode(), b"cookies", "sha256").hexdigest()


@dataclass(frozen=True)
class Places:
    """SQLAlchemy addresses of MLflow's tables and of its rights' own, and where it serves artefacts from."""

    tables: str
    rights: str
    artifacts: str


@contextmanager
def places_of(data: DataFolder) -> Iterator[Places]:
    """They are there, and nobody else makes their tables meanwhile."""
    cluster = read_cluster(data)
    if cluster is None:
        folder = data.mlflow
        yield Places(
            f"sqlite:///{folder}/mlflow.sqlite", f"sqlite:///{folder}/auth.sqlite", f"{folder}/artifacts"
        )
        return
    with prepared(data, "mlflow") as tables, prepared(data, "mlflow_auth", MAKING + 1) as rights:
        yield Places(tables, rights, f"{cluster.store}/mlflow")


def environment(data: DataFolder, workspace: Workspace, places: Places) -> dict[str, str]:
    """What MLflow's application reads of its environment."""
    data.mlflow.mkdir(parents=True, exist_ok=True)
    config = data.mlflow / "auth.ini"
    write_atomically(
        config,
        (
            "[mlflow]\n"
            "default_permission = NO_PERMISSIONS\n"
            "database_uri = " + places.rights.replace("%", "%%") + "\n"
            "admin_username = archipel-admin\n"
            "authorization_function = archipel.models.server:identity\n"
        ).encode(),
    )
    host, port = workspace.host, workspace.public_port or workspace.port
    inside = urlsplit(workspace.internal_url("mlflow"))
    names = [host, f"{host}:{port}", inside.hostname or "", inside.netloc]
    return {
        "_MLFLOW_SERVER_FILE_STORE": places.tables,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": places.artifacts,
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "_MLFLOW_STATIC_PREFIX": workspace.mlflow_prefix.rstrip("/"),
        "_MLFLOW_SGI_NAME": "uvicorn",
        "MLFLOW_AUTH_CONFIG_PATH": str(config),
        "MLFLOW_AUTH_ADMIN_PASSWORD": data.key("mlflow"),
        "MLFLOW_BASIC_AUTH_FAIL_CLOSED": "true",
        "MLFLOW_FLASK_SERVER_SECRET_KEY": sealing_key(data),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(names),
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": workspace.origin(host),
        "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX": SOURCES,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }


def identity() -> Any:
    """MLflow's `authorization_function`: the name that the gate put there; nobody else can."""
    from flask import request
    from werkzeug.datastructures import Authorization

    name = request.headers.get(IDENTITY.decode(), "")
    if not name:
        from mlflow.server.auth import make_basic_auth_response

        return make_basic_auth_response()
    return Authorization("basic", {"username": name, "password": ""})


class Grants:
    """MLflow's own permissions, brought to what the catalogue says, at most every `GRANT_SECONDS` a user."""

    def __init__(self, store: Any, catalog: Any) -> None:
        self._store, self._catalog = store, catalog
        self._seen: dict[Any, float] = {}
        self._given: dict[tuple[str, str, str], str] = {}

    def __call__(self, user: str, person: Person | None, attempt: Attempt | None) -> None:
        key = (user, person, attempt)
        if time.monotonic() - self._seen.get(key, -GRANT_SECONDS) < GRANT_SECONDS:
            return
        catalog: Catalog = self._catalog()
        admin = person is not None and person.administers(catalog)
        self._ensure_user(user, admin)
        read = models_of(attempt.experiment, catalog) if attempt else frozenset()
        for experiment in self._experiments():
            if attempt is not None:
                wanted = attempt_permission(experiment.name, attempt, reads_models=bool(read))
            else:
                assert person is not None
                wanted = experiment_permission(experiment.name, person, catalog)
            self._give(user, "experiment", experiment.experiment_id, wanted)
        for name in (name for defi in catalog.defis.values() for name in defi.models):
            if person is not None:
                wanted = model_permission(name, person, catalog) or NONE
            else:
                wanted = READ if name in read else NONE
            self._give(user, "registered_model", name, wanted)
        if len(self._seen) > 10_000:
            self._seen.clear()
        self._seen[key] = time.monotonic()

    def _give(self, user: str, kind: str, name: str, wanted: str) -> None:
        if self._given.get((user, kind, name)) != wanted:
            self._store.grant_user_permission(user, kind, name, wanted)
            self._given[(user, kind, name)] = wanted

    def _ensure_user(self, user: str, admin: bool) -> None:
        import secrets

        if not self._store.has_user(user):
            # Nobody signs in to MLflow itself: the password is drawn and forgotten.
            self._store.create_user(user, secrets.token_urlsafe(32), is_admin=admin)
        elif self._store.get_user(user).is_admin != admin:
            self._store.update_user(user, is_admin=admin)

    def _experiments(self) -> list[Any]:
        from mlflow.server.handlers import _get_tracking_store

        found, token = [], None
        while True:
            page = _get_tracking_store().search_experiments(max_results=1000, page_token=token)
            found += list(page)
            token = page.token
            if not token:
                return found


class AttemptTokens:
    """Asks the portal which running attempt holds a token; believed for five seconds.

    Raises `Unavailable` while the portal starts again: MLflow's client tries that again, and takes a 401
    for its end.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._url = f"{workspace.api_url}/attempts/whoami"
        self._cache: dict[str, tuple[float, Attempt | None]] = {}

    async def __call__(self, token: str) -> Attempt | None:
        known = self._cache.get(token)
        if known and time.monotonic() - known[0] < GRANT_SECONDS:
            return known[1]
        attempt = await self._ask(token)
        if len(self._cache) > 10_000:
            self._cache.clear()
        self._cache[token] = (time.monotonic(), attempt)
        return attempt

    async def _ask(self, token: str) -> Attempt | None:
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                answer = await client.post(self._url, headers={"Authorization": f"Bearer {token}"})
        except httpx.HTTPError:
            raise _silent() from None
        if answer.status_code >= 500:
            raise _silent()
        if answer.status_code != 200:
            return None
        told = answer.json()
        return Attempt(told["run"], told["experiment"], told["mlflow_run"]) if told["mlflow_run"] else None


def _silent() -> Unavailable:
    return Unavailable("portal.silent", "le portail ne répond pas ; réessayez")


def current_catalog(data: DataFolder) -> Catalog:
    current = pinned(data)
    assert current is not None
    return cached_catalog(current.folder)
