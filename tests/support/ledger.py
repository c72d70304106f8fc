"""A ledger in memory: its tables are made by the migrations once, then laid down as they are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from archipel.runs.store import Store, open_engine, upgrade


@cache
def _tables() -> bytes:
    engine = open_engine("sqlite://")
    upgrade(engine)
    with engine.connect() as connection:
        return bytes(connection.connection.driver_connection.serialize())


def new_store() -> Store:
    engine = open_engine("sqlite://")
    tables = _tables()
    with engine.connect() as connection:
        connection.connection.driver_connection.deserialize(tables)
    return Store(engine)


def file_store(path: Path) -> Store:
    """The same in a file, which several threads read."""
    path.write_bytes(_tables())
    return Store(open_engine(f"sqlite:///{path}"))
