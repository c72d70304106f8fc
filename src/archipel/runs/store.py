"""The ledger: what was asked, what became of it. One process writes it, any may read it."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from archipel.backends.task import State
from archipel.errors import Conflict, Failed, NotFound
from archipel.runs import schema
from archipel.runs.rows import ACTIVE, Attempt, Run, now

log = logging.getLogger("archipel.runs")


def open_engine(url: str) -> Engine:
    """SQLite (``sqlite:///path``) or PostgreSQL. Acknowledged writes survive a power cut."""
    # A database that was started again has closed the connections of the pool: each is tried first.
    # An error goes to a log, where no value that somebody gave has a place.
    engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"), hide_parameters=True)
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _settle(connection: Any, _record: Any) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
                connection.execute(f"PRAGMA {pragma}")

    return engine


def upgrade(engine: Engine) -> None:
    """Bring the tables to this release; those of a newer one stay as they are, where it can use them.

    Raises `Failed` where it cannot.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = Config()
    # A percent sign in the path would be read as an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        with engine.begin() as connection:
            held = MigrationContext.configure(connection).get_current_revision()
            ours = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
            if held is not None and held not in ours and floor_of(held) in ours:
                log.info("the ledger's tables are of a newer release (%s), which only added to ours", held)
                return
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except sa.exc.DatabaseError as error:
        raise Failed(
            "ledger.unreadable",
            "le registre des exécutions est illisible : {reason}",
            where=str(engine.url),
            hint="Reprenez la sauvegarde d’avant.",
            reason=str(error.orig),
        ) from error
    except CommandError as error:
        raise Failed(
            "ledger.newer",
            "le registre des exécutions vient d’une version plus récente d’Archipel",
            where=str(engine.url),
            hint="Démarrez avec cette version, ou reprenez la sauvegarde d’avant.",
        ) from error


def floor_of(revision: str) -> str:
    """The oldest revision whose releases still read and write what this one leaves: its name says it.

    ``0003_for_0001``: what 0002 and 0003 did only added to 0001. One that says nothing is for its own
    releases alone.
    """
    return revision.partition("_for_")[2] or revision


@contextmanager
def writer(lock: Path) -> Iterator[None]:
    """The right to write the ledger; one process at a time. Raises `Conflict` with who holds it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            raise Conflict(
                "ledger.locked",
                "le registre des exécutions est tenu par le processus {pid}",
                where=str(lock),
                hint="Attendez sa fin, ou démarrez l’espace de travail : il en sert plusieurs à la fois.",
                pid=stream.read().strip() or "?",
            ) from None
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield


class Store:
    """Reads and writes of the ledger; every write is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(self, values: Mapping[str, Any], parents: tuple[str, ...] = (), reason: str = "") -> Run:
        """The run of an instant takes it, for a ``reason``, in one transaction: both are there, or none."""
        row = {field.name: values.get(field.name) for field in fields(Run)}
        row["state"], row["cancel_asked"] = str(values["state"]), False
        with self.engine.begin() as connection:
            connection.execute(sa.insert(schema.run).values(row))
            for name in parents:
                connection.execute(sa.insert(schema.parent).values(run=row["id"], parent=name))
            if row["instant"]:
                taken = {
                    "schedule": row["schedule"],
                    "at": row["instant"],
                    "reason": reason,
                    "run": row["id"],
                }
                connection.execute(sa.insert(schema.instant).values(taken))
        return self.run(str(values["id"]))

    def run(self, run_id: str) -> Run:
        """Raises `NotFound`."""
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(schema.run).where(schema.run.c.id == run_id)).first()
        if row is None:
            raise NotFound("run.unknown", "aucune exécution « {id} »", id=run_id[:60])
        return _run(row)

    def runs(
        self,
        *,
        defi: str | None = None,
        states: tuple[State, ...] = (),
        kind: str | None = None,
        limit: int | None = 50,
        oldest_first: bool = False,
        drafts: bool = True,
        cancel_asked: bool = False,
        reader: tuple[str, frozenset[str]] | None = None,
    ) -> list[Run]:
        """The latest first, unless the oldest are asked for. ``cancel_asked``: only those.

        ``reader``: a person, and the défis whose runs they may read; their own are theirs anyway.
        """
        order = (schema.run.c.submitted, schema.run.c.id)
        query = sa.select(schema.run).order_by(*(order if oldest_first else map(sa.desc, order))).limit(limit)
        if defi:
            query = query.where(schema.run.c.defi == defi)
        if states:
            query = query.where(schema.run.c.state.in_([str(state) for state in states]))
        if kind:
            query = query.where(schema.run.c.kind == kind)
        if not drafts:
            query = query.where(schema.run.c.draft.is_(None))
        if cancel_asked:
            query = query.where(schema.run.c.cancel_asked)
        if reader:
            person, defis = reader
            open_to = sa.and_(schema.run.c.draft.is_(None), schema.run.c.defi.in_(defis))
            query = query.where(sa.or_(schema.run.c.submitted_by == person, open_to))
        with self.engine.connect() as connection:
            return [_run(row) for row in connection.execute(query)]

    def counted(self) -> dict[str, int]:
        """Number of runs by state."""
        query = sa.select(schema.run.c.state, sa.func.count()).group_by(schema.run.c.state)
        with self.engine.connect() as connection:
            return {state: int(count) for state, count in connection.execute(query)}

    def active_of(self, person: str) -> int:
        """Number of a person's runs that wait or run."""
        mine = sa.and_(
            schema.run.c.submitted_by == person, schema.run.c.state.in_([str(state) for state in ACTIVE])
        )
        with self.engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one())

    def parents(self, run_id: str) -> tuple[str, ...]:
        query = sa.select(schema.parent.c.parent).where(schema.parent.c.run == run_id)
        with self.engine.connect() as connection:
            return tuple(connection.execute(query).scalars())

    def has_children(self, run_id: str) -> bool:
        """Whether another run was made of this one: its publication."""
        query = sa.select(schema.parent.c.run).where(schema.parent.c.parent == run_id).limit(1)
        with self.engine.connect() as connection:
            return connection.execute(query).first() is not None

    def change(self, run_id: str, **values: Any) -> Run:
        with self.engine.begin() as connection:
            connection.execute(sa.update(schema.run).where(schema.run.c.id == run_id).values(values))
        return self.run(run_id)

    def add_attempt(self, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.insert(schema.attempt).values(values))
            connection.execute(
                sa.update(schema.run)
                .where(schema.run.c.id == values["run"])
                .values(state=str(State.RUNNING), started=values["started"])
            )

    def put_back(self, run_id: str, number: int, reason: str) -> Run:
        """The run waits again, and says why; an attempt whose start was not answered is over: in one
        transaction."""
        with self.engine.begin() as connection:
            connection.execute(
                sa.update(schema.attempt)
                .where(schema.attempt.c.run == run_id, schema.attempt.c.number == number)
                .values(state=str(State.INTERRUPTED), ended=now(), token_sha256=None)
            )
            connection.execute(
                sa.update(schema.run)
                .where(schema.run.c.id == run_id)
                .values(state=str(State.QUEUED), started=None, reason=reason)
            )
        return self.run(run_id)

    def attempts(self, run_id: str) -> list[Attempt]:
        query = sa.select(schema.attempt).where(schema.attempt.c.run == run_id).order_by("number")
        with self.engine.connect() as connection:
            return [_attempt(row) for row in connection.execute(query)]

    def attempt_of_token(self, sha256: str) -> Attempt | None:
        """The running attempt that holds the token: it is worth nothing once the attempt has ended."""
        query = sa.select(schema.attempt).where(
            schema.attempt.c.token_sha256 == sha256, schema.attempt.c.state == str(State.RUNNING)
        )
        with self.engine.connect() as connection:
            row = connection.execute(query).first()
        return _attempt(row) if row else None

    def end(self, run_id: str, number: int, state: State, ended: str = "", **values: Any) -> Run:
        """End an attempt and its run in one transaction. ``ended``: when, now by default."""
        ended = ended or now()
        with self.engine.begin() as connection:
            connection.execute(
                sa.update(schema.attempt)
                .where(schema.attempt.c.run == run_id, schema.attempt.c.number == number)
                .values(
                    state=str(state), ended=ended, exit_code=values.pop("exit_code", None), token_sha256=None
                )
            )
            connection.execute(
                sa.update(schema.run)
                .where(schema.run.c.id == run_id)
                .values(state=str(state), ended=ended, **values)
            )
        return self.run(run_id)

    def since(self, schedule: str, first_seen: str) -> str:
        """When the schedule was first known: nothing is due before."""
        with self.engine.begin() as connection:
            query = sa.select(schema.schedule.c.since).where(schema.schedule.c.name == schedule)
            found = connection.execute(query).scalar()
            if found is None:
                connection.execute(sa.insert(schema.schedule).values(name=schedule, since=first_seen))
            return str(found or first_seen)

    def last_instant(self, schedule: str) -> str | None:
        query = sa.select(sa.func.max(schema.instant.c.at)).where(schema.instant.c.schedule == schedule)
        with self.engine.connect() as connection:
            return connection.execute(query).scalar()

    def taken(self, schedule: str, at: str) -> bool:
        """Whether this instant has its run, or was refused one."""
        known = schema.instant.c
        query = sa.select(known.at).where(known.schedule == schedule, known.at == at)
        with self.engine.connect() as connection:
            return connection.execute(query).first() is not None

    def refuse(self, schedule: str, at: str, reason: str) -> None:
        """Take an instant without a run, so that it is not asked again."""
        with self.engine.begin() as connection:
            connection.execute(sa.insert(schema.instant).values(schedule=schedule, at=at, reason=reason))


def _run(row: Any) -> Run:
    return Run(**{**row._mapping, "state": State(row.state)})


def _attempt(row: Any) -> Attempt:
    return Attempt(**{**row._mapping, "state": State(row.state)})
