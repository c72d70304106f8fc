"""First tables: run, attempt, parent, schedule, instant."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("defi", sa.String(40), nullable=False, index=True),
        sa.Column("execution", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("submitted_by", sa.String(80), nullable=False),
        sa.Column("run_as", sa.String(80), nullable=False),
        sa.Column("submitted", sa.String(32), nullable=False, index=True),
        sa.Column("started", sa.String(32)),
        sa.Column("ended", sa.String(32)),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("inputs", sa.JSON, nullable=False),
        sa.Column("commit", sa.String(64), nullable=False),
        sa.Column("draft", sa.String(40)),
        sa.Column("schedule", sa.String(90)),
        sa.Column("instant", sa.String(32)),
        sa.Column("failure", sa.JSON),
        sa.Column("reason", sa.String(400)),
        sa.Column("mlflow_run", sa.String(64)),
        sa.Column("cancel_asked", sa.Boolean, nullable=False),
    )
    op.create_table(
        "attempt",
        sa.Column("run", sa.String(40), sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("task", sa.String(63), nullable=False, unique=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("folder", sa.String(400), nullable=False),
        sa.Column("slot", sa.Integer, nullable=False),
        sa.Column("token_sha256", sa.String(64), index=True),
        sa.Column("started", sa.String(32), nullable=False),
        sa.Column("ended", sa.String(32)),
        sa.Column("exit_code", sa.Integer),
    )
    op.create_table(
        "parent",
        sa.Column("run", sa.String(40), sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("parent", sa.String(40), sa.ForeignKey("run.id"), primary_key=True),
    )
    op.create_table(
        "schedule",
        sa.Column("name", sa.String(90), primary_key=True),
        sa.Column("since", sa.String(32), nullable=False),
    )
    op.create_table(
        "instant",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("schedule", sa.String(90), sa.ForeignKey("schedule.name"), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("run", sa.String(40), sa.ForeignKey("run.id")),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.UniqueConstraint("schedule", "at"),
    )
