"""Bodies: at rest they are the files' own, as tall as measured, and dressed they stand on the ground."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.scenes import camera
from archipel.defis.twincity.scenes.assembly import assembled, full_box
from archipel.defis.twincity.scenes.description import Camera, Garment, Person, Pose
from archipel.defis.twincity.scenes.drawing.conditions import Conditions
from archipel.defis.twincity.scenes.drawing.sampling import sample
from archipel.defis.twincity.scenes.people import model, shape, skeleton
from archipel.defis.twincity.scenes.people.dressed import person_mesh
from archipel.defis.twincity.scenes.people.pose import rotations
from archipel.defis.twincity.scenes.people.walk import between
from support.source import ROOT

FOLDER = ROOT / "notebooks" / "twincity" / "donnees" / "corps"
PERSON = Person(
    "femme", 25, 1.67, 0.0, (1.0, 0.0, 0.0), 5, Pose("debout"), 0, 0, 0, Garment("pull", (0.5, 0.5, 0.5)),
    Garment("jean", (0.2, 0.2, 0.4)), None, (0.1, 0.1, 0.1), "court", (0.1, 0.1, 0.1), None, None,
)  # fmt: skip


@pytest.fixture(scope="module")
def bodies() -> model.Bodies:
    return model.load(FOLDER)


@pytest.mark.parametrize(
    ("sex", "age", "ancestry", "height"),
    [
        ("femme", 25, (1.0, 0.0, 0.0), 1.67),
        ("homme", 75, (0.0, 0.0, 1.0), 1.72),
        ("homme", 9, (0.0, 1.0, 0.0), 1.32),
    ],
)
def test_natural_heights(
    sex: str, age: float, ancestry: tuple[float, float, float], height: float, bodies: model.Bodies
) -> None:
    """Those of SOURCE.md: young woman, old man, child."""
    person = replace(PERSON, sex=sex, age=age, ancestry=ancestry)
    assert shape.natural_height(bodies, person) == pytest.approx(height, abs=0.006)


def test_shares_of_the_targets_add_up(bodies: model.Bodies) -> None:
    person = replace(PERSON, age=17, weight=0.3, ancestry=(0.2, 0.5, 0.3))
    shares = shape.target_shares(bodies, person)
    assert shares.sum() == pytest.approx(2)  # one shape of ancestry, one of weight
    assert shares.min() >= 0


def test_at_rest_skinning_changes_nothing(bodies: model.Bodies) -> None:
    for detail, level in enumerate(bodies.levels):
        own = shape.shaped(bodies, PERSON, detail)
        bones = skeleton.transforms(bodies.skeleton, own, {})
        assert skeleton.skinned(level, own, bones) == pytest.approx(own.vertices, abs=1e-4)


def test_a_limb_turns_with_its_bone_alone(bodies: model.Bodies) -> None:
    level, own = bodies.levels[2], shape.shaped(bodies, PERSON, 2)
    bent = skeleton.transforms(bodies.skeleton, own, {"lowerarm01.L": skeleton.rotation(x=-90)})
    moved = np.linalg.norm(skeleton.skinned(level, own, bent) - own.vertices, axis=1)
    left = own.vertices[:, 0] > 0
    assert moved[(level.region == "main") & left].min() > 1
    assert moved[(level.region == "main") & ~left].max() < 1e-3
    assert moved[level.region == "jambe"].max() < 1e-3


def test_rotations_are_rotations(bodies: model.Bodies) -> None:
    poses = [Pose("marche", phase / 9) for phase in range(9)]
    poses += [Pose(kind, 0, variant / 7) for kind in ("debout", "assis", "couché") for variant in range(7)]
    for pose in poses:
        for matrix in rotations(bodies, pose).values():
            assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-6)
            assert np.linalg.det(matrix) == pytest.approx(1)
    assert between(np.array([0, 0, 2.0]), np.array([3.0, 0, 0])) @ (0, 0, 1) == pytest.approx((1, 0, 0))


def test_the_walk_swings_opposite_arm_and_leg(bodies: model.Bodies) -> None:
    level = bodies.levels[2]
    reached = []
    for phase in np.linspace(0, 1, 13):
        own = shape.shaped(bodies, PERSON, 2)
        bones = skeleton.transforms(bodies.skeleton, own, rotations(bodies, Pose("marche", float(phase))))
        position = skeleton.skinned(level, own, bones)
        left = own.vertices[:, 0] > 0
        reached.append([position[(level.region == part) & left, 2].mean() for part in ("main", "pied")])
    hand, foot = np.array(reached).T
    assert np.ptp(foot) > 4
    assert np.corrcoef(hand, foot)[0, 1] < -0.5


@pytest.mark.parametrize("detail", [0, 1, 2, 3])
@pytest.mark.parametrize("kind", ["marche", "debout", "couché"])
def test_people_touch_the_ground(kind: str, detail: int, bodies: model.Bodies) -> None:
    mesh = person_mesh(bodies, replace(PERSON, pose=Pose(kind, 0.3, 0.2), x=3, z=8), 4, detail)
    low, high = mesh.vertices["position"].min(axis=0), mesh.vertices["position"].max(axis=0)
    assert low[1] == pytest.approx(0, abs=0.03)
    assert (high[1] < 0.75) if kind == "couché" else (1.5 < high[1] < 1.85)
    assert low[0] < 3 < high[0]
    assert low[2] < 8 < high[2]
    assert (mesh.vertices["person"] == 4).all()
    assert mesh.faces.max() < len(mesh.vertices)
    assert np.linalg.norm(mesh.vertices["normal"], axis=1) == pytest.approx(1, abs=0.02)


def test_height_is_the_persons_own(bodies: model.Bodies) -> None:
    tall = [
        np.ptp(
            person_mesh(bodies, replace(PERSON, height=height, hair="chauve"), 1, 1).vertices["position"][
                :, 1
            ]
        )
        for height in (1.5, 1.8)
    ]
    assert tall[1] / tall[0] == pytest.approx(1.2, abs=0.01)


def test_tone_changes_colours_and_nothing_else(bodies: model.Bodies) -> None:
    one, other = (person_mesh(bodies, replace(PERSON, monk=tone), 1, 1) for tone in (1, 10))
    for name in ("position", "normal", "uv", "light", "person"):
        assert (one.vertices[name] == other.vertices[name]).all()
    changed = (one.vertices["colour"] != other.vertices["colour"]).any(axis=1)
    assert 0.05 < changed.mean() < 0.6
    assert one.vertices["colour"][changed].mean() > other.vertices["colour"][changed].mean() + 60


@pytest.mark.parametrize("kind", ["t-shirt", "chemise", "pull", "débardeur"])
@pytest.mark.parametrize("bottom", ["pantalon", "large", "legging", "short", "jupe", "jupe longue", "robe"])
def test_every_garment_can_be_worn(kind: str, bottom: str, bodies: model.Bodies) -> None:
    person = replace(PERSON, top=Garment(kind, (1, 0, 0)), bottom=Garment(bottom, (0, 1, 0)))
    mesh = person_mesh(bodies, person, 1, 2)
    for channel in (0, 1):
        others = [one for one in range(3) if one != channel]
        pure = (mesh.vertices["colour"][:, channel] == 255) & (mesh.vertices["colour"][:, others] == 0).all(
            axis=1
        )
        assert pure.sum() > 60


def test_the_full_box_is_the_projected_body(bodies: model.Bodies) -> None:
    seen = Camera(0, 0, 1.6, 0, 0, 35, 640, 480)
    mesh = person_mesh(bodies, replace(PERSON, z=10), 1, 1)
    x, y, width, height = full_box(seen, mesh)
    scale = 35 / camera.FRAME * 480
    assert height == pytest.approx(scale * 1.68 / 10, rel=0.06)
    assert x + width / 2 == pytest.approx(320, abs=5)
    assert y < 240 < y + height
    assert full_box(seen, person_mesh(bodies, replace(PERSON, z=-10), 1, 3)) == (0, 0, 0, 0)


def test_distance_is_from_the_camera_to_the_middle_of_the_body(bodies: model.Bodies) -> None:
    scene = sample(1, Conditions(people=(1, 1), streets=(("place", 1.0),)), (64, 48))
    seen = Camera(1, 0, 5.0, -20, 0, 35, 64, 48)
    scene = replace(scene, camera=seen, people=(replace(PERSON, x=4, z=12, hair="chauve"),))
    (away,) = assembled(scene, bodies).distance
    assert away == pytest.approx(np.hypot(np.hypot(3, 12), 5.0 - 1.67 / 2), abs=0.1)


def test_bodies_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=r"bodies\.npz"):
        model.load(tmp_path)
    (tmp_path / "bodies.npz").write_bytes(b"PK nothing")
    with pytest.raises(DataRefused, match="illisible"):
        model.load(tmp_path)
