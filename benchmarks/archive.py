"""How heavy an image is: its layers as they are, and as a registry keeps and sends them."""

from __future__ import annotations

import json
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

_LEVEL = 6
_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Size:
    """Bytes. ``last``: the compressed size of the last layer, all that a new release sends."""

    plain: int
    compressed: int
    last: int


def size_of(archive: Path) -> Size:
    """``archive``: a docker-archive; each of its layers is compressed on its own, as registries do."""
    with tarfile.open(archive) as stream:
        manifest = stream.extractfile("manifest.json")
        assert manifest is not None
        names = json.load(manifest)[0]["Layers"]
        pairs = [_layer(stream, name) for name in names]
    return Size(
        plain=sum(plain for plain, _compressed in pairs),
        compressed=sum(compressed for _plain, compressed in pairs),
        last=pairs[-1][1],
    )


def _layer(stream: tarfile.TarFile, name: str) -> tuple[int, int]:
    layer = stream.extractfile(name)
    assert layer is not None
    plain = compressed = 0
    packer = zlib.compressobj(_LEVEL, wbits=31)
    while block := layer.read(_BLOCK):
        plain += len(block)
        compressed += len(packer.compress(block))
    return plain, compressed + len(packer.flush())
