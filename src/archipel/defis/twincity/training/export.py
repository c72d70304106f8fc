"""A trained network as an ONNX file that the adapter reads, checked against torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.training.learner import Learner

CLOSE = 1e-4
"""Largest difference, relative to the values' size."""


class Answering(nn.Module):
    """The network with the meaning of its numbers: (n, 3, size, size) → (n, 5, boxes)."""

    def __init__(self, learner: Learner) -> None:
        super().__init__()
        self.module = learner.module
        self._answer, self._size = learner.answer, learner.size

    def forward(self, pictures: Tensor) -> Tensor:
        return self._answer(self.module(pictures), self._size)


def export(learner: Learner, path: Path, sample: Tensor) -> float:
    """Write ``path``; the largest relative difference between onnxruntime's and torch's outputs on ``sample``
    (n, 3, size, size). Raises `DataRefused` beyond `CLOSE`, and leaves nothing."""
    whole = Answering(learner).cpu().eval()
    beside = path.with_suffix(".part.onnx")
    try:
        torch.onnx.export(
            whole, (sample[:1],), beside, input_names=["images"], output_names=["boites"], dynamo=True,
            external_data=False, verbose=False,
        )  # fmt: skip
        apart = difference(whole, beside, sample)
        if apart > CLOSE:
            raise DataRefused(
                f"« {path.name} » : l’export s’écarte de torch de {apart:.1e}, plus que {CLOSE:.0e}"
            )
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return apart


def difference(whole: nn.Module, path: Path, sample: Tensor) -> float:
    import onnxruntime

    session: Any = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for one in sample.split(1):
        with torch.no_grad():
            ours = whole(one).numpy()
        theirs = session.run(None, {"images": one.numpy()})[0]
        worst = max(worst, float(np.max(np.abs(ours - theirs) / np.maximum(np.abs(ours), 1.0))))
    return worst
