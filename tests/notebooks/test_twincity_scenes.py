"""Scenes drawn for real: the same bytes for the same seed, truth that agrees with pixels, a kill that costs
nothing. Skipped where OpenGL by EGL is absent; the path tracer's part where mitsuba is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from pycocotools import mask as coco_mask

from archipel.defis.twincity.evaluation import read
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.scenes.assembly import assembled
from archipel.defis.twincity.scenes.counterfactual import counterfactual
from archipel.defis.twincity.scenes.drawing.conditions import Conditions
from archipel.defis.twincity.scenes.drawing.sampling import sample
from archipel.defis.twincity.scenes.engines import engine, picture
from archipel.defis.twincity.scenes.generation import Order, Swap, generate, scene_at
from archipel.defis.twincity.scenes.people.model import load
from support.source import ROOT

BODIES = ROOT / "notebooks" / "twincity" / "donnees" / "corps"
SIZE = (320, 240)


@pytest.fixture(scope="module")
def drawing() -> Any:
    try:
        return engine("trame", 2)
    except DataRefused as error:
        pytest.skip(f"needs OpenGL 3.3 by EGL: {error}")


def order(**more: Any) -> Order:
    conditions = Conditions(people=(2, 8), focal=(30.0, 40.0))
    return Order(**({"n": 4, "seed": 3, "bodies": BODIES, "size": SIZE, "conditions": conditions} | more))


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".parquet"
    }  # fmt: skip


SCENES = {
    "day": Conditions(people=(8, 8), hours=((11.0, 15.0),), weathers=(("clair", 1.0),), months=(6,)),
    "night in the rain": Conditions(people=(8, 8), hours=((22.5, 25.0),), weathers=(("pluie", 1.0),)),
    "snow": Conditions(people=(8, 8), hours=((10.0, 15.0),), weathers=(("neige", 1.0),)),
    "fog from above": Conditions(people=(8, 8), weathers=(("brouillard", 1.0),), pitches=((-60.0, -45.0),)),
}


@pytest.mark.parametrize("name", SCENES)
def test_one_scene_one_picture_and_truth_that_its_pixels_bear_out(name: str, drawing: Any) -> None:
    scene = sample(21, SCENES[name], SIZE)
    image, drawn = picture(scene, BODIES, drawing)
    again, _ = picture(scene, BODIES, drawing)
    assert (image == again).all()
    assert image.shape == (240, 320, 3)
    assert image.std() > 8
    visible = [one for one in drawn.people if one.mask.any()]
    assert visible
    for person, box in zip(drawn.people, drawn.full_box, strict=True):
        assert person.visible <= person.inside + 1e-9 <= person.whole + 2e-9
        assert not (person.mask & ~person.full_mask).any()
        if person.full_mask.any():
            rows, columns = (np.flatnonzero(person.full_mask.any(axis=one)) for one in (1, 0))
            left, top = person.left + columns[0], person.top + rows[0]
            assert left >= box[0] - 1.5
            assert top >= box[1] - 1.5
            assert left + np.ptp(columns) + 1 <= box[0] + box[2] + 1.5
            assert top + np.ptp(rows) + 1 <= box[1] + box[3] + 1.5


def test_nobody_is_seen_twice_in_one_pixel(drawing: Any) -> None:
    scene = sample(4, Conditions(people=(40, 40), streets=(("place", 1.0),), pitches=((-25.0, -15.0),)), SIZE)
    drawn = drawing.render(scene, assembled(scene, load(BODIES)))
    count = np.zeros(SIZE[::-1], int)
    for one in drawn.people:
        count[one.top : one.top + one.mask.shape[0], one.left : one.left + one.mask.shape[1]] += one.mask
    # Two who share a pixel by halves may both have it.
    assert (count > 1).sum() < 0.05 * (count > 0).sum()
    assert count.max() <= 2
    assert any(one.visible < 0.8 * one.inside for one in drawn.people)


def test_an_exchange_of_tone_changes_that_person_alone(drawing: Any) -> None:
    conditions = Conditions(people=(6, 6), noise=(3.0, 3.0), blur=(0.0, 0.0), pitches=((-6.0, 0.0),))
    scene = sample(31, conditions, SIZE)
    _, drawn = picture(scene, BODIES, drawing)
    person = int(np.argmax([one.visible for one in drawn.people]))
    other = counterfactual(scene, person, "monk", 1 if scene.people[person].monk > 5 else 10)
    one, two = (picture(which, BODIES, drawing)[0] for which in (scene, other))
    seen = drawn.people[person]
    reach = np.zeros(SIZE[::-1], np.uint8)
    reach[seen.top : seen.top + seen.mask.shape[0], seen.left : seen.left + seen.mask.shape[1]] = (
        seen.full_mask
    )
    changed = (one != two).any(axis=2)
    assert changed.sum() > 20
    assert not (changed & ~(cv2.dilate(reach, np.ones((3, 3), np.uint8)) > 0)).any()
    truths = [picture(which, BODIES, drawing)[1] for which in (scene, other)]
    assert (truths[0].full_box == truths[1].full_box).all()
    assert [a.visible for a in truths[0].people] == [b.visible for b in truths[1].people]


def test_a_set_and_its_truth(drawing: Any, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    report = generate(tmp_path / "lot", order(), workers=1, progress=lambda *one: steps.append(one))
    assert (report.images, report.made) == (4, 4)
    assert report.rate > 0
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    coco = json.loads((tmp_path / "lot" / "verite.json").read_text(encoding="utf-8"))
    assert coco["info"]["donnees"] == "données synthétiques"
    assert {one["donnees"] for one in coco["images"]} == {"données synthétiques"}
    for row in coco["annotations"]:
        mask = coco_mask.toBbox(row["segmentation"])
        assert mask.tolist() == row["bbox"]
        assert coco_mask.area(row["segmentation"]) == row["area"]
        assert 0 <= row["occlusion"] <= 1
        assert row["monk"] in range(1, 11)
    for one in coco["images"]:
        image = cv2.imread(str(tmp_path / "lot" / "images" / one["file_name"]))
        assert image.shape == (one["height"], one["width"], 3)
        assert scene_at(order(), one["id"]).seed == one["seed"]
    table = pd.read_parquet(tmp_path / "lot" / "personnes.parquet")
    assert len(table) == len(coco["annotations"])
    assert {"monk", "pose", "image_weather", "image_pitch", "distance_m", "vis_ratio"} <= set(table.columns)
    detections = [
        {"image_id": row["image_id"], "category_id": 1, "bbox": row["bbox"], "score": 0.9}
        for row in coco["annotations"]
    ]  # fmt: skip
    (tmp_path / "trouve.json").write_text(json.dumps(detections), encoding="utf-8")
    assert len(read(str(tmp_path / "lot" / "verite.json"), str(tmp_path / "trouve.json")).truth.box) == len(
        table
    )


def test_pairs_differ_by_the_value_asked(drawing: Any, tmp_path: Path) -> None:
    generate(tmp_path, order(n=2, swap=Swap("monk", (1, 10))), workers=1)
    coco = json.loads((tmp_path / "verite.json").read_text(encoding="utf-8"))
    assert [one["pair"] for one in coco["images"]] == [0, 0, 1, 1]
    swapped = [row for row in coco["annotations"] if row["swapped"]]
    assert [row["monk"] for row in swapped] == [1, 10, 1, 10]
    first, second = ([row for row in coco["annotations"] if row["image_id"] == at] for at in (0, 1))
    for one, two in zip(first, second, strict=True):
        differs = {name for name in one if one[name] != two[name]} - {"id", "image_id"}
        assert differs == ({"monk"} if one["swapped"] else set())


KILLED = """
import sys
from pathlib import Path
sys.path[:0] = {path!r}
from test_twincity_scenes import generate, order
if __name__ == "__main__":
    generate(Path({folder!r}), order(n=12), workers=2)
