"""What a Darknet head says: boxes and scores from its raw numbers (Redmon and Farhadi, YOLOv3, 2018)."""

from __future__ import annotations

import torch
from torch import Tensor

from archipel.defis.twincity.darknet.network import Layer, Network


def anchors_of(head: Layer, network: Network) -> Tensor:
    """(anchors, 2): width and height as shares of the input."""
    pairs = torch.tensor(head.numbers("anchors")).view(-1, 2)
    mask = [int(one) for one in head.numbers("mask")]
    return pairs[mask] / torch.tensor([network.width, network.height])


def arranged(raw: Tensor, anchors: int) -> Tensor:
    """(n, anchors × (5 + classes), h, w) → (n, anchors, h, w, 5 + classes)."""
    n, channels, h, w = raw.shape
    return raw.view(n, anchors, channels // anchors, h, w).permute(0, 1, 3, 4, 2)


def decoded(raw: Tensor, head: Layer, network: Network) -> Tensor:
    """(n, anchors × h × w, 5 + classes): centre, width and height as shares of the input; objectness; each
    class's score, which is objectness times the class's own."""
    anchors = anchors_of(head, network).to(raw)
    told = arranged(raw, len(anchors))
    _n, _anchors, h, w, _numbers = told.shape
    down, across = torch.meshgrid(
        torch.arange(h, device=raw.device), torch.arange(w, device=raw.device), indexing="ij"
    )
    stretch = float(head.options.get("scale_x_y", 1.0))
    place = told[..., :2].sigmoid() * stretch - (stretch - 1) / 2
    centre = (place + torch.stack([across, down], dim=-1)) / torch.tensor([w, h], device=raw.device)
    size = told[..., 2:4].exp() * anchors[:, None, None, :]
    objectness = told[..., 4:5].sigmoid()
    whole = torch.cat([centre, size, objectness, told[..., 5:].sigmoid() * objectness], dim=-1)
    return whole.flatten(1, 3)


def boxes(raws: list[Tensor], network: Network) -> Tensor:
    """All heads together: (n, boxes, 5 + classes)."""
    heads = zip(raws, network.heads, strict=True)
    return torch.cat([decoded(raw, head, network) for raw, head in heads], dim=1)
