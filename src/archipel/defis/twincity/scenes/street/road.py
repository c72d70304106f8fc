"""The ground: roadway, kerbs, pavements, paint, and what lies in them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from archipel.defis.twincity.scenes.description import Street
from archipel.defis.twincity.scenes.mesh import Mesh, Surface, boxes, lathe, merged, quads, repeated
from archipel.defis.twincity.scenes.textures import LAYERS

START, END = -22.0, 150.0
KERB = 0.13
PAVINGS = {
    "bitume": Surface((0.54, 0.54, 0.55), LAYERS["asphalt"], 2.5),
    "dalles": Surface((0.66, 0.64, 0.60), LAYERS["slabs"], 2.0),
    "pavés": Surface((0.56, 0.54, 0.51), LAYERS["cobbles"], 1.5),
}
ROADWAY = Surface((0.42, 0.42, 0.43), LAYERS["asphalt"], 3.0)
GRANITE = Surface((0.66, 0.65, 0.63), LAYERS["plaster"], 1.0)
PAINT = Surface((0.88, 0.88, 0.85), LAYERS["zebra"], 2.0)


def road_mesh(street: Street) -> Mesh:
    """All of it marked as ground: what stands there darkens it."""
    mesh = _laid(street)
    mesh.vertices["light"][:, 3] = 255
    return mesh


def _laid(street: Street) -> Mesh:
    half, edge = street.road / 2, street.road / 2 + street.pavement
    paving = PAVINGS[street.paving]
    beyond = edge + 14
    if half == 0:
        return merged([_ground(-beyond, beyond, 0, paving), _bands(street)])
    parts = [_ground(-half, half, 0, ROADWAY)]
    for side in (-1, 1):
        near, far = sorted((side * (half + 0.3), side * beyond))
        parts.append(_ground(near, far, KERB, paving))
        low, high = sorted((side * half, side * (half + 0.3)))
        dipped = street.crossing - 2.2, street.crossing + 2.2
        runs = ((START, dipped[0], KERB), (dipped[1], END, KERB), (*dipped, 0.4 * KERB))
        kerb = boxes([(low, -0.1, a) for a, _, _ in runs], [(high, top, b) for _, b, top in runs], GRANITE)
        parts.append(kerb)
        gutter = sorted((side * half, side * (half - 0.35)))
        parts.append(_ground(gutter[0], gutter[1], 0.004, Surface((0.5, 0.49, 0.47), LAYERS["cobbles"], 1.5)))
    return merged([*parts, *_paint(street), _covers(street)])


def _ground(left: float, right: float, height: float, surface: Surface) -> Mesh:
    """In strips, so that light by vertex and long textures stay exact."""
    steps = np.linspace(START, END, 9)
    return _planar(
        quads(
            [
                [(left, height, b), (right, height, b), (right, height, a), (left, height, a)]
                for a, b in pairwise(steps)
            ],
            surface,
        ),
        surface,
    )


def _planar(mesh: Mesh, surface: Surface) -> Mesh:
    mesh.vertices["uv"][:, :2] = mesh.vertices["position"][:, ::2] / surface.tile
    return mesh


def _flat(rectangles: list[tuple[float, float, float, float]], height: float, surface: Surface) -> Mesh:
    """Left, right, start, end of each."""
    return _planar(
        quads(
            [[(a, height, d), (b, height, d), (b, height, c), (a, height, c)] for a, b, c, d in rectangles],
            surface,
        ),
        surface,
    )


def _paint(street: Street) -> list[Mesh]:
    half, z = street.road / 2, street.crossing
    bars = [(x, x + 0.5, z - 1.6, z + 1.6) for x in np.arange(-half + 0.4, half - 0.6, 1.0)]
    parts = [_flat(bars, 0.012, PAINT)]
    dashes = [(-0.06, 0.06, a, a + 3.0) for a in np.arange(START, END, 4.33) if not z - 5 < a < z + 3]
    stops = [(-half + 0.4, -0.2, z + 3.0, z + 3.4), (0.2, half - 0.4, z - 3.4, z - 3.0)]
    parts.append(_flat((dashes if street.road > 5.5 else []) + stops, 0.011, PAINT))
    if street.road > 7.5:  # parking places along the right kerb
        places = [(half - 2.1, half - 0.4, a, a + 0.1) for a in np.arange(z + 7, END, 5.5)]
        places += [(half - 2.15, half - 2.05, z + 7, END)]
        parts.append(_flat(places, 0.011, PAINT))
    return parts


def _covers(street: Street) -> Mesh:
    """Manholes, and darker patches where the road was opened."""
    half = street.road / 2
    plate = lathe(
        [(0.33, 0.0), (0.33, 0.012), (0.0, 0.013)],
        Surface((0.27, 0.25, 0.24), LAYERS["checks"], 0.5, 0.2),
        12,
    )
    at = [(half * one, 0, z) for one, z in ((-0.4, 3.0), (0.3, 11.0), (-0.5, 23.0), (0.2, 34.0))]
    patches = _flat(
        [(-half * 0.7, -half * 0.2, 6.0, 9.5), (half * 0.1, half * 0.55, 16.0, 26.0)],
        0.006,
        Surface((0.31, 0.31, 0.32), LAYERS["asphalt"], 2.0),
    )
    return merged([repeated(plate, at), patches])


def _bands(street: Street) -> Mesh:
    """A square's paving has lines of pale granite."""
    edge = street.pavement
    lines = [(-edge, edge, z, z + 0.4) for z in np.arange(START, END, 9.0)]
    lines += [(x, x + 0.4, START, END) for x in np.arange(-edge, edge, 9.0)]
    return _flat(lines, 0.008, Surface((0.70, 0.68, 0.64), LAYERS["slabs"], 2.0))
