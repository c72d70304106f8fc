"""A training in MLflow: its parameters, its curves, its model with what is needed to use it.

The run is the platform's (`MLFLOW_RUN_ID`); where there is none, nothing is told to anybody.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from archipel.defis.twincity.training.course import Course

NEEDED = ("numpy", "onnxruntime", "opencv-python-headless", "pillow")


def log(course: Course, model: Path, parameters: Mapping[str, Any], card: Mapping[str, Any]) -> bool:
    """Whether there was a run to tell. ``card``: beside the model, for a person to fill."""
    run = os.environ.get("MLFLOW_RUN_ID")
    if not run:
        return False
    from mlflow.entities import Metric, Param
    from mlflow.tracking import MlflowClient

    client = MlflowClient()
    points = [
        Metric(f"entrainement.{name}", float(value), int(1000 * row["secondes"]), int(row["epoch"]))
        for row in course.state.curve
        for name, value in row.items()
        if name != "epoch"
    ]
    for at in range(0, len(points), 500):
        client.log_batch(run, metrics=points[at : at + 500])
    client.log_batch(run, params=[Param(f"entrainement.{k}", str(v)[:500]) for k, v in parameters.items()])
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "modele"
        save(course, model, folder)
        (folder / "carte.json").write_text(json.dumps(card, ensure_ascii=False, indent=1), encoding="utf-8")
        client.log_artifacts(run, str(folder), "modele")
    return True


def save(course: Course, model: Path, folder: Path) -> None:
    """MLflow's own folder of a model: signature, input example, environment."""
    import mlflow.onnx
    import onnx
    from mlflow.models import infer_signature

    size = course.learner.size
    blank = np.zeros((1, 3, size, size), dtype=np.float32)
    loaded = onnx.load(str(model))
    boxes = tuple(one.dim_value for one in loaded.graph.output[0].type.tensor_type.shape.dim)
    mlflow.onnx.save_model(
        loaded,
        str(folder),
        signature=infer_signature({"images": blank}, {"boites": np.zeros(boxes, dtype=np.float32)}),
        input_example={"images": blank},
        pip_requirements=[f"{name}=={version(name)}" for name in NEEDED],
    )
