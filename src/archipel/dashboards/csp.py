"""What a page of the second origin may load and reach (Content Security Policy), by kind of page."""

from __future__ import annotations

STATIC = (
    "sandbox allow-scripts allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
"""A page that a notebook wrote: an origin of its own, and no request at all."""

_LIVE = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "connect-src 'self'; worker-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'"
)


def live(frame_origin: str) -> str:
    """A live dashboard: its own host and no other, inside our frame only."""
    return f"{_LIVE}; frame-ancestors {frame_origin}"


def frame(live_origin: str) -> str:
    """Our frame around a dashboard; ``live_origin`` is "" where live pages have no host."""
    return (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        f"script-src 'self'; connect-src 'self'; frame-src 'self' {live_origin}; form-action 'self'; "
        "frame-ancestors 'self'; base-uri 'none'"
    )
