"""A scene as a value: what is there, where, when, seen by what. Everything that a picture shows is in it.

Metres and degrees; x to the right, y up, z along the street, which the camera looks along. A heading of 0
looks along z, of 90 along x. Colours are sRGB, 0 to 1. Words that a table may show are French.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from datetime import date
from typing import Any

Colour = tuple[float, float, float]
SYNTHETIC = "données synthétiques"


@dataclass(frozen=True)
class Pose:
    """``phase``: of the walk's cycle, 0 to 1. ``variant``: which of the kind's attitudes, 0 to 1."""

    kind: str  # marche, debout, assis, couché
    phase: float = 0.0
    variant: float = 0.0


@dataclass(frozen=True)
class Garment:
    kind: str
    colour: Colour
    pattern: str = "uni"  # uni, rayures, carreaux, jean, maille


@dataclass(frozen=True)
class Person:
    """``ancestry``: shares of the African, Asian and European shapes. ``weight``: −1 thin to 1 heavy."""

    sex: str  # femme, homme
    age: float  # years
    height: float
    weight: float
    ancestry: tuple[float, float, float]
    monk: int  # 1 lightest to 10 darkest
    pose: Pose
    x: float
    z: float
    heading: float
    top: Garment
    bottom: Garment
    coat: Garment | None
    shoes: Colour
    hair: str  # rasé, court, mi-long, long, chignon, afro, chauve
    hair_colour: Colour
    hat: Garment | None
    bag: Garment | None
    y: float = 0.0


@dataclass(frozen=True)
class Item:
    """Street furniture, a tree, a lamp or a vehicle; ``variant`` 0 to 1 chooses its details."""

    kind: str
    x: float
    z: float
    heading: float = 0.0
    size: float = 1.0
    colour: Colour = (0.5, 0.5, 0.5)
    variant: float = 0.0


@dataclass(frozen=True)
class Building:
    """A façade from ``start`` to ``end`` on a side (−1 left, 1 right, 0: across the end of the street)."""

    side: int
    start: float
    end: float
    front: float  # |x| of the façade, or z of the one that closes the street
    floors: int
    style: float
    stone: Colour
    shops: tuple[Colour, ...]


@dataclass(frozen=True)
class Street:
    """``kind``: rue, boulevard or place. ``azimuth``: where z points, from north towards east."""

    kind: str
    road: float  # width between kerbs; 0: all paved
    pavement: float
    azimuth: float
    crossing: float  # z of the zebra
    paving: str  # bitume, dalles, pavés
    buildings: tuple[Building, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Moment:
    day: date
    hour: float  # legal, 0 to 24
    place: tuple[float, float] = (48.8566, 2.3522)

    @property
    def night(self) -> bool:
        """The rule of TwinCity's authors (`twincity_preprocessing.py`): hour > 21 or hour < 6."""
        return self.hour > 21 or self.hour < 6


@dataclass(frozen=True)
class Weather:
    kind: str  # clair, pluie, neige, brouillard
    strength: float = 0.5
    clouds: float = 0.2


@dataclass(frozen=True)
class Camera:
    """``pitch``: negative looks down. ``focal``: 24 × 36 equivalent, millimetres."""

    x: float
    z: float
    height: float
    pitch: float
    yaw: float
    focal: float
    width: int
    rows: int


@dataclass(frozen=True)
class Sensor:
    """``noise``: standard deviation at mid grey (of 255). ``blur``: pixels of movement. ``jpeg``: quality."""

    noise: float
    blur: float
    blur_angle: float
    jpeg: int
    exposure: float = 0.0  # stops


@dataclass(frozen=True)
class Scene:
    seed: int
    moment: Moment
    weather: Weather
    camera: Camera
    sensor: Sensor
    street: Street
    people: tuple[Person, ...]


def to_json(value: Any) -> Any:
    """The scene, or a part of it, in JSON's types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: to_json(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [to_json(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def from_json(told: Any, kind: Any = Scene) -> Any:
    """The inverse of `to_json`."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        return None if told is None else from_json(told, inner[0])
    if origin is tuple:
        kinds = [inner[0]] * len(told) if inner[-1] is Ellipsis else inner
        return tuple(from_json(one, its) for one, its in zip(told, kinds, strict=True))
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: from_json(one, hints[name]) for name, one in told.items()})  # type: ignore[operator]  # a class, as asked above
    return date.fromisoformat(told) if kind is date else told
