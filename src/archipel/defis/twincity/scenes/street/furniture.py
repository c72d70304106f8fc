"""Street furniture, each about its own place, looking along z."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from archipel.defis.twincity.scenes.description import Item
from archipel.defis.twincity.scenes.mesh import (
    Mesh,
    Surface,
    boxes,
    lathe,
    merged,
    moved,
    panel,
    quads,
    repeated,
)
from archipel.defis.twincity.scenes.textures import LAYERS

IRON = Surface((0.09, 0.12, 0.11), LAYERS["metal"], 1.0, 0.25)
GREEN = Surface((0.10, 0.24, 0.17), LAYERS["wood"], 1.0, 0.15)
BRONZE = Surface((0.20, 0.16, 0.12), LAYERS["metal"], 1.0, 0.2)
GLASS = Surface((1.0, 0.95, 0.82), 0, 1.0, 0.4, 1.0)


def _glowing(mesh: Mesh) -> Mesh:
    mesh.vertices["light"][:, 2] = 255
    return mesh


def candelabra(item: Item) -> Mesh:
    """The Oudry lamp post of the streets of Paris."""
    foot = [(0.24, 0), (0.26, 0.12), (0.17, 0.2), (0.19, 0.75), (0.13, 0.85), (0.1, 1.0), (0.07, 1.2)]
    head = [(0.055, 3.2), (0.1, 3.25), (0.05, 3.35), (0.12, 3.55)]
    post = lathe(foot + head, IRON, 10)
    cage = _glowing(lathe([(0.12, 3.55), (0.24, 4.05)], GLASS, 6))
    roof = lathe([(0.28, 4.05), (0.22, 4.2), (0.1, 4.35), (0.03, 4.55), (0.0, 4.6)], IRON, 6)
    return merged([post, cage, roof])


def mast(item: Item) -> Mesh:
    steel = Surface((0.32, 0.34, 0.35), LAYERS["metal"], 1.0, 0.2)
    post = lathe([(0.14, 0), (0.12, 0.9), (0.08, 1.0), (0.05, 7.7), (0.0, 7.75)], steel, 8)
    arm = boxes([(-0.03, 7.5, 0)], [(0.03, 7.6, 1.4)], steel)
    head = boxes([(-0.14, 7.52, 1.1)], [(0.14, 7.66, 1.9)], steel)
    lens = _glowing(boxes([(-0.11, 7.49, 1.15)], [(0.11, 7.52, 1.85)], GLASS))
    return merged([post, arm, head, lens])


def console(item: Item) -> Mesh:
    """A lantern on the façade."""
    arm = boxes([(-0.03, 5.5, 0)], [(0.03, 5.56, 0.9)], IRON)
    cage = _glowing(moved(lathe([(0.1, 4.95), (0.2, 5.35)], GLASS, 6), (0, 0, 0.9)))
    roof = moved(lathe([(0.24, 5.35), (0.05, 5.55), (0.0, 5.6)], IRON, 6), (0, 0, 0.9))
    return merged([arm, cage, roof])


def bench(item: Item) -> Mesh:
    """The Davioud bench, one-sided."""
    seat = [(-0.95, 0.42, -0.18 + 0.13 * k, 0.04, 0.1) for k in range(3)]
    back = [(-0.95, 0.62 + 0.16 * k, -0.3 - 0.03 * k, 0.12, 0.04) for k in range(2)]
    slats = boxes(
        [one[:3] for one in seat + back], [(0.95, y + h, z + d) for _, y, z, h, d in seat + back], GREEN
    )
    feet = [(0, -0.3, 0.95, 0.06), (0.36, -0.32, 0.06, 0.52), (0, 0.12, 0.4, 0.08)]
    low = [(x, y, z) for x in (-0.8, 0.74) for y, z, _, _ in feet]
    legs = boxes(low, [(x + 0.06, y + h, z + d) for x in (-0.8, 0.74) for y, z, h, d in feet], IRON)
    return merged([slats, legs])


def chair(item: Item) -> Mesh:
    """A café's chair."""
    hue = Surface(item.colour, LAYERS["checks"], 0.3, 0.1)
    seat = boxes([(-0.21, 0.43, -0.2), (-0.2, 0.5, -0.24)], [(0.21, 0.46, 0.22), (0.2, 0.86, -0.21)], hue)
    legs = boxes(
        [(x, 0, z) for x in (-0.2, 0.17) for z in (-0.22, 0.17)],
        [(x + 0.03, 0.86 if z < 0 else 0.43, z + 0.03) for x in (-0.2, 0.17) for z in (-0.22, 0.17)],
        BRONZE,
    )
    return merged([seat, legs])


def table(item: Item) -> Mesh:
    top = lathe(
        [(0.34, 0.71), (0.35, 0.74), (0.0, 0.745)],
        Surface((0.75, 0.72, 0.68), LAYERS["plaster"], 1.0, 0.2),
        14,
    )
    foot = lathe([(0.22, 0), (0.2, 0.03), (0.03, 0.06), (0.03, 0.71)], IRON, 8)
    return merged([foot, top])


def parasol(item: Item) -> Mesh:
    cloth = Surface(item.colour, LAYERS["cloth"], 2.0)
    return merged(
        [lathe([(0.03, 0), (0.03, 2.5)], IRON, 6), lathe([(1.5, 2.1), (1.48, 2.15), (0.0, 2.75)], cloth, 8)]
    )


def bollard(item: Item) -> Mesh:
    return lathe([(0.05, 0), (0.05, 0.9), (0.075, 0.95), (0.07, 1.05), (0.03, 1.1), (0.0, 1.11)], BRONZE, 8)


