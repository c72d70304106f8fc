"""One training from its order to its exported model: what the notebook « entrainement » runs."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from archipel.defis.twincity import card
from archipel.defis.twincity.curves import BLUE, sober
from archipel.defis.twincity.darknet import weights
from archipel.defis.twincity.darknet.network import read_network
from archipel.defis.twincity.evaluation import Measure
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets import cocojson
from archipel.defis.twincity.sets.boxes import Truth
from archipel.defis.twincity.sets.units import held_out
from archipel.defis.twincity.training import export, judging, loop
from archipel.defis.twincity.training.changes import NONE
from archipel.defis.twincity.training.darknet_module import with_weights
from archipel.defis.twincity.training.examples import Example, drawn, examples_of, read_examples
from archipel.defis.twincity.training.learner import Learner, fine_tuned, own

PICTURES, TRUTH = "images", "verite.json"
"""Of a set, as the execution « generation » leaves it."""
TENTH = 10
"""One picture in so many, chosen by its name, is held out."""
FEWEST = 4
WORTH = 500
"""Steps that repay a compilation."""
FINE_RATE = 2e-4
"""Learning rate of a network that knows people already: a tenth of a new one's."""
CHECKPOINTS = ("etat.pt", "meilleur.pt")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """``start``: a Darknet `.cfg` with its weights beside, to fine-tune; None for our own, from scratch.
    ``resumed``: the folder of an attempt that was interrupted. ``remembered``: a set whose truth is not
    learnt: the network goes on telling of it what it told."""

    data: Path
    start: Path | None
    plan: loop.Plan
    resumed: Path | None = None
    remembered: Path | None = None


@dataclass(frozen=True)
class Course:
    """``before``: the figure of the network that it started from, None from scratch. ``after``: of the best
    one, and its interval. ``sources``: what it learnt from, and whether that is synthetic."""

    learner: Learner
    state: loop.State
    learnt: int
    held_out: int
    before: float | None
    after: tuple[float, float, float]
    apart: float
    sources: tuple[tuple[str, bool], ...] = ()

    def curve(self) -> pd.DataFrame:
        """`epoch`, `secondes`, `score`, `place` (losses), `figure` (AP50 of the pictures held out)."""
        return pd.DataFrame(self.state.curve)

    def card(self, day: date) -> dict[str, Any]:
        """Of the network, as far as it is known here (`defis.twincity.card`)."""
        figure = ("AP50", f"{self.held_out} images du même jeu, tenues à l’écart", *self.after)
        return card.draft(f"{self.learner.name}-{self.state.step}", day, [figure], self.sources)

    def measures(self) -> dict[str, Measure]:
        return {
            "ap50_tenues": (self.after[0], "1", ""),
            "ap50_depart": (self.before, "1", "modèle neuf"),
            "images_apprises": (self.learnt, "images", ""),
            "images_tenues": (self.held_out, "images", ""),
            "epoques": (self.state.epoch, "époques", ""),
            "duree": (self.state.spent, "s", ""),
            "ecart_onnx": (self.apart, "1", ""),
        }


def run(order: Order, folder: Path, told: Callable[[loop.State], None] = lambda _state: None) -> Course:
    """Leave `modele.onnx` and the checkpoints in ``folder``. Raises `DataRefused`."""
    truth, _refused = cocojson.read_truth(order.data / TRUTH)
    examples = examples_of(truth, order.data / PICTURES, TRUTH)
    learnt, kept = split(examples)
    if min(len(learnt), len(kept)) < FEWEST:
        raise DataRefused(
            f"« {order.data.name} » : {len(learnt)} image(s) à apprendre et {len(kept)} tenue(s) à "
            f"l’écart ; {FEWEST} au moins de chaque attendues"
        )
    if order.remembered and not order.start:
        raise DataRefused("rappel : un réseau neuf n’a rien à se rappeler ; partir de « yolo-fastest »")
    again = read_set(order.remembered) if order.remembered else []
    _resume(order.resumed, folder)
    torch.manual_seed(order.plan.seed)
    learner = learner_of(order.start)
    before = judging.ap50(learner, learner.module, kept) if order.start else None
    plan = replace(order.plan, rate=FINE_RATE) if order.start else order.plan
    judge = partial(judging.ap50, learner, examples=kept)
    state = loop.train(learner, learnt, plan, folder, judge, told, again)
    apart = export.export(learner, folder / "modele.onnx", sample(learner, kept))
    after = judging.estimate(learner, kept)
    return Course(learner, state, len(learnt), len(kept), before, after, apart, _sources(order, truth))


