"""The surfaces' textures, drawn by numpy once: tiles of SIZE² texels, rgb times the colour, alpha cut out."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

SIZE = 256
Floats = npt.NDArray[np.float32]


def noise(cells: tuple[int, int], seed: int, octaves: int = 4, fall: float = 0.5) -> Floats:
    """Smooth noise that tiles, (SIZE, SIZE), mean near 0 and deviation 1; ``cells`` down and across."""
    random, total = np.random.default_rng(seed), np.zeros((SIZE, SIZE), np.float32)
    weight = 1.0
    for octave in range(octaves):
        down, across = (min(one << octave, SIZE) for one in cells)
        total += weight * _stretched(random.normal(size=(down, across)).astype(np.float32))
        weight *= fall
    return np.asarray((total - total.mean()) / total.std(), np.float32)


def _stretched(grid: Floats) -> Floats:
    for axis in (0, 1):
        count = grid.shape[axis]
        place = np.arange(SIZE) * count / SIZE
        first = place.astype(int)
        share = place - first
        share = (share * share * (3 - 2 * share)).reshape((-1, 1) if axis == 0 else (1, -1))
        low, high = np.take(grid, first, axis), np.take(grid, (first + 1) % count, axis)
        grid = (low + (high - low) * share).astype(np.float32)
    return grid


def _grey(value: Any, alpha: Any = 1.0) -> Floats:
    tile = np.empty((SIZE, SIZE, 4), np.float32)
    tile[..., :3] = np.asarray(value)[..., None]
    tile[..., 3] = alpha
    return tile


def _axes() -> tuple[Floats, Floats]:
    steps = ((np.arange(SIZE) + 0.5) / SIZE).astype(np.float32)
    return steps[:, None], steps[None, :]


def plain() -> Floats:
    return _grey(np.ones((SIZE, SIZE)))


def cloth() -> Floats:
    folds = noise((2, 6), 1, 3) * 0.075 + noise((3, 2), 2, 2) * 0.05
    return _grey(0.94 + folds + noise((64, 64), 3, 2) * 0.02)


def denim() -> Floats:
    worn = noise((2, 4), 4, 4) * 0.10 + noise((128, 64), 5, 2) * 0.06
    return _grey(0.92 + worn)


def stripes() -> Floats:
    down, _ = _axes()
    return _grey(np.where((down * 6) % 1 < 0.5, 1.0, 0.42) * cloth()[..., 0])


def checks() -> Floats:
    down, across = _axes()
    lines = 1 - 0.3 * ((down * 6 % 1) < 0.45) - 0.3 * ((across * 6 % 1) < 0.45)
    return _grey(lines * cloth()[..., 0])


def knit() -> Floats:
    down, across = _axes()
    rows = 0.05 * np.sin(2 * np.pi * 40 * across + 2 * np.sin(2 * np.pi * 40 * down))
    return _grey(0.92 + rows + noise((3, 3), 6, 3) * 0.04)


def hair() -> Floats:
    return _grey(0.9 + noise((3, 60), 7, 2) * 0.16)


def skin() -> Floats:
    return _grey(0.98 + noise((8, 8), 8, 3) * 0.015)


def asphalt() -> Floats:
    stones = noise((128, 128), 10, 2) * 0.08
    patches = noise((3, 3), 11, 4) * 0.05
    return _grey(0.95 + stones + patches)


def slabs() -> Floats:
    """Granite slabs of 1 m × 0.5 m, one row shifted by half; the tile is 2 m."""
    down, across = _axes()
    row = (down * 4).astype(int)
    place = (across * 2 + 0.5 * (row % 2)) % 2
    tone = np.random.default_rng(12).normal(0, 0.05, (4, 3))[row, place.astype(int)]
    joint = ((down * 4) % 1 < 0.03) | (place % 1 < 0.015)
    return _grey(
        np.where(joint, 0.6, 0.95 + tone) + noise((100, 100), 13, 2) * 0.03 + noise((3, 3), 14) * 0.03
    )


def cobbles() -> Floats:
    """Cobbles of 12 cm in fans' manner: rows that waver; the tile is 1.5 m."""
    down, across = _axes()
    down = down + 0.004 * np.sin(2 * np.pi * 3 * across)
    row = (down * 12).astype(int)
    place = (across * 12 + 0.5 * (row % 2)) % 12
    tone = np.random.default_rng(15).normal(0, 0.09, (13, 12))[row, place.astype(int)]
    near = np.maximum(np.abs((down * 12) % 1 - 0.5), np.abs(place % 1 - 0.5))
    dome = 1.02 - 1.2 * np.clip(near - 0.34, 0, 1)
    return _grey(np.clip(dome, 0.5, 1.1) * (0.95 + tone) + noise((90, 90), 16, 2) * 0.03)


