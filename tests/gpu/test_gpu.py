"""What computes on a GPU where there is one: TwinCity's training, its export, what a session reads of it.

Runs on a machine with one, in an environment that has torch: `make test-gpu`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the environment « vision »")
if not torch.cuda.is_available():
    pytest.skip("needs a GPU", allow_module_level=True)

from archipel.defis.twincity.darknet import weights  # noqa: E402 — after the skip
from archipel.defis.twincity.darknet.network import read_network  # noqa: E402 — after the skip
from archipel.defis.twincity.training import course, export, judging, loop  # noqa: E402 — after the skip
from archipel.defis.twincity.training.darknet_module import with_weights  # noqa: E402 — after the skip
from archipel.defis.twincity.training.examples import Example  # noqa: E402 — after the skip
from archipel.defis.twincity.training.learner import fine_tuned, own  # noqa: E402 — after the skip
from archipel.sessions.gpu import read_gpu  # noqa: E402 — after the skip
from archipel.sessions.life import gpu_used  # noqa: E402 — after the skip
from support.source import ROOT  # noqa: E402 — after the skip
from support.uprightshapes import write_upright_shapes  # noqa: E402 — after the skip

SHIPPED = ROOT / "notebooks" / "twincity" / "donnees" / "modele" / "yolo-fastest-1.1_body.cfg"
COMPUTING = """
import torch, time
matrix = torch.rand(8192, 8192, device="cuda")
print("ready", flush=True)
while True:
    matrix = (matrix @ matrix).clamp(0, 1)
"""


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    return course.read_set(write_upright_shapes(tmp_path_factory.mktemp("jeu")))


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # torch's, of itself
@pytest.mark.parametrize("compiled", [False, True], ids=["as written", "compiled"])
def test_a_network_learns_and_its_export_says_the_same_on_a_processor(
    examples: list[Example], tmp_path: Path, compiled: bool
) -> None:
    torch.manual_seed(1)
    mine = own(128, width=8)
    plan = loop.Plan(steps=60, batch=16, warmup=5, compiled=compiled)
    state = loop.train(
        mine, examples[:32], plan, tmp_path, partial(judging.ap50, mine, examples=examples[32:])
    )
    assert next(mine.module.parameters()).is_cuda
    first, last = (row["score"] + row["place"] for row in (state.curve[0], state.curve[-1]))
    assert last < first
    apart = export.export(mine, tmp_path / "modele.onnx", course.sample(mine, examples))
    assert apart < 1e-3


def test_a_training_that_stopped_goes_on(examples: list[Example], tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(state: loop.State) -> None:
        if state.epoch == 1:
            raise Stopped

    torch.manual_seed(2)
    plan = loop.Plan(steps=16, batch=8, warmup=2)
    with pytest.raises(Stopped):
        loop.train(own(64, width=8), examples[:32], plan, tmp_path, lambda _net: 0.0, stop)
    seen: list[int] = []
    state = loop.train(
        own(64, width=8), examples[:32], plan, tmp_path, lambda _net: 0.0, lambda one: seen.append(one.epoch)
    )
    assert (seen[0], state.step) == (2, 16)


def test_what_is_remembered_is_told_on_the_gpu_too(examples: list[Example], tmp_path: Path) -> None:
    network = read_network(SHIPPED)
    mine = fine_tuned(with_weights(network, weights.read_weights(weights.beside(SHIPPED), network)))
    plan = loop.Plan(steps=8, batch=4, warmup=1, rate=1e-3)
    state = loop.train(mine, examples[:8], plan, tmp_path, lambda _net: 0.0, remembered=examples[:8])
    assert 0 < state.curve[-1]["memory"] < np.inf


@pytest.mark.skipif(shutil.which("nvidia-smi") is None, reason="needs nvidia-smi")
def test_a_session_sees_that_its_gpu_is_used() -> None:
    with subprocess.Popen([sys.executable, "-c", COMPUTING], stdout=subprocess.PIPE) as computing:
        assert computing.stdout is not None
        try:
            assert computing.stdout.readline() == b"ready\n"
            seen = [read_gpu("nvidia-smi", frozenset()) for _ in range(5)]
        finally:
            computing.kill()
    assert any(gpu_used(sample) for sample in seen)
    assert all(sample is not None for sample in seen)
