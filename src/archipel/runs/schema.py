"""Tables of the ledger, in SQLAlchemy; `migrations/` brings a database to them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

# Instants are ISO 8601 texts in UTC: they sort, and SQLite and PostgreSQL keep them alike.
run = Table(
    "run",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("defi", String(40), nullable=False, index=True),
    Column("execution", String(40), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("submitted_by", String(80), nullable=False),
    Column("run_as", String(80), nullable=False),
    Column("submitted", String(32), nullable=False, index=True),
    Column("started", String(32)),
    Column("ended", String(32)),
    Column("parameters", JSON, nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("commit", String(64), nullable=False),
    Column("draft", String(40)),
    Column("schedule", String(90)),
    Column("instant", String(32)),
    Column("failure", JSON),
    Column("reason", String(400)),
    Column("mlflow_run", String(64)),
    Column("cancel_asked", Boolean, nullable=False, default=False),
)

attempt = Table(
    "attempt",
    metadata,
    Column("run", String(40), ForeignKey("run.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("task", String(63), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("folder", String(400), nullable=False),
    Column("slot", Integer, nullable=False),
    Column("token_sha256", String(64), index=True),
    Column("started", String(32), nullable=False),
    Column("ended", String(32)),
    Column("exit_code", Integer),
)

parent = Table(
    "parent",
    metadata,
    Column("run", String(40), ForeignKey("run.id"), primary_key=True),
    Column("parent", String(40), ForeignKey("run.id"), primary_key=True),
)

schedule = Table(
    "schedule",
    metadata,
    Column("name", String(90), primary_key=True),
    Column("since", String(32), nullable=False),
)

instant = Table(
    "instant",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("schedule", String(90), ForeignKey("schedule.name"), nullable=False),
    Column("at", String(32), nullable=False),
    Column("run", String(40), ForeignKey("run.id")),
    Column("reason", String(200), nullable=False),
    UniqueConstraint("schedule", "at"),
)

promotion = Table(
    "promotion",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("model", String(40), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("previous", Integer),
    Column("by", String(80), nullable=False),
    Column("at", String(32), nullable=False),
    Column("refusals", JSON, nullable=False),
    Column("reason", String(1000), nullable=False),
    Column("card", String(64), nullable=False),
    Column("audit", String(64), nullable=False),
    Column("files", String(64), nullable=False),
)
