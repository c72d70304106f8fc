"""Penn-Fudan's truth in COCO's form: internal tests only, its pictures show passers-by."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from PIL import Image

BOX = re.compile(r"\((\d+), (\d+)\) - \((\d+), (\d+)\)")


def coco_truth(folder: Path) -> dict[str, Any]:
    """Boxes as the annotations say them, far corner minus near corner."""
    images, people = [], []
    for number, picture in enumerate(sorted((folder / "PNGImages").glob("*.png")), 1):
        with Image.open(picture) as opened:
            width, height = opened.size
        images.append({"id": number, "file_name": picture.name, "width": width, "height": height})
        told = (folder / "Annotation" / f"{picture.stem}.txt").read_text(encoding="latin-1")
        for near_x, near_y, far_x, far_y in (map(int, found) for found in BOX.findall(told)):
            box = [near_x, near_y, far_x - near_x, far_y - near_y]
            people.append(
                {
                    "id": len(people) + 1,
                    "image_id": number,
                    "category_id": 1,
                    "bbox": box,
                    "area": box[2] * box[3],
                    "iscrowd": 0,
                }
            )
    return {"images": images, "annotations": people, "categories": [{"id": 1, "name": "person"}]}
