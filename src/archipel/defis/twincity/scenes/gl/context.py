"""An OpenGL context without a display, one a process."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

from archipel.defis.twincity.refusal import DataRefused

LIBRARIES = ("libOpenGL.so.0", "libGL.so.1")


@lru_cache(maxsize=1)
def context() -> Any:
    """Raises `DataRefused` where moderngl, EGL or OpenGL 3.3 is absent."""
    try:
        import moderngl

        egl: dict[str, Any] = {"backend": "egl", "libgl": _library()}  # its stub has each a dict
        found = moderngl.create_context(standalone=True, require=330, **egl)
    except Exception as error:  # the backends raise bare exceptions of their own
        said = next(iter(str(error).splitlines()), type(error).__name__)
        raise DataRefused(
            "rendu rapide impossible : OpenGL 3.3 par EGL attendu (moderngl, libegl1, libopengl0 et Mesa), "
            f"reçu « {said} » ; le moteur « trajets » (mitsuba) n’en a pas besoin"
        ) from None
    found.gc_mode = "auto"
    return found


def _library() -> str:
    """Where OpenGL's functions are: the library without X11, else that which has it too."""
    try:
        ctypes.CDLL(LIBRARIES[0])
    except OSError:
        return LIBRARIES[1]
    return LIBRARIES[0]
