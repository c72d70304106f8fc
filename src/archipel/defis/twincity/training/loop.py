"""The training itself: batches, checkpoints, an early stop.

A checkpoint holds everything that the rest depends on: one that is killed goes on to the same result.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from archipel.defis.twincity.training.changes import Changes
from archipel.defis.twincity.training.examples import Example
from archipel.defis.twincity.training.learner import Learner
from archipel.defis.twincity.training.lesson import Lesson, Reading

MEMORY = 0.998
"""Share of the average of weights that a step leaves."""


@dataclass(frozen=True)
class Plan:
    """``steps``: batches in all; the learning rate falls along them, not along the clock, so that what goes
    on after a kill ends the same. ``seconds``: of computing, over all the processes; it stops there, whatever
    is left. ``patience``: epochs without a better figure before it stops.
    ``memory``: what is remembered weighs so many times what is learnt."""

    steps: int = 3000
    seconds: float = 3600.0
    batch: int = 32
    rate: float = 2e-3
    warmup: int = 200
    decay: float = 0.01
    patience: int = 20
    seed: int = 0
    changes: Changes = Changes()
    compiled: bool = False
    memory: float = 3.0


@dataclass
class State:
    """Where a training is. ``curve``: one row an epoch."""

    epoch: int = 0
    step: int = 0
    spent: float = 0.0
    best: float = -math.inf
    best_epoch: int = -1
    curve: list[dict[str, float]] = field(default_factory=list)


Judge = Callable[[torch.nn.Module], float]
"""The figure of a network on held-out pictures; the greater, the better."""


def train(
    learner: Learner,
    examples: list[Example],
    plan: Plan,
    folder: Path,
    judge: Judge,
    told: Callable[[State], None] = lambda _state: None,
    remembered: Sequence[Example] = (),
) -> State:
    """Fill ``folder`` with `etat.pt` (to go on from) and `meilleur.pt` (the best weights); where it stood.

    ``remembered``: pictures whose truth is not learnt: of them the network goes on telling what it told
    before. Goes on where an earlier call with the same plan stopped. The network ends with its best weights.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    # The order of colours that a processor's convolutions are fast in: four times, measured.
    network = learner.module.to(device, memory_format=torch.channels_last)
    before = copy.deepcopy(network).eval() if remembered else None
    average = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=_averaged, use_buffers=True)
    optimizer = torch.optim.AdamW(_groups(network, plan.decay), lr=plan.rate)
    state = _resumed(folder, network, average, optimizer)
    running = torch.compile(network) if plan.compiled else network
    lesson = Lesson(learner, examples, remembered, before)
    while not _over(state, plan):
        state = _epoch(lesson, running, average, optimizer, plan, state, device)
        figure = judge(average.module)
        state.curve[-1]["figure"] = figure
        if figure > state.best:
            state.best, state.best_epoch = figure, state.epoch
            _written(folder / "meilleur.pt", average.module.state_dict())
        _written(folder / "etat.pt", _everything(network, average, optimizer, state))
        told(state)
    network.load_state_dict(torch.load(folder / "meilleur.pt", map_location=device, weights_only=True))
    network.eval()
    return state


@torch.no_grad()
def _averaged(averages: Any, currents: Any, steps: Any) -> None:
    """A moving average that forgets the first steps: they are those of a network that knew nothing."""
    weight = max(1 - MEMORY, 9 / (10 + float(steps)))
    for average, current in zip(averages, currents, strict=True):
        if average.is_floating_point():
            average.lerp_(current, weight)
        else:
            average.copy_(current)


def _epoch(
    lesson: Lesson,
    running: Any,
    average: Any,
    optimizer: torch.optim.Optimizer,
    plan: Plan,
    state: State,
    device: torch.device,
) -> State:
    """One reading of all the examples, or what is left of the steps or of the time."""
    running.train()
    if lesson.learner.keeps_statistics:
        for part in running.modules():
            if isinstance(part, torch.nn.BatchNorm2d):
                part.eval()
    sums: dict[str, float] = {}
    began, spent, steps = time.monotonic(), state.spent, 0
    reading = Reading(plan.batch, plan.changes, (plan.seed, state.epoch), device, plan.memory)
    for losses in lesson.losses(running, reading):
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * _pace(state, plan)
        whole = torch.stack(list(losses.values())).sum()
        optimizer.zero_grad()
        whole.backward()
        torch.nn.utils.clip_grad_norm_(running.parameters(), 10.0)
        optimizer.step()
        average.update_parameters(lesson.learner.module)
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
        state.step, steps = state.step + 1, steps + 1
        state.spent = spent + time.monotonic() - began
        if state.spent >= plan.seconds or state.step >= plan.steps:
            break
    state.epoch += 1
    row = {"epoch": float(state.epoch), "secondes": state.spent}
    state.curve.append(row | {name: value / max(steps, 1) for name, value in sums.items()})
    return state


def _pace(state: State, plan: Plan) -> float:
    """Share of the learning rate: it rises over ``warmup`` steps, then falls along a cosine."""
    falling = 0.02 + 0.98 * (1 + math.cos(math.pi * min(state.step / plan.steps, 1.0))) / 2
    return min(1.0, (state.step + 1) / plan.warmup) * falling


def _over(state: State, plan: Plan) -> bool:
    late = state.best_epoch >= 0 and state.epoch - state.best_epoch >= plan.patience
    return state.spent >= plan.seconds or state.step >= plan.steps or late


def _groups(network: torch.nn.Module, decay: float) -> list[dict[str, Any]]:
    """Kernels are pulled towards zero; biases and scales are not."""
    kernels = [one for one in network.parameters() if one.ndim > 1]
    others = [one for one in network.parameters() if one.ndim <= 1]
    return [{"params": kernels, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


def _everything(network: Any, average: Any, optimizer: Any, state: State) -> dict[str, Any]:
    return {
        "network": network.state_dict(),
        "average": average.state_dict(),
        "optimizer": optimizer.state_dict(),
        "state": asdict(state),
        "random": torch.get_rng_state(),
    }


def _resumed(folder: Path, network: Any, average: Any, optimizer: Any) -> State:
    path = folder / "etat.pt"
    if not path.is_file():
        return State()
    held = torch.load(path, weights_only=True)
    network.load_state_dict(held["network"])
    average.load_state_dict(held["average"])
    optimizer.load_state_dict(held["optimizer"])
    torch.set_rng_state(held["random"])
    return State(**held["state"])


def _written(path: Path, value: Any) -> None:
    """Beside, then renamed: a kill leaves the one before, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    torch.save(value, beside)
    beside.replace(path)