def _sources(order: Order, truth: Truth) -> tuple[tuple[str, bool], ...]:
    began = ((f"poids de {order.start.stem}", False),) if order.start else ()
    return (*began, (f"« {order.data.name} », {len(truth.images)} images", truth.synthetic))


def read_set(folder: Path) -> list[Example]:
    """As the execution « generation » leaves it. Raises `DataRefused`."""
    return read_examples(folder / PICTURES, folder / TRUTH)


def worth_compiling(steps: int) -> bool:
    """Whether so many steps repay the minute that `torch.compile` takes, where this machine can: on
    processors it wants a C++ compiler. Then a step lasts less than half, measured on two cores."""
    if steps < WORTH:
        return False
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.compile(torch.relu)(torch.zeros(8, device=device))
    except Exception as error:  # whatever the compiler, or its absence, raises
        log.info("pas de compilation : %s", type(error).__name__)
        return False
    return True


def learner_of(start: Path | None) -> Learner:
    """Raises `DataRefused`: no network of one class."""
    if start is None:
        return own()
    network = read_network(start)
    if network.classes != 1:
        raise DataRefused(f"« {start.name} » : réseau d’une classe attendu, reçu {network.classes} classes")
    return fine_tuned(with_weights(network, weights.read_weights(weights.beside(start), network)))


def split(examples: list[Example]) -> tuple[list[Example], list[Example]]:
    """To learn from, and held out: by the name alone, whatever else is in the set."""
    held = held_out([one.path.name for one in examples], TENTH)
    return (
        [one for one, out in zip(examples, held, strict=True) if not out],
        [one for one, out in zip(examples, held, strict=True) if out],
    )


def _resume(resumed: Path | None, folder: Path) -> None:
    if resumed is None:
        return
    absent = [name for name in CHECKPOINTS if not (resumed / name).is_file()]
    if absent:
        raise DataRefused(f"reprise : « {resumed.name} » n’a pas {', '.join(absent)}")
    folder.mkdir(parents=True, exist_ok=True)
    for name in CHECKPOINTS:
        shutil.copyfile(resumed / name, folder / name)


def sample(learner: Learner, examples: list[Example]) -> torch.Tensor:
    """A few pictures as the network takes them: (n, 3, size, size)."""
    pictures = [drawn(examples, at, learner.size, NONE, (0,))[0] for at in range(min(FEWEST, len(examples)))]
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255


def shown(steps: int) -> Callable[[loop.State], None]:
    """A progress bar over the steps that a training has."""
    bar = tqdm(total=steps, unit="pas", mininterval=2.0)

    def told(state: loop.State) -> None:
        bar.update(state.step - bar.n)
        bar.set_postfix(
            époque=state.epoch, AP50=f"{state.curve[-1]['figure']:.3f}", meilleur=f"{state.best:.3f}"
        )

    return told


def figure(course: Course) -> Any:
    """Losses and the figure of the held-out pictures, epoch by epoch, as a matplotlib figure."""
    from matplotlib.figure import Figure

    made = Figure(figsize=(10, 3.6), layout="constrained")
    left, right = made.subplots(1, 2)
    table = course.curve()
    for name, label in (("score", "scores"), ("place", "places")):
        left.plot(table["epoch"], table[name], label=label)
    right.plot(table["epoch"], table["figure"], color=BLUE)
    left.set(xlabel="Époque", ylabel="Coût", title="Ce qui est appris")
    right.set(
        xlabel="Époque", ylabel="AP50", title="Ce qui est reconnu (images tenues à l’écart)", ylim=(0, 1)
    )
    left.legend(frameon=False)
    return sober(made)
