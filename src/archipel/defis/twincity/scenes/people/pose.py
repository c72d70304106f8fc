"""Attitudes, as rotations of bones: walking, standing, sitting, lying on the ground."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from archipel.defis.twincity.scenes.description import Pose
from archipel.defis.twincity.scenes.people.model import Bodies
from archipel.defis.twincity.scenes.people.skeleton import Doubles, local_of, rotation
from archipel.defis.twincity.scenes.people.walk import between, walking

KINDS = ("marche", "debout", "assis", "couché")
Angles = dict[str, tuple[float, float, float]]

Direction = tuple[float, float, float]
Arm = tuple[Direction, ...]
"""Upper arm, forearm."""

HANGS: Arm = ((0.16, -1, -0.03), (0.08, -1, 0.2))
STANDING: tuple[tuple[Arm, Arm], ...] = (
    (HANGS, HANGS),
    (HANGS, ((0.14, -0.95, 0.2), (-0.35, 0.45, 0.85))),  # looks at a telephone
    (((0.2, -0.9, 0.4), (-0.9, 0.05, 0.4)),) * 2,  # arms folded
    (((0.42, -0.9, -0.25), (0.02, -0.95, 0.4)),) * 2,  # hands at the pockets
    (HANGS, ((0.4, -0.7, 0.55), (-0.3, 0.95, -0.05))),  # telephone at the ear
    (HANGS, ((0.2, -0.95, 0.05), (0.05, -0.8, 0.6))),
)
"""Where upper arm and forearm point, left then right, x outwards: a body's own axes, trunk upright."""
SITTING: tuple[Arm, ...] = (
    ((0.2, -0.9, 0.4), (-0.25, -0.35, 0.9)),
    ((0.16, -0.95, 0.2), (-0.45, 0.1, 0.9)),
    ((0.25, -0.95, 0.1), (0.0, -0.75, 0.65)),
)
FORWARD: Arm = ((0.08, -0.7, 0.7), (-0.08, 0.25, 0.95))
LYING: tuple[Arm, ...] = (
    ((0.45, -0.9, -0.12), (0.35, -0.95, -0.08)),
    ((0.95, -0.25, -0.14), (0.5, 0.85, -0.1)),
    ((0.5, -0.8, -0.1), (-0.6, -0.5, 0.62)),
    ((0.9, 0.35, -0.12), (0.75, 0.65, -0.05)),
)
CURLED = {f"finger{finger}-{joint}": (0.0, 0.0, -22.0) for finger in range(2, 6) for joint in (1, 2)}


def rotations(bodies: Bodies, pose: Pose) -> dict[str, Doubles]:
    """The bones' own rotations; the whole body's is that of « root »."""
    if pose.kind == "marche":
        return walking(bodies, pose.phase) | _hands()
    return {"debout": _standing, "assis": _sitting, "couché": _lying}[pose.kind](bodies, pose)


def _sided(left: Angles, right: Angles) -> dict[str, Doubles]:
    found = {f"{bone}.L": rotation(*angles) for bone, angles in left.items()}
    return found | {f"{bone}.R": rotation(x, -y, -z) for bone, (x, y, z) in right.items()}


@lru_cache(maxsize=1)
def _hands() -> dict[str, Doubles]:
    return _sided(CURLED, CURLED)


def _drawn(pose: Pose, count: int) -> Doubles:
    """Numbers from −1 to 1 that the variant fixes."""
    return np.random.default_rng(int(pose.variant * 2**32)).uniform(-1, 1, count)


def _arms(bodies: Bodies, left: Arm, right: Arm) -> dict[str, Doubles]:
    """Upper arms and forearms brought to these directions."""
    skeleton, aimed = bodies.skeleton, {}
    for side, arm in (("L", left), ("R", right)):
        for (bone, end), (x, y, z) in zip(
            (("upperarm01", "lowerarm01"), ("lowerarm01", "wrist")), arm, strict=True
        ):
            head, tail = (skeleton.head[skeleton.names.index(f"{name}.{side}")] for name in (bone, end))
            aimed[f"{bone}.{side}"] = between(tail - head, np.array((x if side == "L" else -x, y, z)))
    return local_of(skeleton, aimed)


def _standing(bodies: Bodies, pose: Pose) -> dict[str, Doubles]:
    more = _drawn(pose, 8)
    left, right = STANDING[int(pose.variant * 997) % len(STANDING)]
    if more[0] > 0:
        left, right = right, left
    lean, spread = 4 * more[1], -1 + 2 * more[2]
    legs: Angles = {"upperleg01": (-4 + 4 * more[3], 0, spread), "lowerleg01": (5 + 4 * more[3], 0, 0)}
    other: Angles = {"upperleg01": (-5 - 5 * more[4], 8, spread), "lowerleg01": (8 + 7 * more[4], 0, 0)}
    return {
        "spine04": rotation(2, 4 * more[5], lean),
        "neck01": rotation(6 + 9 * more[6], 14 * more[7], 0),
        "head": rotation(4 + 8 * more[6], 18 * more[7], -lean),
        **_arms(bodies, left, right),
        **_sided(legs, other),
        **_hands(),
    }


def _sitting(bodies: Bodies, pose: Pose) -> dict[str, Doubles]:
    more = _drawn(pose, 6)
    left, right = (SITTING[int(pose.variant * large) % len(SITTING)] for large in (997, 499))
    near: Angles = {"upperleg01": (-80, 0, 2 + 4 * more[1]), "lowerleg01": (80 + 10 * more[2], 0, 0)}
    far: Angles = {"upperleg01": (-80, 0, 2 + 4 * more[1]), "lowerleg01": (78 - 12 * more[2], 0, 0)}
    if more[0] > 0.5:  # legs crossed
        far = {"upperleg01": (-97, 0, -16), "lowerleg01": (66, 0, -6)}
    return {
        "spine04": rotation(6 + 7 * more[3], 0, 0),
        "neck01": rotation(4 + 10 * more[4], 12 * more[5], 0),
        "head": rotation(2 + 6 * more[4], 16 * more[5], 0),
        **_arms(bodies, left, right),
        **_sided(near, far),
        **_hands(),
    }


def _lying(bodies: Bodies, pose: Pose) -> dict[str, Doubles]:
    """On the back, on the side or on the front, limbs as they fell."""
    more = _drawn(pose, 12)
    side = int(pose.variant * 997) % 3
    down = (rotation(-90), rotation(-90) @ rotation(0, 80 if more[0] > 0 else -80), rotation(90))[side]
    left, right = (LYING[int(pose.variant * large) % len(LYING)] for large in (499, 1499))
    if side == 1:
        left = right = FORWARD
    if side == 2:  # face down, the arms lie on the other side of the body
        left, right = (tuple((x, y, abs(z) + 0.12) for x, y, z in arm) for arm in (left, right))
    bent = (16 + 16 * more[1], 38 + 24 * more[1], 4 + 3 * more[1])[side]
    near: Angles = {"upperleg01": (-bent, 0, 5 + 6 * more[5]), "lowerleg01": (1.2 * bent, 0, 0)}
    far: Angles = {
        "upperleg01": (-6 - 5 * more[9], 0, 6 + 6 * more[10]),
        "lowerleg01": (8 + 7 * more[9], 0, 0),
    }
    return {
        "root": down,
        "spine04": rotation(0, 8 * more[10], 6 * more[11]),
        "head": rotation(4 * more[2], 35 * more[3], 0),
        **_arms(bodies, left, right),
        **_sided(near, far),
        **_hands(),
    }
