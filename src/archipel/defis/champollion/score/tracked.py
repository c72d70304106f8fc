"""A score in MLflow: its parameters, its model with signature, input example and environment, card and audit.

The run is the platform's (`MLFLOW_RUN_ID`); where there is none, nothing is told to anybody.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from archipel.defis.champollion.score import documents
from archipel.defis.champollion.score.fitting import FEATURES
from archipel.defis.champollion.score.study import Study

NEEDED = ("numpy", "pandas", "scikit-learn")
NETWORK = "torch"
"""What a model that reads the months needs besides."""
MODEL_FILE = "model.pkl"


def written(study: Study, rows: pd.DataFrame, name: str, day: date, folder: Path) -> None:
    """MLflow's own folder of a model, with ``carte.json``, and ``audit.json`` of the file that lies there."""
    import mlflow.sklearn
    from mlflow.models import infer_signature

    example = rows[list(study.learnt.features)].head(5)
    needed = NEEDED if study.learnt.features == FEATURES else (*NEEDED, NETWORK)
    told = study.learnt.predict_proba(example)
    mlflow.sklearn.save_model(
        study.learnt,
        str(folder),
        signature=infer_signature(example, told),
        input_example=example,
        serialization_format="cloudpickle",
        pyfunc_predict_fn="predict_proba",
        pip_requirements=[f"{one}=={version(one)}" for one in needed],
    )
    digest = hashlib.sha256((folder / MODEL_FILE).read_bytes()).hexdigest()
    for file, content in (
        ("carte.json", documents.card(study, name, day)),
        ("audit.json", documents.audit(study, name, digest)),
    ):
        (folder / file).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def log(study: Study, rows: pd.DataFrame, name: str, day: date, parameters: Mapping[str, Any]) -> bool:
    """Whether there was a run to tell."""
    run = os.environ.get("MLFLOW_RUN_ID")
    if not run:
        return False
    from mlflow.entities import Metric, Param
    from mlflow.tracking import MlflowClient

    client = MlflowClient()
    ours = study.figures[study.figures["qui"] == "score"]
    points = [Metric(f"score.{row['mesure']}", float(row["valeur"]), 0, 0) for row in ours.to_dict("records")]
    told = {**parameters, "modele": study.learnt.kind}
    client.log_batch(run, points, [Param(f"score.{key}", str(value)[:500]) for key, value in told.items()])
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "modele"
        written(study, rows, name, day, folder)
        client.log_artifacts(run, str(folder), "modele")
    return True
