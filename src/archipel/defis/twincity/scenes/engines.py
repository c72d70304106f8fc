"""The two renderers under one name each, and what a picture goes through after either."""

from __future__ import annotations

import atexit
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.scenes.assembly import Assembly, assembled
from archipel.defis.twincity.scenes.description import Scene
from archipel.defis.twincity.scenes.gl.context import context
from archipel.defis.twincity.scenes.people.model import load
from archipel.defis.twincity.scenes.precipitation import with_precipitation
from archipel.defis.twincity.scenes.rendered import Rendered
from archipel.defis.twincity.scenes.sensor import exposed

ENGINES = ("trame", "trajets")
"""OpenGL's rasteriser; mitsuba's path tracer."""
SAMPLES = {"trame": 2, "trajets": 8}
"""Along each side of a pixel; paths a pixel."""


class Engine(Protocol):
    def render(self, scene: Scene, parts: Assembly) -> Rendered: ...


@lru_cache(maxsize=1)
def here() -> str:
    """The rasteriser; the path tracer where this machine has no OpenGL by EGL.

    A process of its own tries: Mesa's drivers and torch in one have ended it (a segmentation fault).
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return "trame" if pool.submit(_opens).result() else "trajets"


def _opens() -> bool:
    try:
        context()
    except DataRefused:
        return False
    return True


def fastest() -> Engine:
    """The engine of `here`, in this process. Raises `DataRefused` where there is neither."""
    try:
        return engine("trame", SAMPLES["trame"])
    except DataRefused:
        return engine("trajets", SAMPLES["trajets"])


@lru_cache(maxsize=2)
def engine(name: str, samples: int) -> Engine:
    """``samples``: along each side of a pixel (trame), or paths a pixel (trajets). Raises `DataRefused`."""
    if name == "trame":
        from archipel.defis.twincity.scenes.gl.renderer import Renderer

        return Renderer(samples)
    if name == "trajets":
        from archipel.defis.twincity.scenes.path.renderer import PathTracer

        return PathTracer(samples)
    raise DataRefused(f"moteur « {name} » inconnu (connus : {', '.join(ENGINES)})")


# What OpenGL made has to go before the interpreter does, or each object complains on its way out.
atexit.register(engine.cache_clear)


def picture(scene: Scene, bodies: Path, drawing: Engine) -> tuple[npt.NDArray[np.uint8], Rendered]:
    """Pixels (h, w, 3) as the sensor gives them, before compression, and the truth; ``bodies``: a folder."""
    drawn = drawing.render(scene, assembled(scene, load(bodies)))
    return exposed(with_precipitation(drawn.image, scene), scene.sensor, scene.seed), drawn