def bin_(item: Item) -> Mesh:
    ring = lathe([(0.23, 0.95), (0.25, 0.98), (0.23, 1.01)], GREEN, 10)
    bag = lathe(
        [(0.12, 0.22), (0.2, 0.3), (0.22, 0.95)], Surface((0.62, 0.68, 0.62), LAYERS["cloth"], 0.6, 0.25), 10
    )
    return merged([ring, bag, boxes([(-0.04, 0, -0.3)], [(0.04, 1.15, -0.24)], GREEN)])


def column(item: Item) -> Mesh:
    """A Morris column with its posters."""
    base = lathe([(0.68, 0), (0.68, 0.35), (0.6, 0.5)], GREEN, 16)
    poster = lathe([(0.6, 0.5), (0.6, 2.9)], Surface(item.colour, LAYERS["shop"], 1.25, 0.1, 0.1), 16)
    roof = lathe(
        [
            (0.68, 2.9),
            (0.78, 3.05),
            (0.74, 3.25),
            (0.5, 3.45),
            (0.42, 3.8),
            (0.12, 4.05),
            (0.04, 4.4),
            (0, 4.5),
        ],
        GREEN,
        16,
    )
    return merged([base, poster, roof])


def kiosk(item: Item) -> Mesh:
    body = boxes([(-1.3, 0, -0.9)], [(1.3, 2.5, 0.9)], GREEN)
    front = Surface((0.9, 0.88, 0.85), LAYERS["shop"], 1.6, 0.1, 0.25)
    face = panel((-1.2, 0.7), (1.2, 2.2), 0.92, front, across=1.5)
    roof = boxes([(-1.6, 2.5, -1.2)], [(1.6, 2.68, 1.3)], GREEN)
    return merged(
        [body, face, roof, moved(lathe([(0.8, 2.68), (0.7, 3.0), (0.3, 3.25), (0.0, 3.5)], GREEN, 10))]
    )


def sign(item: Item) -> Mesh:
    post = lathe([(0.03, 0), (0.03, 2.9)], Surface((0.5, 0.5, 0.5), LAYERS["metal"], gloss=0.2), 6)
    plate = lathe([(0.0, -0.01), (0.3, 0.0), (0.3, 0.02), (0.0, 0.03)], Surface(item.colour), 14)
    position = plate.vertices["position"].copy()
    plate.vertices["position"] = position[:, (0, 2, 1)] + (0, 2.6, 0.04)
    plate.vertices["normal"] = plate.vertices["normal"][:, (0, 2, 1)]
    return merged([post, plate])


def traffic_light(item: Item) -> Mesh:
    post = lathe([(0.07, 0), (0.05, 0.4), (0.05, 3.1)], GREEN, 8)
    head = boxes([(-0.15, 2.3, 0.05)], [(0.15, 3.1, 0.28)], Surface((0.08, 0.09, 0.09)))
    on = int(item.variant * 3) % 3
    lights = []
    for k, (red, green, blue) in enumerate(((0.9, 0.12, 0.08), (0.95, 0.6, 0.1), (0.15, 0.85, 0.4))):
        dim = 1.0 if k == on else 0.2
        lens = Surface((dim * red, dim * green, dim * blue), glow=0.8 if k == on else 0.0)
        lights.append(boxes([(-0.09, 2.86 - 0.25 * k, 0.28)], [(0.09, 3.04 - 0.25 * k, 0.3)], lens))
    return merged([post, head, *lights])


def planter(item: Item) -> Mesh:
    pot = boxes([(-0.55, 0, -0.3)], [(0.55, 0.55, 0.3)], Surface(item.colour, LAYERS["wood"], 1.0))
    draw = np.random.default_rng(int(item.variant * 2**32))
    count = 26
    card = quads(
        [[(-0.28, 0, 0), (0.28, 0, 0), (0.28, 0.55, 0), (-0.28, 0.55, 0)]],
        Surface((0.28, 0.42, 0.16), LAYERS["leaves"], 0.56),
    )
    at = np.stack(
        [draw.uniform(-0.45, 0.45, count), draw.uniform(0.35, 0.75, count), draw.uniform(-0.22, 0.22, count)],
        1,
    )
    plant = repeated(
        card, at, draw.uniform(0, math.pi, count), tint=draw.uniform(0.6, 1.25, (count, 1)) * np.ones(3)
    )
    plant.vertices["normal"] = (0, 1, 0)
    return merged([pot, plant])


def barrier(item: Item) -> Mesh:
    steel = Surface((0.62, 0.64, 0.66), LAYERS["metal"], gloss=0.35)
    posts = boxes(
        [(-1.2 + 0.2 * k, 0.15, -0.01) for k in range(13)],
        [(-1.18 + 0.2 * k, 1.05, 0.01) for k in range(13)],
        steel,
    )
    rails = boxes(
        [(-1.22, 0.13, -0.02), (-1.22, 1.04, -0.02), (-0.9, 0, -0.3), (0.86, 0, -0.3)],
        [(1.22, 0.17, 0.02), (1.22, 1.08, 0.02), (-0.86, 0.04, 0.3), (0.9, 0.04, 0.3)],
        steel,
    )
    return merged([posts, rails])


MAKERS: dict[str, Callable[[Item], Mesh]] = {
    "candélabre": candelabra, "mât": mast, "console": console, "banc": bench, "chaise": chair, "table": table,
    "parasol": parasol, "potelet": bollard, "corbeille": bin_, "colonne": column, "kiosque": kiosk,
    "panneau": sign, "feu": traffic_light, "jardinière": planter, "barrière": barrier,
}  # fmt: skip
