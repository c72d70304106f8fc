"""The context of a cluster: ledger in PostgreSQL, artefacts in the object store, content shared by pods."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from archipel.artifacts import Artifacts
from archipel.backends.task import Backend, Status, Task
from archipel.cluster import Cluster, prepared
from archipel.content.shared import SharedContent
from archipel.datafolder import DataFolder
from archipel.environments import lock_of
from archipel.isolation import Proved
from archipel.runs.context import Context, Published, Tracking
from archipel.runs.packages import Packages
from archipel.runs.rows import Run
from archipel.runs.store import Store, open_engine, upgrade

log = logging.getLogger("archipel.scheduler")

SCHEMA = "archipel"
WRITER = 0x41524348
"""Key of the advisory lock that the one scheduler holds ("ARCH")."""


class Elsewhere:
    """The backend of a process that starts nothing: the scheduler does."""

    def start(self, task: Task) -> None:
        raise AssertionError(task.name)

    def state(self, name: str) -> Status:
        raise AssertionError(name)

    def logs(self, name: str, offset: int = 0) -> Iterator[bytes]:
        """The pod of a run sends its log itself."""
        return iter(())

    def stop(self, name: str, grace: timedelta = timedelta(seconds=10)) -> None:
        raise AssertionError(name)

    def forget(self, name: str) -> None:
        raise AssertionError(name)


def open_ledger(data: DataFolder) -> sa.Engine:
    """The ledger's schema, brought to this release by whichever process comes first."""
    with prepared(data, SCHEMA) as url:
        engine = open_engine(url)
        upgrade(engine)
    return engine


@contextmanager
def only_scheduler(engine: sa.Engine) -> Iterator[Callable[[], bool]]:
    """The right to start runs, of one process in the cluster: another one waits here until it is free.

    The database gives it back the moment the holder's connection ends, however it ends. Gives a function
    that tells whether it is held still: who lost its connection must start nothing more.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # A holder whose node is gone says nothing more: the server finds out by itself, in about ten seconds
        # rather than in two hours.
        for setting, seconds in (("idle", 5), ("interval", 2), ("count", 3)):
            connection.execute(sa.text(f"SET tcp_keepalives_{setting} = {seconds}"))
        told = False
        while not connection.execute(sa.select(sa.func.pg_try_advisory_lock(WRITER))).scalar():
            if not told:
                log.info("another process schedules: standing by")
            told = True
            time.sleep(1)

        def held() -> bool:
            try:
                return bool(connection.execute(sa.select(1)).scalar())
            except sa.exc.DBAPIError:
                return False

        yield held


def clustered_context(
    data: DataFolder,
    cluster: Cluster,
    *,
    engine: sa.Engine,
    content: SharedContent,
    backend: Backend,
    tracking: Tracking,
    on_published: Callable[[Published], None],
    api_url: str,
) -> Context:
    def no_environment(image: str, folder: Path) -> None:
        """Images are built before: a cluster makes no environment."""

    def identity(run: Run, _slot: int) -> str:
        return f"person:{run.run_as}" if run.draft else f"d-{run.defi}"

    for folder in (data.inputs, data.drafts):
        folder.mkdir(parents=True, exist_ok=True)
    artifacts = Artifacts(cluster.store)
    return Context(
        data=data,
        store=Store(engine),
        artifacts=artifacts,
        backend=backend,
        desk=Packages(artifacts, content),
        library=content,
        lock_of=lock_of,
        ensure_environment=no_environment,
        tracking=tracking,
        identity=identity,
        on_published=on_published,
        api_url=api_url,
        isolation=Proved(artifacts),
    )
