"""From light to a file's pixels: movement, noise, compression."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.scenes.description import Sensor

Pixels = npt.NDArray[np.uint8]


def exposed(image: Pixels, sensor: Sensor, seed: int) -> Pixels:
    """Blurred along the movement, then noisy. The noise is the seed's: the same over two like scenes."""
    shown = image.astype(np.float32)
    if sensor.blur >= 0.5:
        shown = cv2.filter2D(
            shown, -1, _streak(sensor.blur, sensor.blur_angle), borderType=cv2.BORDER_REPLICATE
        )
    if sensor.noise > 0:
        draw = np.random.default_rng((seed, 99))
        grain = draw.standard_normal(image.shape[:2], np.float32)[..., None]
        grain = 0.8 * grain + 0.6 * draw.standard_normal(image.shape, np.float32)
        # Photons: the deviation grows as the root of the light, and the dark keeps some.
        shown += sensor.noise * np.sqrt(0.25 + shown / 170) * grain
    return np.asarray(np.clip(shown + 0.5, 0, 255), np.uint8)


def _streak(length: float, angle: float) -> npt.NDArray[np.float32]:
    size = 2 * math.ceil(length / 2) + 1
    kernel = np.zeros((size, size), np.float32)
    half = (length - 1) / 2
    turn, middle = math.radians(angle), size // 2
    for step in np.linspace(-half, half, 4 * size):
        x, y = middle + step * math.cos(turn), middle + step * math.sin(turn)
        left, top = math.floor(x), math.floor(y)
        for dx in (0, 1):
            for dy in (0, 1):
                if 0 <= left + dx < size and 0 <= top + dy < size:
                    kernel[top + dy, left + dx] += (1 - abs(x - left - dx)) * (1 - abs(y - top - dy))
    return np.asarray(kernel / kernel.sum(), np.float32)


def jpeg(image: Pixels, quality: int) -> bytes:
    """A JPEG file of RGB pixels."""
    done, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("JPEG encoding failed")
    return data.tobytes()


def png(image: Pixels) -> bytes:
    """A PNG file of RGB pixels."""
    done, data = cv2.imencode(".png", image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not done:
        raise ValueError("PNG encoding failed")
    return data.tobytes()
