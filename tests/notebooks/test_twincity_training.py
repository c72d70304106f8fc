"""TwinCity's training, in the environment that has torch: equalities, a kill, the execution itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.attempts import Prepare
from support.source import ROOT
from support.uprightshapes import write_upright_shapes

SHIPPED = ROOT / "notebooks" / "twincity" / "donnees" / "modele" / "yolo-fastest-1.1_body.cfg"
FAILED = 3

READ = f"""\
from pathlib import Path
import cv2, numpy as np, torch
from archipel.defis.twincity.darknet import weights
from archipel.defis.twincity.darknet.network import read_network
from archipel.defis.twincity.training import darknet_module, examples, judging, learner, loop
cfg = Path({str(SHIPPED)!r})
network = read_network(cfg)
numbers = weights.read_weights(weights.beside(cfg), network)
module = darknet_module.with_weights(network, numbers)"""
SAME_OUTPUTS = """\
made = np.random.default_rng(1).random((4, 3, 320, 320), dtype=np.float32)
made = np.stack([cv2.GaussianBlur(one.transpose(1, 2, 0), (0, 0), 9).transpose(2, 0, 1) for one in made])
made = ((made - made.min()) / (made.max() - made.min())).astype(np.float32)
loaded = cv2.dnn.readNetFromDarknet(str(cfg), str(weights.beside(cfg)))
names = loaded.getLayerNames()
heads = [max((n for n in names[: names.index(y)] if n.startswith('conv')), key=names.index)
         for y in names if y.startswith('yolo')]
apart = 0.0
for one in made:
    loaded.setInput(one[None])
    theirs = loaded.forward(heads)
    with torch.no_grad():
        ours = module(torch.from_numpy(one[None]))
    apart = max(apart, *(float(np.abs(a - b.numpy()).max()) for a, b in zip(theirs, ours)))
back = bool(np.array_equal(darknet_module.weights_of(module), numbers))
from archipel import output
output.attempt().result({"apart": (apart, "1"), "back": (int(back), "1")})"""
KILLED = """\
from dataclasses import replace
torch.set_num_threads(1)
rows = examples.read_examples(Path(donnees) / 'images', Path(donnees) / 'verite.json')
class Killed(Exception): pass
def killed(state):
    if state.epoch == 1: raise Killed
def trained(folder, told=lambda state: None):
    torch.manual_seed(3)
    mine = learner.own(64, width=8)
    plan = loop.Plan(steps=6, batch=4, warmup=2)
    loop.train(mine, rows[:8], plan, folder, lambda net: judging.ap50(mine, net, rows[8:10]), told)
    return torch.cat([one.flatten() for one in mine.module.state_dict().values()])
whole = trained(Path('entier'))
try: trained(Path('tue'), killed)
except Killed: pass
apart = float((trained(Path('tue')) - whole).abs().max())
from archipel import output
output.attempt().result({"apart": (apart, "1")})"""

REMEMBERED = """\
import copy
torch.set_num_threads(1)
rows = examples.read_examples(Path(donnees) / 'images', Path(donnees) / 'verite.json')
shown = torch.rand((4, 3, 320, 320), generator=torch.Generator().manual_seed(5))
def forgotten(remembered):
    mine = learner.fine_tuned(copy.deepcopy(module))
    plan = loop.Plan(steps=8, batch=4, warmup=1, rate=1e-3)
    loop.train(mine, rows[:8], plan, Path(f'appris{len(remembered)}'), lambda net: 0.0, remembered=remembered)
    with torch.no_grad():
        return float(mine.memory(mine.module(shown), module(shown)))
with torch.no_grad():
    same = float(learner.fine_tuned(module).memory(module(shown), module(shown)))
apart = forgotten(rows[:8]) / forgotten([])
from archipel import output
output.attempt().result({"same": (same, "1"), "apart": (apart, "1")})"""


@pytest.fixture(scope="session")
def drawn_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty pictures of upright shapes on a grey ground, a set as the generator leaves it."""
    return write_upright_shapes(tmp_path_factory.mktemp("jeu"))


