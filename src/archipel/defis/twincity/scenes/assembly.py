"""Everything of a scene as triangles, for whichever renderer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.scenes import camera
from archipel.defis.twincity.scenes.description import Camera, Person, Scene
from archipel.defis.twincity.scenes.mesh import Mesh
from archipel.defis.twincity.scenes.people.dressed import person_mesh
from archipel.defis.twincity.scenes.people.model import Bodies
from archipel.defis.twincity.scenes.street.whole import street_mesh

DETAIL = ((400, 0), (170, 1), (55, 2), (0, 3))
"""A person at least this high (pixels) is built at this level of detail."""


@dataclass(frozen=True, eq=False)
class Assembly:
    """``full``: each person's box, pixels (x, y, width, height), whether or not it is in the picture."""

    people: tuple[Mesh, ...]
    street: Mesh
    full: npt.NDArray[np.float64]
    distance: npt.NDArray[np.float64]


def assembled(scene: Scene, bodies: Bodies) -> Assembly:
    seen = scene.camera
    people = tuple(
        person_mesh(bodies, person, number, detail(seen, person))
        for number, person in enumerate(scene.people, 1)
    )
    boxes = np.array([full_box(seen, mesh) for mesh in people]).reshape(-1, 4)
    centres = np.array([_centre(mesh) for mesh in people]).reshape(-1, 3)
    distance = np.linalg.norm(centres - camera.eye(seen), axis=1)
    return Assembly(people, street_mesh(scene), boxes, distance)


def detail(seen: Camera, person: Person) -> int:
    away = np.linalg.norm(camera.eye(seen) - (person.x, person.height / 2, person.z))
    high = seen.focal / camera.FRAME * seen.rows * person.height / max(float(away), 0.5)
    return next(level for least, level in DETAIL if high >= least)


def _centre(mesh: Mesh) -> npt.NDArray[np.float64]:
    position = mesh.vertices["position"]
    return np.asarray((position.min(axis=0) + position.max(axis=0)) / 2, np.float64)


def full_box(seen: Camera, mesh: Mesh) -> tuple[float, float, float, float]:
    """From the mesh's own vertices; zero where it is all behind the camera."""
    place, depth = camera.pixels(seen, mesh.vertices["position"])
    place = place[depth > camera.NEAR]
    if not len(place):
        return 0.0, 0.0, 0.0, 0.0
    low, high = place.min(axis=0), place.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])
