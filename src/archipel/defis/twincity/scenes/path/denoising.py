"""Less noise from few paths: light smoothed where surfaces are one, their own colours put back.

À-trous wavelets guided by edges: Dammertz, Sewtz, Hanika, Lensch, « Edge-avoiding À-Trous wavelet transform
for fast global illumination filtering », High Performance Graphics 2010.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
LEVELS = 5
KERNEL = (1 / 16, 1 / 4, 3 / 8, 1 / 4, 1 / 16)


def denoised(radiance: Floats, albedo: Floats, normal: Floats, depth: Floats) -> Floats:
    """(h, w, 3) of linear light. ``normal`` (h, w, 3); ``depth`` (h, w) metres, 0 for the sky: it is kept."""
    # What is nearly black may be a railing's bars before a bright wall: nothing to divide by.
    dark = albedo.mean(axis=2, keepdims=True) < 0.03
    own = np.where(dark, np.float32(1), np.maximum(albedo, np.float32(0.02)))
    if (depth > 0).any():  # a rare bright path would be smeared, not averaged
        radiance = np.minimum(radiance, np.float32(12 * np.median(radiance[depth > 0]) + 0.5))
    light = np.asarray(radiance / own, np.float32)
    far = np.log(np.maximum(depth, np.float32(0.1)))
    for level in range(LEVELS):
        light = _passed(light, normal, far, 1 << level, 1.2 / (1 << level))
    return np.where(depth[..., None] > 0, light * own, radiance).astype(np.float32)


def _passed(light: Floats, normal: Floats, far: Floats, step: int, contrast: float) -> Floats:
    total, weights = np.zeros_like(light), np.zeros(far.shape, np.float32)
    tone = np.log1p(light.mean(axis=2))
    for i, down in enumerate(KERNEL):
        for j, across in enumerate(KERNEL):
            rows, columns = _shifted(far.shape[0], (i - 2) * step), _shifted(far.shape[1], (j - 2) * step)
            at = np.ix_(rows, columns)
            alike = np.clip((normal * normal[at]).sum(axis=2), 0, 1) ** 16
            alike *= np.exp(-np.abs(far - far[at]) * 12 - np.abs(tone - tone[at]) / (contrast + 0.4))
            weight = (down * across * alike).astype(np.float32)
            total += weight[..., None] * light[at]
            weights += weight
    return np.asarray(total / np.maximum(weights, 1e-6)[..., None], np.float32)


def _shifted(count: int, by: int) -> npt.NDArray[np.int64]:
    return np.clip(np.arange(count) + by, 0, count - 1)
