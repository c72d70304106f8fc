"""A detector of our own: a small network without anchors, for one class.

Each cell of a grid says whether a person is there and how far its four edges are (FCOS, Tian et al. 2019);
which cells answer for a person is decided by what the network already finds (dynamic assignment, Ge et al.,
YOLOX 2021); a cell's score learns the overlap of its box (Zhang et al., VarifocalNet 2021).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDES = (8, 16, 32)
TOP = 10
"""Cells at most that answer for a person."""
NEAR = 2.5
"""Cells whose centre is within so many strides of a person's may answer for it."""


def _unit(inputs: int, outputs: int, size: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, momentum=0.03, eps=1e-3),
        nn.ReLU(inplace=True),
    )


class _Separable(nn.Module):
    """A convolution in each channel, then across; added to what came in where it can be."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        wide = 2 * inputs
        self.parts = nn.Sequential(
            _unit(inputs, wide, 1),
            _unit(wide, wide, 5, stride, groups=wide),
            nn.Conv2d(wide, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs, momentum=0.03, eps=1e-3),
        )
        self.same = stride == 1 and inputs == outputs

    def forward(self, given: Tensor) -> Tensor:
        out: Tensor = self.parts(given)
        return out + given if self.same else out


class AnchorFree(nn.Module):
    """Pictures (n, 3, s, s), red first, 0 to 1, s a multiple of 32 → (n, cells, 5): a logit of the score, and
    the distances to the left, top, right and bottom edges in pixels."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        w = width
        self.stem = nn.Sequential(_unit(3, w // 2, 3, 2), _unit(w // 2, w, 3, 2))
        self.stages = nn.ModuleList(
            [
                nn.Sequential(_Separable(w, 2 * w, 2), _Separable(2 * w, 2 * w), _Separable(2 * w, 2 * w)),
                nn.Sequential(_Separable(2 * w, 3 * w, 2), *(_Separable(3 * w, 3 * w) for _ in range(3))),
                nn.Sequential(_Separable(3 * w, 4 * w, 2), *(_Separable(4 * w, 4 * w) for _ in range(2))),
            ]
        )
        self.lateral = nn.ModuleList(_unit(n * w, 2 * w, 1) for n in (2, 3, 4))
        self.smooth = nn.ModuleList(_Separable(2 * w, 2 * w) for _ in STRIDES)
        self.head = nn.Sequential(_Separable(2 * w, 2 * w), _unit(2 * w, 2 * w, 1))
        self.told = nn.Conv2d(2 * w, 5, 1)
        self.scale = nn.Parameter(torch.ones(len(STRIDES)))
        nn.init.constant_(self.told.bias[:1], -4.6)
        nn.init.constant_(self.told.bias[1:], 1.0)

    def forward(self, pictures: Tensor) -> Tensor:
        current = self.stem(pictures)
        levels = []
        for stage in self.stages:
            current = stage(current)
            levels.append(current)
        wide = [lateral(level) for lateral, level in zip(self.lateral, levels, strict=True)]
        for at in (1, 0):
            wide[at] = wide[at] + functional.interpolate(wide[at + 1], scale_factor=2.0, mode="nearest")
        told = []
        for at, level in enumerate(wide):
            out = self.told(self.head(self.smooth[at](level)))
            edges = functional.softplus(out[:, 1:]) * self.scale[at] * STRIDES[at]
            told.append(torch.cat([out[:, :1], edges], dim=1).flatten(2))
        return torch.cat(told, dim=2).transpose(1, 2)


def cells(size: int, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Centres (cells, 2) in pixels and strides (cells,) of a picture of ``size`` pixels."""
    centres, strides = [], []
    for stride in STRIDES:
        line = (torch.arange(size // stride, device=device) + 0.5) * stride
        down, across = torch.meshgrid(line, line, indexing="ij")
        centres.append(torch.stack([across, down], dim=-1).view(-1, 2))
        strides.append(torch.full((len(line) ** 2,), float(stride), device=device))
    return torch.cat(centres), torch.cat(strides)


def corners(told: Tensor, centres: Tensor) -> Tensor:
    """(…, cells, 4): near and far corners in pixels."""
    return torch.cat([centres - told[..., 1:3], centres + told[..., 3:5]], dim=-1)


def loss(told: Tensor, targets: list[tuple[Tensor, Tensor]], size: int) -> dict[str, Tensor]:
    """``targets``: of each picture, corners (n, 4) in pixels and which are spared (n,). Sums over the batch,
    divided by how many cells answer for somebody."""
    centres, strides = cells(size, told.device)
    boxes = corners(told, centres)
    scores, edges, answering = [], [], 0
    for one, box, (truth, spared) in zip(told, boxes, targets, strict=True):
        quality, matched = assigned(one[:, 0].detach(), box.detach(), centres, strides, truth[~spared])
        positive = matched >= 0
        weight = torch.ones_like(quality)
        if spared.any():
            inside = _inside(centres, truth[spared]).any(dim=1)
            weight[inside & ~positive] = 0
        scores.append((_quality_focal(one[:, 0], quality) * weight).sum())
        if positive.any():
            edges.append(1 - generalised_overlap(box[positive], truth[~spared][matched[positive]]))
        answering += int(positive.sum())
    count = max(answering, 1)
    place = torch.cat(edges).sum() if edges else told.sum() * 0
    return {"score": torch.stack(scores).sum() / count, "place": 2 * place / count}


@torch.no_grad()
def assigned(
    logit: Tensor, box: Tensor, centres: Tensor, strides: Tensor, truth: Tensor
) -> tuple[Tensor, Tensor]:
    """Of each cell: the overlap that its score should tell (0 for nobody), and whom it answers for (−1)."""
    none = torch.full((len(centres),), -1, dtype=torch.long, device=logit.device)
    if not len(truth):
        return torch.zeros_like(logit), none
    middle = (truth[:, :2] + truth[:, 2:]) / 2
    near = ((centres[:, None] - middle).abs().amax(dim=2) < NEAR * strides[:, None]) & _inside(centres, truth)
    overlap = pairwise_overlap(box, truth)
    cost = -torch.log(overlap + 1e-6) * 3 - functional.logsigmoid(logit)[:, None] + 1e5 * ~near
    most = min(TOP, len(centres))
    wanted = overlap.masked_fill(~near, 0).topk(most, dim=0).values.sum(dim=0).int().clamp(min=1)
    best = cost.topk(most, dim=0, largest=False).indices
    kept = torch.arange(most, device=wanted.device)[:, None] < wanted
    chosen = torch.zeros_like(near).scatter(0, best, kept) & near
    cost = cost.masked_fill(~chosen, float("inf"))
    least, whom = cost.min(dim=1)
    whom = torch.where(least.isfinite(), whom, none)
    quality = overlap.gather(1, whom.clamp(min=0)[:, None])[:, 0] * (whom >= 0)
    return quality.to(logit.dtype), whom


def _inside(centres: Tensor, box: Tensor) -> Tensor:
    return ((centres[:, None] > box[:, :2]) & (centres[:, None] < box[:, 2:])).all(dim=2)


def _quality_focal(logit: Tensor, quality: Tensor) -> Tensor:
    score = logit.sigmoid()
    focus = torch.where(quality > 0, quality, 0.75 * score.detach() ** 2)
    return functional.binary_cross_entropy_with_logits(logit, quality, reduction="none") * focus


def pairwise_overlap(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of corners (n, 4) with corners (m, 4): (n, m)."""
    near = torch.maximum(a[:, None, :2], b[:, :2])
    far = torch.minimum(a[:, None, 2:], b[:, 2:])
    common = (far - near).clamp(min=0).prod(dim=2)
    areas = (a[:, 2:] - a[:, :2]).prod(dim=1)[:, None] + (b[:, 2:] - b[:, :2]).prod(dim=1)
    return common / (areas - common).clamp(min=1e-6)


def generalised_overlap(a: Tensor, b: Tensor) -> Tensor:
    """Of corners (n, 4), row by row: −1 to 1 (GIoU, Rezatofighi et al., CVPR 2019)."""
    common = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(dim=1)
    union = (a[:, 2:] - a[:, :2]).prod(dim=1) + (b[:, 2:] - b[:, :2]).prod(dim=1) - common
    around = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(dim=1)
    return common / union.clamp(min=1e-6) - (around - union) / around.clamp(min=1e-6)
