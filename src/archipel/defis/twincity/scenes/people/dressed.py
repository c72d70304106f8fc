"""A person as a mesh: shaped, posed, dressed, and put in place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from archipel.defis.twincity.scenes.description import Colour, Garment, Person
from archipel.defis.twincity.scenes.mesh import VERTEX, Mesh, merged, paint, turned
from archipel.defis.twincity.scenes.monk import tone
from archipel.defis.twincity.scenes.people import belongings, clothes, hair, pose, skeleton
from archipel.defis.twincity.scenes.people.model import Bodies, Floats, Level
from archipel.defis.twincity.scenes.people.shape import Shaped, shaped
from archipel.defis.twincity.scenes.textures import LAYERS

WEAVES = {"uni": "cloth", "rayures": "stripes", "carreaux": "checks", "jean": "denim", "maille": "knit"}
SEAT = 0.46
"""Metres: the height of what people sit on."""
SOLE = 0.03
"""Decimetres of a shoe under the foot."""


@dataclass(frozen=True, eq=False)
class Posed:
    """One level of detail of one person, decimetres, in the body's own axes."""

    level: Level
    shaped: Shaped
    bones: Floats
    position: Floats
    normal: Floats


def posed(bodies: Bodies, person: Person, detail: int) -> Posed:
    level, own = bodies.levels[detail], shaped(bodies, person, detail)
    bones = skeleton.transforms(bodies.skeleton, own, pose.rotations(bodies, person.pose))
    position = skeleton.skinned(level, own, bones)
    return Posed(level, own, bones, position, skeleton.normals(level, position))


def person_mesh(bodies: Bodies, person: Person, number: int, detail: int) -> Mesh:
    """In the scene's metres; ``number`` is the mark of its vertices, ``detail`` 0 (all) to 2 (far)."""
    body = posed(bodies, person, detail)
    parts = [*_skin(body, person), *_clothes(body, person), *_head(body, person)]
    parts += belongings.carried(bodies, body, person)
    mesh = merged(parts)
    mesh.vertices["person"] = number
    _placed(mesh, body, person)
    return mesh


def _placed(mesh: Mesh, body: Posed, person: Person) -> None:
    """From decimetres about the body's root to the scene, feet (or what lies lowest) on the ground."""
    scale = body.shaped.scale / 10
    position = mesh.vertices["position"] * scale
    used = body.position[body.level.body] * scale
    floor = float(used[:, 1].min()) - SOLE * scale
    middle = (used.min(axis=0) + used.max(axis=0)) / 2
    if person.pose.kind == "assis":
        hips = body.position[body.level.region == "hanches"] * scale
        floor = min(float(hips[:, 1].min()) - SEAT, floor)
        middle = hips.mean(axis=0)
    position -= (middle[0] if person.pose.kind == "couché" else 0.0, floor, middle[2])
    rotation = turned(math.radians(person.heading))
    mesh.vertices["position"] = position @ rotation.T + (person.x, person.y, person.z)
    mesh.vertices["normal"] = mesh.vertices["normal"] @ rotation.T


def _cuts(person: Person) -> list[tuple[clothes.Cut, Garment]]:
    worn = [(clothes.BOTTOMS[person.bottom.kind], person.bottom)]
    top = clothes.TOPS[person.top.kind]
    worn.append((clothes.under(top) if person.coat else top, person.top))
    if person.coat:
        worn += [(cut, person.coat) for cut in clothes.COATS[person.coat.kind]]
    return worn


def _skin(body: Posed, person: Person) -> list[Mesh]:
    cuts = (*(cut for cut, _ in _cuts(person)), clothes.SHOE)
    vertices, faces = clothes.bare(body.level, cuts)
    rest = body.level.rest[vertices]
    colour = np.array(tone(person.monk)) * hair.face_tint(rest)
    dark = np.array(person.hair_colour) * 0.8
    colour[hair.brows(rest)] = 0.55 * dark + 0.45 * np.array(tone(person.monk))
    skin = _part(
        body, clothes.whole(vertices, np.zeros(len(vertices), np.float32), faces), colour, "skin", 0.25
    )
    return [skin, *_eyes(body)]


def _eyes(body: Posed) -> list[Mesh]:
    found = []
    for side, x in (("l", 0.31), ("r", -0.31)):
        quads = body.level.faces[f"helper-{side}-eye"]
        if not len(quads):  # not at this level of detail
            continue
        vertices, faces = clothes.compact(quads)
        iris = np.linalg.norm(body.level.rest[vertices, :2] - (x, 7.28), axis=1) < 0.075
        colour = np.where(iris[:, None], np.array([0.12, 0.08, 0.06]), np.array([0.85, 0.83, 0.8]))
        eye = clothes.whole(vertices, np.zeros(len(vertices), np.float32), faces)
        found.append(_part(body, eye, colour, "plain", 0.6))
    return found


def _clothes(body: Posed, person: Person) -> list[Mesh]:
    parts = []
    for cut, garment in _cuts(person):
        gloss = 0.3 if garment.kind in ("doudoune", "imperméable") else 0.02
        parts.append(
            _part(body, clothes.piece(body.level, cut), garment.colour, WEAVES[garment.pattern], gloss)
        )
    boots = person.bottom.kind in ("legging", "jupe") and sum(person.shoes) < 0.9
    parts.append(
        _part(
            body,
            clothes.piece(body.level, clothes.BOOT if boots else clothes.SHOE),
            person.shoes,
            "plain",
            0.2,
        )
    )
    return parts


def _head(body: Posed, person: Person) -> list[Mesh]:
    parts = []
    if person.hair != "chauve":
        thick = hair.THICK[person.hair] * (0.4 if person.hat else 1.0)
        parts.append(_part(body, hair.scalp(body.level, thick), person.hair_colour, "hair", 0.12))
    if person.hair in ("long", "mi-long"):
        down = 4.4 if person.hair == "long" else 6.0
        parts.append(_part(body, hair.strands(body.level, down), person.hair_colour, "hair", 0.15))
    if person.hat:
        lift, thick = (0.35, 0.2) if person.hat.kind == "bonnet" else (0.62, 0.22)
        weave = "knit" if person.hat.kind == "bonnet" else "cloth"
        parts.append(_part(body, hair.scalp(body.level, thick, lift), person.hat.colour, weave, 0.02))
    return parts


def _part(body: Posed, piece: clothes.Piece, colour: Colour | Floats, layer: str, gloss: float) -> Mesh:
    """A piece of the posed body, decimetres."""
    vertices = np.zeros(len(piece.vertices), VERTEX)
    normal = body.normal[piece.vertices]
    inner = body.position[piece.inner]
    at_edge = inner + (body.position[piece.vertices] - inner) * piece.share[:, None]
    vertices["position"] = at_edge + normal * piece.offset[:, None]
    vertices["normal"] = normal
    rest = body.level.rest[piece.vertices]
    vertices["uv"][:, 0] = (rest[:, 0] + 0.6 * rest[:, 2]) / 4
    vertices["uv"][:, 1] = rest[:, 1] / 4
    vertices["uv"][:, 2] = LAYERS[layer]
    paint(vertices, colour, gloss)
    vertices["light"][:, 0] = 255
    return Mesh(vertices, piece.faces.astype(np.uint32))
