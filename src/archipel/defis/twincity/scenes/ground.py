"""How much of the sky the ground sees near what stands on it: the soft dark under people and vehicles."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.scenes.assembly import Assembly
from archipel.defis.twincity.scenes.description import Scene


@dataclass(frozen=True)
class Patch:
    """The ground that the map covers, metres; cells of ``cell``."""

    left: float
    start: float
    width: float
    length: float
    cell: float

    @property
    def shape(self) -> tuple[int, int]:
        """Columns and rows."""
        return round(self.width / self.cell), round(self.length / self.cell)

    @property
    def transform(self) -> tuple[float, float, float, float]:
        """From x, z to texture: subtract two, multiply by two."""
        return self.left, self.start, 1 / self.width, 1 / self.length


CONTACT = Patch(-20.0, -12.0, 40.0, 80.0, 0.1)
VEHICLES = {"voiture": (1.9, 4.4), "camionnette": (2.1, 5.6), "bus": (2.6, 11.5), "deux-roues": (0.5, 1.7)}


def contact_map(scene: Scene, parts: Assembly) -> npt.NDArray[np.uint8]:
    """(rows, columns) uint8: 255 in the open."""
    columns, rows = CONTACT.shape
    solid = np.zeros((rows, columns), np.float32)
    for mesh in parts.people:
        _footprint(solid, mesh.vertices["position"])
    wide = cv2.GaussianBlur(solid, (0, 0), 3.2)
    close = cv2.GaussianBlur(solid, (0, 0), 1.3)
    cars = np.zeros((rows, columns), np.float32)
    for item in scene.street.items:
        if item.kind in VEHICLES:
            _rectangle(cars, item.x, item.z, item.heading, *VEHICLES[item.kind])
    cars = cv2.GaussianBlur(cars, (0, 0), 2.0)
    open_ = (
        (1 - 0.55 * np.clip(close, 0, 1)) * (1 - 0.35 * np.clip(wide, 0, 1)) * (1 - 0.8 * np.clip(cars, 0, 1))
    )
    return np.asarray(255 * open_, np.uint8)


def _footprint(solid: npt.NDArray[np.float32], position: npt.NDArray[np.float32]) -> None:
    """The cells over which a person's lowest parts stand."""
    low = position[position[:, 1] < position[:, 1].min() + 0.5]
    column = np.floor((low[:, 0] - CONTACT.left) / CONTACT.cell).astype(int)
    row = np.floor((low[:, 2] - CONTACT.start) / CONTACT.cell).astype(int)
    inside = (column >= 0) & (row >= 0) & (column < solid.shape[1]) & (row < solid.shape[0])
    solid[row[inside], column[inside]] = 1


def _rectangle(
    solid: npt.NDArray[np.float32], x: float, z: float, heading: float, width: float, length: float
) -> None:
    turn = math.radians(heading)
    ahead, side = np.array([math.sin(turn), math.cos(turn)]), np.array([math.cos(turn), -math.sin(turn)])
    corners = [
        np.array([x, z]) + a * ahead * length / 2 + b * side * width / 2
        for a, b in ((1, 1), (1, -1), (-1, -1), (-1, 1))
    ]
    cells = (np.array(corners) - (CONTACT.left, CONTACT.start)) / CONTACT.cell
    cv2.fillConvexPoly(solid, np.round(cells).astype(np.int32), 1.0)
