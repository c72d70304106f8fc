"""Any ONNX network whose outputs are of a layout that is known, run by onnxruntime.

What a file does not say of itself may stand in a `.json` beside it: see `Options`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from archipel.defis.twincity.detectors.adapter import Found
from archipel.defis.twincity.detectors.layouts import LAYOUTS, Layout, Outputs, recognised
from archipel.defis.twincity.detectors.names import names_of
from archipel.defis.twincity.detectors.suppression import suppressed
from archipel.defis.twincity.pictures.reading import Pixels
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.reading import read_json, shown

OVERLAP = 0.45
SIDE = 640
"""Pixels of an input that takes any size."""
SIDES = 32, 4096
"""Pixels of a side of the input."""


@dataclass(frozen=True)
class Options:
    """The `.json` beside a model. `canaux`: rvb or bvr; `diviseur` of the values, then `moyenne` and
    `ecart_type`; `taille`: pixels of the side, where the network takes any; `sortie`: a layout's name."""

    canaux: str = ""
    diviseur: float = 255.0
    moyenne: tuple[float, ...] = (0.0, 0.0, 0.0)
    ecart_type: tuple[float, ...] = (1.0, 1.0, 1.0)
    taille: int = SIDE
    sortie: str = ""
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class OnnxDetector:
    """Pictures are stretched to the network's input."""

    name: str
    classes: Sequence[str]
    size: tuple[int, int]
    session: Any
    layout: Layout
    options: Options

    def detect(self, picture: Pixels, threshold: float, wanted: Sequence[int]) -> Found:
        height, width = picture.shape[:2]
        outputs = _run(self.session, picture, self.size, self.options)
        if any(np.isnan(array).any() for _name, array in outputs):
            raise DataRefused(f"« {self.name} » : ce modèle calcule des nombres indéfinis (NaN)")
        try:
            found = self.layout.decode(outputs, self.size, threshold)
        except (ValueError, IndexError):
            # How many rows there are may depend on the picture.
            raise DataRefused(
                f"« {self.name} » : sortie d’une autre forme que la première, {_told(outputs)}"
            ) from None
        every = Found(found.box * np.array([width, height, width, height]), found.score, found.category)
        return suppressed(every, wanted, 1.0 if self.layout.suppressed else OVERLAP)


def read_onnx(path: Path) -> OnnxDetector:
    """Raises `DataRefused`: no ONNX, not a picture's network, outputs that mean nothing known."""
    # Here: whoever takes HOG or a Darknet network needs it not.
    import onnxruntime

    options = _options(path)
    try:
        quiet = onnxruntime.SessionOptions()
        quiet.log_severity_level = 4
        # A thread that waits for work by spinning takes a core from whatever runs beside.
        quiet.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session = onnxruntime.InferenceSession(str(path), quiet, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own classes change with its releases
        raise DataRefused(f"« {path.name} » : modèle ONNX illisible ({_first_line(error)})") from None
    size = _input_size(session, options, path.name)
    blank = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    try:
        outputs = _run(session, blank, size, options)
    except Exception as error:  # the same
        raise DataRefused(f"« {path.name} » : ce modèle ne calcule pas ({_first_line(error)})") from None
    layout = _layout(outputs, options, path.name)
    options = replace(options, canaux=options.canaux or ("rvb" if layout.red_first else "bvr"))
    return OnnxDetector(
        path.stem, _classes(path, session, options, layout.classes(outputs)), size, session, layout, options
    )


def _run(session: Any, picture: Pixels, size: tuple[int, int], options: Options) -> Outputs:
    pixels = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR).astype(np.float32) / options.diviseur
    if options.canaux == "bvr":
        pixels = pixels[..., ::-1]
    pixels = (pixels - np.array(options.moyenne)) / np.array(options.ecart_type)
    fed = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], dtype=np.float32)
    names = [output.name for output in session.get_outputs()]
    return list(zip(names, session.run(names, {session.get_inputs()[0].name: fed}), strict=True))


