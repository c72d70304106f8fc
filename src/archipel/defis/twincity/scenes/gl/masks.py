"""Each person's whole silhouette, as if alone: every one in its own rectangle of one sheet, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.scenes import camera
from archipel.defis.twincity.scenes.assembly import Assembly
from archipel.defis.twincity.scenes.description import Camera
from archipel.defis.twincity.scenes.gl import shaders
from archipel.defis.twincity.scenes.rendered import FullMask

if TYPE_CHECKING:
    from archipel.defis.twincity.scenes.gl.renderer import Renderer

SHEET = 8192
"""Samples along a side: more than those of the largest picture that can be asked."""
BEYOND = 1.0
"""A silhouette is followed out of the picture by as much as the picture's own size."""


def full_masks(renderer: Renderer, drawn: Any, parts: Assembly, seen: Camera) -> list[FullMask]:
    """One a person; its mask is empty where the person is not in view."""
    rectangles = [_rectangle(box, seen, renderer.samples) for box in parts.full]
    placed = _packed([(right - left, bottom - top) for left, top, right, bottom in rectangles])
    width, rows = seen.width * renderer.samples, seen.rows * renderer.samples
    gl = renderer.context
    program = renderer.program("mask", shaders.DEPTH_VERTEX, shaders.MASK_FRAGMENT)
    program["clip"].write(
        np.ascontiguousarray((camera.projection(seen) @ camera.view(seen)).T.astype("f4")).tobytes()
    )
    array = renderer.array(program, drawn)
    found: list[npt.NDArray[np.bool_] | None] = [None] * len(rectangles)
    for sheet in range(max((page for page, _, _ in placed), default=-1) + 1):
        high = max(
            y + r[3] - r[1] for (page, _, y), r in zip(placed, rectangles, strict=True) if page == sheet
        )
        target = _sheet(renderer, max(high, 1))
        target.use()
        target.clear()
        gl.disable(renderer.gl.DEPTH_TEST)
        for person, ((page, x, y), (left, top, right, bottom)) in enumerate(
            zip(placed, rectangles, strict=True)
        ):
            if page != sheet or right <= left or bottom <= top:
                continue
            target.scissor = x, y, right - left, bottom - top
            target.viewport = x - left, y - (rows - bottom), width, rows
            first, last = drawn.starts[person], drawn.starts[person + 1]
            array.render(vertices=3 * (last - first), first=3 * first)
        target.scissor = None
        target.viewport = 0, 0, SHEET, target.size[1]
        read = np.frombuffer(
            target.read(viewport=(0, 0, SHEET, high), components=1, alignment=1), np.uint8
        ).reshape(high, SHEET)
        for person, ((page, x, y), (left, top, right, bottom)) in enumerate(
            zip(placed, rectangles, strict=True)
        ):
            if page == sheet:
                found[person] = read[y : y + bottom - top, x : x + right - left][::-1] > 0
    gl.enable(renderer.gl.DEPTH_TEST)
    return [
        FullMask(left, top, np.zeros((0, 0), bool) if mask is None else mask)
        for mask, (left, top, _, _) in zip(found, rectangles, strict=True)
    ]


def _rectangle(box: Any, seen: Camera, samples: int) -> tuple[int, int, int, int]:
    """Samples: left, top, right, bottom; even, so that pixels stay whole."""
    x, y, width, height = box
    low = np.floor([max(x - 1, -BEYOND * seen.width), max(y - 1, -BEYOND * seen.rows)])
    high = np.ceil(
        [min(x + width + 1, (1 + BEYOND) * seen.width), min(y + height + 1, (1 + BEYOND) * seen.rows)]
    )
    high = np.maximum(high, low) if width > 0 else low
    # What does not fit on a sheet is cut outside the picture.
    room = SHEET // samples
    low = np.maximum(low, np.minimum(0, -((room - np.array([seen.width, seen.rows])) // 2)))
    high = np.maximum(np.minimum(high, low + room), low)
    left, top, right, bottom = (int(one) * samples for one in (*low, *high))
    return left, top, right, bottom


def _packed(sizes: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Sheet, x, y of each rectangle: rows of the highest first."""
    placed = [(0, 0, 0)] * len(sizes)
    page = x = y = row = 0
    for at in sorted(range(len(sizes)), key=lambda one: -sizes[one][1]):
        width, height = sizes[at]
        if x + width > SHEET:
            x, y, row = 0, y + row, 0
        if y + height > SHEET:
            page, x, y, row = page + 1, 0, 0, 0
        placed[at] = page, x, y
        x, row = x + width, max(row, height)
    return placed


def _sheet(renderer: Renderer, rows: int) -> Any:
    rows = next(size for size in (256, 512, 1024, 2048, 4096, SHEET) if size >= rows)
    key = "sheet", rows
    if key not in renderer._targets:
        renderer._targets[key] = renderer.context.framebuffer([renderer.context.texture((SHEET, rows), 1)])
    return renderer._targets[key]