def test_the_network_read_into_torch_says_what_opencv_says(prepare: Prepare) -> None:
    attempt = prepare(READ, SAME_OUTPUTS, image="vision")
    attempt.run()
    told = attempt.metrics()
    assert told["apart"] < 1e-3
    assert told["back"] == 1


def test_a_training_that_was_killed_ends_the_same(prepare: Prepare, drawn_set: Path) -> None:
    attempt = prepare(
        READ, KILLED, image="vision", parameters_cell="donnees: str = ''",
        parameters={"donnees": ("str", str(drawn_set))},
    )  # fmt: skip
    attempt.run()
    assert attempt.metrics()["apart"] == 0


def test_what_is_remembered_is_forgotten_less(prepare: Prepare, drawn_set: Path) -> None:
    attempt = prepare(
        READ, REMEMBERED, image="vision", parameters_cell="donnees: str = ''",
        parameters={"donnees": ("str", str(drawn_set))},
    )  # fmt: skip
    attempt.run()
    told = attempt.metrics()
    assert told["same"] == 0
    assert told["apart"] < 0.5


@pytest.mark.parametrize("start", ["neuf", "yolo-fastest"])
def test_a_short_training_leaves_a_model_that_detects(start: str, prepare: Prepare, drawn_set: Path) -> None:
    given = {
        "donnees": ("dossier", str(drawn_set)),
        "depart": ("enum", start),
        "pas": ("int", 4),
        "lot": ("int", 4),
    }
    attempt = prepare(
        defi="twincity", notebook="notebooks/twincity/entrainement.ipynb", image="vision", parameters=given
    )
    attempt.run()
    told = attempt.metrics()
    assert told["ecart_onnx"] < 1e-4
    assert told["images_apprises"] + told["images_tenues"] == 40
    assert (told["ap50_depart"] is None) == (start == "neuf")
    card = json.loads((attempt.folder / "carte.json").read_text(encoding="utf-8"))
    (figure,) = card["metriques"]
    assert figure["bas"] <= told["ap50_tenues"] == figure["valeur"] <= figure["haut"]
    assert len(card["donnees"]) == 1 + (start != "neuf")
    assert {"modele.onnx", "etat.pt", "meilleur.pt", "courbe.csv", "courbe.svg"} <= attempt.files()
    found = prepare(
        defi="twincity",
        notebook="notebooks/twincity/detection.ipynb",
        image="vision",
        parameters={
            "images": ("dossier", str(drawn_set / "images")),
            "detecteur": ("fichier", str(attempt.folder / "modele.onnx")),
            "verite": ("fichier", str(drawn_set / "verite.json")),
        },
    )
    found.run()
    assert 0 <= found.metrics()["ap50"] <= 1


def test_a_new_network_has_nothing_to_remember(prepare: Prepare, drawn_set: Path) -> None:
    given = {"donnees": ("dossier", str(drawn_set)), "rappel": ("dossier", str(drawn_set))}
    attempt = prepare(
        defi="twincity", notebook="notebooks/twincity/entrainement.ipynb", image="vision", parameters=given
    )
    assert attempt.run() == FAILED
    assert "partir de « yolo-fastest »" in attempt.failed()["message"]


def test_too_few_pictures_are_told(prepare: Prepare, drawn_set: Path, place: Path) -> None:
    small = json.loads((drawn_set / "verite.json").read_text(encoding="utf-8"))
    small["images"] = small["images"][:3]
    small["annotations"] = [one for one in small["annotations"] if one["image_id"] < 3]
    folder = place / "petit"
    folder.mkdir()
    (folder / "images").symlink_to(drawn_set / "images")
    (folder / "verite.json").write_text(json.dumps(small), encoding="utf-8")
    attempt = prepare(
        defi="twincity", notebook="notebooks/twincity/entrainement.ipynb", image="vision",
        parameters={"donnees": ("dossier", str(folder))},
    )  # fmt: skip
    assert attempt.run() == FAILED
    assert "4 au moins de chaque attendues" in attempt.failed()["message"]
