"""What is trained: a network, what it learns from, and what it says of pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from archipel.defis.twincity.darknet.network import Network
from archipel.defis.twincity.training import anchorfree, anchors_loss, decoding
from archipel.defis.twincity.training.darknet_module import DarknetModule

Losses = dict[str, Tensor]
Targets = list[tuple[Tensor, Tensor]]
"""Corners (n, 4) in pixels, and which are spared (n,), of each picture."""


@dataclass(frozen=True)
class Learner:
    """``loss`` takes what the network told, targets and the side of the pictures. ``answer`` turns what it
    told into (n, 5, boxes): centre, width, height in pixels, score: the layout « colonnes ».
    ``keeps_statistics``: of the pictures that it learnt from before; those of other pictures are not taken.
    ``memory`` takes what the network told, and what it told before it learnt: how far one is from the other.
    """

    name: str
    module: nn.Module
    size: int
    loss: Callable[[object, Targets, int], Losses]
    answer: Callable[[object, int], Tensor]
    keeps_statistics: bool = False
    memory: Callable[[object, object], Tensor] | None = None


def own(size: int = 256, width: int = 32) -> Learner:
    """The detector of our own, from scratch."""

    def answer(told: object, side: int) -> Tensor:
        assert isinstance(told, Tensor)
        centres, _strides = anchorfree.cells(side, told.device)
        corner = anchorfree.corners(told, centres)
        near, far = corner[..., :2], corner[..., 2:]
        rows = torch.cat([(near + far) / 2, far - near, told[..., :1].sigmoid()], dim=-1)
        return rows.transpose(1, 2)

    def loss(told: object, targets: Targets, side: int) -> Losses:
        assert isinstance(told, Tensor)
        return anchorfree.loss(told, targets, side)

    return Learner("twincity", anchorfree.AnchorFree(width), size, loss, answer)


def fine_tuned(module: DarknetModule) -> Learner:
    """A Darknet network of one class, with the weights that it has."""
    network: Network = module.network

    def answer(told: object, side: int) -> Tensor:
        assert isinstance(told, list)
        rows = decoding.boxes(told, network)
        return torch.cat([rows[..., :4] * side, rows[..., 5:]], dim=-1).transpose(1, 2)

    def loss(told: object, targets: Targets, side: int) -> Losses:
        assert isinstance(told, list)
        shares = [(box / side, spared) for box, spared in targets]
        return anchors_loss.loss(told, network, shares)

    def memory(told: object, before: object) -> Tensor:
        assert isinstance(told, list)
        assert isinstance(before, list)
        return anchors_loss.remembered(told, before, network)

    return Learner(network.name, module, network.width, loss, answer, keeps_statistics=True, memory=memory)
