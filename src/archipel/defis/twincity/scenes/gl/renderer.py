"""A scene drawn by OpenGL: its picture, who is seen at each pixel, and how much of each person is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.scenes import camera, textures
from archipel.defis.twincity.scenes.assembly import Assembly
from archipel.defis.twincity.scenes.description import Scene
from archipel.defis.twincity.scenes.gl import masks, shaders, shadow
from archipel.defis.twincity.scenes.gl.context import context
from archipel.defis.twincity.scenes.ground import CONTACT, contact_map
from archipel.defis.twincity.scenes.light import Light, light_of
from archipel.defis.twincity.scenes.mesh import merged
from archipel.defis.twincity.scenes.rendered import Rendered, settled

LAYOUT = ("3f 3f 3f 4f1 4f1 1i", "position", "normal", "uv", "colour", "light", "person")


CUT_OUT = np.isin(np.arange(256), textures.CUT_OUT)
SHINY = 0.08
"""Gloss from which a surface is drawn with its reflections."""


@dataclass(frozen=True, eq=False)
class _Drawable:
    """``index``: faces in the scene's order, people first (``starts``: the first of each), what has holes
    last. ``by_kind``: by `shaders.KINDS`, so many of each."""

    buffer: Any
    index: Any
    by_kind: Any
    solid: int
    counts: list[int]
    starts: list[int]


class Renderer:
    """Keeps programs, textures and targets from one scene to the next."""

    def __init__(self, samples: int = 2) -> None:
        # First: it says what is missing.
        self.context = context()
        import moderngl

        self.gl, self.samples = moderngl, samples
        self._programs: dict[Any, Any] = {}
        self._targets: dict[Any, Any] = {}
        tiles = textures.tiles()
        self.tiles = self.context.texture_array(
            (textures.SIZE, textures.SIZE, len(tiles)), 4, tiles.tobytes()
        )
        self.tiles.build_mipmaps()
        self.tiles.filter = moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR

    def render(self, scene: Scene, parts: Assembly) -> Rendered:
        """The picture before its sensor, (h, w, 3) uint8 RGB, and the truth that only a renderer knows."""
        seen, light = scene.camera, light_of(scene)
        drawn = self._uploaded(parts)
        size = seen.width * self.samples, seen.rows * self.samples
        shade_size = 2048 if seen.rows > 400 else 1024
        clip = camera.projection(seen) @ camera.view(seen)
        key = self._key_lamp(light, scene)
        shade = shadow.sun_matrix(light, seen) if key is None else shadow.lamp_matrix(light.lamps[key])
        switches = _switches(light)
        self._shadow(drawn, shade, shade_size, lit="SHADED" in switches)
        target = self._target(size)
        target.use()
        target.clear()
        self.context.enable(self.gl.DEPTH_TEST)
        values = self._values(scene, parts, light, key, clip, shade)
        self._surfaces(drawn, values, switches)
        self._sky(light, scene, clip)
        image = np.frombuffer(target.read(components=3, alignment=1), np.uint8).reshape(size[1], size[0], 3)[
            ::-1
        ]
        who = np.frombuffer(target.read(attachment=1, components=1, dtype="i4"), np.int32)
        who = who.reshape(size[1], size[0])[::-1]
        full = masks.full_masks(self, drawn, parts, scene.camera)
        small = cv2.resize(image, (seen.width, seen.rows), interpolation=cv2.INTER_AREA)
        for one in (drawn.buffer, drawn.index, drawn.by_kind):
            one.release()
        return settled(small, who, full, self.samples, parts)

    def program(self, name: str, vertex: str, fragment: str) -> Any:
        if name not in self._programs:
            self._programs[name] = self.context.program(vertex_shader=vertex, fragment_shader=fragment)
        return self._programs[name]

    def _uploaded(self, parts: Assembly) -> _Drawable:
        whole = merged([*parts.people, parts.street])
        of_vertex = np.where(whole.vertices["colour"][:, 3] > 255 * SHINY, 1, 0).astype(np.uint8)
        of_vertex[whole.vertices["light"][:, 3] > 0] = 2
        of_vertex[CUT_OUT[whole.vertices["uv"][:, 2].astype(np.uint8)]] = 3
        kind = of_vertex[whole.faces[:, 0]]
        starts = np.cumsum([0] + [len(one.faces) for one in parts.people])
        holes = kind == 3
        faces = np.concatenate([whole.faces[~holes], whole.faces[holes]])
        by_kind = np.concatenate([whole.faces[kind == one] for one in range(len(shaders.KINDS))])
        return _Drawable(
            self.context.buffer(whole.vertices.tobytes()), self.context.buffer(faces.tobytes()),
            self.context.buffer(by_kind.tobytes()), int((~holes).sum()),
            [int(one) for one in np.bincount(kind, minlength=len(shaders.KINDS))],
            [int(one) for one in starts],
        )  # fmt: skip

    def array(self, program: Any, drawn: _Drawable, by_kind: bool = False) -> Any:
        """The mesh as this program's input; attributes that it does not use are skipped."""
        names = [name if name in program else None for name in LAYOUT[1:]]
        kinds = LAYOUT[0].split()
        skipped = {"3f": "12x", "4f1": "4x", "1i": "4x"}
        layout = " ".join(kind if name else skipped[kind] for kind, name in zip(kinds, names, strict=True))
        content = [(drawn.buffer, layout, *[name for name in names if name])]
        return self.context.vertex_array(
            program, content, index_buffer=drawn.by_kind if by_kind else drawn.index
        )

    def _target(self, size: tuple[int, int]) -> Any:
        if size not in self._targets:
            colour = self.context.texture(size, 4)
            number = self.context.texture(size, 1, dtype="i4")
            depth = self.context.depth_renderbuffer(size)
            self._targets[size] = self.context.framebuffer([colour, number], depth)
        return self._targets[size]

    def _shadow(self, drawn: _Drawable, matrix: Any, size: int, lit: bool) -> None:
        if ("shadow", size) not in self._targets:
            depth = self.context.depth_texture((size, size))
            depth.compare_func = "<="
            depth.filter = self.gl.LINEAR, self.gl.LINEAR
            self._targets["shadow", size] = self.context.framebuffer(depth_attachment=depth), depth
        target, depth = self._targets["shadow", size]
        target.use()
        target.clear(depth=1.0)
        if lit:
            self.context.enable(self.gl.DEPTH_TEST)
            self.context.polygon_offset = 2.0, 4.0
            program = self.program("depth", shaders.DEPTH_VERTEX, shaders.DEPTH_FRAGMENT)
            program["clip"].write(_column_major(matrix))
            self.array(program, drawn).render(vertices=3 * (drawn.solid + drawn.counts[3]))
            self.context.polygon_offset = 0.0, 0.0
        depth.use(1)

    def _key_lamp(self, light: Light, scene: Scene) -> int | None:
        """By night, the lamp whose shadows are drawn."""
        if light.dark < 0.5 or not len(light.lamps):
            return None
        centre, _ = shadow.looked_at(scene.camera)
        return int(np.linalg.norm((light.lamps - centre)[:, ::2], axis=1).argmin())

    def _values(
        self, scene: Scene, parts: Assembly, light: Light, key: int | None, clip: Any, shade: Any
    ) -> dict[str, Any]:
        order = np.linalg.norm(light.lamps - shadow.looked_at(scene.camera)[0], axis=1).argsort()
        if key is not None:
            order = np.concatenate([[key], order[order != key]])
        order = order[: shaders.LAMPS].astype(int)
        lamp, colours = np.zeros((shaders.LAMPS, 4)), np.zeros((shaders.LAMPS, 3))
        lamp[: len(order), :3], colours[: len(order)] = light.lamps[order], light.lamp_colours[order]
        self._near().write(contact_map(scene, parts).tobytes())
        self.tiles.use(0)
        return {
            "clip": _column_major(clip), "shade": _column_major(shade), "tiles": 0, "shadow": 1, "contact": 2,
            "eye": camera.eye(scene.camera), "sun": light.sun, "sun_colour": light.sun_colour,
            "zenith": light.zenith, "horizon": light.horizon, "lamps": len(order), "lamp": lamp,
            "lamp_colour": colours, "dark": light.dark, "exposure": light.exposure, "fog": light.fog,
            "fog_colour": light.fog_colour, "wet": light.wet, "snow": light.snow,
            "ground": np.array(CONTACT.transform), "key_lamp": float(key is not None), "clouds": light.clouds,
        }  # fmt: skip

    def _near(self) -> Any:
        """The texture of `contact_map`, kept: one that nothing refers to is released by its context."""
        if "contact" not in self._targets:
            self._targets["contact"] = self.context.texture(CONTACT.shape, 1)
            self._targets["contact"].repeat_x = self._targets["contact"].repeat_y = False
        self._targets["contact"].use(2)
        return self._targets["contact"]

    def _surfaces(self, drawn: _Drawable, values: dict[str, Any], switches: tuple[str, ...]) -> None:
        first = 0
        for kind, count in zip(shaders.KINDS, drawn.counts, strict=True):
            wanted = (*switches, *kind)
            if count:
                source = shaders.surface_fragment(wanted)
                program = self.program(f"surface {wanted}", shaders.SURFACE_VERTEX, source)
                _set(program, values)
                self.array(program, drawn, by_kind=True).render(vertices=3 * count, first=3 * first)
            first += count

    def _sky(self, light: Light, scene: Scene, clip: Any) -> None:
        program = self.program("sky", shaders.SKY_VERTEX, shaders.SKY_FRAGMENT)
        turning = camera.projection(scene.camera) @ np.block(
            [[camera.axes(scene.camera), np.zeros((3, 1))], [np.zeros((1, 3)), 1]]
        )
        _set(program, {
            "back": _column_major(np.linalg.inv(turning)), "tiles": 0, "sun": light.sun,
            "sun_colour": light.sun_colour, "zenith": light.zenith, "horizon": light.horizon,
            "exposure": light.exposure, "clouds": light.clouds, "fog": light.fog,
            "fog_colour": light.fog_colour, "dark": light.dark,
        })  # fmt: skip
        if "corners" not in self._targets:
            self._targets["corners"] = self.context.buffer(np.array([-1, -1, 3, -1, -1, 3], "f4").tobytes())
        self.context.vertex_array(program, [(self._targets["corners"], "2f", "corner")]).render(vertices=3)


def _switches(light: Light) -> tuple[str, ...]:
    """What the shader has to reckon with: a shader pays for all that is written in it."""
    shaded = (light.dark >= 0.5 and len(light.lamps)) or (light.sun[1] > 0 and light.sun_colour.max() > 0.05)
    every = (("SHADED", shaded), ("WEATHER", light.wet + light.snow > 0), ("NIGHT", light.dark > 0))
    return tuple(name for name, wanted in every if wanted)


def _set(program: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name not in program:
            continue
        if isinstance(value, bytes):
            program[name].write(value)
        elif isinstance(value, np.ndarray):
            program[name].write(value.astype("f4").tobytes())
        else:
            program[name].value = value


def _column_major(matrix: npt.ArrayLike) -> bytes:
    return np.ascontiguousarray(np.asarray(matrix, np.float32).T).tobytes()
