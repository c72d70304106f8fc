"""The journal of promotions: a table more, which earlier releases do not see."""

import sqlalchemy as sa
from alembic import op

revision = "0002_for_0001"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "promotion",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("model", sa.String(40), nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("previous", sa.Integer),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("refusals", sa.JSON, nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("card", sa.String(64), nullable=False),
        sa.Column("audit", sa.String(64), nullable=False),
        sa.Column("files", sa.String(64), nullable=False),
    )
