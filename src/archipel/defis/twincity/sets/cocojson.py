"""COCO's files: truth (`images`, `annotations`, `categories`) and results (a list of boxes with scores).

CityPersons' own fields are read too: `ignore`, `height`, `vis_ratio`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.boxes import Detections, Truth
from archipel.defis.twincity.sets.reading import BadRow, Refused, checked_box, number, read_json, shown

LISTS = ("images", "annotations", "categories")


def read_truth(path: Path, refused: Refused | None = None) -> tuple[Truth, Refused]:
    """Images in the order of their identifiers, classes in the order of theirs. Raises `DataRefused`.

    A false annotation is set apart in ``refused``.
    """
    told = read_json(path)
    if not isinstance(told, dict) or any(not isinstance(told.get(name), list) for name in LISTS):
        raise DataRefused(
            f"« {path.name} » : vérité COCO attendue (un groupe avec les listes {', '.join(LISTS)})"
        )
    if not told["images"]:
        raise DataRefused(f"« {path.name} » : ensemble vide, aucune image")
    images = _identified(told["images"], "images", path)
    categories = _identified(told["categories"], "categories", path)
    if not categories:
        raise DataRefused(f"« {path.name} » : « categories » est vide, une classe au moins attendue")
    rank = {one: at for at, one in enumerate(_in_order(images))}
    kind = {one: at for at, one in enumerate(_in_order(categories))}
    refused = Refused(path.name) if refused is None else refused
    rows = []
    for line, annotation in enumerate(told["annotations"], 1):
        refused.total += 1
        try:
            rows.append(_annotation(annotation, images, rank, kind))
        except BadRow as error:
            refused.refuse(line, str(error))
    columns = list(zip(*rows, strict=True)) or [()] * 7
    return Truth(
        np.array(columns[0], dtype=np.int64),
        np.array(columns[1], dtype=np.int64),
        np.array(columns[2], dtype=np.float64).reshape(-1, 4),
        np.array(columns[3], dtype=np.float64),
        np.array(columns[4], dtype=bool),
        np.array(columns[5], dtype=bool),
        np.array(columns[6], dtype=np.float64),
        images=tuple(rank),
        categories=tuple((one, str(categories[one].get("name", one))) for one in kind),
        has_visibility=any("vis_ratio" in one for one in told["annotations"] if isinstance(one, dict)),
        files=tuple(str(images[one].get("file_name") or "").replace("\\", "/") for one in rank),
        about=tuple(images[one] for one in rank),
    ), refused


def _identified(rows: list[Any], name: str, path: Path) -> dict[Any, Mapping[str, Any]]:
    found: dict[Any, Mapping[str, Any]] = {}
    for line, row in enumerate(rows, 1):
        one = row.get("id") if isinstance(row, dict) else None
        if isinstance(one, bool) or not isinstance(one, int | str):
            raise DataRefused(f"« {path.name} » : {name} n° {line} : « id » attendu, reçu {shown(row)}")
        if one in found:
            raise DataRefused(f"« {path.name} » : {name} n° {line} : « id » {one} donné deux fois")
        found[one] = row
    return found


def _in_order(identifiers: Mapping[Any, Any]) -> list[Any]:
    return sorted(identifiers, key=lambda one: (isinstance(one, str), one))


def _annotation(
    row: Any, images: Mapping[Any, Mapping[str, Any]], rank: Mapping[Any, int], kind: Mapping[Any, int]
) -> tuple[Any, ...]:
    image, category = _placed(row, rank, kind)
    if category is None:
        raise BadRow(f"category_id : {shown(row.get('category_id'))} n’est pas dans « categories »")
    box = checked_box(row.get("bbox"))
    _inside(box, images[row["image_id"]])
    area = number(row["area"], "area") if "area" in row else box[2] * box[3]
    if area < 0:
        raise BadRow(f"area : positive attendue, reçu {area:g}")
    crowd = _flag(row, "iscrowd")
    visible = number(row["vis_ratio"], "vis_ratio") if "vis_ratio" in row else 1.0
    return image, category, box, area, crowd, crowd or _flag(row, "ignore"), visible


def _flag(row: Mapping[str, Any], name: str) -> bool:
    value = row.get(name, 0)
    if value not in (0, 1):
        raise BadRow(f"{name} : 0 ou 1 attendu, reçu {shown(value)}")
    return bool(value)


def _placed(row: Any, rank: Mapping[Any, int], kind: Mapping[Any, int]) -> tuple[int, int | None]:
    """Positions of the row's image and class, None for a class that the truth does not know."""
    if not isinstance(row, dict):
        raise BadRow(f"groupe JSON attendu, reçu {shown(row)}")
    named = {}
    for name in ("image_id", "category_id"):
        named[name] = row.get(name)
        if isinstance(named[name], bool) or not isinstance(named[name], int | str):
            raise BadRow(f"{name} : identifiant attendu, reçu {shown(named[name])}")
    if named["image_id"] not in rank:
        raise BadRow(f"image_id : {shown(named['image_id'])} n’est pas une image de la vérité")
    return rank[named["image_id"]], kind.get(named["category_id"])


def _inside(box: tuple[float, float, float, float], image: Mapping[str, Any]) -> None:
    """A box that has no pixel of its image names another image, or other units."""
    width, height = image.get("width"), image.get("height")
    if not all(isinstance(size, int | float) and size > 0 for size in (width, height)):
        return
    x, y, w, h = box
    if x >= width or y >= height or x + w <= 0 or y + h <= 0:  # type: ignore[operator]  # checked above
        raise BadRow(
            f"bbox : {[round(part, 2) for part in box]} est hors de son image ({width} × {height} pixels)"
        )


def read_detections(path: Path, truth: Truth) -> tuple[Detections, Refused, int]:
    """Results in the file's order, refused rows, and how many are of classes that the truth has not.

    Raises `DataRefused` when none is of a class of the truth.
    """
    told = read_json(path)
    if not isinstance(told, list):
        raise DataRefused(f"« {path.name} » : liste de résultats COCO attendue, reçu {shown(told)}")
    rank = {one: at for at, one in enumerate(truth.images)}
    kind = {one: at for at, (one, _name) in enumerate(truth.categories)}
    refused, rows, foreign = Refused(path.name, len(told)), [], set()
    others = 0
    for line, row in enumerate(told, 1):
        try:
            image, category = _placed(row, rank, kind)
            box, score = checked_box(row.get("bbox")), number(row.get("score"), "score")
        except BadRow as error:
            refused.refuse(line, str(error))
            continue
        if category is None:
            others += 1
            foreign.add(row["category_id"])
        else:
            rows.append((image, category, box, score))
    if others and not rows:
        known = ", ".join(f"{one} ({name})" for one, name in truth.categories)
        received = ", ".join(str(one) for one in _in_order(dict.fromkeys(foreign))[:10])
        raise DataRefused(
            f"« {path.name} » : aucune détection d’une classe de la vérité ({known}) ; reçu : {received}"
        )
    columns = list(zip(*rows, strict=True)) or [()] * 4
    return (
        Detections(
            np.array(columns[0], dtype=np.int64),
            np.array(columns[1], dtype=np.int64),
            np.array(columns[2], dtype=np.float64).reshape(-1, 4),
            np.array(columns[3], dtype=np.float64),
        ),
        refused,
        others,
    )
