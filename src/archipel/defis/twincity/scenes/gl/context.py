"""An OpenGL context without a display, one a process."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from archipel.defis.twincity.refusal import DataRefused


@lru_cache(maxsize=1)
def context() -> Any:
    """Raises `DataRefused` where moderngl, EGL or OpenGL 3.3 is absent."""
    try:
        import moderngl

        egl: dict[str, Any] = {"backend": "egl"}  # its stub has each setting a dict of settings
        found = moderngl.create_context(standalone=True, require=330, **egl)
    except Exception as error:  # the backends raise bare exceptions of their own
        said = next(iter(str(error).splitlines()), type(error).__name__)
        raise DataRefused(
            "rendu rapide impossible : OpenGL 3.3 par EGL attendu (moderngl, libegl1 et Mesa), reçu "
            f"« {said} » ; le moteur « trajets » (mitsuba) n’en a pas besoin"
        ) from None
    found.gc_mode = "auto"
    return found
