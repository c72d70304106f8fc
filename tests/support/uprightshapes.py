"""Pictures of upright shapes: what a network of persons learns quickest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw


def write_upright_shapes(folder: Path) -> Path:
    """Forty pictures on a grey ground, and their truth, as the execution « generation » leaves a set."""
    (folder / "images").mkdir()
    random = np.random.default_rng(0)
    told: dict[str, Any] = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "person"}]}
    for at in range(40):
        picture = Image.new("RGB", (160, 120), tuple(random.integers(90, 160, 3).tolist()))
        draw = ImageDraw.Draw(picture)
        name = f"{at:06}.png"
        told["images"].append({"id": at, "file_name": name, "width": 160, "height": 120})
        for _ in range(int(random.integers(1, 4))):
            x, y, w, h = (int(random.integers(*ends)) for ends in ((0, 130), (0, 60), (12, 24), (34, 58)))
            draw.ellipse((x + w // 4, y, x + 3 * w // 4, y + w // 2), fill="#c08060")
            draw.rectangle((x, y + w // 2, x + w, y + h), fill=tuple(random.integers(0, 255, 3).tolist()))
            box = [x, y, min(w, 160 - x), min(h, 120 - y)]
            told["annotations"].append(
                {"id": len(told["annotations"]) + 1, "image_id": at, "category_id": 1, "bbox": box}
            )
        picture.save(folder / "images" / name)
    (folder / "verite.json").write_text(json.dumps(told), encoding="utf-8")
    return folder
