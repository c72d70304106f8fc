"""One reading of the pictures: batch after batch, what the network is told of its answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from archipel.defis.twincity.training.changes import Changes
from archipel.defis.twincity.training.examples import Example, drawn
from archipel.defis.twincity.training.learner import Learner, Losses, Targets

MEMORY = 7
"""Of the seed of what is remembered: its changes are not those of what is learnt."""


@dataclass(frozen=True)
class Reading:
    """How pictures are read this time; ``seed``: (of the training, epoch); ``memory``: weight of what is
    remembered."""

    batch: int
    changes: Changes
    seed: tuple[int, ...]
    device: torch.device
    memory: float = 1.0


@dataclass(frozen=True)
class Lesson:
    """``remembered``: pictures whose truth is not learnt; of them the network is to tell what ``before``, it
    before it learnt, tells."""

    learner: Learner
    examples: Sequence[Example]
    remembered: Sequence[Example] = ()
    before: nn.Module | None = None

    def losses(self, running: Callable[[Tensor], object], reading: Reading) -> Iterator[Losses]:
        """Those of each batch; as many remembered pictures as learnt ones."""
        size, kind = self.learner.size, reading.device.type
        order = np.random.default_rng(reading.seed).permutation(len(self.examples))
        memory = self._memory(reading, len(order))
        for pictures, targets in batches(self.examples, order.tolist(), size, reading):
            with torch.autocast(kind, dtype=torch.bfloat16, enabled=kind == "cuda"):
                told = self.learner.loss(running(pictures), targets, size)
                if memory:
                    others, _unread = next(memory)
                    told |= {"memory": reading.memory * self._forgotten(running(others), others)}
            yield told

    def _memory(self, reading: Reading, count: int) -> Iterator[tuple[Tensor, Targets]] | None:
        if not self.remembered:
            return None
        seed = (*reading.seed, MEMORY)
        order = np.random.default_rng(seed).integers(0, len(self.remembered), count)
        again = replace(reading, seed=seed)
        return batches(self.remembered, order.tolist(), self.learner.size, again)

    def _forgotten(self, told: object, pictures: Tensor) -> Tensor:
        assert self.before is not None
        assert self.learner.memory is not None
        with torch.no_grad():
            before = self.before(pictures)
        return self.learner.memory(told, before)


def batches(
    examples: Sequence[Example], order: list[int], size: int, reading: Reading
) -> Iterator[tuple[Tensor, Targets]]:
    """Pictures (batch, 3, size, size), 0 to 1, with corners in pixels, in this order."""
    device = reading.device
    loader = torch.utils.data.DataLoader(
        _Drawn(examples, order, size, reading),
        batch_size=reading.batch,
        collate_fn=list,
        # Beside a GPU, pictures are what it waits for; on processors alone they would take its place.
        num_workers=min(8, os.cpu_count() or 1) if device.type == "cuda" else 0,
        drop_last=len(order) > reading.batch,
    )
    for rows in loader:
        pictures = torch.from_numpy(np.stack([picture for picture, *_rest in rows])).to(device)
        targets = [_target(box, spared, device) for _picture, box, spared in rows]
        yield pictures.permute(0, 3, 1, 2).float() / 255, targets


@dataclass
class _Drawn(torch.utils.data.Dataset):
    examples: Sequence[Example]
    order: list[int]
    size: int
    reading: Reading

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, at: int) -> Any:
        return drawn(self.examples, self.order[at], self.size, self.reading.changes, self.reading.seed)


def _target(box: np.ndarray, spared: np.ndarray, device: torch.device) -> tuple[Tensor, Tensor]:
    near = torch.from_numpy(box.astype(np.float32)).to(device)
    return torch.cat([near[:, :2], near[:, :2] + near[:, 2:]], dim=1), torch.from_numpy(spared).to(device)
