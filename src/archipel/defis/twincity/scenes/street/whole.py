"""The street's parts put together."""

from __future__ import annotations

from archipel.defis.twincity.scenes.description import Scene
from archipel.defis.twincity.scenes.mesh import Mesh, Surface, merged, quads
from archipel.defis.twincity.scenes.textures import LAYERS


def street_mesh(scene: Scene) -> Mesh:
    g=Surface((.45,.45,.45),LAYERS["cobbles"],1.5)
    return merged([quads([[(-30,0,-20),(-30,0,100),(30,0,100),(30,0,-20)]],g)])
