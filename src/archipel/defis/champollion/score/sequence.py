"""The months one after another, read by a small recurrent network (Cho et al., 2014). Needs torch.

It challenges the score (`compare`), and takes its place only where it does better later, on firms unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline
from torch import nn

from archipel.defis.champollion.score import evaluation, fitting
from archipel.defis.champollion.score.evaluation import Judged
from archipel.defis.champollion.score.fitting import FEATURES, LOGISTIC, Learnt
from archipel.defis.champollion.score.panel import SEQUENCE, YEAR, month_columns

NAME = "sequence"
MONTHS = tuple(column for name in SEQUENCE for column in month_columns(name))
HIDDEN, BATCH, EPOCHS, RATE, DECAY, DROPOUT = 12, 256, 40, 5e-3, 2e-2, 0.2
MEMBERS = 3
"""Networks of other seeds, whose logits are averaged: one alone depends on where it began."""


class Network(nn.Module):
    """A gated unit over the months (shape (rows, 12, 7)), beside the features of the logistic baseline."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.months = nn.GRU(len(SEQUENCE), HIDDEN, batch_first=True)
        self.drop = nn.Dropout(DROPOUT)
        self.last = nn.Linear(HIDDEN + wide, 1)

    def forward(self, months: torch.Tensor, wide: torch.Tensor) -> torch.Tensor:
        _steps, state = self.months(months)
        return self.last(torch.cat([self.drop(state[-1]), wide], dim=1))[:, 0]


@dataclass(frozen=True)
class Fitted:
    """``wide``: makes the features of the baseline."""

    wide: Pipeline
    networks: tuple[Network, ...]

    def predict_proba(self, inputs: pd.DataFrame, /) -> np.ndarray:
        with torch.no_grad():
            logits = torch.stack([network(*_tensors(self.wide, inputs)) for network in self.networks])
        share = fitting.expit(logits.mean(dim=0).double().numpy())
        return np.column_stack([1 - share, share])


def fit(inputs: pd.DataFrame, found: np.ndarray, weight: np.ndarray, seed: int) -> Fitted:
    """``inputs``: `FEATURES` and `MONTHS`. The same on the same machine for the same seed."""
    wide = fitting.candidates(seed)[LOGISTIC][:-1].fit(inputs[list(FEATURES)])
    months, beside = _tensors(wide, inputs)
    truth, heavy = (torch.from_numpy(values.astype("float32")) for values in (found, weight))
    networks = (_trained(months, beside, truth, heavy, seed * MEMBERS + rank) for rank in range(MEMBERS))
    return Fitted(wide, tuple(networks))


def _trained(
    months: torch.Tensor, wide: torch.Tensor, truth: torch.Tensor, weight: torch.Tensor, seed: int
) -> Network:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = Network(wide.shape[1])
        descent = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
        loss = nn.BCEWithLogitsLoss(reduction="none")
        for _epoch in range(EPOCHS):
            for rows in torch.randperm(len(truth)).split(BATCH):
                descent.zero_grad()
                lost = loss(network(months[rows], wide[rows]), truth[rows])
                (lost * weight[rows]).mean().backward()
                descent.step()
    return network.eval()


def _tensors(wide: Pipeline, inputs: pd.DataFrame) -> tuple[torch.Tensor, torch.Tensor]:
    counts = inputs[list(MONTHS)].to_numpy("float32").reshape(-1, len(SEQUENCE), YEAR)
    beside = wide.transform(inputs[list(FEATURES)])
    dense = beside.toarray() if hasattr(beside, "toarray") else beside
    return (
        torch.from_numpy(np.log1p(counts).transpose(0, 2, 1).copy()),
        torch.from_numpy(np.asarray(dense, "float32")),
    )


def learn(frame: pd.DataFrame, found: np.ndarray, weight: np.ndarray, seed: int = 0) -> Learnt:
    """As `fitting.learn`: what it says of firms left out corrects its probabilities."""
    inputs, told = frame[[*FEATURES, *MONTHS]], np.zeros(len(frame))
    folds = GroupKFold(fitting.FOLDS, shuffle=True, random_state=seed)
    for kept, out in folds.split(inputs, found, frame["siren"].to_numpy()):
        part = fit(inputs.iloc[kept], found[kept], weight[kept], seed)
        told[out] = part.predict_proba(inputs.iloc[out])[:, 1]
    lost = Judged.of(told, found, frame["siren"].to_numpy())
    losses = {NAME: evaluation.log_loss(lost.kept(np.ones(len(found), bool), weight))}
    whole = fit(inputs, found, weight, seed)
    return Learnt(whole, NAME, losses, *fitting.correction(told, found, weight), (*FEATURES, *MONTHS))


@dataclass(frozen=True)
class Compared:
    """``table``: ``mesure, sequence, score, ecart, bas, haut`` (interval over firms). ``kept``: whether the
    network loses less than the score, beyond doubt, and finds no less at capacity."""

    table: pd.DataFrame
    kept: bool


def compare(network: Judged, score: Judged, capacity: float, seed: int) -> Compared:
    """The same rows judged forward, by the network and by the score that it challenges."""
    lift = partial(evaluation.lift, capacity=capacity)
    rows: list[dict[str, Any]] = []
    for name, figure in (
        ("perte", evaluation.log_loss), ("lift", lift), ("auc", evaluation.roc_auc),
        ("erreur_de_calibration", evaluation.calibration_error),
    ):  # fmt: skip
        low, high = evaluation.difference_interval(network, score, figure, seed)
        ours, theirs = figure(network), figure(score)
        rows.append(
            {"mesure": name, NAME: ours, "score": theirs, "ecart": ours - theirs, "bas": low, "haut": high}
        )
    table = pd.DataFrame(rows)
    own = table.set_index("mesure")
    return Compared(table, bool(own.loc["perte", "haut"] < 0 and own.loc["lift", "ecart"] >= 0))
