"""Rain and snow in the air, drawn over the picture of either renderer."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.scenes import camera
from archipel.defis.twincity.scenes.description import Scene
from archipel.defis.twincity.scenes.light import light_of

Pixels = npt.NDArray[np.uint8]
DROPS, FLAKES = 2600, 2200
"""In the box before the camera, at full strength."""
FALL, SHUTTER = 7.5, 1 / 60


def with_precipitation(image: Pixels, scene: Scene) -> Pixels:
    """The same picture where it neither rains nor snows. Depends on the scene, never on its people."""
    weather = scene.weather
    if weather.kind not in ("pluie", "neige"):
        return image
    draw = np.random.default_rng((scene.seed, 77))
    rain = weather.kind == "pluie"
    count = int((DROPS if rain else FLAKES) * weather.strength)
    seen = scene.camera
    depth = 1.0 + 17 * draw.random(count) ** 0.6
    half = seen.rows / 2 / (seen.focal / camera.FRAME * seen.rows)
    wide = half * seen.width / seen.rows
    local = np.stack(
        [draw.uniform(-wide, wide, count) * depth, draw.uniform(-half, half, count) * depth, -depth], 1
    )
    points = local @ camera.axes(seen) + camera.eye(seen)
    wind = np.array([draw.normal(0, 0.12), -1.0, draw.normal(0, 0.12)])
    fall = wind * (FALL * SHUTTER if rain else 0.02) + draw.normal(0, 0.01, (count, 3))
    start, _ = camera.pixels(seen, points)
    end, _ = camera.pixels(seen, points + fall)
    scale = seen.focal / camera.FRAME * seen.rows
    thick = (0.004 if rain else 0.016) * scale / depth
    layer = np.zeros(image.shape[:2], np.float32)
    for a, b, size in zip(start, end, thick, strict=True):
        width = max(1, round(float(size)))
        share = min(1.0, float(size) / width) * (0.30 if rain else 0.9)
        cv2.line(layer, _fixed(a), _fixed(b), share, width, cv2.LINE_AA, 4)
    if not rain:
        layer = cv2.GaussianBlur(layer, (0, 0), max(0.5, seen.rows / 1400))
    light = light_of(scene)
    bright = 1 - np.exp(-1.7 * light.exposure * (light.sky * (0.75 if rain else 1.0) + 0.10 * light.dark))
    colour = 255 * np.sqrt(np.clip(bright, 0, 1))
    shown = image + (colour - image) * np.clip(layer, 0, 1)[..., None]
    return np.asarray(np.clip(shown + 0.5, 0, 255), np.uint8)


def _fixed(place: npt.NDArray[np.float64]) -> tuple[int, int]:
    x, y = np.clip(place * 16, -100_000, 100_000)
    return int(x), int(y)