def _input_size(session: Any, options: Options, where: str) -> tuple[int, int]:
    inputs = session.get_inputs()
    shape = inputs[0].shape if inputs else []
    batch_and_colours = [one for one in shape[:2] if isinstance(one, int)]
    told = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs)
    single = len(inputs) == 1 and inputs[0].type == "tensor(float)" and len(shape) == 4
    if not single or not all(one in (1, 3) for one in batch_and_colours) or shape[1] not in (3, None):
        raise DataRefused(
            f"« {where} » : une entrée « tensor(float) [1, 3, hauteur, largeur] » attendue, reçu {told}"
        )
    height, width = (one if isinstance(one, int) else options.taille for one in shape[2:])
    if not SIDES[0] <= min(width, height) <= max(width, height) <= SIDES[1]:
        raise DataRefused(
            f"« {where} » : entrée de {SIDES[0]} à {SIDES[1]} pixels de côté attendue, "
            f"reçu {width} × {height} (largeur × hauteur)"
        )
    return width, height


def _layout(outputs: Outputs, options: Options, where: str) -> Layout:
    named = next((layout for layout in LAYOUTS if layout.name == options.sortie), None)
    layout = named or recognised(outputs)
    if layout is None or not layout.fits(outputs):
        accepted = " ; ".join(f"{layout.name} : {layout.shape}" for layout in LAYOUTS)
        raise DataRefused(f"« {where} » : sortie inconnue, reçu {_told(outputs)} (connues : {accepted})")
    return layout


def _told(outputs: Outputs) -> str:
    return ", ".join(f"{name} {np.shape(array)}" for name, array in outputs)


def _classes(path: Path, session: Any, options: Options, count: int) -> tuple[str, ...]:
    """Named beside, in the file itself (Ultralytics writes them there), or by their number."""
    names = options.classes or _own_names(session.get_modelmeta().custom_metadata_map)
    if not names:
        return names_of(path, count or 1)
    if count and len(names) != count:
        raise DataRefused(f"« {path.name} » : {len(names)} noms de classes, {count} classes en sortie")
    return names


def _own_names(metadata: Mapping[str, str]) -> tuple[str, ...]:
    try:
        told = ast.literal_eval(metadata.get("names", "{}"))
        return tuple(str(told[at]) for at in range(len(told)))
    except (ValueError, SyntaxError, KeyError, TypeError, RecursionError, MemoryError):
        return ()


def _options(path: Path) -> Options:
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return Options()
    told = read_json(beside)
    if not isinstance(told, dict):
        raise DataRefused(f"« {beside.name} » : options du modèle, groupe JSON attendu, reçu {shown(told)}")
    for name, value in told.items():
        if name not in ACCEPTED:
            raise DataRefused(
                f"« {beside.name} » : option « {name} » inconnue (acceptées : {', '.join(ACCEPTED)})"
            )
        right, form = ACCEPTED[name]
        if not right(value):
            raise DataRefused(f"« {beside.name} » : {name} : {form} attendu, reçu {shown(value)}")
    values: dict[str, Any] = {k: tuple(one) if isinstance(one, list) else one for k, one in told.items()}
    return Options(**values)


def _is_number(value: Any, low: float = -1e6, high: float = 1e6) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _are_three(value: Any, low: float = -1e6) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(_is_number(one, low) for one in value)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)


LEAST = 1e-6
"""Of what pixels are divided by."""
ACCEPTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "canaux": (lambda one: one in ("", "rvb", "bvr"), "« rvb » ou « bvr »"),
    "diviseur": (lambda one: _is_number(one, LEAST), "nombre positif"),
    "moyenne": (_are_three, "liste de trois nombres"),
    "ecart_type": (lambda one: _are_three(one, LEAST), "liste de trois nombres positifs"),
    "taille": (
        lambda one: isinstance(one, int) and _is_number(one, *SIDES),
        f"nombre entier de {SIDES[0]} à {SIDES[1]} pixels",
    ),
    "sortie": (
        lambda one: one == "" or one in [layout.name for layout in LAYOUTS],
        "un de " + ", ".join(layout.name for layout in LAYOUTS),
    ),
    "classes": (_are_names, "liste de noms"),
}
"""Of each option: whether a value can be, and what is accepted."""


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
