"""What the chart tells the platform's pods: one JSON file beside ``workspace.json``, and keys as files.

Nothing here is secret; the keys (database, object store, services) are files of the folder ``secrets``.
"""

from __future__ import annotations

import json
import logging
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from archipel.artifacts import Artifacts
from archipel.datafolder import DataFolder
from archipel.errors import Failed, Refused, Unavailable
from archipel.output import write_atomically

NAME = "cluster.json"
log = logging.getLogger("archipel.cluster")

PATIENCE_SECONDS = 120.0
VANISHED = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""libpq's settings: a server whose node is gone closes no connection; about ten seconds rather than hours."""
MAKING = 0x41524349
"""Key of the advisory lock of whoever makes or changes tables."""


@dataclass(frozen=True)
class Cluster:
    """``store``: fsspec address of the object store. ``pods``: fields of `backends.manifests.Ground`.

    ``homes``: ``{"size", "class"}`` of people's claims, and ``groups``, the claim of the groups' folders
    ("" for none). ``slots``: how many runs at a time. ``live``: fields of `dashboards.live.Limits`.
    ``canary``: seconds between two trials of the network of what is « sensible ». ``canary_targets``:
    ``host:port`` of what else must not answer it. ``content``: what a new installation starts with.
    """

    store: str
    pods: dict[str, Any]
    homes: dict[str, str] = field(default_factory=dict)
    slots: int = 20
    live: dict[str, Any] = field(default_factory=dict)
    canary: int = 3600
    canary_targets: tuple[str, ...] = ()
    content: str = "/opt/archipel/content"


def take_configuration(data: DataFolder, config: Path) -> None:
    """Copy what the chart wrote into this pod's data folder, where every process looks for it."""
    for name, folder in (("workspace.json", data.running), (NAME, data.running), ("accounts.json", data.hub)):
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / name, (config / name).read_bytes())


def read_cluster(data: DataFolder) -> Cluster | None:
    """None on one machine."""
    try:
        text = (data.running / NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return Cluster(**json.loads(text))


def database_url(data: DataFolder, schema: str) -> str:
    """SQLAlchemy's address of one schema of the database; its key ``database`` names the whole.

    One database is asked of whoever runs PostgreSQL; each part (ledger, hub, MLflow) has its schema, so
    that their tables of migrations never meet.
    """
    path = data.secrets / "database"
    parts = urlsplit(path.read_text(encoding="utf-8").strip())
    if parts.scheme.partition("+")[0] not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise Refused(
            "cluster.database",
            "adresse de base refusée : postgresql://compte:mot-de-passe@hôte/base attendu",
            where=str(path),
        )
    # Unquoted on purpose: a percent sign would be read as an interpolation by alembic's configuration.
    given = {name: value for name, _equals, value in (pair.partition("=") for pair in parts.query.split("&"))}
    added = {**VANISHED, **_authorities(given)}
    more = [f"{name}={value}" for name, value in added.items() if name not in given]
    query = "&".join(filter(None, [parts.query, *more, f"options=-csearch_path={schema}"]))
    return urlunsplit(("postgresql+psycopg", parts.netloc, parts.path, query, ""))


def _authorities(given: Mapping[str, str]) -> dict[str, str]:
    """Who vouches for a database whose certificate is asked for: whom the image trusts, the region's too.

    libpq alone looks in its account's folder. Where nothing is asked, none is named: it would then ask.
    """
    file = os.environ.get("SSL_CERT_FILE", "")
    return {"sslrootcert": file} if file and given.get("sslmode", "").startswith("verify-") else {}


@contextmanager
def prepared(data: DataFolder, schema: str, lock: int = MAKING) -> Iterator[str]:
    """The address of a schema that is there, alone: who makes its tables holds the others off meanwhile."""
    import sqlalchemy as sa

    url = database_url(data, schema)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    _wait(engine)
    with engine.begin() as connection:
        # The connection's end gives it back, however it ends.
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
        with engine.begin() as other:
            other.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
        yield url


def _wait(engine: Any) -> None:
    """Until the database answers: at an installation it starts beside who asks. Raises `Failed`."""
    deadline, told = time.monotonic() + PATIENCE_SECONDS, ""
    while True:
        try:
            try_database(engine)
            return
        except Failed as error:
            if time.monotonic() > deadline:
                raise
            reason = str(error.values["reason"])
        if reason != told:
            log.warning("database not reached yet: %s", reason)
            told = reason
        time.sleep(1)


def try_database(engine: Any) -> None:
    """One connection, opened and closed. Raises `Failed` where there is none."""
    import sqlalchemy as sa

    try:
        engine.connect().close()
    except sa.exc.OperationalError as error:
        raise Failed(
            "cluster.database-silent",
            "la base ne répond pas : {reason}",
            where=f"{engine.url.host}:{engine.url.port or 5432}",
            hint="Vérifiez le Secret, et networkPolicy.database si elle est hors du cluster.",
            reason=str(error.orig).strip().splitlines()[-1],
        ) from None


def take_store_keys(data: DataFolder) -> None:
    """Tell the object store's client where its keys and its endpoint are files, where there are any."""
    for variable, name in (
        ("AWS_SHARED_CREDENTIALS_FILE", "s3-credentials"),
        ("AWS_CONFIG_FILE", "s3-config"),
    ):
        path: Path = data.secrets / name
        if path.is_file():
            os.environ.setdefault(variable, str(path))


def await_store(url: str) -> None:
    """Until the store takes a small file and gives it back: before anything half works without it.

    One that does not answer is waited for, as it may start beside who asks. Raises what `try_store` does.
    """
    deadline, told = time.monotonic() + PATIENCE_SECONDS, ""
    while True:
        try:
            try_store(url)
            return
        except Unavailable as error:
            if error.code != "store.silent" or time.monotonic() > deadline:
                raise
            reason = str(error)
        if reason != told:
            log.warning("store not reached yet: %s", reason)
            told = reason
        time.sleep(1)


def try_store(url: str) -> None:
    """What every part of the platform does with it, once: write, read, list, remove.

    Raises `Unavailable` for one that is silent or refuses, `Failed` for a volume that cannot be written.
    """
    store, folder = Artifacts(url), f".probe/{uuid.uuid4().hex}"
    try:
        store.write(f"{folder}/a", b"a")
        if store.read(f"{folder}/a") != b"a" or store.names(folder) != ["a"]:
            raise Unavailable("store.wrong", "le magasin d’objets ne rend pas ce qu’il reçoit", where=url)
        store.remove(folder)
    except OSError as error:
        raise Failed(
            "cluster.store",
            "le magasin d’objets n’est pas utilisable : {reason}",
            where=url,
            hint="Vérifiez le volume de store.claim.",
            reason=error.strerror or str(error),
        ) from error