def stone() -> Floats:
    """Cut limestone, courses of 0.5 m; the tile is 2 m."""
    down, across = _axes()
    row = (down * 4).astype(int)
    place = (across * 2 + 0.5 * (row % 2)) % 2
    tone = np.random.default_rng(17).normal(0, 0.025, (4, 3))[row, place.astype(int)]
    joint = ((down * 4) % 1 < 0.035) | (place % 1 < 0.012)
    grime = noise((2, 6), 18, 4) * 0.03
    return _grey(np.where(joint, 0.8, 0.96 + tone) + grime + noise((70, 70), 19, 2) * 0.015)


def plaster() -> Floats:
    return _grey(0.95 + noise((2, 5), 20, 5) * 0.03)


def zinc() -> Floats:
    """Standing seams every 0.5 m; the tile is 2 m."""
    _, across = _axes()
    seam = (across * 4) % 1
    line = np.where(seam < 0.06, 1.15, np.where(seam < 0.12, 0.72, 1.0))
    return _grey(0.93 * line + noise((2, 6), 21, 4) * 0.04)


def slate() -> Floats:
    down, across = _axes()
    row = (down * 12).astype(int)
    place = (across * 8 + 0.5 * (row % 2)) % 8
    tone = np.random.default_rng(22).normal(0, 0.07, (12, 9))[row, place.astype(int)]
    joint = ((down * 12) % 1 < 0.1) | (place % 1 < 0.06)
    return _grey(np.where(joint, 0.7, 0.95 + tone))


def window() -> Floats:
    """A French window, one tile its whole height: two leaves of three panes, with curtains behind."""
    down, across = _axes()
    pane = noise((2, 2), 23, 3) * 0.03 + 0.17 + 0.13 * (1 - down)
    curtain = (np.abs(across - 0.5) > 0.26) & (down < 0.98)
    fold = 0.44 + 0.06 * np.sin(across * 90)
    value = np.where(curtain, fold, pane)
    frame = (
        (np.abs(across - 0.5) < 0.035) | (across < 0.06) | (across > 0.94) | (down < 0.025) | (down > 0.975)
    )
    bars = (np.abs(down - 0.27) < 0.012) | (np.abs(down - 0.52) < 0.012) | (np.abs(down - 0.76) < 0.012)
    return _grey(np.where(frame | bars, 1.0, value))


def railing() -> Floats:
    """Wrought iron, cut out; one tile is 1 m of balcony."""
    down, across = _axes()
    turn = 8
    bar = np.abs((across * turn) % 1 - 0.5) < 0.1
    x, y = (across * turn / 2) % 1 - 0.5, (down - 0.5) * turn / 2
    rings = np.abs(np.hypot(x, y * 0.8) - 0.36) < 0.09
    scroll = np.abs(np.hypot(x, np.abs(y * 0.8) - 0.95) - 0.27) < 0.07
    rail = (down > 0.93) | (down < 0.07) | (np.abs(down - 0.2) < 0.02) | (np.abs(down - 0.8) < 0.02)
    return _grey(np.ones((SIZE, SIZE)), (bar & (np.abs(down - 0.5) > 0.28) | rings | scroll | rail))


def leaves() -> Floats:
    """A spray of leaves, cut out."""
    random = np.random.default_rng(24)
    down, across = _axes()
    value, alpha = np.full((SIZE, SIZE), 0.8, np.float32), np.zeros((SIZE, SIZE), np.float32)
    for _ in range(150):
        x, y, turn, size = (
            random.uniform(0.06, 0.94),
            random.uniform(0.06, 0.94),
            random.uniform(0, 6.3),
            random.uniform(0.03, 0.06),
        )
        if np.hypot(x - 0.5, y - 0.5) > 0.47:
            continue
        u, v = across - x, down - y
        a, b = u * np.cos(turn) + v * np.sin(turn), v * np.cos(turn) - u * np.sin(turn)
        inside = (a / size) ** 2 + (b / (0.55 * size)) ** 2 < 1
        value = np.where(inside, random.uniform(0.55, 1.15), value)
        alpha = np.where(inside, 1.0, alpha)
    return _grey(value, alpha)


