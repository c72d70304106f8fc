"""A scene from a seed: the same seed and conditions, the same scene."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np

from archipel.defis.twincity.scenes.description import (
    Camera,
    Item,
    Moment,
    Pose,
    Scene,
    Sensor,
    Street,
    Weather,
)
from archipel.defis.twincity.scenes.drawing import placement, town, wardrobe
from archipel.defis.twincity.scenes.drawing.conditions import Conditions
from archipel.defis.twincity.scenes.drawing.wardrobe import Draw, kind_of, one_of
from archipel.defis.twincity.scenes.street.whole import floor

WINTER = (12, 1, 2)
LOW = ("potelet", "chaise", "table", "banc", "corbeille", "jardinière", "barrière")


def sample(seed: int, conditions: Conditions | None = None, size: tuple[int, int] = (1280, 720)) -> Scene:
    """``size``: width and height in pixels."""
    conditions = conditions or Conditions()
    draw = np.random.default_rng((seed, 20240726))
    weather = _weather(draw, conditions)
    moment = _moment(draw, conditions, weather)
    street = town.street_at(draw, kind_of(draw, conditions.streets))
    camera = _camera(draw, conditions, street, size)
    count = int(draw.integers(int(conditions.people[0]), int(conditions.people[1]) + 1))
    poses = [
        Pose(kind_of(draw, conditions.poses), round(float(draw.random()), 4), round(float(draw.random()), 6))
        for _ in range(count)
    ]
    placed = placement.spots(draw, street, camera, conditions, poses)
    people = tuple(
        replace(
            wardrobe.passer_by(draw, conditions, moment.day.month, weather.kind, spot.pose),
            x=round(spot.x, 3), z=round(spot.z, 3), y=floor(street, spot.x),
            heading=round(spot.heading % 360, 1),
        )
        for spot, _ in placed
    )  # fmt: skip
    street = replace(
        street, items=_cleared(street.items, camera) + tuple(item for _, items in placed for item in items)
    )
    return Scene(seed, moment, weather, camera, _sensor(draw, conditions, moment), street, people)


def _cleared(items: tuple[Item, ...], camera: Camera) -> tuple[Item, ...]:
    """Without what would fill the picture: posts at arm's length, and leaves before a camera that is high."""
    turn = math.radians(camera.yaw)
    kept = []
    for item in items:
        x, z = item.x - camera.x, item.z - camera.z
        ahead = x * math.sin(turn) + z * math.cos(turn)
        aside = abs(x * math.cos(turn) - z * math.sin(turn))
        reach = 4.5 + 1.1 * camera.height * (camera.pitch < -12) if camera.height > 2.6 else 0.0
        leaves = item.kind in ("arbre", "parasol") and -3 < ahead < reach + 3 and aside < 4.5 and reach > 0
        if not leaves and math.hypot(x, z) > (1.2 if item.kind in LOW else 4.0):
            kept.append(item)
    return tuple(kept)


def _weather(draw: Draw, conditions: Conditions) -> Weather:
    kind = kind_of(draw, conditions.weathers)
    clouds = {"clair": float(draw.choice((0.05, 0.3, 0.75))), "brouillard": 0.85}.get(kind, 0.95)
    return Weather(kind, round(float(draw.uniform(0.35, 1.0)), 3), clouds)


def _moment(draw: Draw, conditions: Conditions, weather: Weather) -> Moment:
    months = conditions.months
    if weather.kind == "neige":
        months = tuple(one for one in months if one in WINTER) or months
    day = date(2024, one_of(draw, months), int(draw.integers(1, 29)))
    start, stop = one_of(draw, conditions.hours)
    return Moment(day, round(float(draw.uniform(start, stop)) % 24, 2))


def _camera(draw: Draw, conditions: Conditions, street: Street, size: tuple[int, int]) -> Camera:
    pitch = float(draw.uniform(*one_of(draw, conditions.pitches)))
    if pitch > -10:
        height, yaw = draw.uniform(1.35, 2.3), draw.normal(0, 14)
    elif pitch > -40:
        height, yaw = draw.uniform(3.2, 8.0), draw.normal(0, 22)
    else:
        height, yaw = draw.uniform(5.0, 11.0), draw.uniform(-60, 60)
    edge = max(street.road / 2 + street.pavement - 1.9, 1.0)  # clear of awnings
    if height < 3:
        x = float(draw.uniform(-edge, edge))
        yaw -= np.sign(x) * draw.uniform(0, 14) * (abs(x) > 2)
    else:  # from a façade, across the street
        x = float(draw.choice((-1, 1)) * draw.uniform(edge * 0.4, edge))
        yaw = -np.sign(x) * abs(yaw)
    return Camera(
        round(x, 3), 0.0, round(float(height), 3), round(pitch, 2), round(float(yaw), 2),
        round(float(draw.uniform(*conditions.focal)), 1), *size,
    )  # fmt: skip


def _sensor(draw: Draw, conditions: Conditions, moment: Moment) -> Sensor:
    noise = float(draw.uniform(*conditions.noise)) * (1.8 if moment.night else 1.0)
    blur = float(draw.uniform(*conditions.blur)) if draw.random() < 0.5 else conditions.blur[0]
    return Sensor(
        round(noise, 2), round(blur, 2), round(float(draw.uniform(0, 180)), 1),
        int(draw.integers(int(conditions.jpeg[0]), int(conditions.jpeg[1]) + 1)),
        round(float(draw.normal(0, 0.25)), 2),
    )  # fmt: skip
