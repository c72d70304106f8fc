"""Cars, vans and scooters: a lofted body, its windows, wheels and lights."""

from __future__ import annotations

import numpy as np

from archipel.defis.twincity.scenes.description import Item
from archipel.defis.twincity.scenes.mesh import (
    Floats,
    Mesh,
    Surface,
    boxes,
    lathe,
    merged,
    moved,
    quads,
    sheet,
)
from archipel.defis.twincity.scenes.textures import LAYERS

# Along the length (z, metres): height of the body's top, half width.
CAR = np.array(
    [
        (-2.12, 0.62, 0.70),
        (-2.05, 0.86, 0.80),
        (-1.5, 0.94, 0.86),
        (-0.5, 0.93, 0.88),
        (0.7, 0.92, 0.88),
        (1.35, 0.84, 0.86),
        (1.95, 0.72, 0.78),
        (2.1, 0.52, 0.66),
    ]
)
CAR_CABIN = np.array(
    [
        (-1.98, 0.9, 0.72),
        (-1.62, 1.38, 0.62),
        (-0.9, 1.47, 0.62),
        (0.0, 1.46, 0.62),
        (0.35, 1.38, 0.63),
        (1.12, 0.9, 0.74),
    ]
)
VAN = np.array(
    [
        (-2.7, 0.9, 0.9),
        (-2.68, 1.0, 0.95),
        (-1.0, 1.0, 0.98),
        (1.2, 1.0, 0.98),
        (1.9, 0.98, 0.96),
        (2.5, 0.84, 0.9),
        (2.72, 0.6, 0.8),
    ]
)
VAN_CABIN = np.array(
    [
        (-2.68, 0.95, 0.94),
        (-2.62, 2.2, 0.86),
        (-1.0, 2.28, 0.88),
        (0.9, 2.25, 0.88),
        (1.15, 2.1, 0.86),
        (2.0, 0.95, 0.88),
    ]
)
GLASS = Surface((0.10, 0.12, 0.14), 0, 1.0, 0.85)
TYRE = Surface((0.05, 0.05, 0.055))


def vehicle_mesh(item: Item) -> Mesh:
    if item.kind == "deux-roues":
        return _scooter(item)
    van = item.kind == "camionnette"
    body, cabin = (VAN, VAN_CABIN) if van else (CAR, CAR_CABIN)
    paint = Surface(item.colour, 0, 1.0, 0.55)
    parts = [_hull(body, 0.24, paint, 3.2), _cabin(cabin, paint, van)]
    base = 1.55 if van else 1.32
    parts += [
        _wheel((side * (0.80 if not van else 0.9), 0.32, z), side) for side in (-1, 1) for z in (-base, base)
    ]
    front, back = float(body[-1, 0]), float(body[0, 0])
    parts.append(
        boxes(
            [(-0.7, 0.2, back - 0.04), (-0.72, 0.2, front - 0.2)],
            [(0.7, 0.42, back + 0.2), (0.72, 0.4, front + 0.05)],
            Surface((0.12, 0.12, 0.13), gloss=0.1),
        )
    )
    parts.append(
        boxes(
            [(-0.26, 0.44, back - 0.05), (-0.26, 0.3, front + 0.02)],
            [(0.26, 0.56, back + 0.05), (0.26, 0.41, front + 0.07)],
            Surface((0.9, 0.9, 0.85)),
        )
    )
    parts += _lights(body, item.variant < 0.3)
    return merged(parts)


def _hull(stations: Floats, bottom: float, surface: Surface, square: float) -> Mesh:
    """Cross sections that are half rounded rectangles, from one side's foot over the top to the other's."""
    angle = np.linspace(0, np.pi, 13)
    across = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (2 / square)
    up = np.abs(np.sin(angle)) ** (2 / square)
    z, top, half = stations.T
    grid = np.empty((len(stations), len(angle), 3))
    grid[..., 0] = half[:, None] * across
    grid[..., 1] = bottom + (top - bottom)[:, None] * up
    grid[..., 2] = z[:, None]
    ends = [np.repeat(grid[at, :, :].mean(axis=0, keepdims=True), len(angle), axis=0)[None] for at in (0, -1)]
    return sheet(np.concatenate([ends[0], grid, ends[1]]), surface)


