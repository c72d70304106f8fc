"""A recorded walk (BVH) brought to the bodies' own skeleton.

The bones' directions are matched, not their angles: the two skeletons rest in different attitudes.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.scenes.people.model import Bodies
from archipel.defis.twincity.scenes.people.skeleton import Doubles, local_of, rotation

LIMBS = {
    "UpArm": ("upperarm01", "lowerarm01"), "LoArm": ("lowerarm01", "wrist"),
    "UpLeg": ("upperleg01", "lowerleg01"), "LoLeg": ("lowerleg01", "foot"), "Foot": ("foot", "toe2-1"),
}  # fmt: skip
"""BVH joint → bone that it turns, bone where that ends; each has a left and a right."""
TRUNK = {"Spine1": "spine04", "Spine3": "spine02", "Neck": "neck01", "Head": "head"}
ENDS = {"UpArm": "LoArm", "LoArm": "Hand", "UpLeg": "LoLeg", "LoLeg": "Foot", "Foot": "Toe"}
UPRIGHT = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""From the recording's axes (z up, looking against y) to the body's (y up, looking along z)."""


@lru_cache(maxsize=2)
def recorded(path: Path) -> tuple[list[str], list[int], Doubles, Doubles]:
    """Joints, parents, offsets (j, 3), rotations in space (frames, j, 3, 3). Raises `DataRefused`."""
    try:
        words = path.read_text(encoding="ascii").split()
        return _parsed(words)
    except (OSError, UnicodeDecodeError, ValueError, IndexError) as error:
        raise DataRefused(f"« {path} » : marche BVH illisible ({type(error).__name__})") from None


def _parsed(words: list[str]) -> tuple[list[str], list[int], Doubles, Doubles]:
    names: list[str] = []
    parent: list[int] = []
    offset: list[list[float]] = []
    channels: list[tuple[int, str]] = []
    stack: list[int] = []
    for at, word in enumerate(words[: words.index("MOTION")]):
        if word in ("ROOT", "JOINT", "End"):
            names.append(words[at + 1])
            parent.append(stack[-1] if stack else -1)
        elif word == "{":
            stack.append(len(names) - 1)
        elif word == "}":
            stack.pop()
        elif word == "OFFSET":
            offset.append([float(one) for one in words[at + 1 : at + 4]])
        elif word == "CHANNELS":
            channels += [(stack[-1], one) for one in words[at + 2 : at + 2 + int(words[at + 1])]]
    frames = int(words[words.index("Frames:") + 1])
    values = np.array(words[words.index("Time:") + 2 :], dtype=np.float64).reshape(frames, len(channels))
    turned = np.tile(np.eye(3), (frames, len(names), 1, 1))
    for (joint, channel), column in zip(channels, values.T, strict=True):
        if channel.endswith("rotation"):
            axis = channel[0].lower()
            turned[:, joint] = turned[:, joint] @ np.stack([rotation(**{axis: one}) for one in column])
    for joint, above in enumerate(parent):
        if above >= 0:
            turned[:, joint] = turned[:, above] @ turned[:, joint]
    return names, parent, np.array(offset), turned


@lru_cache(maxsize=2)
def _frames(bodies: Bodies) -> tuple[dict[str, Doubles], ...]:
    """Of each recorded frame, the rotation in space of every bone that the walk moves."""
    names, parent, offset, turned = recorded(bodies.folder / "walk1.bvh")
    at = {name: joint for joint, name in enumerate(names)}
    rest = np.zeros_like(offset)
    for joint, above in enumerate(parent):
        rest[joint] = offset[joint] + (rest[above] if above >= 0 else 0)
    skeleton, bones = bodies.skeleton, {name: bone for bone, name in enumerate(bodies.skeleton.names)}
    aligned = {bone: (name, np.eye(3)) for name, bone in TRUNK.items()}
    for limb, (bone, end) in LIMBS.items():
        for side in "LR":
            theirs = UPRIGHT @ (rest[at[f"{ENDS[limb]}_{side}"]] - rest[at[f"{limb}_{side}"]])
            ours = skeleton.head[bones[f"{end}.{side}"]] - skeleton.head[bones[f"{bone}.{side}"]]
            aligned[f"{bone}.{side}"] = (f"{limb}_{side}", between(ours, theirs))
    return tuple(
        {bone: UPRIGHT @ frame[at[name]] @ UPRIGHT.T @ turn for bone, (name, turn) in aligned.items()}
        for frame in turned[:-1]  # the last frame is the first of the next cycle
    )


def between(one: Doubles, other: Doubles) -> Doubles:
    """The least rotation that takes one direction to another."""
    a, b = one / np.linalg.norm(one), other / np.linalg.norm(other)
    axis, cos = np.cross(a, b), float(a @ b)
    skew = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + skew + skew @ skew / max(1 + cos, 1e-6)


def walking(bodies: Bodies, phase: float) -> dict[str, Doubles]:
    """The bones' own rotations at a phase of the cycle, 0 to 1."""
    frames = _frames(bodies)
    place = (phase % 1) * len(frames)
    first, share = int(place) % len(frames), place % 1
    one, two = frames[first], frames[(first + 1) % len(frames)]
    left, _, right = np.linalg.svd(np.stack([(1 - share) * one[bone] + share * two[bone] for bone in one]))
    mixed = dict(zip(one, left @ right, strict=True))
    return local_of(bodies.skeleton, mixed)
