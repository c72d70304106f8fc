"""A Haussmann building: shops, five floors of French windows, two running balconies, a mansard roof.

Built lying along x from 0, y up, the street towards z; then turned to its side of the street.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from archipel.defis.twincity.scenes.description import Building
from archipel.defis.twincity.scenes.mesh import (
    Floats,
    Mesh,
    Surface,
    boxes,
    merged,
    moved,
    panel,
    quads,
    repeated,
)
from archipel.defis.twincity.scenes.street import shopfront
from archipel.defis.twincity.scenes.textures import LAYERS

GROUND, FLOORS = 4.1, (3.1, 3.5, 3.3, 3.1, 2.9, 2.8, 2.8)
DEPTH = 11.0
IRON = Surface((0.10, 0.11, 0.12), LAYERS["railing"], 1.0)
LIT = 0.32
"""Share of windows lit by night."""


@dataclass(frozen=True)
class Plan:
    """Bays along the front, heights of the floors' feet, and the numbers that the building's style draws."""

    length: float
    bays: int
    feet: tuple[float, ...]
    top: float
    stone: Surface
    draw: Any

    @property
    def bay(self) -> float:
        return self.length / self.bays

    @property
    def middles(self) -> Floats:
        return np.asarray((np.arange(self.bays) + 0.5) * self.bay, np.float32)


def plan_of(building: Building) -> Plan:
    length = building.end - building.start
    heights = FLOORS[: building.floors]
    feet = tuple(float(one) for one in GROUND + np.cumsum((0, *heights)))
    draw = np.random.default_rng(int(building.style * 2**32))
    bays = max(2, round(length / (2.35 + 0.6 * building.style)))
    stone = Surface(building.stone, LAYERS["stone"], 2.0, open=0.95)
    return Plan(length, bays, feet, feet[-1], stone, draw)


def building_mesh(building: Building, fine: bool) -> Mesh:
    """``fine``: with the mouldings, shutters and brackets that are seen from near."""
    alone = replace(building, side=1, start=0.0, end=round(building.end - building.start, 3), front=0.0)
    return _placed(_lying(alone, fine), building)


@lru_cache(maxsize=192)
def _lying(building: Building, fine: bool) -> Mesh:
    plan = plan_of(building)
    parts = [shopfront.ground_floor(plan.length, plan.bays, GROUND, building, plan.draw)]
    shutters = building.style > 0.62
    for floor, foot in enumerate(plan.feet[:-1]):
        parts += _floor(plan, floor, foot, plan.feet[floor + 1] - foot, shutters, fine)
    parts += _bands(plan)
    parts += _roof(plan, building, fine)
    return merged(parts)


def _placed(mesh: Mesh, building: Building) -> Mesh:
    if building.side == 0:
        return moved(mesh, (building.end, 0, building.front), math.pi)
    if building.side < 0:
        return moved(mesh, (-building.front, 0, building.end), math.pi / 2)
    return moved(mesh, (building.front, 0, building.start), -math.pi / 2)


def _floor(plan: Plan, floor: int, foot: float, height: float, shutters: bool, fine: bool) -> list[Mesh]:
    wide = min(1.3, plan.bay * 0.52)
    tall = height * (0.76 if floor else 0.68)
    sill = 0.12 if floor else 0.5
    cell = [_wall(plan, wide, tall, sill, height)]
    if fine:
        cell.append(_surround(plan, wide, tall, sill, floor))
        if shutters and floor:
            cell.append(_shutters(wide, tall, sill))
    at = np.stack([plan.middles, np.full(plan.bays, foot), np.zeros(plan.bays)], axis=1)
    parts = [repeated(merged(cell), at), _panes(plan, wide, tall, sill, at)]
    if floor in (1, 4):
        parts += _long_balcony(plan, foot, fine)
    else:
        parts.append(repeated(_window_rail(wide, sill), at))
    return parts


def _wall(plan: Plan, wide: float, tall: float, sill: float, height: float) -> Mesh:
    """A bay about x = 0 with its opening and the opening's sides."""
    half, side, top, back = plan.bay / 2, wide / 2, sill + tall, -0.28
    front = [
        [(-half, 0, 0), (-side, 0, 0), (-side, height, 0), (-half, height, 0)],
        [(side, 0, 0), (half, 0, 0), (half, height, 0), (side, height, 0)],
        [(-side, top, 0), (side, top, 0), (side, height, 0), (-side, height, 0)],
        [(-side, 0, 0), (side, 0, 0), (side, sill, 0), (-side, sill, 0)],
    ]
    inner = [
        [(-side, sill, 0), (-side, sill, back), (-side, top, back), (-side, top, 0)],
        [(side, sill, back), (side, sill, 0), (side, top, 0), (side, top, back)],
        [(-side, top, back), (side, top, back), (side, top, 0), (-side, top, 0)],
        [(-side, sill, 0), (side, sill, 0), (side, sill, back), (-side, sill, back)],
    ]
    wall, reveal = quads(front, plan.stone), quads(inner, plan.stone)
    wall.vertices["uv"][:, :2] = wall.vertices["position"][:, :2] / plan.stone.tile
    reveal.vertices["light"][:, 0] = 120
    return merged([wall, reveal])


