"""MLflow's own stores, opened directly: its ledger of runs, and its registry of models.

MLflow's modules import each other in circles: two threads that begin at once stop each other, and what one of
them leaves half imported stays so until the process ends. So they are imported here, one thread at a time.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

_one_at_a_time = threading.RLock()


def load() -> None:
    """Before anything else of MLflow is imported, wherever another thread may do the same."""
    # No call to anywhere: MLflow counts its users unless told not to.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    with _one_at_a_time:
        import mlflow.store.model_registry.sqlalchemy_store
        import mlflow.store.tracking.sqlalchemy_store  # noqa: F401  # for its effect: it is there then


def tracking_store(tables: str, artifacts: str) -> Any:
    """``tables``: SQLAlchemy address, made or upgraded where needed. ``artifacts``: address of new runs'."""
    load()
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with _one_at_a_time:
        return SqlAlchemyStore(tables, artifacts)


def registry_store(tables: str) -> Any:
    """``tables``: as for `tracking_store`."""
    load()
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

    with _one_at_a_time:
        return SqlAlchemyStore(tables)
