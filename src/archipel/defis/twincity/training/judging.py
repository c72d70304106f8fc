"""What a network is worth on pictures that it does not learn from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import torch
from torch import nn

from archipel.defis.twincity.detectors.adapter import Found
from archipel.defis.twincity.detectors.suppression import suppressed
from archipel.defis.twincity.metrics import intervals, missrate
from archipel.defis.twincity.pictures.reading import Pixels, read_picture
from archipel.defis.twincity.sets.boxes import Detections, Truth
from archipel.defis.twincity.training.examples import Example
from archipel.defis.twincity.training.learner import Learner

THRESHOLD = 0.01
OVERLAP = 0.45


def ap50(learner: Learner, network: nn.Module, examples: list[Example]) -> float:
    """Average precision at overlap 0.5, COCO's 101 recalls; 0 where nobody is to be found."""
    outcome = missrate.scored(*sets(partial(detected, learner, network), examples))
    if not outcome.truths.sum():
        return 0.0
    return intervals.average_precision(outcome, np.ones(outcome.images, dtype=np.int64))


def estimate(learner: Learner, examples: list[Example], times: int = 1000) -> tuple[float, float, float]:
    """`ap50` and its 95 % interval over images; all zero where nobody is to be found."""
    outcome = missrate.scored(*sets(partial(detected, learner, learner.module), examples))
    if not outcome.truths.sum():
        return 0.0, 0.0, 0.0
    figure = intervals.average_precision
    value = figure(outcome, np.ones(outcome.images, dtype=np.int64))
    low, high = intervals.interval(outcome, figure, intervals.draws(np.arange(outcome.images), times, 0))
    return value, min(value, low or 0.0), max(value, value if high is None else high)


def sets(find: Callable[[Pixels], Found], examples: list[Example]) -> tuple[Truth, Detections]:
    """The truth of the examples, and what ``find`` finds in their pictures."""
    found = [find(read_picture(one.path)) for one in examples]
    true = [len(one.box) for one in examples]
    seen = [len(one.box) for one in found]
    box = np.concatenate([np.zeros((0, 4)), *(one.box for one in examples)])
    spared = np.concatenate([np.zeros(0, dtype=bool), *(one.spared for one in examples)])
    numbers = np.arange(len(examples))
    truth = Truth(
        np.repeat(numbers, true),
        np.zeros(len(box), dtype=np.int64),
        box,
        box[:, 2] * box[:, 3],
        np.zeros(len(box), dtype=bool),
        spared,
        np.ones(len(box)),
        images=tuple(one.path.name for one in examples),
        categories=((1, "person"),),
    )
    return truth, Detections(
        np.repeat(numbers, seen),
        np.zeros(sum(seen), dtype=np.int64),
        np.concatenate([np.zeros((0, 4)), *(one.box for one in found)]),
        np.concatenate([np.zeros(0), *(one.score for one in found)]),
    )


@torch.no_grad()
def detected(learner: Learner, network: nn.Module, picture: Pixels) -> Found:
    """As the adapter does with the exported network: stretched, suppressed, in pixels of the original."""
    network.eval()
    size = learner.size
    device = next(network.parameters()).device
    small = cv2.resize(picture, (size, size), interpolation=cv2.INTER_LINEAR)
    fed = torch.from_numpy(small).to(device).permute(2, 0, 1)[None].float() / 255
    rows = learner.answer(network(fed), size)[0].T.double().cpu().numpy()
    rows = rows[rows[:, 4] >= THRESHOLD]
    box = np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, 2:4]], axis=1)
    box *= np.tile([picture.shape[1] / size, picture.shape[0] / size], 2)
    every = Found(box, rows[:, 4], np.zeros(len(rows), dtype=np.int64))
    return suppressed(every, [0], OVERLAP)
