"""The light of a scene: sun, sky, lamps, air and ground, from the hour and the weather.

Radiances are relative: one is the sky's at a clear noon. The picture's exposure follows from the light
alone, never from what is in view, so that changing one person changes nothing else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.scenes.description import Scene
from archipel.defis.twincity.scenes.sun import sun_at

Doubles = npt.NDArray[np.float64]
# Elevation of the sun (degrees), then linear red, green, blue of the sun, the zenith and the horizon.
_HOURS = np.array(
    [
        [-90, 0, 0, 0, 0.006, 0.008, 0.015, 0.022, 0.018, 0.016],
        [-10, 0, 0, 0, 0.008, 0.012, 0.026, 0.03, 0.025, 0.026],
        [-4, 0, 0, 0, 0.05, 0.075, 0.16, 0.22, 0.15, 0.14],
        [0, 0.25, 0.09, 0.03, 0.13, 0.18, 0.32, 0.55, 0.36, 0.27],
        [4, 1.15, 0.62, 0.30, 0.22, 0.30, 0.47, 0.68, 0.56, 0.46],
        [12, 1.8, 1.32, 0.85, 0.38, 0.48, 0.68, 0.78, 0.78, 0.76],
        [30, 2.3, 2.02, 1.66, 0.42, 0.58, 0.86, 0.86, 0.92, 0.98],
        [65, 2.7, 2.46, 2.12, 0.40, 0.58, 0.92, 0.86, 0.93, 1.0],
    ]
)
LAMP_HEIGHT = {"candélabre": 3.9, "mât": 7.6, "console": 5.2}
LAMP_POWER = {"candélabre": 16.0, "mât": 42.0, "console": 20.0}
WARM = np.array([1.0, 0.72, 0.42])
LED = np.array([1.0, 0.86, 0.68])


@dataclass(frozen=True, eq=False)
class Light:
    """Directions and positions in the scene; colours linear. ``dark``: 0 by day to 1 by night."""

    sun: Doubles  # (3,), towards it
    sun_colour: Doubles
    zenith: Doubles
    horizon: Doubles
    lamps: Doubles  # (k, 3)
    lamp_colours: Doubles  # (k, 3)
    dark: float
    exposure: float
    fog: float  # 1 / m
    fog_colour: Doubles
    wet: float
    snow: float
    clouds: float

    @property
    def sky(self) -> Doubles:
        """Irradiance of a surface that sees the whole sky."""
        return 0.45 * self.zenith + 0.55 * self.horizon


def sun_of(scene: Scene) -> tuple[float, float]:
    """Elevation and azimuth, degrees."""
    return sun_at(scene.moment.day, scene.moment.hour, scene.moment.place)


def light_of(scene: Scene) -> Light:
    elevation, azimuth = sun_of(scene)
    weather = scene.weather
    row = np.array([np.interp(elevation, _HOURS[:, 0], column) for column in _HOURS[:, 1:].T])
    sun, zenith, horizon = row[:3], row[3:6], row[6:]
    covered = weather.clouds
    grey = np.dot(0.5 * zenith + 0.5 * horizon + 0.12 * sun, (0.25, 0.6, 0.15))
    veil = grey * np.array([0.95, 1.0, 1.06])
    sun = sun * (1 - covered) ** 1.6
    zenith, horizon = (one * (1 - covered) + veil * covered for one in (zenith, horizon))
    dark = float(np.interp(elevation, (-6, 2), (1, 0)))
    lamps, colours = _lamps(scene, dark)
    fog = {"brouillard": 0.008 + 0.034 * weather.strength, "pluie": 0.003, "neige": 0.004}.get(
        weather.kind, 0.0011
    )
    received = float(
        np.dot(
            0.45 * zenith + 0.55 * horizon + sun * max(math.sin(math.radians(elevation)), 0.1),
            (0.25, 0.6, 0.15),
        )
    )
    turn = math.radians(azimuth - scene.street.azimuth)
    up = math.radians(elevation)
    return Light(
        np.array([math.cos(up) * math.sin(turn), math.sin(up), math.cos(up) * math.cos(turn)]),
        sun, zenith, horizon, lamps, colours, dark,
        1.22 / (received + 0.55 * dark + 0.015) ** 0.94 * 2**scene.sensor.exposure,
        fog, horizon * 0.8 + dark * 0.06 * WARM,
        weather.strength if weather.kind == "pluie" else 0.0,
        weather.strength if weather.kind == "neige" else 0.0,
        covered,
    )  # fmt: skip


def _lamps(scene: Scene, dark: float) -> tuple[Doubles, Doubles]:
    if dark == 0:
        return np.zeros((0, 3)), np.zeros((0, 3))
    places, colours = [], []
    for item in scene.street.items:
        if item.kind not in LAMP_HEIGHT:
            continue
        turn, height = math.radians(item.heading), LAMP_HEIGHT[item.kind] * item.size
        reach = {"mât": 1.5, "console": 0.9}.get(item.kind, 0.0)
        places.append((item.x + reach * math.sin(turn), height, item.z + reach * math.cos(turn)))
        share = item.variant
        colours.append(dark * LAMP_POWER[item.kind] * (WARM * (1 - share) + LED * share))
    return np.array(places).reshape(-1, 3), np.array(colours).reshape(-1, 3)
