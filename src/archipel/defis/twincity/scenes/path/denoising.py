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
    own = np.maximum(albedo, np.float32(0.02))
    light = np.asarray(radiance / own, np.float32)
    # A rare bright path would be smeared, not averaged.
    if (depth > 0).any():
        light = np.clip(light, 0, 8 * float(np.median(light[depth > 0])) + 4)
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
