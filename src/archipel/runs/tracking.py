"""A run in MLflow: its parameters and metrics, its report, and a link back. The only room that imports it.

The platform writes MLflow's store directly (2.3 ms a metric instead of 78 over HTTP), notebooks log
through the server, each to what it may. What MLflow refuses or misses never loses a run.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import threading
from pathlib import Path
from typing import Any

from archipel.backends.task import State
from archipel.datafolder import DataFolder
from archipel.runs.store import Run
from archipel.runs.view import plain

log = logging.getLogger("archipel.tracking")

ARTIFACTS = "mlflow-artifacts:"
_STATUS = {State.DONE: "FINISHED", State.FAILED: "FAILED", State.CANCELLED: "KILLED"}
_REPORTED = ("rapport.html", "result.json", "provenance.json", "parametres.json")


class MlflowTracking:
    """``server``: address given to attempts, "" where no server runs. ``artifacts``: what it serves."""

    def __init__(self, store_url: str, artifacts: Path, server: str = "") -> None:
        self._store_url, self._artifacts, self._server = store_url, artifacts, server
        self._client_once: Any = None
        self._lock = threading.Lock()

    def open(self, run: Run, parameters: dict[str, Any]) -> str | None:
        try:
            return self._open(run)
        except Exception:
            log.exception("MLflow: run %s not opened", run.id)
            return None

    def close(self, run: Run, state: State, folder: Path) -> None:
        try:
            self._close(run, state, folder)
        except Exception:
            log.exception("MLflow: run %s not closed", run.id)

    def environment(self, run: Run, token: str) -> dict[str, str]:
        if not self._server or not run.mlflow_run:
            return {}
        return {
            "MLFLOW_TRACKING_URI": self._server,
            "MLFLOW_TRACKING_TOKEN": token,
            "MLFLOW_EXPERIMENT_NAME": run.defi,
            "MLFLOW_RUN_ID": run.mlflow_run,
        }

    def _open(self, run: Run) -> str:
        client = self._client()
        experiment = self._experiment(client, run.defi)
        tags = {
            "mlflow.runName": run.id,
            "mlflow.user": run.submitted_by,
            "mlflow.source.name": f"notebooks/{run.defi}",
            "mlflow.source.git.commit": run.commit,
            "archipel.run": run.id,
            "archipel.execution": run.execution,
            "archipel.draft": str(bool(run.draft)).lower(),
        }
        opened = client.create_run(experiment, tags=tags, run_name=run.id)
        for name, entry in run.parameters.items():
            client.log_param(opened.info.run_id, name, _short(plain(entry)))
        return str(opened.info.run_id)

    def _close(self, run: Run, state: State, folder: Path) -> None:
        client = self._client()
        assert run.mlflow_run is not None
        try:
            metrics = json.loads((folder / "result.json").read_text(encoding="utf-8"))["metrics"]
        except (OSError, ValueError, KeyError):
            metrics = {}
        for name, metric in metrics.items():
            key = re.sub(r"[^\w./ :-]", "_", name)
            if metric["value"] is None:
                client.set_tag(run.mlflow_run, f"sans_valeur.{key}", metric.get("reason", ""))
            else:
                client.log_metric(run.mlflow_run, key, float(metric["value"]))
        self._report(client, run.mlflow_run, folder)
        client.set_terminated(run.mlflow_run, _STATUS.get(state, "KILLED"))

    def _report(self, client: Any, mlflow_run: str, folder: Path) -> None:
        uri = client.get_run(mlflow_run).info.artifact_uri
        target = self._artifacts / uri.removeprefix(ARTIFACTS).lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        for name in _REPORTED:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, target / name)

    def _experiment(self, client: Any, name: str) -> str:
        known = client.get_experiment_by_name(name)
        if known is not None:
            return str(known.experiment_id)
        return str(client.create_experiment(name, artifact_location=f"{ARTIFACTS}/{name}"))

    def _client(self) -> Any:
        with self._lock:
            if self._client_once is None:
                # No call to anywhere: MLflow counts its users unless told not to.
                os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
                os.environ.setdefault("DO_NOT_TRACK", "true")
                from mlflow.tracking import MlflowClient

                logging.getLogger("alembic").setLevel(logging.WARNING)
                self._client_once = MlflowClient(self._store_url)
            return self._client_once


def tracking(data: DataFolder, server: str = "") -> MlflowTracking:
    """The data folder's own MLflow store; ``server``: where attempts reach it, while a workspace runs."""
    data.mlflow.mkdir(parents=True, exist_ok=True)
    return MlflowTracking(f"sqlite:///{data.mlflow}/mlflow.sqlite", data.mlflow / "artifacts", server)


def offline_tracking(data: DataFolder) -> MlflowTracking:
    return tracking(data)


def _short(value: Any) -> str:
    """MLflow keeps 6000 characters of a parameter."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:6000]
