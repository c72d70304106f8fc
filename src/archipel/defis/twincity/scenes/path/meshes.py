"""The scene's triangles as mitsuba's shapes, one a surface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from archipel.defis.twincity.scenes import textures
from archipel.defis.twincity.scenes.light import Light
from archipel.defis.twincity.scenes.mesh import Mesh

SKIN_AND_CLOTH = 0.68
"""As the rasteriser's shader: what part of a person's colour comes back."""
GLOSSY = 0.4


def shapes(mi: Any, folder: Path, mesh: Mesh, light: Light, prefix: str) -> dict[str, Any]:
    """By name, ``prefix`` then a number: faces of one texture, gloss and own light together.

    They go by files in ``folder``: what Python itself makes, mitsuba's threads can only use in turn.
    """
    corner = mesh.vertices[mesh.faces[:, 0]] if len(mesh.faces) else mesh.vertices[:0]
    glow = (corner["light"][:, 1] > 40) & ((corner["light"][:, 2] < 128) | (light.dark > 0.3))
    kind = corner["uv"][:, 2].astype(int) * 4 + 2 * (corner["colour"][:, 3] > 255 * GLOSSY) + glow
    return {
        f"{prefix}{at}": _shape(mi, folder / f"{prefix}{at}.ply", mesh, mesh.faces[kind == one], int(one))
        for at, one in enumerate(np.unique(kind))
    }


def _shape(mi: Any, path: Path, mesh: Mesh, faces: Any, kind: int) -> dict[str, Any]:
    used, local = np.unique(faces, return_inverse=True)
    vertices = mesh.vertices[used]
    colour = (vertices["colour"][:, :3] / 255.0) ** 2
    if vertices["person"].any():
        colour *= SKIN_AND_CLOTH
    shape = mi.Mesh(path.stem, len(vertices), len(faces), has_vertex_normals=True, has_vertex_texcoords=True)
    values = mi.traverse(shape)
    values["vertex_positions"] = np.ascontiguousarray(vertices["position"], np.float32).ravel()
    values["vertex_normals"] = np.ascontiguousarray(vertices["normal"], np.float32).ravel()
    values["vertex_texcoords"] = np.ascontiguousarray(vertices["uv"][:, :2], np.float32).ravel()
    values["faces"] = local.astype(np.uint32).ravel()
    shape.add_attribute("vertex_color", 3, np.ascontiguousarray(colour, np.float32).ravel())
    values.update()
    shape.write_ply(str(path))
    told: dict[str, Any] = {
        "type": "ply", "filename": str(path), "flip_tex_coords": False,
        "bsdf": _surface(mi, kind // 4, bool(kind & 2)),
    }  # fmt: skip
    if kind & 1:
        shining = float((vertices["light"][:, 1] / 255.0).mean()) * 2.2
        radiance = [float(one) for one in colour.mean(axis=0) * shining]
        told["emitter"] = {"type": "area", "radiance": {"type": "rgb", "value": radiance}}
    return told


def _surface(mi: Any, layer: int, glossy: bool) -> dict[str, Any]:
    """Vertex colour times the texture's light, which blends it with black; holes where it is cut out."""
    tile = textures.tiles()[layer].astype(np.float32) / 255
    light = np.clip((tile[..., :3].mean(axis=2) * textures.BRIGHT) ** 2, 0, 1)
    colour = {"type": "mesh_attribute", "name": "vertex_color"}
    plain = {"type": "diffuse", "reflectance": colour}
    shiny = {"type": "principled", "base_color": colour, "roughness": 0.2, "specular": 0.5}
    made: dict[str, Any] = {
        "type": "blendbsdf", "weight": _bitmap(mi, light),
        "dark": {"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.0}},
        "light": shiny if glossy else plain,
    }  # fmt: skip
    made = {"type": "twosided", "inside": made}
    if layer in textures.CUT_OUT:
        made = {
            "type": "mask",
            "opacity": _bitmap(mi, (tile[..., 3] > 0.5).astype(np.float32)),
            "inside": made,
        }
    return made


def _bitmap(mi: Any, values: Any) -> dict[str, Any]:
    """A file's texture starts from its lowest row, as ours do."""
    return {"type": "bitmap", "bitmap": mi.Bitmap(np.ascontiguousarray(values[:, :, None])), "raw": True}
