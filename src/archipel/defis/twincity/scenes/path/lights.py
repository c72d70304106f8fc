"""Sun, sky and lamps as mitsuba's emitters, in the rasteriser's units: its radiance is theirs over π."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from archipel.defis.twincity.scenes.light import Light

NEAREST = 12


def emitters(mi: Any, light: Light) -> dict[str, Any]:
    found: dict[str, Any] = {"ciel": {"type": "envmap", "bitmap": mi.Bitmap(_sky(light)), "scale": 1.0}}
    if light.sun[1] > 0 and light.sun_colour.max() > 0.01:
        found["soleil"] = {
            "type": "directional", "direction": [float(-one) for one in light.sun],
            "irradiance": {"type": "rgb", "value": [float(math.pi * one) for one in light.sun_colour]},
        }  # fmt: skip
    for at, (place, colour) in enumerate(zip(light.lamps[:NEAREST], light.lamp_colours, strict=False)):
        found[f"lampe{at}"] = {
            "type": "point", "position": [float(one) for one in place - (0, 0.7, 0)],
            "intensity": {"type": "rgb", "value": [float(math.pi * one) for one in colour]},
        }  # fmt: skip
    return found


def _sky(light: Light) -> Any:
    """(64, 128, 3), from the zenith (first row) down."""
    up = np.cos(np.linspace(0, math.pi, 64))
    share = np.sqrt(np.clip(up, 0, 1))[:, None]
    rows = light.horizon * (1 - share) + light.zenith * share
    rows[up < 0] = light.horizon * 0.4
    return np.ascontiguousarray(np.repeat(rows[:, None], 128, axis=1), np.float32)
