"""Which detector a word or a file names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from archipel.defis.twincity.detectors import hog, registered
from archipel.defis.twincity.detectors.adapter import Detector
from archipel.defis.twincity.detectors.onnx import read_onnx
from archipel.defis.twincity.detectors.yolo import read_darknet
from archipel.defis.twincity.refusal import DataRefused

WORDS: dict[str, Detector] = {one.name: one for one in (hog.BEST, hog.DEFAULT)}
READERS: dict[str, Callable[[Path], Detector]] = {".onnx": read_onnx, ".cfg": read_darknet}


def local(named: str) -> str:
    """The same, by what this machine has of it: a model of the registry is fetched into a folder of this
    process's own. Raises `DataRefused`."""
    return str(registered.fetched(named, tuple(READERS))) if registered.NAMED.fullmatch(named) else named


def detector(named: str) -> Detector:
    """A word of `WORDS`, a model of the registry, or a file that `READERS` know. Raises `DataRefused`."""
    if named in WORDS:
        return WORDS[named]
    path = Path(local(named))
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        accepted = ", ".join([*WORDS, "modele@champion", *(f"fichier {ending}" for ending in READERS)])
        raise DataRefused(f"detecteur : « {path.name} » n’est pas un détecteur (acceptés : {accepted})")
    if not path.is_file():
        raise DataRefused(f"detecteur : « {path.name} » introuvable")
    return reader(path)