def bark() -> Floats:
    """Plane tree: pale patches where the bark fell."""
    patches = noise((4, 4), 25, 4)
    return _grey(
        np.where(patches > 0.5, 1.15, np.where(patches < -0.6, 0.7, 0.9)) + noise((40, 40), 26, 2) * 0.03
    )


def wood() -> Floats:
    return _grey(0.92 + noise((40, 2), 27, 3) * 0.07)


def metal() -> Floats:
    return _grey(0.97 + noise((4, 4), 28, 3) * 0.02)


def shop() -> Floats:
    """A shop window: dark glass, goods behind it, a brighter back."""
    random = np.random.default_rng(29)
    down, across = _axes()
    tile = np.empty((SIZE, SIZE, 4), np.float32)
    tile[..., :3] = (0.2 + 0.15 * down)[..., None]
    tile[..., 3] = 1
    for _ in range(26):
        x, y, w, h = (
            random.uniform(0, 0.9),
            random.choice([0.02, 0.3, 0.55]),
            random.uniform(0.03, 0.14),
            random.uniform(0.06, 0.22),
        )
        inside = (across > x) & (across < x + w) & (down > y) & (down < y + h)
        tile[inside, :3] = random.uniform(0.12, 0.6) + random.normal(0, 0.07, 3)
    frame = (across < 0.02) | (across > 0.98) | (down > 0.96)
    tile[np.broadcast_to(frame, (SIZE, SIZE)), :3] = 0.12
    return tile


def wheel() -> Floats:
    """A tyre round its rim, cut out beyond it."""
    down, across = _axes()
    far = np.hypot(down - 0.5, across - 0.5) * 2
    spokes = np.cos(5 * np.arctan2(down - 0.5, across - 0.5)) > -0.35
    rim = np.where(spokes & (far > 0.16), 0.62, 0.2)
    return _grey(np.where(far < 0.62, rim, np.where(far < 0.66, 0.7, 0.07)), far < 1.0)


def zebra() -> Floats:
    """Road paint, worn."""
    return _grey(0.96 + np.minimum(noise((6, 6), 30, 5), 0) * 0.1)


def sign() -> Floats:
    """Lettering nobody can read, for shop signs."""
    random = np.random.default_rng(31)
    down, across = _axes()
    value = np.full((SIZE, SIZE), 0.24, np.float32)
    place = 0.16
    while place < 0.82:
        w = random.uniform(0.02, 0.05)
        low, high = random.choice([0.28, 0.36]), random.choice([0.64, 0.72])
        inside = (across > place) & (across < place + w) & (down > low) & (down < high)
        hole = (np.abs(across - place - w / 2) < w / 5) & (np.abs(down - random.uniform(0.4, 0.6)) < 0.1)
        value = np.where(inside & ~hole, 1.0, value)
        place += w + random.choice([0.012, 0.012, 0.012, 0.05])
    return _grey(value)


def grass() -> Floats:
    return _grey(0.9 + noise((60, 60), 32, 2) * 0.14 + noise((3, 3), 33, 3) * 0.06)


DRAWN: tuple[Callable[[], Floats], ...] = (
    plain, cloth, denim, stripes, checks, knit, hair, skin, asphalt, slabs, cobbles, stone, plaster, zinc,
    slate, window, railing, leaves, bark, wood, metal, shop, wheel, zebra, sign, grass,
)  # fmt: skip
LAYERS = {draw.__name__: at for at, draw in enumerate(DRAWN)}
CUT_OUT = tuple(LAYERS[name] for name in ("railing", "leaves", "wheel"))


@lru_cache(maxsize=1)
def tiles() -> npt.NDArray[np.uint8]:
    """(layers, SIZE, SIZE, 4), the first row the lowest."""
    every = np.stack([draw() for draw in DRAWN]) * (200, 200, 200, 255)
    return np.asarray(np.clip(every + 0.5, 0, 255), np.uint8)


BRIGHT = 255 / 200
"""What a texel of 255 multiplies by: textures may brighten too."""