def _cabin(stations: Floats, paint: Surface, van: bool) -> Mesh:
    """All glass (a van's behind is not), then a painted roof and pillars over it."""
    glass = _hull(stations, 0.8, GLASS, 5.0)
    roof = stations[1:-1].copy()
    roof[:, 1] += 0.012
    cap = _hull(roof, 0.0, paint, 5.0)
    kept = cap.vertices["position"][:, 1] > roof[:, 1].max() - 0.13
    cap = Mesh(cap.vertices, cap.faces[kept[cap.faces].all(axis=1)])
    parts = [glass, cap]
    if van:
        behind = stations[stations[:, 0] < 1.0].copy()
        behind[:, 1:] += 0.012
        parts.append(_hull(behind, 0.8, paint, 5.0))
    else:
        low, high = [], []
        for z in (-0.62, 0.42):
            low.append((-0.75, 0.88, z - 0.05))
            high.append((0.75, 1.41, z + 0.05))
        parts.append(_leaning(boxes(low, high, paint)))
    return merged(parts)


def _leaning(mesh: Mesh) -> Mesh:
    """Pillars follow the cabin's sides inwards."""
    position = mesh.vertices["position"]
    position[:, 0] *= 1 - 0.25 * np.clip((position[:, 1] - 0.88) / 0.55, 0, 1)
    return mesh


def _wheel(at: tuple[float, float, float], side: int) -> Mesh:
    tyre = lathe([(0.0, -0.1), (0.3, -0.1), (0.32, -0.07), (0.32, 0.07), (0.3, 0.1), (0.0, 0.1)], TYRE, 14)
    tyre.vertices["position"] = tyre.vertices["position"][:, (1, 0, 2)]
    tyre.vertices["normal"] = tyre.vertices["normal"][:, (1, 0, 2)]
    r, x = 0.31, side * 0.115
    face = quads(
        [[(x, -r, side * r), (x, -r, -side * r), (x, r, -side * r), (x, r, side * r)]],
        Surface((0.8, 0.8, 0.82), LAYERS["wheel"], 2 * r, 0.3),
    )
    return moved(merged([tyre, face]), at)


def _lights(body: Floats, lit: bool) -> list[Mesh]:
    front, back = float(body[-1, 0]), float(body[0, 0])
    high = float(body[:, 1].max())
    white = Surface((0.9, 0.9, 0.86), 0, 1, 0.6, 0.9 if lit else 0.0)
    red = Surface((0.55, 0.04, 0.04), 0, 1, 0.5, 0.5 if lit else 0.0)
    lamps = boxes(
        [(-0.7, high * 0.6, front - 0.16), (0.42, high * 0.6, front - 0.16)],
        [(-0.42, high * 0.76, front + 0.01), (0.7, high * 0.76, front + 0.01)],
        white,
    )
    tails = boxes(
        [(-0.76, high * 0.66, back - 0.02), (0.5, high * 0.66, back - 0.02)],
        [(-0.5, high * 0.88, back + 0.1), (0.76, high * 0.88, back + 0.1)],
        red,
    )
    for mesh in (lamps, tails):
        mesh.vertices["light"][:, 2] = 255
    return [lamps, tails]


def _scooter(item: Item) -> Mesh:
    paint = Surface(item.colour, 0, 1.0, 0.5)
    dark = Surface((0.08, 0.08, 0.08), LAYERS["metal"], 1.0, 0.15)
    body = moved(
        _hull(
            np.array([(-0.75, 0.62, 0.1), (-0.6, 0.78, 0.17), (-0.1, 0.75, 0.17), (0.0, 0.45, 0.12)]),
            0.35,
            paint,
            2.6,
        ),
        (0, 0, 0),
    )
    shield = boxes([(-0.2, 0.3, 0.42)], [(0.2, 0.95, 0.5)], paint)
    floor = boxes(
        [(-0.15, 0.28, -0.1), (-0.03, 0.9, 0.42), (-0.34, 1.0, 0.4), (-0.16, 0.76, -0.7)],
        [(0.15, 0.34, 0.5), (0.03, 1.05, 0.5), (0.34, 1.05, 0.46), (0.16, 0.84, 0.02)],
        dark,
    )
    wheels = [moved(_wheel((0, 0.25, z), 1), scale=(0.6, 0.8, 0.8)) for z in (-0.75, 0.8)]
    return merged([body, shield, floor, *wheels])