def _panes(plan: Plan, wide: float, tall: float, sill: float, at: Floats) -> Mesh:
    """The windows themselves, some of them lit by night."""
    side, top, back = wide / 2, sill + tall, -0.24
    surface = Surface((0.93, 0.93, 0.9), LAYERS["window"], gloss=0.55, open=0.6)
    pane = panel((-side, sill), (side, top), back, surface)
    every = repeated(pane, at, tint=plan.draw.uniform(0.75, 1.05, (len(at), 1)) * np.ones(3))
    lit = np.repeat(plan.draw.random(len(at)) < LIT, 4)
    every.vertices["light"][lit, 1:3] = (150, 255)
    every.vertices["colour"][lit, :3] = every.vertices["colour"][lit, :3] * np.array([1.0, 0.88, 0.62])
    return every


def _surround(plan: Plan, wide: float, tall: float, sill: float, floor: int) -> Mesh:
    side, top = wide / 2, sill + tall
    low = [(-side - 0.2, sill, 0), (side, sill, 0), (-side - 0.2, top, 0), (-side - 0.3, top + 0.22, 0)]
    high = [
        (-side, top, 0.07),
        (side + 0.2, top, 0.07),
        (side + 0.2, top + 0.22, 0.09),
        (side + 0.3, top + 0.3, 0.22),
    ]
    if floor == 1:  # the noble floor has consoles under its cornices
        low += [(-side - 0.22, top - 0.1, 0), (side + 0.06, top - 0.1, 0)]
        high += [(-side - 0.06, top + 0.22, 0.17), (side + 0.22, top + 0.22, 0.17)]
    return boxes(low, high, _smooth(plan.stone))


def _smooth(stone: Surface) -> Surface:
    return Surface(stone.colour, LAYERS["plaster"], 2.0, open=0.95)


def _shutters(wide: float, tall: float, sill: float) -> Mesh:
    side = wide / 2
    surface = Surface((0.86, 0.86, 0.84), LAYERS["slate"], 1.2)
    return boxes([(-side - 0.62, sill, 0.03), (side + 0.02, sill, 0.03)],
                 [(-side - 0.02, sill + tall, 0.07), (side + 0.62, sill + tall, 0.07)], surface)  # fmt: skip


def _window_rail(wide: float, sill: float) -> Mesh:
    side = wide / 2 + 0.05
    return panel((-side, sill), (side, sill + 0.95), 0.12, IRON, across=2 * side)


def _long_balcony(plan: Plan, foot: float, fine: bool) -> list[Mesh]:
    out, length = 0.75, plan.length
    stone = _smooth(plan.stone)
    slab = boxes([(0, foot - 0.12, 0)], [(length, foot + 0.06, out)], stone)
    high = foot + 1.05
    rail = quads(
        [
            [
                (0, foot, out - 0.06),
                (length, foot, out - 0.06),
                (length, high, out - 0.06),
                (0, high, out - 0.06),
            ],
            [(0, foot, 0), (0, foot, out), (0, high, out), (0, high, 0)],
            [(length, foot, out), (length, foot, 0), (length, high, 0), (length, high, out)],
        ],
        IRON,
    )
    rail.vertices["uv"][:, 1] = np.tile((0, 0, 1, 1), 3)
    parts = [slab, rail]
    if fine:
        bracket = boxes(
            [(-0.14, -0.62, 0), (-0.12, -0.36, 0.25)], [(0.14, -0.12, 0.3), (0.12, -0.12, 0.6)], stone
        )
        between = np.arange(plan.bays + 1) * plan.bay
        at = np.stack(
            [np.clip(between, 0.2, length - 0.2), np.full(len(between), foot), np.zeros(len(between))], 1
        )
        parts.append(repeated(bracket, at))
    return parts


