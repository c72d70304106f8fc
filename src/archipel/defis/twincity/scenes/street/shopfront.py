"""The ground floor: shop fronts with their signs and awnings, and the building's own door."""

from __future__ import annotations

from typing import Any

import numpy as np

from archipel.defis.twincity.scenes.description import Building, Colour
from archipel.defis.twincity.scenes.mesh import Mesh, Surface, boxes, merged, moved, panel, quads
from archipel.defis.twincity.scenes.textures import LAYERS

LETTERS: tuple[Colour, ...] = ((0.9, 0.9, 0.88), (0.88, 0.74, 0.42), (0.8, 0.3, 0.26), (0.62, 0.78, 0.74))
BAYS = 2
"""Of one shop, at most."""


def ground_floor(length: float, bays: int, height: float, building: Building, draw: Any) -> Mesh:
    wide = length / bays
    door = int(draw.integers(bays))
    stone = Surface(building.stone, LAYERS["stone"], 2.0, open=0.85)
    parts = [boxes([(0, height - 0.45, -0.3)], [(length, height - 0.2, 0.1)], stone)]
    parts.append(quads([[(0, 0, -0.5), (length, 0, -0.5), (length, height, -0.5), (0, height, -0.5)]], stone))
    piers = np.arange(bays + 1) * wide
    parts.append(
        boxes(
            [(max(x - 0.26, 0), 0, -0.5) for x in piers],
            [(min(x + 0.26, length), height - 0.2, 0.0) for x in piers],
            stone,
        )
    )
    at, number = 0, 0
    while at < bays:
        if at == door:
            parts.append(moved(_door(wide - 0.5, height - 0.45, building), (at * wide + 0.25, 0, 0)))
            at += 1
            continue
        span = min(BAYS if draw.random() < 0.6 else 1, bays - at, door - at if door > at else bays)
        colour = building.shops[number % len(building.shops)] if building.shops else None
        front = _shop if colour else _plain
        parts.append(
            moved(
                front(span * wide - 0.5, height - 0.45, colour or building.stone, draw),
                (at * wide + 0.25, 0, 0),
            )
        )
        at, number = at + span, number + 1
    return merged(parts)


def _shop(wide: float, high: float, colour: Colour, draw: Any) -> Mesh:
    paint = Surface(colour, LAYERS["wood"], 1.5, 0.15)
    low, head = 0.5, high - 0.85
    glass = Surface((1.0, 0.97, 0.9), LAYERS["shop"], gloss=0.5, glow=0.55)
    pane = panel((0.1, low), (wide - 0.1, head), -0.18, glass, across=wide / 3.2)
    pane.vertices["uv"][:, 0] += draw.random()
    pane.vertices["light"][:, 2] = 220
    name = Surface(LETTERS[int(draw.integers(len(LETTERS)))], LAYERS["sign"], glow=0.12)
    sign = panel((0.1, head + 0.18), (wide - 0.1, high - 0.08), 0.09, name, across=0.25 + 0.18 * wide)
    sign.vertices["uv"][:, 0] += draw.random()
    back = boxes([(0.05, head + 0.1, -0.2)], [(wide - 0.05, high, 0.08)], paint)
    third = max(1, round(wide / 1.5))
    posts = np.linspace(0.05, wide - 0.15, third + 1)
    low_corners = [(x, 0, -0.22) for x in posts] + [(0, 0, -0.22), (0, head - 0.08, -0.22)]
    high_corners = [(x + 0.1, head, -0.08) for x in posts] + [(wide, low, -0.06), (wide, head + 0.1, -0.04)]
    frame = boxes(low_corners, high_corners, paint)
    parts = [pane, sign, back, frame]
    if draw.random() < 0.5:
        parts.append(_awning(wide, head, colour, draw))
    return merged(parts)


def _awning(wide: float, head: float, colour: Colour, draw: Any) -> Mesh:
    out, down = draw.uniform(0.9, 1.5), draw.uniform(0.35, 0.6)
    hue = colour if draw.random() < 0.6 else (0.85, 0.82, 0.74)
    cloth = Surface(hue, LAYERS["stripes" if draw.random() < 0.4 else "cloth"], 2.0)
    low = head - down
    return quads(
        [
            [(0, low, out), (wide, low, out), (wide, head + 0.1, 0.02), (0, head + 0.1, 0.02)],
            [(0, low - 0.22, out), (wide, low - 0.22, out), (wide, low, out), (0, low, out)],
        ],
        cloth,
    )


def _door(wide: float, high: float, building: Building) -> Mesh:
    hue = ((0.09, 0.16, 0.13), (0.10, 0.13, 0.24), (0.24, 0.11, 0.08), (0.16, 0.13, 0.10))[
        int(building.style * 97) % 4
    ]
    wood = Surface(hue, LAYERS["wood"], 1.2, 0.25)
    stone = Surface(building.stone, LAYERS["stone"], 2.0)
    half = min(wide, 2.4) / 2
    middle, top = wide / 2, high - 0.5
    leaf = boxes(
        [(middle - half, 0, -0.35), (middle + 0.02, 0, -0.35)],
        [(middle - 0.02, top, -0.28), (middle + half, top, -0.28)],
        wood,
    )
    panels = boxes(
        [(middle + s * half / 2 - half * 0.32, y, -0.28) for s in (-1, 1) for y in (0.3, 1.7)],
        [(middle + s * half / 2 + half * 0.32, y + 1.1, -0.25) for s in (-1, 1) for y in (0.3, 1.7)], wood,
    )  # fmt: skip
    sides = boxes(
        [(0, 0, -0.3), (middle + half, 0, -0.3), (0, top, -0.3)],
        [(middle - half, high, 0), (wide, high, 0), (wide, high, 0.04)],
        stone,
    )
    return merged([leaf, panels, sides])


def _plain(wide: float, high: float, colour: Colour, draw: Any) -> Mesh:
    """No shop: two arched-looking windows in rusticated stone."""
    stone = Surface(colour, LAYERS["stone"], 2.0)
    glass = Surface((0.8, 0.8, 0.8), LAYERS["window"], gloss=0.5)
    half = min(0.65, wide / 2 - 0.2)
    pane = panel((wide / 2 - half, 0.9), (wide / 2 + half, high - 0.6), -0.24, glass)
    wall = boxes(
        [(0, 0, -0.3), (wide / 2 + half, 0, -0.3), (0, high - 0.6, -0.3), (0, 0, -0.3)],
        [(wide / 2 - half, high, 0), (wide, high, 0), (wide, high, 0), (wide, 0.9, 0.02)], stone,
    )  # fmt: skip
    return merged([pane, wall])