"""


def test_a_kill_costs_nothing(drawing: Any, tmp_path: Path) -> None:
    folder, whole = tmp_path / "interrompu", tmp_path / "entier"
    script = tmp_path / "lancer.py"
    path = [str(Path(__file__).parent), *sys.path]
    script.write_text(KILLED.format(path=path, folder=str(folder)), encoding="utf-8")
    process = subprocess.Popen([sys.executable, str(script)], start_new_session=True)
    limit = time.monotonic() + 120
    while len(list(folder.glob("verites/0*.json"))) < 3 and time.monotonic() < limit:
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = len(list(folder.glob("verites/0*.json")))
    assert 3 <= done < 12
    resumed = generate(folder, order(n=12), workers=1)
    assert resumed.made == 12 - done
    generate(whole, order(n=12), workers=1)
    assert files(folder) == files(whole)
    assert generate(folder, order(n=12), workers=1).made == 0


def test_another_order_in_the_same_folder_is_refused(drawing: Any, tmp_path: Path) -> None:
    generate(tmp_path, order(n=1), workers=1)
    with pytest.raises(DataRefused, match=r"une autre demande \(seed diffère\)"):
        generate(tmp_path, order(n=1, seed=4), workers=1)


def test_both_engines_tell_the_same_truth(drawing: Any) -> None:
    pytest.importorskip("mitsuba", reason="needs mitsuba, the path tracer")
    conditions = Conditions(
        people=(3, 3), hours=((11.0, 14.0),), weathers=(("clair", 1.0),), streets=(("place", 1.0),)
    )
    scene = sample(8, conditions, (160, 120))
    parts = assembled(scene, load(BODIES))
    fast, slow = drawing.render(scene, parts), engine("trajets", 1).render(scene, parts)
    for one, two in zip(fast.people, slow.people, strict=True):
        assert two.inside == pytest.approx(one.inside, abs=3)
        assert two.visible == pytest.approx(one.visible, abs=3)
    assert slow.image.mean() > 8


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(DataRefused, match="trame, trajets"):
        engine("magie", 1)
