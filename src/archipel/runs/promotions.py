"""The journal of promotions, beside the ledger: lines are added, none is changed or taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from archipel.runs import schema


class Promotions:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, row: Mapping[str, Any]) -> None:
        with self._engine.begin() as connection:
            connection.execute(sa.insert(schema.promotion).values(dict(row)))

    def of(self, model: str) -> list[dict[str, Any]]:
        """The lines of a model, the latest first."""
        table = schema.promotion
        columns = [column for column in table.c if column.name != "id"]
        query = sa.select(*columns).where(table.c.model == model).order_by(sa.desc(table.c.id))
        with self._engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]
