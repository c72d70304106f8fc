"""A network as its `.cfg` says: layers with their shapes, and how many numbers its `.weights` must hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from archipel.defis.twincity.refusal import DataRefused

LARGEST = 1024**2
"""Bytes of a `.cfg`."""
SIDES = 32, 4096
"""Pixels of a side of the input."""
KINDS = ("convolutional", "maxpool", "upsample", "route", "shortcut", "dropout", "yolo")


@dataclass(frozen=True)
class Layer:
    """``inputs``: channels that it takes; ``channels``: that it gives. ``sources``: positions of the layers
    that a route or a shortcut reads."""

    kind: str
    options: Mapping[str, str]
    inputs: int
    channels: int
    sources: tuple[int, ...] = ()

    def number(self, name: str, default: int) -> int:
        return _whole(self.options, name, default)

    def numbers(self, name: str) -> tuple[float, ...]:
        return tuple(float(part) for part in self.options.get(name, "").split(",") if part.strip())

    @property
    def weights(self) -> int:
        """Numbers in the file: a bias a filter (with scale, mean, variance where normalised), the kernels."""
        if self.kind != "convolutional":
            return 0
        size, groups = self.number("size", 1), self.number("groups", 1)
        own = 4 if self.number("batch_normalize", 0) else 1
        return self.channels * own + self.channels * (self.inputs // groups) * size * size


@dataclass(frozen=True)
class Network:
    """``width`` and ``height``: pixels of its input."""

    name: str
    width: int
    height: int
    layers: tuple[Layer, ...]

    @property
    def weights(self) -> int:
        return sum(layer.weights for layer in self.layers)

    @property
    def heads(self) -> tuple[Layer, ...]:
        return tuple(layer for layer in self.layers if layer.kind == "yolo")

    @property
    def classes(self) -> int:
        return self.heads[0].number("classes", 80)


def read_network(path: Path) -> Network:
    """Raises `DataRefused` for what is no network that can be run."""
    try:
        if path.stat().st_size > LARGEST:
            raise DataRefused(f"« {path.name} » : description Darknet de plus de {LARGEST // 1024} Kio")
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise DataRefused(f"« {path.name} » : description Darknet introuvable ou illisible") from None
    except UnicodeDecodeError:
        raise DataRefused(f"« {path.name} » : description Darknet en texte attendue") from None
    try:
        return _network(path.stem, list(_sections(text, path.name)), path.name)
    except DataRefused:
        raise
    except (ValueError, IndexError, ZeroDivisionError) as error:
        raise DataRefused(f"« {path.name} » : description Darknet fausse ({error})") from None


def _sections(text: str, where: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each section's name and options, in order."""
    current: tuple[str, dict[str, str]] | None = None
    for line, raw in enumerate(text.splitlines(), 1):
        stripped = raw.strip()
        if not stripped or stripped[0] in "#;":
            continue
        if stripped.startswith("["):
            if current is not None:
                yield current
            current = stripped.strip("[] "), {}
        elif current is None or "=" not in stripped:
            raise DataRefused(f"« {where} », ligne {line} : « [section] » ou « nom=valeur » attendu")
        else:
            name, _equals, value = stripped.partition("=")
            current[1][name.strip()] = value.strip()
    if current is not None:
        yield current


def _whole(options: Mapping[str, str], name: str, default: int) -> int:
    told = options.get(name, str(default))
    try:
        return int(told)
    except ValueError:
        raise ValueError(f"{name} : nombre entier attendu, reçu « {told[:40]} »") from None


def _network(name: str, sections: list[tuple[str, dict[str, str]]], where: str) -> Network:
    if not sections or sections[0][0] not in ("net", "network"):
        raise DataRefused(f"« {where} » : description Darknet attendue, qui commence par [net]")
    options = sections[0][1]
    channels = [_whole(options, "channels", 3)]
    layers: list[Layer] = []
    for at, (kind, told) in enumerate(sections[1:]):
        if kind not in KINDS:
            raise DataRefused(
                f"« {where} » : couche [{kind}] inconnue, n° {at} (connues : {', '.join(KINDS)})"
            )
        layers.append(_layer(kind, told, at, channels))
        channels.append(layers[-1].channels)
    network = Network(name, _whole(options, "width", 416), _whole(options, "height", 416), tuple(layers))
    if not network.heads:
        raise DataRefused(f"« {where} » : aucune couche [yolo], ce réseau ne détecte rien")
    sides = network.width, network.height
    if channels[0] != 3 or not SIDES[0] <= min(sides) <= max(sides) <= SIDES[1]:
        raise DataRefused(
            f"« {where} » : image en couleurs, de {SIDES[0]} à {SIDES[1]} pixels de côté, attendue à "
            f"l’entrée, reçu {channels[0]} canaux, {network.width} × {network.height} pixels"
        )
    return network


def _layer(kind: str, told: dict[str, str], at: int, channels: list[int]) -> Layer:
    """``channels``: of the picture, then of each layer before. Raises ValueError."""
    inputs = channels[-1]
    if kind == "convolutional":
        groups, filters = _whole(told, "groups", 1), _whole(told, "filters", 1)
        if groups < 1 or filters < 1 or inputs % groups or filters % groups:
            raise ValueError(f"couche n° {at} : {inputs} canaux, {filters} filtres en {groups} groupes")
        return Layer(kind, told, inputs, filters)
    if kind == "yolo":
        anchors = told["mask"].count(",") + 1 if "mask" in told else _whole(told, "num", 1)
        classes = _whole(told, "classes", 80)
        if inputs != anchors * (5 + classes):
            raise ValueError(f"couche n° {at} : {inputs} canaux, {anchors} ancres et {classes} classes")
    if kind not in ("route", "shortcut"):
        return Layer(kind, told, inputs, inputs)
    named = told.get("layers" if kind == "route" else "from", "")
    sources = tuple(one if one >= 0 else at + one for one in map(int, named.split(",")))
    if not all(0 <= one < at for one in sources):
        raise ValueError(f"couche n° {at} : elle lit une couche qui n’est pas avant elle ({named})")
    if kind == "shortcut":
        return Layer(kind, told, inputs, inputs, sources)
    given, groups = sum(channels[one + 1] for one in sources), _whole(told, "groups", 1)
    return Layer(kind, told, given, given // groups, sources)
