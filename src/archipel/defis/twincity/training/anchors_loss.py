"""What YoloFastest learns from: YOLOv3's loss with overlaps for places (Darknet's own options: `iou_thresh`,
`ignore_thresh`)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from archipel.defis.twincity.darknet.network import Layer, Network
from archipel.defis.twincity.training.anchorfree import generalised_overlap, pairwise_overlap
from archipel.defis.twincity.training.decoding import anchors_of, arranged, decoded

Target = tuple[Tensor, Tensor]
"""Corners (n, 4) as shares of the input, and which are spared (n,): of one picture, of the one class."""


def loss(raws: list[Tensor], network: Network, targets: list[Target]) -> dict[str, Tensor]:
    """Sums over the batch, divided by how many boxes answer for somebody."""
    parts = [_head_loss(raw, head, network, targets) for raw, head in zip(raws, network.heads, strict=True)]
    count = max(sum(int(part["count"]) for part in parts), 1)
    summed = {name: torch.stack([part[name] for part in parts]).sum() / count for name in ("score", "place")}
    return {"score": summed["score"], "place": 2 * summed["place"]}


def remembered(raws: list[Tensor], before: list[Tensor], network: Network) -> Tensor:
    """How far a network’s answers are from those ``before``, of the same pictures: of scores everywhere,
    of places where it told of somebody; by person told of (Li & Hoiem, Learning without Forgetting, 2016)."""
    apart, people = raws[0].sum() * 0, raws[0].new_zeros(())
    for raw, earlier, head in zip(raws, before, network.heads, strict=True):
        anchors = len(anchors_of(head, network))
        now, then = arranged(raw, anchors), arranged(earlier, anchors)
        wanted = then[..., 4:].sigmoid()
        told = functional.binary_cross_entropy_with_logits(now[..., 4:], wanted, reduction="none")
        # Without the least that it can be: a network that tells the same is not pulled.
        least = functional.binary_cross_entropy_with_logits(then[..., 4:], wanted, reduction="none")
        sure = wanted[..., :1] * wanted[..., 1:].amax(dim=-1, keepdim=True)
        place = (now[..., :4] - then[..., :4]).square() * sure
        apart = apart + (told - least)[..., :1].sum() + ((told - least)[..., 1:] * wanted[..., :1]).sum()
        apart = apart + place.sum()
        people = people + sure.sum()
    return apart / people.clamp(min=1)


def _head_loss(raw: Tensor, head: Layer, network: Network, targets: list[Target]) -> dict[str, Tensor]:
    anchors = len(anchors_of(head, network))
    told = arranged(raw, anchors)
    _n, _anchors, h, w, _numbers = told.shape
    boxes = decoded(raw, head, network)[..., :4]
    corners = torch.cat([boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2], dim=-1)
    flat = told.flatten(1, 3)
    score, place, count = raw.sum() * 0, raw.sum() * 0, 0
    for mine, logits, (truth, spared) in zip(corners, flat, targets, strict=True):
        at, whom = _answering(truth[~spared], head, network, h, w)
        wanted = torch.zeros(len(mine), device=raw.device, dtype=logits.dtype)
        with torch.no_grad():
            doubtful = _doubtful(mine.detach(), truth, float(head.options.get("ignore_thresh", 0.5)))
        if len(at):
            overlap = generalised_overlap(mine[at], truth[~spared][whom])
            place = place + (1 - overlap).sum()
            # Two people may want one box: the better placed gives its target.
            wanted.scatter_reduce_(0, at, overlap.detach().clamp(min=0).to(wanted.dtype), "amax")
            doubtful[at] = False
            score = score + functional.binary_cross_entropy_with_logits(
                logits[at, 5:], torch.ones_like(logits[at, 5:]), reduction="sum"
            )
        each = functional.binary_cross_entropy_with_logits(logits[:, 4], wanted, reduction="none")
        focus = torch.where(wanted > 0, torch.ones_like(each), logits[:, 4].detach().sigmoid() ** 2)
        score = score + (each * focus * ~doubtful).sum()
        count += len(at)
    return {"score": score, "place": place, "count": torch.tensor(count)}


def _answering(truth: Tensor, head: Layer, network: Network, h: int, w: int) -> tuple[Tensor, Tensor]:
    """Positions of the boxes (anchor × h × w) of this head that answer for a person, and for whom."""
    anchors = torch.tensor(head.numbers("anchors"), device=truth.device).view(-1, 2)
    anchors = anchors / torch.tensor([network.width, network.height], device=truth.device)
    size, middle = truth[:, 2:] - truth[:, :2], (truth[:, :2] + truth[:, 2:]) / 2
    origin = torch.zeros_like
    shape = pairwise_overlap(
        torch.cat([origin(size), size], dim=1), torch.cat([origin(anchors), anchors], dim=1)
    )
    good = shape > float(head.options.get("iou_thresh", 1.0))
    good[torch.arange(len(good)), shape.argmax(dim=1)] = True
    mask = [int(one) for one in head.numbers("mask")]
    whom, anchor = good[:, mask].nonzero(as_tuple=True)
    column = (middle[whom, 0] * w).long().clamp(0, w - 1)
    row = (middle[whom, 1] * h).long().clamp(0, h - 1)
    return (anchor * h + row) * w + column, whom


def _doubtful(boxes: Tensor, truth: Tensor, threshold: float) -> Tensor:
    """Boxes that are near somebody: not to be told that nobody is there."""
    if not len(truth):
        return torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    return pairwise_overlap(boxes, truth).amax(dim=1) > threshold
