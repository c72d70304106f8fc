"""A contact sheet: some pictures side by side with the boxes found in them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from archipel.defis.twincity.pictures.reading import Pixels
from archipel.defis.twincity.sets.boxes import Floats

TILE = (320, 240)
COLUMNS = 4
GAP = 8
CAPTION = 18
BACKGROUND, INK = "#ffffff", "#161616"
LIKELY, UNLIKELY = "#000091", "#c9191e"
"""Of a box: as sure as `SURE`, or less."""
SURE = 0.5


def tile(picture: Pixels, box: Floats, score: Floats, name: str) -> Image.Image:
    """A thumbnail of the picture, its boxes (n, 4) drawn, the least sure below, and its name."""
    whole = Image.fromarray(picture)
    whole.thumbnail(TILE)
    scale = whole.width / picture.shape[1], whole.height / picture.shape[0]
    drawing = ImageDraw.Draw(whole)
    for (x, y, w, h), sure in zip(box[::-1], score[::-1], strict=True):
        corners = (x * scale[0], y * scale[1], (x + max(w, 0)) * scale[0], (y + max(h, 0)) * scale[1])
        drawing.rectangle(
            corners, outline=LIKELY if sure >= SURE else UNLIKELY, width=2 if sure >= SURE else 1
        )
    made = Image.new("RGB", (TILE[0], TILE[1] + CAPTION), BACKGROUND)
    made.paste(whole, ((TILE[0] - whole.width) // 2, (TILE[1] - whole.height) // 2))
    ImageDraw.Draw(made).text((2, TILE[1] + 2), name[-50:], fill=INK, font=_font())
    return made


def sheet(tiles: Sequence[Image.Image], title: str) -> bytes:
    """The tiles under a title, as a JPEG file."""
    rows = -(-len(tiles) // COLUMNS)
    step = TILE[0] + GAP, TILE[1] + CAPTION + GAP
    made = Image.new(
        "RGB", (min(len(tiles), COLUMNS) * step[0] + GAP, rows * step[1] + 3 * GAP + CAPTION), BACKGROUND
    )
    ImageDraw.Draw(made).text((GAP, GAP), title, fill=INK, font=_font())
    for at, one in enumerate(tiles):
        made.paste(one, (GAP + at % COLUMNS * step[0], 2 * GAP + CAPTION + at // COLUMNS * step[1]))
    stream = io.BytesIO()
    made.save(stream, "JPEG", quality=85)
    return stream.getvalue()


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    """matplotlib's, which has accents: a bare machine has no font, and Pillow's own no « é »."""
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf"), 12)


def spread(count: int, most: int) -> list[int]:
    """At most ``most`` positions of ``count``, evenly spread."""
    return sorted({int(at) for at in np.linspace(0, count - 1, min(count, most))}) if count else []
