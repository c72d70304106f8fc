"""Bags and brims, fixed to bones (decimetres, in the body's own axes)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from archipel.defis.twincity.scenes.description import Person
from archipel.defis.twincity.scenes.mesh import Mesh, Surface, boxes, lathe, merged, moved, sheet
from archipel.defis.twincity.scenes.people.model import Bodies
from archipel.defis.twincity.scenes.textures import LAYERS

if TYPE_CHECKING:
    from archipel.defis.twincity.scenes.people.dressed import Posed

CLOTH = LAYERS["cloth"]


def carried(bodies: Bodies, body: Posed, person: Person) -> list[Mesh]:
    parts = []
    if person.hat and person.hat.kind in ("casquette", "chapeau"):
        parts.append(_brim(bodies, body, person.hat.kind, person.hat.colour))
    if person.hair == "chignon":
        bun = pebble((0.42, 0.42, 0.36), Surface(person.hair_colour, LAYERS["hair"], 2.0))
        parts.append(_fixed(bodies, body, "head", moved(bun, (0, 8.0, -0.55))))
    if person.bag:
        surface = Surface(person.bag.colour, CLOTH, 3.0, 0.05)
        make = {"dos": _backpack, "épaule": _shoulder_bag, "main": _hand_bag}[person.bag.kind]
        parts += make(bodies, body, surface, 0.5 if person.coat else 0.25)
    return parts


def pebble(radii: Any, surface: Surface, power: float = 2.0) -> Mesh:
    """A rounded box or an ellipsoid about the origin; a higher power is squarer."""
    up, turn = np.meshgrid(
        np.linspace(-np.pi / 2, np.pi / 2, 9), np.linspace(0, 2 * np.pi, 13), indexing="ij"
    )

    def soft(value: Any) -> Any:
        return np.sign(value) * np.abs(value) ** (2 / power)

    point = np.stack(
        [soft(np.cos(up)) * soft(np.cos(turn)), soft(np.sin(up)), soft(np.cos(up)) * soft(np.sin(turn))], -1
    )
    return sheet(point * np.asarray(radii), surface)


def _fixed(bodies: Bodies, body: Posed, bone: str, mesh: Mesh) -> Mesh:
    """Moved with a bone; ``mesh`` is where it would be on the base body at rest."""
    at = bodies.skeleton.names.index(bone)
    shift = body.shaped.head[at] - bodies.skeleton.head[at]
    turn, move = body.bones[at, :, :3], body.bones[at, :, 3]
    mesh.vertices["position"] = (mesh.vertices["position"] + shift) @ turn.T + move
    mesh.vertices["normal"] = mesh.vertices["normal"] @ turn.T
    return mesh


def _brim(bodies: Bodies, body: Posed, kind: str, colour: Any) -> Mesh:
    surface = Surface(colour, CLOTH, 3.0)
    if kind == "chapeau":
        brim = lathe(
            [(0.7, 8.02), (1.55, 7.92), (1.5, 7.98), (0.75, 8.1), (0.78, 8.65), (0.3, 8.75), (0.0, 8.7)],
            surface,
            16,
        )
        return _fixed(bodies, body, "head", moved(brim, (0, 0, 0.35), scale=(1, 1, 1.15)))
    across, out = np.meshgrid(np.linspace(-0.7, 0.7, 7), np.linspace(0, 1, 4), indexing="ij")
    reach = 1.28 + out * 0.85 - 0.9 * across**2
    visor = np.stack([across, 8.05 - 0.12 * out - 0.15 * across**2, reach], -1)
    return _fixed(bodies, body, "head", sheet(visor, surface))


def _back(body: Posed) -> float:
    trunk = body.level.region == "tronc"
    return float(body.shaped.vertices[trunk, 2].min())


def _backpack(bodies: Bodies, body: Posed, surface: Surface, cloth: float) -> list[Mesh]:
    back = _back(body) - cloth + 0.2
    pack = moved(pebble((1.25, 1.75, 0.75), surface, 4.0), (0, 3.4, back - 0.55))
    pocket = moved(pebble((0.9, 0.75, 0.3), surface, 4.0), (0, 2.7, back - 1.25))
    return [_fixed(bodies, body, "spine02", merged([pack, pocket, *_straps(body, surface, cloth)]))]


def _straps(body: Posed, surface: Surface, cloth: float) -> list[Mesh]:
    """Two bands over the shoulders and down the chest."""
    trunk = body.shaped.vertices[body.level.region == "tronc"]
    front = float(trunk[:, 2].max()) + cloth
    chest = [(2.6, front - 0.35), (3.6, front), (4.5, front - 0.1), (5.25, 0.85 + cloth), (5.75 + cloth, 0.3)]
    path = np.array([*chest, (5.45 + cloth, -0.35 - cloth), (4.6, _back(body) - 0.1)])
    bands = []
    for side in (-1, 1):
        edge = [side * 0.85, side * 1.12]
        rows = np.stack([np.stack([np.full(len(path), one), path[:, 0], path[:, 1]], -1) for one in edge], 1)
        bands.append(sheet(rows, surface))
    return bands


def _shoulder_bag(bodies: Bodies, body: Posed, surface: Surface, cloth: float) -> list[Mesh]:
    bag = moved(pebble((0.4, 0.95, 1.25), surface, 5.0), (2.35, 0.2, 0.2))
    strap = boxes([(1.35, 1.1, -0.35), (1.35, 1.1, 0.75)], [(1.5, 5.75, -0.2), (1.5, 5.6, 0.9)], surface)
    return [_fixed(bodies, body, "spine04", merged([bag, strap]))]


def _hand_bag(bodies: Bodies, body: Posed, surface: Surface, cloth: float) -> list[Mesh]:
    """Hangs straight down from the left hand, whatever the arm does."""
    at = bodies.skeleton.names.index("finger3-1.L")
    hand = body.bones[at, :, :3] @ body.shaped.head[at] + body.bones[at, :, 3]
    bag = moved(pebble((0.5, 1.3, 1.2), surface, 6.0), hand + np.array((0, -2.6, 0)))
    handle = boxes(
        hand + np.array([(-0.05, -1.5, -0.5), (-0.05, -1.5, 0.4)]),
        hand + np.array([(0.05, 0.1, -0.4), (0.05, 0.1, 0.5)]),
        surface,
    )
    return [merged([bag, handle])]
