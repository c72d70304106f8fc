"""Detectors through the adapter beside OpenCV's own way of running them, on a folder of pictures.

    PYTHONPATH=src <environment imaging>/bin/python benchmarks/detectors.py PICTURES NETWORK.cfg…

(`archipel env list` says where that environment is.) Both read the pictures beforehand, give boxes in
pixels with scores of 0.01 or more, and suppress doubles at an overlap of 0.45.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
from measure import keep, seconds

from archipel.defis.twincity.detectors.adapter import person_class
from archipel.defis.twincity.detectors.choice import detector
from archipel.defis.twincity.pictures.reading import Pixels, listed, read_picture

TIMES = 5
MOST = 40


def ours(named: str, pictures: list[Pixels]) -> Callable[[], None]:
    model = detector(named)
    person = person_class(model.classes)
    assert person is not None

    def run() -> None:
        for picture in pictures:
            model.detect(picture, 0.01, [person])

    return run


def theirs(named: str, pictures: list[Pixels]) -> Callable[[], None]:
    if named.startswith("hog"):
        window = cv2.HOGDescriptor()
        window.setSVMDetector(cv2.HOGDescriptor.getDefaultPeopleDetector())
        return lambda: (
            [window.detectMultiScale(one[..., ::-1].copy(), winStride=(8, 8)) for one in pictures] and None
        )
    model = cv2.dnn.DetectionModel(named, str(Path(named).with_suffix(".weights")))
    model.setInputParams(1 / 255, (320, 320))

    def run() -> None:
        for picture in pictures:
            model.detect(picture, 0.01, 0.45)

    return run


def main(folder: str, names: list[str]) -> None:
    pictures = [read_picture(path) for path in listed(Path(folder))[:MOST]]
    for named in [*names, "hog-rapide"]:
        rows = {
            "archipel": seconds(ours(named, pictures), TIMES),
            "OpenCV (peer)": seconds(theirs(named, pictures), TIMES),
        }
        for row in rows.values():
            row["ms_a_picture"] = round(1000 * row["median"] / len(pictures), 1)
        keep(f"detector {Path(named).stem}, {len(pictures)} pictures", rows, ["OpenCV (peer)"], "archipel")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
