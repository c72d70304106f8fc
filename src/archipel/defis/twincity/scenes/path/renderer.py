"""A scene traced by mitsuba's scalar variant: no OpenGL, no display; slow, and what light does is computed.

The same meshes, lights, film and truth as the rasteriser's. Left out: textures' own colours (their
luminance is kept), wet and snowy ground.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.scenes import camera
from archipel.defis.twincity.scenes.assembly import Assembly
from archipel.defis.twincity.scenes.description import Camera, Scene
from archipel.defis.twincity.scenes.light import Light, light_of
from archipel.defis.twincity.scenes.path import lights, meshes
from archipel.defis.twincity.scenes.path.denoising import denoised
from archipel.defis.twincity.scenes.rendered import FullMask, Rendered, settled

TRUTH = 2
"""Samples along each side of a pixel, for the truth."""
STREET = 2.0
"""Exposure beyond the rasteriser's, where houses hide no part of the sky: here they do, of half."""
BEYOND = 3
"""A silhouette is followed over a film this many times the picture's size."""


def mitsuba() -> Any:
    """The module, its variant set. Raises `DataRefused` where it is absent, or lacks a library."""
    # drjit makes a folder under it, and ends the process where that cannot be.
    if not os.access(os.environ.get("HOME", ""), os.W_OK):
        os.environ["HOME"] = tempfile.gettempdir()
    try:
        import mitsuba as found
    except (ImportError, NameError) as error:  # drjit names what it could not import
        raise DataRefused(f"rendu par trajets impossible : mitsuba ne se charge pas ({error})") from None
    if found.variant() != "scalar_rgb":
        found.set_variant("scalar_rgb")
        # A line a garment (« computed vertex normals ») is nothing to a reader.
        found.set_log_level(found.LogLevel.Error)
    return found


class PathTracer:
    """``samples``: paths a pixel."""

    def __init__(self, samples: int = 16) -> None:
        self.mi, self.samples = mitsuba(), samples

    def render(self, scene: Scene, parts: Assembly) -> Rendered:
        with tempfile.TemporaryDirectory() as folder:
            return self._rendered(scene, parts, Path(folder))

    def _rendered(self, scene: Scene, parts: Assembly, folder: Path) -> Rendered:
        seen, light = scene.camera, light_of(scene)
        people = [
            meshes.shapes(self.mi, folder, mesh, light, f"p{at}_") for at, mesh in enumerate(parts.people, 1)
        ]
        street = meshes.shapes(self.mi, folder, parts.street, light, "rue_")
        world: dict[str, Any] = {"type": "scene", **lights.emitters(self.mi, light)}
        for shapes in (*people, street):
            world |= shapes
        # Light goes through the holes of leaves with one, at twice the time, and not with the other.
        leafy = any(item.kind == "arbre" for item in scene.street.items)
        tracer = {"type": "volpath" if leafy else "path", "max_depth": 5}
        guides = {"type": "aov", "aovs": "aa:albedo,nn:sh_normal,dd:depth", "traced": tracer}
        found = self._traced(world, seen, guides, self.samples, 1)
        found = np.nan_to_num(found)
        smooth = denoised(found[..., :3], found[..., -7:-4], found[..., -4:-1], found[..., -1])
        truth = self._traced(world, seen, {"type": "aov", "aovs": "si:shape_index"}, 1, TRUTH)
        who = self._numbers(world, truth[..., 0])
        full = [self._full(shapes, box, seen) for shapes, box in zip(people, parts.full, strict=True)]
        return settled(_filmed(smooth, found[..., -1], light), who, full, TRUTH, parts)

    def _traced(
        self, world: dict[str, Any], seen: Camera, integrator: dict[str, Any], samples: int, scale: int,
        window: tuple[int, int, int, int] | None = None,
    ) -> npt.NDArray[np.float32]:  # fmt: skip
        """(h, w, channels); ``window``: left, top, width, height on a film `BEYOND` times as large."""
        film: dict[str, Any] = {
            "type": "hdrfilm", "width": seen.width * scale, "height": seen.rows * scale,
            "rfilter": {"type": "box"},
            "component_format": "float32",
        }  # fmt: skip
        wider = 1
        if window:
            wider = BEYOND
            film |= {
                "width": film["width"] * wider, "height": film["height"] * wider, "crop_offset_x": window[0],
                "crop_offset_y": window[1], "crop_width": window[2], "crop_height": window[3],
            }  # fmt: skip
        back = camera.axes(seen)
        to_world = np.eye(4)
        # mitsuba's camera looks along z with x to the left.
        to_world[:3, :3] = np.stack([-back[0], back[1], -back[2]], axis=1)
        to_world[:3, 3] = camera.eye(seen)
        field = 2 * np.degrees(np.arctan(wider * camera.FRAME / 2 / seen.focal))
        sensor = {
            "type": "perspective", "fov": float(field), "fov_axis": "y", "near_clip": camera.NEAR,
            "far_clip": camera.FAR, "to_world": self.mi.ScalarTransform4f(to_world), "film": film,
            "sampler": {"type": "stratified", "sample_count": samples, "jitter": samples > 1},
        }  # fmt: skip
        scene = self.mi.load_dict(world | {"integrator": integrator, "sensor": sensor}, optimize=False)
        return np.asarray(self.mi.render(scene, spp=samples), np.float32)

    def _numbers(self, world: dict[str, Any], index: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
        """From the shapes' places (1: the first, 0: none) to the people's numbers."""
        names = [name for name, one in world.items() if isinstance(one, dict) and one["type"] == "ply"]
        number = [0] + [int(name[1:].split("_")[0]) if name.startswith("p") else 0 for name in names]
        return np.array(number, np.int32)[np.rint(index).astype(int)]

    def _full(self, shapes: dict[str, Any], box: Any, seen: Camera) -> FullMask:
        """The silhouette of one person alone."""
        x, y, width, height = box
        size = np.array([seen.width, seen.rows])
        low = np.floor(np.clip((x - 1, y - 1), -size, 2 * size)).astype(int)
        high = np.ceil(np.clip((x + width + 1, y + height + 1), -size, 2 * size)).astype(int)
        if width <= 0 or (high <= low).any():
            return FullMask(0, 0, np.zeros((0, 0), bool))
        start, extent = (low + size) * TRUTH, (high - low) * TRUTH
        window = int(start[0]), int(start[1]), int(extent[0]), int(extent[1])
        aov = {"type": "aov", "aovs": "si:shape_index"}
        found = self._traced({"type": "scene", **shapes}, seen, aov, 1, TRUTH, window)
        return FullMask(int(low[0]) * TRUTH, int(low[1]) * TRUTH, found[..., 0] > 0.5)


def _filmed(
    radiance: npt.NDArray[np.float32], depth: npt.NDArray[np.float32], light: Light
) -> npt.NDArray[np.uint8]:
    """The rasteriser's air and film."""
    far = np.where(depth > 0, depth, 260.0)[..., None]
    shown = light.fog_colour + (radiance - light.fog_colour) * np.exp(-light.fog * far)
    value = np.sqrt(np.clip(1 - np.exp(-1.7 * STREET * light.exposure * np.maximum(shown, 0)), 0, 1))
    return np.asarray(255 * value + 0.5, np.uint8)