def _bands(plan: Plan) -> list[Mesh]:
    """String courses, the cornice under the roof, and a shade of what stands over it."""
    low, high = [], []
    for at, foot in enumerate(plan.feet):
        out = (0.2, 0.14, 0.12, 0.12, 0.16, 0.12, 0.12, 0.12)[at]
        low.append((0, foot - 0.2, 0))
        high.append((plan.length, foot - 0.02, out))
    low += [(0, plan.top - 0.42, 0), (0, plan.top - 0.1, 0)]
    high += [(plan.length, plan.top - 0.1, 0.3), (plan.length, plan.top + 0.12, 0.5)]
    return [boxes(low, high, _smooth(plan.stone))]


def _roof(plan: Plan, building: Building, fine: bool) -> list[Mesh]:
    base, length = plan.top + 0.12, plan.length
    slated = plan.draw.random() < 0.4
    zinc = Surface((0.56, 0.60, 0.64), LAYERS["zinc"], 2.0, 0.12)
    steep = Surface((0.36, 0.39, 0.45), LAYERS["slate"], 1.6, 0.1) if slated else zinc
    knee, ridge = base + 2.9, base + 4.3
    slopes = quads(
        [[(0, base, -0.25), (length, base, -0.25), (length, knee, -1.35), (0, knee, -1.35)]], steep
    )
    top = quads(
        [
            [(0, knee, -1.35), (length, knee, -1.35), (length, ridge, -DEPTH / 2), (0, ridge, -DEPTH / 2)],
            [
                (length, knee, -DEPTH + 1),
                (0, knee, -DEPTH + 1),
                (0, ridge, -DEPTH / 2),
                (length, ridge, -DEPTH / 2),
            ],
        ],
        zinc,
    )
    side = Surface((0.80, 0.77, 0.70), LAYERS["plaster"], 3.0)
    gables = quads(
        [
            [(length, 0, 0), (length, 0, -DEPTH), (length, knee, -DEPTH), (length, knee, 0)],
            [(0, 0, -DEPTH), (0, 0, 0), (0, knee, 0), (0, knee, -DEPTH)],
        ],
        side,
    )
    gables.vertices["position"][[3, 6], 2] = -1.2
    gables.vertices["position"][[3, 6], 1] = knee
    parts = [slopes, top, gables, _dormers(plan, base, steep)]
    parts.append(_chimneys(plan, ridge))
    return parts


def _dormers(plan: Plan, base: float, slope: Surface) -> Mesh:
    side, high = 0.62, 2.1
    body = boxes(
        [(-side - 0.12, 0, -1.4)], [(side + 0.12, high, -0.2)], Surface(slope.colour, LAYERS["plaster"], 2.0)
    )
    cap = boxes(
        [(-side - 0.25, high, -1.4)],
        [(side + 0.25, high + 0.16, -0.08)],
        Surface((0.55, 0.58, 0.62), LAYERS["metal"]),
    )
    surface = Surface((0.92, 0.92, 0.9), LAYERS["window"], gloss=0.55)
    pane = panel((-side, 0.25), (side, high - 0.12), -0.18, surface)
    at = np.stack([plan.middles, np.full(plan.bays, base), np.zeros(plan.bays)], axis=1)
    return repeated(merged([body, cap, pane]), at)


def _chimneys(plan: Plan, ridge: float) -> Mesh:
    stack = boxes([(0, -2.5, 0)], [(0.6, 1.3, 3.4)], Surface((0.66, 0.48, 0.38), LAYERS["plaster"], 1.5))
    pots = boxes(
        [(0.18, 1.3, 0.3 + 0.55 * one) for one in range(6)],
        [(0.42, 1.85, 0.54 + 0.55 * one) for one in range(6)],
        Surface((0.68, 0.36, 0.24)),
    )  # fmt: skip
    return repeated(
        merged([stack, pots]), [(0, ridge, -DEPTH / 2 - 1.7), (plan.length - 0.6, ridge, -DEPTH / 2 + 0.6)]
    )
