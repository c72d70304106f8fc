"""Darknet's `.weights`: a header, then little-endian floats in the order of the layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from archipel.defis.twincity.darknet.network import Network
from archipel.defis.twincity.refusal import DataRefused

NARROW, WIDE = 16, 20
"""Bytes of the header: three numbers of version, then of how many pictures it learnt, on 32 bits or 64."""


def beside(description: Path) -> Path:
    """Where the weights of a `.cfg` lie."""
    return description.with_suffix(".weights")


def read_weights(path: Path, network: Network) -> npt.NDArray[np.float32]:
    """All the numbers. Raises `DataRefused` when they are not those of this network."""
    try:
        data = path.read_bytes()
    except OSError:
        raise DataRefused(
            f"« {path.name} » : poids introuvables ou illisibles ; ils se placent à côté de la description"
        ) from None
    expected = 4 * network.weights
    if len(data) < NARROW:
        raise DataRefused(f"« {path.name} » : {len(data)} octets, fichier de poids Darknet attendu")
    major, minor = (int(one) for one in np.frombuffer(data[:8], dtype="<i4"))
    header = WIDE if major * 10 + minor >= 2 else NARROW
    if len(data) - header != expected:
        raise DataRefused(
            f"« {path.name} » : {(len(data) - header) // 4} poids, alors que « {network.name}.cfg » en "
            f"demande {network.weights} : ces deux fichiers ne vont pas ensemble"
        )
    numbers = np.frombuffer(data[header:], dtype="<f4")
    if not np.isfinite(numbers).all():
        raise DataRefused(f"« {path.name} » : poids infinis ou indéfinis")
    return numbers
